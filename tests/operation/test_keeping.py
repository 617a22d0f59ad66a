"""The command line of an installation's data, as an operator gives it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from engine.cli import main
from engine.model.casework import Case
from engine.model.runtime import TaskCandidate
from tests.support.driver import Driver


@pytest.fixture
def lianxi(sqlite_office: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("LIANXI_DATA", str(tmp_path))
    monkeypatch.setenv("LIANXI_SQLITE_SYNCHRONOUS", "OFF")
    monkeypatch.delenv("LIANXI_DATABASE_URL", raising=False)
    monkeypatch.delenv("LIANXI_SECRET_KEY", raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_backup_and_restore(lianxi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, _ = lianxi("backup", "--to", tmp_path / "b.zip")
    assert code == 0 and "keep it where nobody else can read it" in said

    assert lianxi("restore", tmp_path / "b.zip")[0] == 1
    code, said, _ = lianxi("restore", tmp_path / "b.zip", "--replace")
    assert code == 0 and "kept as" in said
    monkeypatch.setenv("LIANXI_DATA", str(tmp_path / "elsewhere"))
    code, said, _ = lianxi("restore", tmp_path / "b.zip")
    assert code == 0 and said.startswith("restored ") and "kept as" not in said
    assert lianxi("fsck")[:2] == (0, "every row is what the stored states wait for, and the search is whole\n")


def test_fsck_and_rebuild(lianxi, sqlite_office: Driver) -> None:
    with sqlite_office.service.database.write() as session:
        session.execute(delete(TaskCandidate))
        session.execute(text("DROP TRIGGER party_words_added"))

    code, said, _ = lianxi("fsck")
    assert code == 1 and "to say candidates" in said and "party_words_added is missing" in said
    assert "1 broken indexes; `lianxi rebuild` mends them" in said
    code, said, _ = lianxi("rebuild")
    assert code == 0 and "index made anew: Expected the index party_words" in said
    assert lianxi("fsck")[0] == 0


def test_an_instance_that_is_not_there_is_not_said_to_be_right(lianxi, sqlite_office: Driver) -> None:
    for asked in ("fsck", "rebuild"):
        assert lianxi(asked, "4711") == (1, "", "lianxi: Expected to find instance 4711, but there is none\n")


def test_hold_archive_and_retention(lianxi, sqlite_office: Driver, tmp_path: Path) -> None:
    number = sqlite_office.all(select(Case.number).where(Case.closed_at.is_not(None)))[0]

    assert lianxi("hold", number, "--reason", "a lawsuit")[0] == 0
    code, said, _ = lianxi("archive", number, "--to", tmp_path / "archive")
    assert code == 0 and Path(said.strip()).is_file()
    code, said, _ = lianxi("retention", "--dry-run", "--years", 1)
    assert code == 0 and "would delete:\n  0 cases" in said
    assert lianxi("hold", number, "--release")[0] == 0
    assert "but there is none" in lianxi("hold", "nothing", "--release")[2]


@pytest.mark.postgresql
def test_migrate_db(lianxi, empty_postgres_url: str) -> None:
    code, said, heard = lianxi("migrate-db", "--to", empty_postgres_url)

    assert code == 0 and "the same" in said and "Set LIANXI_DATABASE_URL" in said
    assert "history_event …" in heard
    assert "has rows" in lianxi("migrate-db", "--to", empty_postgres_url)[2]
