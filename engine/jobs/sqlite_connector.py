"""Procrastinate on our own SQLite file, so that both databases share one queue library, one set of jobs and one worker.

Procrastinate hands every storage operation to its connector as one of 22 named queries; sqlite_queries answers them.
Whoever upgrades Procrastinate reads its changes to `sql/queries.sql`; tests/jobs compares the two databases.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from procrastinate import connector, exceptions, manager, sql
from sqlalchemy.exc import SQLAlchemyError

from engine.database import Database
from engine.database_faults import Busy
from engine.jobs import sqlite_queries

NAMES = {query: name for name, query in sql.queries.items()}
QUERIES = sqlite_queries.READS | sqlite_queries.WRITES
INSERTING = ("defer_jobs", "defer_periodic_job", "retry_job")


class SqliteConnector(connector.BaseAsyncConnector):
    """Runs the queries over the database's own connections: its settings, its order of writers, its transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listener: tuple[asyncio.AbstractEventLoop, connector.Notify, list[str]] | None = None
        self._notifying: set[asyncio.Task[None]] = set()

    def get_sync_connector(self) -> connector.BaseConnector:
        return self

    def open(self, pool: Any = None) -> None:
        """The database is open already."""

    def close(self) -> None:
        """Whoever opened the database closes it."""

    async def open_async(self, pool: Any = None) -> None:
        """The database is open already."""

    async def close_async(self) -> None:
        """Whoever opened the database closes it."""

    def execute_query(self, query: str, **arguments: Any) -> None:
        self._execute(query, arguments)

    def execute_query_one(self, query: str, **arguments: Any) -> dict[str, Any]:
        return _one(self._execute(query, arguments))

    def execute_query_all(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        return self._execute(query, arguments)

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        await asyncio.to_thread(self._execute, query, arguments)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        return _one(await asyncio.to_thread(self._execute, query, arguments))

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._execute, query, arguments)

    def execute_query_one_with_connection(self, connection: Any, query: str, **arguments: Any) -> dict[str, Any]:
        return _one(_answer(connection, NAMES[query], arguments))

    def execute_query_all_with_connection(self, connection: Any, query: str, **arguments: Any) -> list[dict[str, Any]]:
        return _answer(connection, NAMES[query], arguments)

    async def listen_notify(self, on_notification: connector.Notify, channels: Iterable[str]) -> None:
        """Pass wake() on to the worker, until cancelled."""
        self._listener = (asyncio.get_running_loop(), on_notification, list(channels))
        try:
            await asyncio.Event().wait()
        finally:
            self._listener = None

    def wake(self) -> None:
        """Tell this process's worker that there is work; from any thread. Without a worker nothing happens."""
        listener = self._listener
        if listener is None:
            return
        try:
            listener[0].call_soon_threadsafe(self._notify, listener[1], listener[2])
        except RuntimeError:  # Its loop ended in this moment; the next worker looks for itself.
            return

    def _notify(self, on_notification: connector.Notify, channels: list[str]) -> None:
        payload = json.dumps({"type": "job_inserted", "job_id": 0})
        for channel in channels:
            task = asyncio.ensure_future(on_notification(channel=channel, payload=payload))
            self._notifying.add(task)
            task.add_done_callback(self._notifying.discard)

    def _execute(self, query: str, arguments: dict[str, Any]) -> Any:
        name = NAMES[query]
        try:
            if name == "fetch_job" and not self._has_ready_job(arguments["queues"]):
                return {"id": None}
            bind = self._database.readers if name in sqlite_queries.READS else self._database.bind
            with bind.begin() as connection:
                result = _answer(connection.connection.driver_connection, name, arguments)
        except (SQLAlchemyError, Busy) as error:
            raise exceptions.ConnectorException(f"Expected to {name}, but the database refused: {error}") from error
        if name in INSERTING:
            self.wake()
        return result

    def _has_ready_job(self, queues: Iterable[str] | None) -> bool:
        with self._database.readers.begin() as connection:
            return sqlite_queries.has_ready_job(_cursor(connection.connection.driver_connection), queues=queues)


def _answer(connection: Any, name: str, arguments: dict[str, Any]) -> Any:
    try:
        return QUERIES[name](_cursor(connection), **arguments)
    except sqlite3.IntegrityError as error:
        if "queueing_lock" in str(error):
            raise exceptions.UniqueViolation(
                constraint_name=manager.QUEUEING_LOCK_CONSTRAINT, queueing_lock=None
            ) from error
        raise exceptions.ConnectorException from error
    except sqlite3.Error as error:
        raise exceptions.ConnectorException(f"Expected to {name}, but SQLite says: {error}") from error


def _cursor(connection: Any) -> sqlite3.Cursor:
    cursor: sqlite3.Cursor = connection.cursor()
    cursor.row_factory = lambda cursor, row: {
        column[0]: value for column, value in zip(cursor.description, row, strict=True)
    }
    return cursor


def _one(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise exceptions.NoResult
    return row
