"""Move an embedded SQLite database to an empty PostgreSQL, in one transaction, and prove that all of it arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import DataError, sql
from psycopg.types.json import Jsonb
from sqlalchemy import JSON, Connection, NullPool, Table, create_engine, func, select, text
from sqlalchemy.engine import make_url

from engine import migrations, partitions, tables
from engine.database import Database, open_database, sole_process
from engine.errors import InvalidInput, InvalidState
from engine.jobs import schema
from engine.model.history import AuditEvent, HistoryEvent
from engine.model.runtime import ProcessInstance

WORKERS = "procrastinate_workers"  # of processes that are gone


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One table: how many rows it has here and there, and the checksums over them."""

    table: str
    source: tables.Content
    target: tables.Content

    @property
    def same(self) -> bool:
        return self.source == self.target


def move(source: Database, url: str, tell: Callable[[str], None] = lambda table: None) -> list[Moved]:
    """Copy every row, compare counts and checksums of all tables and the state of each instance, and only then commit.

    The source stays as it is. Whatever goes wrong, the target has its tables and no row, so it may be tried again.
    `tell` hears the name of each table that begins. Raises InvalidState while the source is served, where the target
    has rows, or where something did not arrive.
    """
    if source.dialect != "sqlite":
        raise InvalidInput({}, "Expected to move from an SQLite database, but the settings name another one")
    if make_url(url).get_backend_name() != "postgresql":
        raise InvalidInput({}, "Expected to move to a PostgreSQL database, but {given} is none", given=make_url(url))
    target = open_database(url)
    try:
        with sole_process(source):
            migrations.upgrade(source)
            migrations.upgrade(target)
            bind = create_engine(url, poolclass=NullPool)
            with source.readers.connect() as here, bind.begin() as there:
                return _move(here, there, tell)
    finally:
        target.dispose()


def _move(here: Connection, there: Connection, tell: Callable[[str], None]) -> list[Moved]:
    wanted = [table for table in tables.all_tables(there) if table.name != WORKERS]
    _lock_and_refuse_full(there, wanted)
    _part(here, there)
    originals = {table.name: table for table in tables.all_tables(here)}
    for table in wanted:
        there.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))  # the queue's would write events anew
    for table in wanted:
        tell(table.name)
        _copy(here, originals[table.name], there, table)
    for table in wanted:
        there.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
        _set_sequence(there, table)
    moved = [
        Moved(
            table=table.name,
            source=_arriving(here, originals[table.name], table),
            target=tables.content(there, table),
        )
        for table in wanted
    ]
    if lost := [each.table for each in moved if not each.same]:
        raise InvalidState(
            "Expected all rows to arrive as they were, but those of {tables} differ", tables=", ".join(lost)
        )
    if states_of(here) != states_of(there):
        raise InvalidState("Expected the state of every instance to arrive as it was, but some differ")
    return moved


def states_of(connection: Connection) -> dict[int, str]:
    """The SHA-256 of every instance's stored state."""
    rows = tables.rows_of(connection, ProcessInstance.__table__, ["id", "state"])  # type: ignore[arg-type]
    return {key: hashlib.sha256(state).hexdigest() for key, state in rows}


def _lock_and_refuse_full(there: Connection, wanted: list[Table]) -> None:
    there.execute(text("SET LOCAL statement_timeout = 0"))
    there.execute(text("SET LOCAL lock_timeout = '5s'"))
    names = ", ".join(table.name for table in wanted)
    there.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))  # a server that starts now writes after us, or not
    for table in wanted:
        if tables.count(there, table):
            raise InvalidState(
                "Expected an empty database to move to, but its table {table} has rows; nothing was changed",
                table=table.name,
            )


def _part(here: Connection, there: Connection) -> None:
    """Make the months of the events that come."""
    earliest = [here.scalar(select(func.min(event.at))) for event in (HistoryEvent, AuditEvent)]
    if first := min(filter(None, earliest), default=None):
        now = there.execute(text("SELECT now()")).scalar_one()
        partitions.make_parts(there, now, first=first.date())


def _copy(here: Connection, original: Table, there: Connection, table: Table) -> None:
    columns = [column.key for column in table.c if column.key in original.c]
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    driver: Any = there.connection.driver_connection
    row: Any = None
    try:
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in tables.rows_of(here, original, columns):
                copy.write_row([_sent(table, name, value) for name, value in zip(columns, row, strict=True)])
    except DataError as error:
        raise InvalidState(
            "Expected PostgreSQL to take all rows of {table}, but it refused some near {row}: {error}",
            table=table.name,
            row=row and row[0],
            error=str(error).splitlines()[0],
        ) from error


def _sent(table: Table, name: str, value: Any) -> Any:
    column = table.c[name]
    if table.name in schema.TABLES:
        value = tables.typed_value(_at_rest(table, name, value), column)
    return Jsonb(value) if isinstance(column.type, JSON) and value is not None else value


def _at_rest(table: Table, name: str, value: Any) -> Any:
    """Jobs that were being done when the server stopped are to be done again: nobody does them now."""
    if table.name == "procrastinate_jobs":
        if name == "status" and value == "doing":
            return "todo"
        if name == "worker_id":
            return None
    return value


def _arriving(here: Connection, original: Table, table: Table) -> tables.Content:
    if table.name not in schema.TABLES:
        return tables.content(here, original, like=table)
    columns = table.c.keys()
    rows = (
        tuple(_at_rest(table, name, value) for name, value in zip(columns, row, strict=True))
        for row in tables.rows_of(here, original, columns)
    )
    return tables.sum_up(rows, table)


def _set_sequence(there: Connection, table: Table) -> None:
    """The next row gets the number after the highest."""
    if "id" in table.c:
        numbers = f"pg_get_serial_sequence('{table.name}', 'id')"
        highest = f"SELECT setval({numbers}, greatest(max(id), 1), max(id) IS NOT NULL) FROM {table.name}"
        there.execute(text(highest))
