"""Databases for tests, with all tables, on both kinds: import the fixtures or list this module in pytest_plugins."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import migrations
from engine.database import Database, open_database
from tests.support.postgres import empty_postgres_url, postgres_server, postgres_url

__all__ = [
    "any_database",
    "any_empty_database",
    "empty_postgres_url",
    "postgres_server",
    "postgres_url",
    "sqlite_database",
]

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite file; like the others it is a copy of one that was migrated once."""
    yield from _opened(f"sqlite:///{_copy_of_migrated(tmp_path)}")


@pytest.fixture(params=BOTH)
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database, SQLite first, then PostgreSQL."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{_copy_of_migrated(tmp_path)}")
    else:
        yield from _opened(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=BOTH)
def any_empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, SQLite first, then PostgreSQL."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path / 'lianxi.db'}")
    else:
        yield from _opened(request.getfixturevalue("empty_postgres_url"))


def _opened(url: str) -> Iterator[Database]:
    database = open_database(url, synchronous="OFF")
    yield database
    database.dispose()


def _copy_of_migrated(folder: Path) -> Path:
    return Path(shutil.copy(_migrated(), folder / "lianxi.db"))


@functools.cache
def _migrated() -> Path:
    folder = tempfile.mkdtemp(prefix="lianxi-migrated-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = open_database(f"sqlite:///{folder}/lianxi.db", synchronous="OFF")
    migrations.upgrade(database)
    database.dispose()
    return Path(folder) / "lianxi.db"
