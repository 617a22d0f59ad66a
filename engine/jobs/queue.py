"""Deferring: a job is written in the transaction of the change that wants it, so it exists if and only if that does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from procrastinate import PsycopgConnector, SyncPsycopgConnector
from procrastinate.connector import BaseConnector, Notify
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from engine.database import POSTGRESQL_SESSION, Database
from engine.jobs.sqlite_connector import SqliteConnector

# The outside world may be slow and timers may be many, so each has a queue of its own: a worker does some of each at a
# time, and none can starve the others. A worker process can be told to do only some.
QUEUES = {"run_job": "io", "fire_timer": "timers", "fire_timers": "timers"}
DEFAULT_QUEUE = "engine"
# With which a worker process fetches jobs and notes their ends on PostgreSQL; one for each queue listens. What the jobs
# themselves do takes connections of the database's own pool.
CONNECTIONS = 8
LISTEN_AGAIN = 1.0  # seconds

logger = logging.getLogger("lianxi.jobs")


class Jobs:
    """The queue of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._sqlite = SqliteConnector(database) if database.dialect == "sqlite" else None
        # With a connection given, the manager needs no pool of its own, so this one is never opened.
        self._manager = JobManager(self._sqlite or SyncPsycopgConnector())

    def enqueue(
        self,
        session: Session,
        name: str,
        args: Mapping[str, Any],
        *,
        key: str | None = None,
        schedule_at: datetime | None = None,
    ) -> None:
        """Have the function JOBS[name] called with `args` after the commit, at least once, not before `schedule_at`.

        `key`: nothing is added while a job with the same key is still waiting.
        """
        job = _job(name, args, key=key, schedule_at=schedule_at)
        if key is None:
            self._manager.defer_job(job, connection=_driver_connection(session))
            return
        try:
            with session.begin_nested():  # A refused row would otherwise end the whole transaction on PostgreSQL.
                self._manager.defer_job(job, connection=_driver_connection(session))
        except AlreadyEnqueued:
            return

    def enqueue_all(self, session: Session, name: str, each: Sequence[Mapping[str, Any]]) -> None:
        """Enqueue one job per element of `each`, in this order."""
        if each:
            self._manager.batch_defer_jobs([_job(name, args) for args in each], connection=_driver_connection(session))

    def wake(self) -> None:
        """After a commit that deferred: tell the worker of this process. PostgreSQL tells its workers by itself."""
        if self._sqlite is not None:
            self._sqlite.wake()

    def worker_connector(self) -> BaseConnector:
        """What a worker's app stands on. On PostgreSQL it has its own connections, one of them listening."""
        if self._sqlite is not None:
            return self._sqlite
        url = make_url(self.database.url).set(drivername="postgresql")
        limits = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SESSION.items())
        return LastingListener(
            conninfo=url.render_as_string(hide_password=False),
            kwargs={"options": limits},
            min_size=1,
            max_size=CONNECTIONS,
        )


class LastingListener(PsycopgConnector):
    """Listens again after the server was away.

    Procrastinate's own tries once and ends with the first refusal; its worker goes on and sees each job only when it
    next looks by itself.
    """

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        channels = list(channels)
        while True:
            try:
                await super().listen_notify(on_notification=on_notification, channels=channels)
            except ConnectorException:
                logger.warning("nobody listens for new jobs; trying again in %g s", LISTEN_AGAIN)
            await asyncio.sleep(LISTEN_AGAIN)


def _job(name: str, args: Mapping[str, Any], *, key: str | None = None, schedule_at: datetime | None = None) -> Job:
    return Job(
        task_name=name,
        queue=QUEUES.get(name, DEFAULT_QUEUE),
        lock=None,  # A lock would let a job that waits for its next try hold up all later ones of the instance.
        queueing_lock=key,
        task_kwargs=dict(args),
        scheduled_at=schedule_at,
    )


def _driver_connection(session: Session) -> Any:
    connection: Connection = session.connection()
    return connection.connection.driver_connection
