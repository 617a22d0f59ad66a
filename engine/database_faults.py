"""What the drivers' errors mean: somebody was quicker, others write, the database is away, full or read-only."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from engine.errors import Unavailable

SQLITE_BUSY, SQLITE_LOCKED = 5, 6
SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN = 8, 10, 13, 14
SQLITE_DUPLICATE = (1555, 2067)  # SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
DUPLICATE = ("23505", "23P01")  # unique_violation, exclusion_violation
# lock_not_available, serialization_failure, deadlock_detected, query_canceled (statement_timeout); check_violation: we
# have no such checks, but a row on its way to the default part is refused so when its month's part is made meanwhile
CONTENTION = ("55P03", "40001", "40P01", "57014", "23514")
SERVER_GONE = ("57P01", "57P02", "57P03")  # admin_shutdown, crash_shutdown, cannot_connect_now
DISK_FULL, READ_ONLY = ("53100",), ("25006",)  # disk_full; read_only_sql_transaction


class Busy(Unavailable):
    """Others held what was needed for too long; the same request may well succeed in a moment."""

    def __init__(self) -> None:
        super().__init__("Expected to write at once, but others are writing; try again")


class Away(Unavailable):
    """The database server could not be reached or went away."""

    def __init__(self) -> None:
        super().__init__("Expected to reach the database, but it is away; try again in a moment")


class ReadOnly(Unavailable):
    """The database refuses to write: a standby server, or a file or disk that was made read-only."""

    def __init__(self) -> None:
        super().__init__("Expected to write, but the database can only be read at present; try again later")


def is_contention(error: BaseException) -> bool:
    """Whether somebody else held a lock for too long, or the database chose us to give way: trying again may help."""
    origin = _origin(error)
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in (SQLITE_BUSY, SQLITE_LOCKED)
    return getattr(origin, "sqlstate", None) in CONTENTION


def is_duplicate(error: BaseException) -> bool:
    """Whether a row with the same unique values is there already: somebody else was quicker."""
    origin = _origin(error)
    code = getattr(origin, "sqlite_errorcode", None)
    return code in SQLITE_DUPLICATE if code is not None else getattr(origin, "sqlstate", None) in DUPLICATE


def is_out_of_space(error: BaseException) -> bool:
    """Whether the database has no room on its disk."""
    origin = _origin(error)
    code = getattr(origin, "sqlite_errorcode", None)
    return code & 0xFF == SQLITE_FULL if code is not None else getattr(origin, "sqlstate", None) in DISK_FULL


def is_read_only(error: BaseException) -> bool:
    """Whether the database lets nobody write, or, on a connection for readers, not us."""
    origin = _origin(error)
    code = getattr(origin, "sqlite_errorcode", None)
    return code & 0xFF == SQLITE_READONLY if code is not None else getattr(origin, "sqlstate", None) in READ_ONLY


def is_lost_connection(error: BaseException) -> bool:
    """Whether the database server could not be reached or went away: nothing is known to be wrong with the request."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    origin = _origin(error)
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:  # the disk went away below the file
        return code & 0xFF in (SQLITE_IOERR, SQLITE_CANTOPEN)
    if not type(origin).__module__.startswith("psycopg"):
        return False
    state = getattr(origin, "sqlstate", None)
    if state is None:  # The server never answered, so it could not name a state.
        return type(origin).__name__ in ("OperationalError", "ConnectionTimeout", "PoolTimeout")
    return state in SERVER_GONE or state.startswith("08")


def _origin(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
