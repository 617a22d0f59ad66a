"""The tables of events on PostgreSQL are parted by month of UTC, so that old months leave as a whole.

A default part takes what no month has been made for, so nothing is ever refused. What was there before the tables were
parted is one part, `…_before`. SQLite's tables are plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, text

TABLES = ("history_event", "audit_event")
AHEAD = 3  # months
LOCK = 0x6C69616E7870  # "lianxp"
PART = re.compile(rf"^({'|'.join(TABLES)})_(default|before|\d{{4}}_\d\d)$")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part and the first days it does and no longer does hold; None where it has no end or is the default."""

    table: str
    name: str
    start: date | None
    end: date | None
    is_default: bool


def is_part(name: str | None) -> bool:
    return bool(name and PART.match(name))


def make_parts(connection: Connection, now: datetime, *, first: date | None = None) -> list[str]:
    """Make the parts from the month of `first`, else of `now`, up to some months ahead, and answer their names.

    Rows of these months that went to the default part are moved. Does nothing on SQLite. Several may call this at once.
    """
    if connection.dialect.name != "postgresql":
        return []
    made = []
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    for table in TABLES:
        there = parts_of(connection, table)
        if not there:  # not parted yet: an older revision
            continue
        for month in _months(first or now.astimezone(UTC).date(), now.astimezone(UTC).date()):
            if not any(_holds(part, month) for part in there):
                made.append(_make(connection, table, month))
    return made


def drop_empty_parts(connection: Connection, now: datetime) -> list[str]:
    """Remove the parts of past months that hold nothing any more, and answer their names."""
    if connection.dialect.name != "postgresql":
        return []
    dropped = []
    this_month = now.astimezone(UTC).date().replace(day=1)
    for table in TABLES:
        for part in parts_of(connection, table):
            if part.is_default or part.end is None or part.end > this_month:
                continue
            if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {part.name})")):
                continue
            connection.execute(text(f"DROP TABLE {part.name}"))
            dropped.append(part.name)
    return dropped


def parts_of(connection: Connection, table: str) -> list[Part]:
    """The parts of a table as they are; none where it is not parted."""
    connection.execute(text("SET LOCAL timezone = 'UTC'"))
    found = connection.execute(
        text(
            "SELECT part.relname, pg_get_expr(part.relpartbound, part.oid) FROM pg_inherits"
            " JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = to_regclass(:table) ORDER BY part.relname"
        ),
        {"table": table},
    )
    parts = []
    for name, bound in found:
        start, end = re.findall(r"(MINVALUE|'\d{4}-\d\d-\d\d)", bound) if bound != "DEFAULT" else ("", "")
        parts.append(Part(table=table, name=name, start=_day(start), end=_day(end), is_default=bound == "DEFAULT"))
    return parts


def _day(bound: str) -> date | None:
    return date.fromisoformat(bound[1:]) if bound.startswith("'") else None


def _holds(part: Part, month: date) -> bool:
    return part.end is not None and (part.start is None or part.start <= month) and month < part.end


def _months(first: date, now: date) -> Iterator[date]:
    month = first.replace(day=1)
    last = now.year * 12 + now.month - 1 + AHEAD
    while month.year * 12 + month.month - 1 <= last:
        yield month
        month = _next(month)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _make(connection: Connection, table: str, month: date) -> str:
    """Made aside and attached, which holds up nobody who reads or writes other parts."""
    name, start, end = f"{table}_{month:%Y_%m}", f"{month} 00:00:00+00", f"{_next(month)} 00:00:00+00"
    for statement in (
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        f"WITH moved AS (DELETE FROM {table}_default WHERE at >= '{start}' AND at < '{end}' RETURNING *)"
        f" INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')",
    ):
        connection.execute(text(statement))
    return name
