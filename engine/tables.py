"""All tables of an installation, the queue's too, in an order in which rows may be written, and what is in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, DateTime, MetaData, Table, func, inspect, select

from engine import model
from engine.jobs import schema

CHUNK = 1000


@dataclass(frozen=True, kw_only=True)
class Content:
    """How many rows a table has, and a checksum over them that is the same on both databases, in whatever order."""

    rows: int
    sha256: str


def all_tables(connection: Connection) -> list[Table]:
    """The tables that this database has, referred to before referring. Those of the queue are read from it."""
    present = set(inspect(connection).get_table_names())
    ours = [table for table in model.metadata.sorted_tables if table.name in present]
    queue = MetaData()
    queue.reflect(connection, only=[name for name in schema.TABLES if name in present], resolve_fks=False)
    return [*ours, *(queue.tables[name] for name in schema.TABLES if name in queue.tables)]


def count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def rows_of(connection: Connection, table: Table, columns: Sequence[str] | None = None) -> Iterator[tuple[Any, ...]]:
    """All rows, a thousand in memory at a time, as Python values; those of SQLite's queue as PostgreSQL has them."""
    chosen = [table.c[name] for name in columns or table.c.keys()]
    found = connection.execution_options(yield_per=CHUNK).execute(select(*chosen))
    for row in found:
        yield tuple(row)


def content(connection: Connection, table: Table, like: Table | None = None) -> Content:
    """Count and sum up. `like`: the same table of another database, whose columns count."""
    shape = like if like is not None else table
    return sum_up(rows_of(connection, table, shape.c.keys()), shape)


def sum_up(rows: Iterable[tuple[Any, ...]], table: Table) -> Content:
    """The content of these rows, whose values are in the order of the table's columns."""
    columns = list(table.c)
    count, total = 0, 0
    for row in rows:
        plain = [plain_value(value, column) for value, column in zip(row, columns, strict=True)]
        digest = hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).digest()
        total = (total + int.from_bytes(digest, "big")) % 2**256
        count += 1
    return Content(rows=count, sha256=f"{total:064x}")


def typed_value(value: Any, column: Column[Any]) -> Any:
    """A value of SQLite's queue, which knows texts and numbers only, as the type of PostgreSQL's column."""
    if value is None:
        return None
    if isinstance(column.type, JSON):
        return json.loads(value) if isinstance(value, str) else value
    if isinstance(column.type, DateTime) and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Boolean):
        return bool(value)
    return value


def plain_value(value: Any, column: Column[Any]) -> Any:
    """A value as JSON can say it, the same for both databases."""
    return _plain(typed_value(value, column) if column.table.name in schema.TABLES else value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # PostgreSQL keeps 1e3 as 1000
    return value
