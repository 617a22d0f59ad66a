"""An installation of real processes with the matter deployed: a server, and on PostgreSQL a worker beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.office import DATABASES, durable_postgresql
from engine.clock import SystemClock
from tests.crash import matters
from tests.crash.processes import Process
from tests.support.driver import Driver, open_driver
from tests.support.postgres import PostgresServer
from tests.support.server import LIANXI, free_port

__all__ = ["DATABASES", "SECRET", "Installation", "installation"]
SECRET = "a secret for tests only"


@dataclass(kw_only=True)
class Installation:
    """`driver` is a door of our own to the same database. `tokens`: of the clerks, by name."""

    database: str
    driver: Driver
    tokens: dict[str, str]
    server: Process
    worker: Process | None = None
    folder: Path = field(default_factory=Path)

    @property
    def processes(self) -> list[Process]:
        return [self.server, self.worker] if self.worker else [self.server]

    def logs(self) -> str:
        """What the processes have written so far."""
        return "".join(process.log.read_text(errors="replace") for process in self.processes)


@contextmanager
def installation(
    database: str,
    *,
    clerks: int,
    worker_program: Sequence[str] = LIANXI,
    folder: Path | None = None,
    postgresql: PostgresServer | None = None,
) -> Iterator[Installation]:
    """Make one, start it, and take it away again with all its processes.

    folder: for the data, SQLite's file included. postgresql: another server than the one that such runs share.
    """
    with tempfile.TemporaryDirectory(prefix="lianxi-crash-") as name:
        logs, folder = Path(name), folder or Path(name)
        is_sqlite = database == "sqlite"
        keeper = None if is_sqlite else postgresql or durable_postgresql()
        url = keeper.create_database() if keeper else f"sqlite:///{folder}/lianxi.db"
        driver = open_driver(url, folder)
        driver.engine.clock = SystemClock()
        values = {
            "LIANXI_DATA": str(folder),
            "LIANXI_DATABASE_URL": url,
            "LIANXI_SECRET_KEY": SECRET,
            "LIANXI_PORT": str(free_port()),
            "LIANXI_DRAIN_SECONDS": "0",
        }
        server = Process(
            arguments=["serve"],
            environment=values,
            log=logs / "server.log",
            url=f"http://127.0.0.1:{values['LIANXI_PORT']}",
        )
        worker = Process(arguments=["worker"], environment=values, log=logs / "worker.log", program=worker_program)
        office = Installation(
            database=database,
            driver=driver,
            tokens=matters.prepare(driver, clerks),
            server=server,
            worker=None if is_sqlite else worker,
            folder=folder,
        )
        try:
            for process in office.processes:
                process.start_until_it_answers()
            yield office
        finally:
            for process in office.processes:
                process.stop()
            driver.service.close()
            if keeper:
                keeper.drop_database(url)
