"""The schema's history: complete, the same as the mapped classes, safe to start twice, on both databases."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from engine import migrations, model
from engine.database import Database, open_database
from engine.jobs import schema
from engine.migrations.new import write_revision
from tests.support.databases import any_empty_database, empty_postgres_url, postgres_server  # noqa: F401

ROOT = Path(__file__).parents[2]
MAY_IMPORT = ("engine.migrations.types.", "engine.migrations.online")  # which go on meaning the same
VERSIONS = sorted((migrations.FOLDER / "versions").glob("[0-9]*.py"))


@pytest.fixture
def database(any_empty_database: Database) -> Database:  # noqa: F811
    return any_empty_database


def tables(database: Database) -> set[str]:
    return set(inspect(database.readers).get_table_names())


def test_an_empty_database_gets_all_tables(database):
    assert migrations.current_revision(database) is None

    migrations.upgrade(database)

    assert migrations.current_revision(database) == migrations.newest_revision() == VERSIONS[-1].stem[:4]
    assert tables(database) >= {*model.metadata.tables, *schema.TABLES}


def test_the_tables_are_those_of_the_mapped_classes(database):
    migrations.upgrade(database)

    with database.bind.connect() as connection:
        command.check(migrations.configuration(connection))  # raises where they differ


def test_upgrading_again_changes_nothing_and_keeps_the_rows(database):
    migrations.upgrade(database)
    with database.write() as session:
        session.execute(text("INSERT INTO number_sequence VALUES ('XF-2026', 7)"))

    migrations.upgrade(database)

    with database.read() as session:
        assert session.execute(text("SELECT value FROM number_sequence")).scalar_one() == 7


def test_back_to_the_beginning_and_up_again(database):
    migrations.upgrade(database)

    migrations.downgrade(database, "base")
    assert not tables(database) & set(model.metadata.tables)

    migrations.upgrade(database)
    assert tables(database) >= set(model.metadata.tables)


def test_four_that_start_at_once_migrate_once(database):
    script = (
        "import sys; from engine import migrations; from engine.database import open_database\n"
        "migrations.upgrade(open_database(sys.argv[1]))"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", script, database.url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    complaints = [starter.communicate()[1] for starter in starters]

    assert [starter.returncode for starter in starters] == [0, 0, 0, 0], complaints
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    assert tables(database) >= set(model.metadata.tables)


def test_a_failing_migration_leaves_nothing_behind(database, monkeypatch):
    def fail(connection: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("engine.migrations.jobs_schema.apply", fail)
    with pytest.raises(ZeroDivisionError):
        migrations.upgrade(database)
    assert tables(database) == set()

    monkeypatch.undo()
    migrations.upgrade(database)  # ... not even a lock
    assert tables(database) >= set(model.metadata.tables)


def test_the_version_before_starts_again_on_newer_tables(database):
    migrations.upgrade(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'next'"))

    migrations.upgrade(database)

    assert migrations.current_revision(database) == "next"


def test_rows_that_would_refer_to_nothing_stop_a_migration(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'lianxi.db'}", synchronous="OFF")
    migrations.upgrade(database)
    with database.bind.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            connection.execute(text("INSERT INTO membership VALUES (99, 'nowhere')"))

    with pytest.raises(migrations.BrokenReferences, match="membership"):
        migrations.upgrade(database)
    database.dispose()


@pytest.mark.postgresql
def test_a_queue_of_an_older_procrastinate_gets_what_is_new(empty_postgres_url, monkeypatch, tmp_path):  # noqa: F811
    database = open_database(empty_postgres_url)
    changes = tmp_path / "changes"
    changes.mkdir()
    (changes / "03.00.00_01_known.sql").write_text("SELECT 1/0")
    monkeypatch.setattr("engine.jobs.schema.SchemaManager.get_migrations_path", lambda: str(changes))
    migrations.upgrade(database)
    (changes / "03.01.00_01_new.sql").write_text("CREATE TABLE proof (percent TEXT DEFAULT '100 %'); SELECT 1")

    migrations.upgrade(database)
    migrations.upgrade(database)

    assert "proof" in tables(database)
    database.dispose()


def test_no_revision_imports_our_classes():
    for version in VERSIONS:
        for node in ast.walk(ast.parse(version.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names += [f"{node.module}.{alias.name}" for alias in node.names]
            ours = [name for name in names if name.startswith("engine") and not name.startswith(MAY_IMPORT)]
            assert ours == [], f"{version.name} imports {ours}"


def test_revisions_are_numbered_without_gaps_and_say_what_they_do():
    assert [version.stem[:4] for version in VERSIONS] == [f"{number:04}" for number in range(1, len(VERSIONS) + 1)]
    for version in VERSIONS:
        first_line = (ast.get_docstring(ast.parse(version.read_text(encoding="utf-8"))) or "").splitlines()[0]
        assert first_line.endswith(".") and len(first_line) > 10


def test_a_new_revision_says_what_the_classes_added(monkeypatch, tmp_path):
    copy = tmp_path / "migrations"
    (copy / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (copy / name).write_text((migrations.FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(migrations, "FOLDER", copy)

    written = write_revision("Make the tables")

    text_of_revision = written.read_text(encoding="utf-8")
    assert written.name == "0001_make_the_tables.py"
    assert text_of_revision.startswith('"""Make the tables.')
    assert "engine.model" not in text_of_revision
    assert 'op.create_table(\n        "human_task"' in text_of_revision
