"""Change tables that others are using: what revisions call where a plain operation would make writers wait.

On PostgreSQL each statement of these is committed by itself, and no writer waits for longer than a moment. So a
revision that calls one can be cut off in the middle, and is then done again from its beginning: all that it does must
bear that. On SQLite, and where all the tables have just been made, nobody else is there, and these are plain statements
of the one transaction. Revisions call these functions as they are now: they may learn, but not come to mean another
thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

LOCK_TIMEOUT = "5s"  # a change that waits for a long query makes everybody else wait for the change
INDEX_TIMEOUT = "10min"  # an index that waits for older transactions to end holds up nobody
BATCH = 2000  # ids: rows that are changed at once
LONGEST_NAME = 63  # bytes; PostgreSQL cuts off the rest


def in_use() -> bool:
    """Whether others may be at work on the tables meanwhile, and each revision is a transaction of its own."""
    return bool(op.get_context().opts.get("transaction_per_migration"))


@contextmanager
def step_by_step() -> Iterator[None]:
    """Commit each statement of the block by itself, and before them what the revision has done so far."""
    if not in_use():
        yield
        return
    with op.get_context().autocommit_block():
        yield


def add_columns(table: str, *columns: sa.Column[Any]) -> None:
    """Add those that are not there yet."""
    with step_by_step():
        for column in columns:
            op.add_column(table, column, if_not_exists=True if in_use() else None)


def create_index(
    name: str, table: str, columns: str, *, where: str = "", using: str = "", unique: bool = False
) -> None:
    """Make an index, of a table of parts also on each of them. An invalid one, which a cut attempt left, is made anew.

    `columns` and `where` are SQL, such as "type, priority DESC, id".
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    rest = (f" USING {using}" if using else "") + f" ({columns})" + (f" WHERE {where}" if where else "")
    if not in_use():
        op.execute(f"CREATE {kind} {name} ON {table}{rest}")
        return
    with step_by_step():
        if _is("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:name)", table):
            _build_on_parts(name, table, kind, rest)
        else:
            _build(name, table, kind, rest)


def drop_index(name: str) -> None:
    """Remove an index, where it is there."""
    with step_by_step():
        op.execute(f"DROP INDEX {'CONCURRENTLY ' if in_use() else ''}IF EXISTS {name}")


def id_ranges(table: str, key: str) -> Iterator[tuple[int, int]]:
    """The first and last ids of the batches to change a table by; all at once where nobody else is there."""
    low, high = op.get_bind().execute(sa.text(f"SELECT min({key}), max({key}) FROM {table}")).one()
    if low is not None:
        size = BATCH if in_use() else high - low + 1
        for first in range(low, high + 1, size):
            yield first, min(first + size - 1, high)


def _build_on_parts(name: str, table: str, kind: str, rest: str) -> None:
    """The whole's index is empty and becomes valid when each part's has been attached to it."""
    if not _is("SELECT to_regclass(:name) IS NOT NULL", name):
        op.execute(f"CREATE {kind} {name} ON ONLY {table}{rest}")
    while part := _next_part_without(name, table):  # a worker may have made another month meanwhile
        of_part = f"{name}{part.removeprefix(table)}"
        if len(of_part) > LONGEST_NAME:
            raise ValueError(f"Expected a name of at most {LONGEST_NAME} letters, but {of_part} has {len(of_part)}")
        _build(of_part, part, kind, rest)
        op.execute(f"ALTER INDEX {name} ATTACH PARTITION {of_part}")


def _next_part_without(name: str, table: str) -> str | None:
    part: str | None = op.get_bind().scalar(
        sa.text(
            "SELECT part.relname FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid"
            " WHERE inhparent = to_regclass(:table) AND NOT EXISTS ("
            "   SELECT FROM pg_inherits attached JOIN pg_index ON indexrelid = attached.inhrelid"
            "   WHERE attached.inhparent = to_regclass(:name) AND indrelid = part.oid)"
            " ORDER BY part.relname LIMIT 1"
        ),
        {"table": table, "name": name},
    )
    return part


def _build(name: str, table: str, kind: str, rest: str) -> None:
    op.execute(f"SET lock_timeout = '{INDEX_TIMEOUT}'")
    try:
        if _is("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)", name):
            return
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {table}{rest}")
    finally:
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def _is(question: str, name: str) -> bool:
    return bool(op.get_bind().scalar(sa.text(question), {"name": name}))
