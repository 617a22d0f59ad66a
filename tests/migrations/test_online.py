"""On PostgreSQL people write while a migration makes indexes, and nothing waits for ever."""

from __future__ import annotations

import ast
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from engine import migrations, partitions
from engine.database import Database, open_database
from engine.migrations import online
from tests.support.databases import empty_postgres_url, postgres_server  # noqa: F401

VERSIONS = sorted((migrations.FOLDER / "versions").glob("[0-9]*.py"))[1:]
# revision -> why it may make an index plainly
MAY = {"0006": "the index of the new table, which is empty; it is that of the part with the rows, made before"}
MAKES_AN_INDEX = ("create_index", "create_unique_constraint", "create_primary_key", "create_exclude_constraint")
MAKES_AN_INDEX_IN_SQL = re.compile(
    r"CREATE (UNIQUE )?INDEX|ADD (CONSTRAINT \S+ )?(PRIMARY KEY|UNIQUE|EXCLUDE)(?! USING INDEX)", re.IGNORECASE
)
# What may stand beside a call of `online`: it is done again when the revision is cut off.
CAN_BE_REPEATED = ("execute", "get_bind")
MESSAGE = (
    "INSERT INTO buffered_message (name, correlation_key, message_id, variables, published_at, expires_at)"
    " VALUES ('reply', :key, :key, '{}', now(), now() + interval '1 day')"
)
REVISION = '''"""Index events by their kind."""
from engine.migrations import online

revision, down_revision = "9999", "{}"
branch_labels = depends_on = None


def upgrade():
    online.create_index("ix_history_event_type", "history_event", "type, at", where="case_id IS NOT NULL")
'''
PLAIN = """
def upgrade():
    op.create_table("new", sa.Column("id"))
    with op.batch_alter_table("new") as batch_op:
        batch_op.create_index("ix_new", ["id"])
    {}
"""


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.stem)
def test_no_revision_makes_writers_wait_for_an_index(version: Path) -> None:
    assert version.stem[:4] in MAY or faults(version.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('op.create_index("ix_old", "old", ["id"])', "create_index"),
        ('op.create_unique_constraint("uq_old", "old", ["id"])', "create_unique_constraint"),
        ('op.execute("create index ix_old ON old (id)")', "create index"),
        ('op.execute("ALTER TABLE old ADD CONSTRAINT uq_old UNIQUE (id)")', "ADD CONSTRAINT uq_old UNIQUE"),
        ('online.create_index("ix_old", "old", "id")', "create_table"),
    ],
)
def test_a_revision_that_would_is_found(line: str, fault: str) -> None:
    assert any(fault in each for each in faults(PLAIN.format(line)))
    assert faults(PLAIN.format('op.create_index("ix_new_again", "new", ["id"])')) == []


def faults(source: str) -> list[str]:
    """What of a revision's upgrade holds up writers, or can't be repeated after it was committed half."""
    tree = ast.parse(source)
    done = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")]
    nodes = [node for each in done for node in ast.walk(each)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    of_op = [call for call in calls if module_of(call) in ("op", "batch_op")]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    new = {first_text(call) for call in of_op if call.func.attr == "create_table"}
    batches = {call.lineno: first_text(call) for call in of_op if call.func.attr == "batch_alter_table"}
    found = [match[0] for each in texts if (match := MAKES_AN_INDEX_IN_SQL.search(each))]
    for call in of_op:
        if call.func.attr in MAKES_AN_INDEX:
            named = [arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant)]
            batch = batches[max(line for line in batches if line < call.lineno)] if module_of(call) != "op" else None
            if not {batch, *named} & new:
                found.append(f"{call.func.attr} in line {call.lineno}: engine/migrations/online.py makes it")
    if any(module_of(call) == "online" for call in calls):
        found += [
            f"{call.func.attr} in line {call.lineno}: in a revision of its own, as this one may be repeated"
            for call in of_op
            if call.func.attr not in CAN_BE_REPEATED
        ]
    return found


def module_of(call: Any) -> str:
    return call.func.value.id if isinstance(call.func.value, ast.Name) else ""


def first_text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@pytest.fixture
def database(empty_postgres_url: str) -> Iterator[Database]:  # noqa: F811
    opened = open_database(empty_postgres_url)
    yield opened
    opened.dispose()


@pytest.mark.postgresql
def test_others_write_while_an_index_waits_for_a_transaction_that_goes_on(database: Database) -> None:
    migrations.upgrade(database, "0018")
    with database.bind.connect() as slow:
        slow.execute(text(MESSAGE), {"key": "begun before"})
        upgrading = threading.Thread(target=migrations.upgrade, args=(database,))
        upgrading.start()
        wait_until(lambda: waiting(database, "CREATE INDEX CONCURRENTLY ix_buffered_message_expires_at%"))

        with database.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '500ms'"))
            session.execute(text(MESSAGE), {"key": "written meanwhile"})

        assert upgrading.is_alive()
        slow.commit()
    upgrading.join(60)
    assert migrations.current_revision(database) == migrations.newest_revision()
    assert validity(database, "ix_buffered_message_expires_at") == [True]
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM buffered_message")).scalar_one() == 2


@pytest.mark.postgresql
def test_who_waits_in_vain_says_for_whom_and_the_next_attempt_makes_the_broken_index_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.upgrade(database, "0018")
    monkeypatch.setattr(migrations, "PATIENCE", 0.0)
    monkeypatch.setattr(online, "INDEX_TIMEOUT", "100ms")
    with database.bind.connect() as slow:
        slow.execute(text(MESSAGE), {"key": "begun before"})
        process = slow.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with pytest.raises(migrations.StillInUse, match=f"PID {process} .* went on for too long"):
            migrations.upgrade(database)
        assert validity(database, "ix_buffered_message_expires_at") == [False]
        slow.commit()

    migrations.upgrade(database)

    assert validity(database, "ix_buffered_message_expires_at") == [True]


@pytest.mark.postgresql
def test_a_change_of_a_table_tries_again_while_somebody_reads_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.upgrade(database, "0010")
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT", "50ms")
    with database.readers.connect() as reader:
        reader.execute(text("SELECT count(*) FROM process_definition"))
        upgrading = threading.Thread(target=migrations.upgrade, args=(database, "0011"))
        upgrading.start()
        for _ in range(2):
            wait_until(lambda: waiting(database, "ALTER TABLE process_definition%"))
            wait_until(lambda: not waiting(database, "ALTER TABLE process_definition%"))
        assert migrations.current_revision(database) == "0010"
    upgrading.join(60)

    assert migrations.current_revision(database) == "0011"


@pytest.mark.postgresql
def test_an_index_of_a_table_of_parts_is_made_on_each_and_after_a_cut_on_the_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    migrations.upgrade(database)
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_index_kinds.py").write_text(REVISION.format(migrations.newest_revision()), "utf-8")
    monkeypatch.setattr(migrations, "FOLDER", folder)
    monkeypatch.setattr(online, "INDEX_TIMEOUT", "100ms")
    monkeypatch.setattr(migrations, "PATIENCE", 0.0)

    with (
        pytest.raises(migrations.StillInUse),
        in_hand(database, "LOCK TABLE history_event_default IN SHARE UPDATE EXCLUSIVE MODE"),
    ):
        migrations.upgrade(database)
    assert False in validity(database, "ix_history_event_type"), "the months are done, the default part is not"
    with database.write() as session:
        made = partitions.make_parts(session.connection(), datetime.now(UTC).replace(year=2040, day=1))
    migrations.upgrade(database)

    assert any(name.startswith("history_event") for name in made)
    with database.read() as session:
        parts = len(partitions.parts_of(session.connection(), "history_event"))
    assert validity(database, "ix_history_event_type") == [True] * (1 + parts)


def validity(database: Database, index: str) -> list[bool]:
    """Whether the index is valid, and those of parts that are attached to it."""
    with database.read() as session:
        return list(
            session.scalars(
                text(
                    "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name) OR indexrelid IN"
                    " (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(:name))"
                ),
                {"name": index},
            )
        )


def waiting(database: Database, statement: str) -> bool:
    with database.read() as session:
        found = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :it)")
        return bool(session.execute(found, {"it": statement}).scalar_one())


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not come to be"
        time.sleep(0.005)


@contextmanager
def in_hand(database: Database, statement: str) -> Iterator[Connection]:
    """A transaction that has done this and goes on until the end of the block."""
    with database.bind.connect() as connection:
        connection.execute(text(statement))
        yield connection
        connection.rollback()
