"""The database behind the engine: an SQLite file or a PostgreSQL server, with the same two ways in, write and read."""

from __future__ import annotations

import fcntl
import json
import math
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty
from sqlalchemy.orm import Session, sessionmaker

from engine.database_faults import (
    Away,
    Busy,
    ReadOnly,
    is_contention,
    is_lost_connection,
    is_out_of_space,
    is_read_only,
)
from engine.errors import InvalidState, NoSpace

BUSY_SECONDS = 30.0
POSTGRESQL_SESSION = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
QUIET_SECONDS = 1.0  # unused for so long, a connection is tried before it is trusted
POOL_SECONDS = 10.0  # how long a request waits for one of its process's connections
# A host that was cut off answers nothing, not even a refusal; without these we'd wait for it some two hours.
POSTGRESQL_CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


@dataclass(frozen=True, kw_only=True)
class Database:
    """One open database.

    bind: SQLAlchemy's engine for writers; on SQLite every transaction on it begins IMMEDIATE, in the order of asking.
    readers: the same database for readers, which can't write. dialect: "sqlite" or "postgresql".
    """

    url: str = field(repr=False)
    bind: Engine
    readers: Engine
    sessions: sessionmaker[Session]
    reading_sessions: sessionmaker[Session]
    dialect: str

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end of the block, rolled back if an exception leaves it.

        Raises Busy if somebody else held what we needed for too long, Away if the database is not there, NoSpace or
        ReadOnly if it can be read only.
        """
        try:
            with self.sessions() as session, session.begin():
                yield session
        except (DBAPIError, PoolIsEmpty) as error:
            _raise_unavailable(error)
            if is_read_only(error):
                raise ReadOnly from error
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries; whatever it tries to write is refused by the database. Raises Busy, Away."""
        try:
            with self.reading_sessions() as session:
                yield session
        except (DBAPIError, PoolIsEmpty) as error:
            _raise_unavailable(error)
            raise

    def dispose(self) -> None:
        """Close all connections."""
        self.readers.dispose()
        self.bind.dispose()


def open_database(url: str, *, synchronous: str = "FULL", pool_size: int = 20) -> Database:
    """Open an SQLite file (made if it is missing, its folder too) or a PostgreSQL database (`postgresql+psycopg://`).

    Opening makes no tables; engine.migrations.upgrade does. `synchronous` is SQLite's level, `pool_size` the most
    connections to PostgreSQL, of which half are kept open.
    """
    dialect = make_url(url).get_backend_name()
    bind, readers = _open_sqlite(url, synchronous) if dialect == "sqlite" else _open_postgresql(url, pool_size)
    return Database(
        url=url,
        bind=bind,
        readers=readers,
        sessions=sessionmaker(bind, expire_on_commit=False),
        reading_sessions=sessionmaker(readers, expire_on_commit=False),
        dialect=dialect,
    )


@contextmanager
def sole_process(database: Database) -> Iterator[None]:
    """Hold the file `<db>.lock`, so that a second server process on the same SQLite file refuses to start.

    The in-process queue of writers and the recovery of jobs count on being alone. PostgreSQL needs none of this.
    Single commands may write beside a running server; what changes the tables or replaces the file takes this lock too.
    Raises InvalidState, naming the process that holds it.
    """
    if database.dialect != "sqlite":
        yield
        return
    file = os.open(f"{make_url(database.url).database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode(errors="replace").strip() or "unknown"
            raise InvalidState(
                "Expected nobody to be at {file}, but process {holder} is serving it; stop that first",
                file=make_url(database.url).database,
                holder=holder,
            ) from None
        os.truncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        yield
    finally:
        os.close(file)  # gives the lock back; the file stays, as removing it would let two processes hold "the" lock


class FairLock:
    """A lock handed over in the order of asking.

    SQLite's own busy handler lets the lucky overtake: with 16 writers one waited 2 s where this makes it 54 ms.
    Whoever holds it may release it from another thread.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for our turn, at most `timeout` seconds, and say whether it came."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return True
        with self._guard:
            if turn.is_set():  # It came between the end of the wait and now.
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


def _open_sqlite(url: str, synchronous: str) -> tuple[Engine, Engine]:
    path = make_url(url).database
    if path in (None, "", ":memory:"):
        raise ValueError("Expected an SQLite file, but a database in memory can't be shared between connections")
    Path(str(path)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    bind, readers = _sqlite_engine(url), _sqlite_engine(url)

    @event.listens_for(bind, "connect")
    def prepare_writer(connection: Any, record: Any) -> None:
        _pragmas(connection, journal_mode="WAL", synchronous=synchronous, foreign_keys="ON")

    @event.listens_for(readers, "connect")
    def prepare_reader(connection: Any, record: Any) -> None:
        _pragmas(connection, query_only="ON")

    @event.listens_for(readers, "begin")
    def begin_reading(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    _queue_writers(bind)
    return bind, readers


def _sqlite_engine(url: str) -> Engine:
    # isolation_level None: Python's driver begins no transaction by itself; our `begin` listeners do.
    return create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        pool_size=20,
        max_overflow=20,
        json_serializer=_json,
        hide_parameters=True,  # else names and numbers of people would be in the log of what could not be written
    )


def _pragmas(connection: Any, **pragmas: str) -> None:
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name}={value}")


def _queue_writers(bind: Engine) -> None:
    """Let writers of this process wait for each other in order, and begin with the write lock in hand.

    A transaction that begins as a reader and then writes fails at once when another one wrote in between, however long
    the busy timeout is.
    """
    queue = FairLock()

    @event.listens_for(bind, "begin")
    def begin_writing(connection: Connection) -> None:
        holder = connection.connection.record_info
        assert holder is not None
        if not holder.get("writing"):
            if not queue.acquire(BUSY_SECONDS):
                raise Busy
            holder["writing"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    # Not on commit: that event comes before the commit itself, and not at all if the connection is dropped.
    @event.listens_for(bind, "checkin")
    def let_the_next_write(connection: Any, record: Any) -> None:
        if record.record_info.pop("writing", False):
            queue.release()


def _raise_unavailable(error: BaseException) -> None:
    if isinstance(error, PoolIsEmpty) or is_contention(error):
        raise Busy from error
    if is_lost_connection(error):
        raise Away from error
    if is_out_of_space(error):
        raise NoSpace from error


def _open_postgresql(url: str, pool_size: int) -> tuple[Engine, Engine]:
    bind = create_engine(
        url,
        isolation_level="READ COMMITTED",
        json_serializer=_json,
        hide_parameters=True,
        pool_size=(pool_size + 1) // 2,
        max_overflow=pool_size // 2,
        pool_timeout=POOL_SECONDS,
        connect_args={
            **POSTGRESQL_CONNECTION,
            "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SESSION.items()),
        },
    )

    # SQLAlchemy resets a reader's connection to READ WRITE, which a standby refuses and the setting
    # default_transaction_read_only would not survive. None leaves it to the server.
    @event.listens_for(bind, "checkin")
    def leave_it_to_the_server(connection: Any, record: Any) -> None:
        if connection is not None and not connection.closed:
            connection.read_only = None

        record.record_info["used"] = time.monotonic()

    @event.listens_for(bind, "checkout")
    def see_that_it_lives(connection: Any, record: Any, proxy: Any) -> None:
        if time.monotonic() - record.record_info.get("used", math.inf) > QUIET_SECONDS:
            _ping(bind, connection)

    return bind, bind.execution_options(postgresql_readonly=True)


def _ping(bind: Engine, connection: Any) -> None:
    """Have the pool connect again where the server has gone away meanwhile."""
    try:
        bind.dialect.do_ping(connection)
    except bind.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _json(value: Any) -> str:
    """Compact, and Chinese as itself: escaped it takes twice the bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
