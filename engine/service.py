"""Put together from settings: the database brought up to date, the queue, the engine."""

from __future__ import annotations

from dataclasses import dataclass

from engine.clock import Clock
from engine.config import Settings
from engine.database import Database, open_database, sole_process
from engine.executor import Engine
from engine.jobs.functions import JobContext
from engine.jobs.queue import Jobs
from engine.workers import Outside


@dataclass(frozen=True, kw_only=True)
class Service:
    """One installation, open."""

    settings: Settings
    database: Database
    jobs: Jobs
    engine: Engine

    @property
    def job_context(self) -> JobContext:
        given = self.settings
        outside = Outside(mail_url=given.mail_url, mail_from=given.mail_from, webhook_hosts=given.webhook_hosts)
        return JobContext(engine=self.engine, outside=outside)

    def close(self) -> None:
        self.database.dispose()


def open_service(
    settings: Settings, *, migrate: bool = True, alone: bool = False, clock: Clock | None = None
) -> Service:
    """Open an installation. With `migrate` its database is brought to this version first.

    `alone`: the caller holds sole_process. Raises InvalidState where an SQLite file would have to be changed under a
    server that is running: an older one, which was not written for the new tables.
    """
    database = open_database(
        settings.database_url, synchronous=settings.sqlite_synchronous, pool_size=settings.pool_size
    )
    if migrate:
        from engine import migrations  # takes a quarter of a second to load, which a server does not need

        if alone or database.dialect != "sqlite":
            migrations.upgrade(database)
        elif migrations.current_revision(database) != migrations.newest_revision():
            with sole_process(database):
                migrations.upgrade(database)
    jobs = Jobs(database)
    engine = Engine(database, zone=settings.time_zone, enqueue=jobs.enqueue, wake=jobs.wake, clock=clock)
    return Service(settings=settings, database=database, jobs=jobs, engine=engine)
