"""The schema's history: bring a database to the tables this code wants, whoever else is starting at the same moment.

`upgrade` is called by every start. How to add a revision is told in env.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from engine import partitions
from engine.database import BUSY_SECONDS, Database
from engine.database_faults import is_contention
from engine.errors import Unavailable
from engine.jobs import schema as jobs_schema
from engine.migrations.online import LOCK_TIMEOUT

FOLDER = Path(__file__).parent
ADVISORY_LOCK = 0x6C69616E7869  # "lianxi"
PATIENCE = 60.0  # seconds of tries; as long as a transaction of ours may be idle
PAUSE = 0.2  # seconds


class BrokenReferences(Exception):
    """A migration left rows that refer to nothing; it was rolled back."""


class StillInUse(Unavailable):
    """Others held the tables for too long. What was done stays, and the next attempt goes on from there."""

    def __init__(self, holders: str) -> None:
        super().__init__(
            "Expected to change the tables in a quiet moment, but there was none: {holders} went on for too long; "
            "end that or wait for it, then migrate again",
            holders=holders,
        )


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply what is missing, the queue's tables too. Several may call this at once; one does it.

    On SQLite, and on PostgreSQL where there are no tables yet, it is one transaction. On a PostgreSQL that others use
    each revision is one, or several, tried again for PATIENCE seconds where others are in the way; a cut-off attempt
    leaves what was done, and the next one goes on. Raises StillInUse. Does nothing where a newer version was there, as
    what is started again while others are replaced works on the tables of the next version.
    """
    if database.dialect == "sqlite":
        with _alone_on_sqlite(database) as connection:
            if not _is_newer(revision_of(connection)):
                _apply(connection, revision)
        return
    with _alone_on_postgresql(database) as connection:
        found = revision_of(connection)
        connection.rollback()
        if _is_newer(found):
            return
        if found is None:
            with connection.begin():
                _apply(connection, revision)
            return
        end = time.monotonic() + PATIENCE
        while True:
            try:
                _apply(connection, revision, online=True)
                return
            except DBAPIError as error:
                connection.rollback()
                if not is_contention(error):
                    raise
                if time.monotonic() > end:
                    raise StillInUse(_holders(connection)) from error
                time.sleep(PAUSE)  # in which those may go on who waited behind us


def downgrade(database: Database, revision: str) -> None:
    """Go back to a revision; for development, where a revision is written again."""
    if database.dialect == "sqlite":
        with _alone_on_sqlite(database) as connection:
            command.downgrade(configuration(connection), revision)
    else:
        with _alone_on_postgresql(database) as connection, connection.begin():
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


def configuration(connection: Connection | None = None, *, online: bool = False) -> Config:
    """Alembic's configuration, without an .ini file: the connection is handed in, the place is here.

    online: others use the tables meanwhile, see engine/migrations/online.py.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"], config.attributes["online"] = connection, online
    return config


def _is_newer(revision: str | None) -> bool:
    return revision is not None and not is_known(revision)


def _apply(connection: Connection, revision: str, *, online: bool = False) -> None:
    command.upgrade(configuration(connection, online=online), revision)
    if online:
        connection.commit()
    with connection.begin() if online else nullcontext():
        jobs_schema.apply(connection)
        if connection.dialect.name == "postgresql":
            partitions.make_parts(connection, connection.execute(text("SELECT now()")).scalar_one())


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
    """A connection, in no transaction, while nobody else migrates."""
    bind = create_engine(database.url, poolclass=NullPool)
    # The lock belongs to a session of its own: a revision may commit in between, and a pool would keep the lock alive.
    with bind.connect().execution_options(isolation_level="AUTOCOMMIT") as keeper:
        # Asked for again and again: a statement that waits for it would be a transaction under way, for whose end an
        # index that is made meanwhile would wait, and so on for ever.
        while not keeper.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}):
            time.sleep(PAUSE)
        try:
            with bind.connect() as connection:
                connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
                connection.commit()
                yield connection
        finally:
            keeper.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})


def _holders(connection: Connection) -> str:
    """Who has been in a transaction longest, as pg_stat_activity names them."""
    others = connection.execute(
        text(
            "SELECT pid, application_name, date_trunc('second', now() - xact_start) AS since FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now()"
            " ORDER BY xact_start LIMIT 3"
        )
    ).all()
    connection.rollback()
    return ", ".join(f"PID {each.pid} {each.application_name} ({each.since})" for each in others) or "PID ?"
