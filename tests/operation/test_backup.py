"""The drill: a backup made under load is put in place elsewhere, and everything acknowledged before it is there."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine import backup as backing
from engine import migrations
from engine.access import SYSTEM
from engine.backup import back_up, read_manifest
from engine.commands.instance import StartInstance
from engine.config import Settings
from engine.database import open_database, sole_process
from engine.errors import InvalidState, NotFound
from engine.model.history import Upkeep
from engine.model.runtime import ProcessInstance
from engine.rebuilding import check
from engine.restoring import restore
from tests.operation.moment import NOW
from tests.support.driver import Driver, open_driver
from tests.support.models import sequence, user_task


@pytest.fixture
def elsewhere(office: Driver, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Another, empty installation on a database of the same kind."""
    folder = tmp_path / "elsewhere"
    if office.service.database.dialect == "sqlite":
        url = f"sqlite:///{folder / 'lianxi.db'}"
    else:
        url = request.getfixturevalue("empty_postgres_url")
    yield replace(office.service.settings, database_url=url, data_folder=folder)


def test_a_backup_under_load_holds_everything_acknowledged_before_it(office: Driver, elsewhere: Settings) -> None:
    office.groups(clerks=("case:read_own",))
    office.deploy(sequence(user_task("reply"), process_id="errand"), name="errands")
    (office.service.settings.data_folder / "attachments").mkdir()
    (office.service.settings.data_folder / "attachments" / "0f3a").write_bytes(b"a letter")
    (office.service.settings.data_folder / "secret_key").write_text("the secret of this office\n")
    acknowledged, stop = [], threading.Event()

    def register() -> None:
        while not stop.is_set():
            started = office.engine.execute(StartInstance(process_key="errand"), actor=SYSTEM)
            acknowledged.append(started.instance_id)

    writers = [threading.Thread(target=register) for _ in range(3)]
    for writer in writers:
        writer.start()
    while len(acknowledged) < 20:
        assert any(writer.is_alive() for writer in writers)
    before = list(acknowledged)
    path = back_up(office.service.settings, clock=office.clock)
    after = len(acknowledged)
    stop.set()
    for writer in writers:
        writer.join()
    assert after > len(before), "nobody waited for the backup"
    restored = restore(elsewhere, path)

    there = open_driver(elsewhere.database_url, elsewhere.data_folder, now=NOW)
    found = set(there.all(select(ProcessInstance.id)))
    assert set(before) <= found
    assert list(check(there.engine)) == []
    assert restored.manifest.counts["process_instance"] == len(found)
    assert (elsewhere.data_folder / "attachments" / "0f3a").read_bytes() == b"a letter"
    assert (elsewhere.data_folder / "secret_key").read_text() == "the secret of this office\n"
    errand = there.start("errand")
    assert errand.id > max(found) and errand.open_tasks == ["reply"]
    there.service.close()


def test_the_last_backup_is_remembered_and_no_one_else_can_read_it(office: Driver) -> None:
    path = back_up(office.service.settings, clock=office.clock)

    last = office.one(select(Upkeep).where(Upkeep.name == "backup"))
    assert (last.done_at, last.data["file"]) == (NOW, str(path))
    assert path.stat().st_mode & 0o077 == 0
    assert [name for name in os.listdir(path.parent) if name.startswith(".")] == []
    assert not any(name.startswith("files/lianxi.db") for name in zipfile.ZipFile(path).namelist())
    with pytest.raises(InvalidState, match="it exists"):
        back_up(office.service.settings, path, clock=office.clock)


def test_a_database_that_is_there_is_only_replaced_when_told_and_kept_aside(office: Driver, tmp_path: Path) -> None:
    settings = office.service.settings
    path = back_up(settings, tmp_path / "backup.zip", clock=office.clock)
    office.groups(strangers=())

    with pytest.raises(InvalidState, match="has tables; --replace"):
        restore(settings, path)
    office.service.close()
    restored = restore(settings, path, replace=True)

    assert restored.kept_aside and "replaced_" in restored.kept_aside
    again = open_driver(settings.database_url, settings.data_folder, now=NOW)
    assert again.all(text("SELECT key FROM user_group WHERE key = 'strangers'")) == []
    if again.service.database.dialect == "postgresql":
        aside = text(f"SELECT key FROM {restored.kept_aside}.user_group WHERE key = 'strangers'")
        assert again.all(aside) == ["strangers"]
        second = back_up(settings, tmp_path / "second.zip", clock=office.clock)
        assert read_manifest(second).counts["case_record"] == restored.manifest.counts["case_record"]
        restore(settings, second, replace=True, clock=again.clock)
    else:
        aside = open_database(f"sqlite:///{restored.kept_aside}")
        with aside.read() as session:
            assert session.scalar(text("SELECT count(*) FROM user_group WHERE key = 'strangers'")) == 1
        aside.dispose()
    again.service.close()


def test_what_is_damaged_or_no_backup_is_refused_and_nothing_is_touched(sqlite_office: Driver, tmp_path: Path) -> None:
    settings = sqlite_office.service.settings
    path = back_up(settings, tmp_path / "backup.zip", clock=sqlite_office.clock)
    elsewhere = replace(settings, database_url=f"sqlite:///{tmp_path}/e/lianxi.db", data_folder=tmp_path / "e")
    content = path.read_bytes()
    for damaged in (
        content[: len(content) // 2],
        content[:9000] + bytes(64) + content[9064:],
        b"",
        b"PK\x05\x06" + bytes(18),
    ):
        (tmp_path / "damaged.zip").write_bytes(damaged)
        with pytest.raises(InvalidState, match=r"to be a backup|as it was saved"):
            restore(elsewhere, tmp_path / "damaged.zip")
    with pytest.raises(NotFound, match=r"at .*nowhere.zip, but there is none"):
        restore(elsewhere, tmp_path / "nowhere.zip")
    assert not (tmp_path / "e" / "lianxi.db").exists() or (tmp_path / "e" / "lianxi.db").stat().st_size == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"revision": "9999"}, "at revision 9999 of version"),
        ({"dialect": "postgresql"}, "restore it to postgresql"),
        ({"format": 2}, "is of format 2"),
        ({"counts": {"party": 1}}, "as many rows as were saved"),
        ({"sha256": {}}, "as it was saved"),
    ],
)
def test_a_backup_of_a_newer_version_or_another_kind_is_refused(
    sqlite_office: Driver, tmp_path: Path, change: dict, sentence: str
) -> None:
    path = back_up(sqlite_office.service.settings, tmp_path / "backup.zip", clock=sqlite_office.clock)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == backing.MANIFEST:
                content = json.dumps(json.loads(content) | change).encode()
            target.writestr(name, content)
    elsewhere = replace(
        sqlite_office.service.settings, database_url=f"sqlite:///{tmp_path}/e/lianxi.db", data_folder=tmp_path / "e"
    )

    with pytest.raises(InvalidState, match=sentence):
        restore(elsewhere, other)


def test_a_backup_of_an_older_version_is_brought_up_to_date(sqlite_office: Driver, tmp_path: Path) -> None:
    path = back_up(sqlite_office.service.settings, tmp_path / "backup.zip", clock=sqlite_office.clock)
    old = open_database(f"sqlite:///{tmp_path}/old/{backing.MEMBERS['sqlite']}", synchronous="OFF")
    migrations.upgrade(old, "0001")
    with old.bind.connect() as connection:
        counts = backing.counts(connection)
    old.dispose()
    member = tmp_path / "old" / backing.MEMBERS["sqlite"]
    manifest = json.loads(zipfile.ZipFile(path).read(backing.MANIFEST))
    sha256 = {member.name: hashlib.sha256(member.read_bytes()).hexdigest()}
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.write(member, member.name)
        changed = manifest | {"revision": "0001", "counts": counts, "sha256": sha256}
        archive.writestr(backing.MANIFEST, json.dumps(changed))
    elsewhere = replace(
        sqlite_office.service.settings, database_url=f"sqlite:///{tmp_path}/e/lianxi.db", data_folder=tmp_path / "e"
    )

    restore(elsewhere, tmp_path / "old.zip")

    database = open_database(elsewhere.database_url)
    assert migrations.current_revision(database) == migrations.newest_revision()
    database.dispose()


def test_it_is_not_restored_under_a_server_that_runs(sqlite_office: Driver, tmp_path: Path) -> None:
    path = back_up(sqlite_office.service.settings, tmp_path / "backup.zip", clock=sqlite_office.clock)

    with sole_process(sqlite_office.service.database), pytest.raises(InvalidState, match="is serving it"):
        restore(sqlite_office.service.settings, path, replace=True)


@pytest.mark.postgresql
def test_without_postgresqls_programs_a_sentence_says_what_is_missing(
    office: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if office.service.database.dialect == "sqlite":
        pytest.skip("SQLite needs none")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotFound, match="pg_dump on the PATH"):
        back_up(office.service.settings, clock=office.clock)
