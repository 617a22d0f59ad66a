"""Revisions only add, and a migration that is cut off at any statement can be repeated; on SQLite it never began."""

from __future__ import annotations

import ast
import itertools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect, text

from engine import migrations, model
from engine.database import Database, open_database
from tests.support.databases import any_empty_database, empty_postgres_url, postgres_server  # noqa: F401

VERSIONS = sorted((migrations.FOLDER / "versions").glob("[0-9]*.py"))
# What the version before still reads or writes may not go in the same release.
TAKES_AWAY = ("drop_table", "drop_column", "alter_column", "rename_table", "drop_constraint")
TAKES_AWAY_IN_SQL = re.compile(r"\b(DROP (TABLE|COLUMN|CONSTRAINT)|RENAME|SET NOT NULL|TRUNCATE)\b", re.IGNORECASE)
# revision -> why it may all the same
MAY = {"0006": "the plain table becomes a part of one that has its name and its columns"}
# Statements: a migration is cut off so often, each time later. On PostgreSQL it goes on where it was cut off.
EVERY = {"sqlite": 23, "postgresql": 5}
EVENT = "INSERT INTO history_event (at, actor, type, data) VALUES ('2026-03-02 08:00:00', 'rita', 'case opened', '{}')"
LOSES = """'''Change a column.'''
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{}"
branch_labels = depends_on = None


def upgrade():
    with op.batch_alter_table("human_task") as batch_op:
        batch_op.alter_column("priority", type_=sa.BigInteger())
"""


def upgrade_of(version: Path) -> ast.FunctionDef:
    tree = ast.parse(version.read_text(encoding="utf-8"))
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade")


@pytest.mark.parametrize("version", [each for each in VERSIONS if each.stem[:4] not in MAY], ids=lambda each: each.stem)
def test_the_version_before_goes_on_beside_a_newer_schema(version: Path) -> None:
    for node in ast.walk(upgrade_of(version)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not TAKES_AWAY_IN_SQL.search(node.value), node.value
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        assert node.func.attr not in TAKES_AWAY, f"{node.func.attr} in line {node.lineno}: add now, take away later"
        if node.func.attr in ("add_column", "add_columns"):
            assert not needs_a_value(node), f"line {node.lineno}: old code knows no value for it; a server_default does"


def needs_a_value(added: ast.Call) -> bool:
    """Whether a column is NOT NULL without a default of the database's own."""
    for column in [node for node in ast.walk(added) if isinstance(node, ast.Call) and node is not added]:
        words = {word.arg: word.value for word in column.keywords}
        nullable = words.get("nullable")
        if isinstance(nullable, ast.Constant) and nullable.value is False and "server_default" not in words:
            return True
    return False


def test_a_migration_cut_off_at_any_statement_leaves_the_old_rows_and_can_be_repeated(
    any_empty_database: Database,  # noqa: F811
) -> None:
    database = any_empty_database
    migrations.upgrade(database, "0001")
    with database.write() as session:
        session.execute(text("INSERT INTO number_sequence VALUES ('XF-2026', 7)"))
        session.execute(text(EVENT))
    before, reached = tables(database), "0001"

    cuts = 0
    for nth in itertools.count(2, EVERY[database.dialect]):
        with cut_off_at(nth) as done:
            try:
                migrations.upgrade(database)
                break
            except CutOff:
                cuts += 1
        if migrations.current_revision(database) == migrations.newest_revision():
            break  # it was over; only the lock was still to give back
        last, reached = reached, str(migrations.current_revision(database))
        if database.dialect == "sqlite":
            assert reached == "0001", f"cut off after {done[-1]}"
            assert tables(database) == before
        assert reached >= last, f"cut off after {done[-1]}"
        assert tables(database) >= before

    assert cuts >= 3
    migrations.upgrade(database)
    assert migrations.current_revision(database) == migrations.newest_revision()
    assert tables(database) >= set(model.metadata.tables)
    with database.read() as session:
        assert session.execute(text("SELECT value FROM number_sequence")).scalar_one() == 7
        assert session.execute(text("SELECT actor FROM history_event")).scalar_one() == "rita"


def test_on_sqlite_a_table_is_not_made_again_without_its_triggers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite can't alter a column; Alembic copies the table, and its triggers would go with the old one."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_lose_triggers.py").write_text(LOSES.format(migrations.newest_revision()), "utf-8")
    database = open_database(f"sqlite:///{tmp_path / 'lianxi.db'}", synchronous="OFF")
    migrations.upgrade(database)
    monkeypatch.setattr(migrations, "FOLDER", folder)

    with pytest.raises(RuntimeError, match="human_task again with its triggers, but lianxi_offer_again would be lost"):
        migrations.upgrade(database)

    with database.read() as session:
        trigger = text("SELECT count(*) FROM sqlite_master WHERE name = 'lianxi_offer_again'")
        assert session.execute(trigger).scalar_one() == 1
    database.dispose()


class CutOff(Exception):
    """The process that migrates ends here."""


@contextmanager
def cut_off_at(nth: int) -> Iterator[list[str]]:
    """Whoever executes the nth statement within the block fails; yields those before."""
    done: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def count(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        if len(done) == nth:
            raise CutOff
        done.append(statement)

    try:
        yield done
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def tables(database: Database) -> set[str]:
    return set(inspect(database.readers).get_table_names())
