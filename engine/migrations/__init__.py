"""The schema's history: bring a database to the tables this code wants, whoever else is starting at the same moment.

`upgrade` is called by every start. How to add a revision is told in env.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, event, text

from engine import partitions
from engine.database import BUSY_SECONDS, Database
from engine.jobs import schema as jobs_schema

FOLDER = Path(__file__).parent
ADVISORY_LOCK = 0x6C69616E7869  # "lianxi"


class BrokenReferences(Exception):
    """A migration left rows that refer to nothing; it was rolled back."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply what is missing, the queue's tables too, in one transaction. Several may call this at once; one does it."""
    with _alone(database) as connection:
        command.upgrade(configuration(connection), revision)
        jobs_schema.apply(connection)
        if connection.dialect.name == "postgresql":
            partitions.make_parts(connection, connection.execute(text("SELECT now()")).scalar_one())


def downgrade(database: Database, revision: str) -> None:
    """Go back to a revision; for development, where a revision is written again."""
    with _alone(database) as connection:
        command.downgrade(configuration(connection), revision)


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.readers.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this code has the revision; it doesn't where a newer version made it."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(configuration()).walk_revisions())


def newest_revision() -> str | None:
    """The revision this code wants."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def known_revisions() -> frozenset[str]:
    """All revisions this code knows; one that it doesn't is a newer version's."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions())


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an .ini file: the connection is handed in, the place is here."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction nobody else migrates in; on a connection of its own, which is closed and not kept afterwards."""
    with (_alone_on_sqlite if database.dialect == "sqlite" else _alone_on_postgresql)(database) as connection:
        yield connection


@contextmanager
def _alone_on_sqlite(database: Database) -> Iterator[Connection]:
    bind = create_engine(
        database.url, poolclass=NullPool, connect_args={"isolation_level": None, "timeout": BUSY_SECONDS}
    )

    @event.listens_for(bind, "connect")
    def prepare(connection: object, record: object) -> None:
        # SQLite changes a column by making the table again. With foreign keys on, dropping the old one would delete the
        # rows that refer to it. The switch works outside a transaction only.
        for pragma in ("foreign_keys=OFF", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(bind, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with bind.begin() as connection:
        yield connection
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise BrokenReferences(f"Expected every reference to hold after the migration, but these do not: {broken}")


@contextmanager
def _alone_on_postgresql(database: Database) -> Iterator[Connection]:
    bind = create_engine(database.url, poolclass=NullPool)
    # The lock belongs to a session of its own: a revision may commit in between, and a pool would keep the lock alive.
    with bind.connect().execution_options(isolation_level="AUTOCOMMIT") as keeper:
        keeper.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        try:
            with bind.begin() as connection:
                # A change that waits for a long query would make everybody else wait for the change.
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                yield connection
        finally:
            keeper.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
