"""How fast timers fire that are all due at once, and what a page takes meanwhile, with the real server and worker.

`python -m bench.timers [NUMBER [DATABASE]]` fires so many; as part of the figures LIANXI_TEST_TIMERS says how many.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, inspect, select, text, update

from bench.client import ANSWERS
from bench.inbox import signed_in
from bench.office import DATABASES, Office, office
from engine.access import SYSTEM
from engine.commands.instance import StartInstance
from engine.model.history import HistoryEvent
from engine.model.runtime import HumanTask, Incident, ProcessInstance, Timer
from tests.support.server import LIANXI, ROOT, whole

TIMERS, CHUNK = 2_000, 10_000
PATIENCE = 600  # seconds without the end in sight
PAGE = "/inbox?view=group"


def measure(database: str, timers: int | None = None) -> dict[str, tuple[float, int]]:
    """Timers fired per second, each moving its instance to a user task, and the inbox page's p95 meanwhile."""
    timers = timers or int(os.environ.get("LIANXI_TEST_TIMERS") or TIMERS)
    with office(database) as prepared:
        fill(prepared, timers)
        with prepared.serving() as served, working(prepared) if database == "postgresql" else nullcontext():
            page = Page(served.url)
            for _ in range(5):
                page.request()
            walls = list[float]()
            begin = let_all_be_due(prepared)
            while (left := remaining(prepared)) and time.monotonic() - begin < PATIENCE:
                walls.append(page.request())
                progress(f"{left} timers to fire")
                time.sleep(0.3)
            seconds = time.monotonic() - begin
        check_each_fired_once(prepared, timers)
    walls.sort()
    return {
        "timers.fired_per_s": (timers / seconds, timers),
        "timers.page_p95_ms": (walls[int(len(walls) * 0.95)], len(walls)),
    }


def fill(prepared: Office, timers: int) -> None:
    """Start one instance by command and copy its rows: so many commands would take minutes and give the same rows."""
    data = {key: value for answers in ANSWERS.values() for key, value in answers.items()}
    prepared.service.engine.execute(StartInstance(process_key="bench_reminder", variables=data), actor=SYSTEM)
    with prepared.service.database.bind.begin() as connection:
        for begin in range(1, timers, CHUNK):
            for row, key, owner in (
                (ProcessInstance, "id", None),
                (Timer, "id", "instance_id"),
                (HistoryEvent, None, "instance_id"),
            ):
                copy_rows(connection, row, key, owner, begin, min(begin + CHUNK, timers))
            progress(f"{min(begin + CHUNK, timers)} instances made")
        if prepared.database == "postgresql":
            for table in ("process_instance", "timer"):
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))"))
            connection.execute(text("ANALYZE"))


def copy_rows(connection: Connection, row: type, key: str | None, owner: str | None, begin: int, end: int) -> None:
    """Insert `end - begin` copies of the first instance's rows, whose ids are moved on."""
    columns = [column.name for column in inspect(row).columns if column.name != "id" or key]
    moved = {key, owner}
    values = ", ".join(f"t.{name} + n.number" if name in moved else f"t.{name}" for name in columns)
    first = "(SELECT min(id) FROM process_instance)"
    connection.execute(
        text(
            f"INSERT INTO {row.__tablename__} ({', '.join(columns)})"
            " WITH RECURSIVE n(number) AS"
            " (SELECT CAST(:begin AS INTEGER) UNION ALL SELECT number + 1 FROM n WHERE number < :end - 1)"
            f" SELECT {values} FROM n, {row.__tablename__} t WHERE t.{owner or 'id'} = {first} ORDER BY n.number"
        ),
        {"begin": begin, "end": end},
    )


@contextmanager
def working(prepared: Office) -> Iterator[None]:
    """`lianxi worker` in a process of its own."""
    folder = prepared.service.settings.data_folder
    environment = whole({"LIANXI_DATA": str(folder), "LIANXI_DATABASE_URL": prepared.url})
    log = (folder / "worker.log").open("wb")
    workers = [
        subprocess.Popen([*LIANXI, "worker"], env=environment, cwd=ROOT, stdout=log, stderr=log)
        for _ in range(int(os.environ.get("LIANXI_TEST_WORKERS") or 1))
    ]
    time.sleep(3)
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(60)


class Page:
    """The inbox of somebody who may take all these tasks, over one connection that stays open."""

    def __init__(self, url: str) -> None:
        self._cookie = signed_in(url)
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)

    def request(self) -> float:
        """The time until the whole page was there, in milliseconds."""
        begin = time.perf_counter()
        self._connection.request("GET", PAGE, headers={"Cookie": self._cookie})
        answer = self._connection.getresponse()
        content = answer.read()
        taken = (time.perf_counter() - begin) * 1000
        assert answer.status == 200, f"{answer.status}: {content[:500]!r}"
        return taken


def let_all_be_due(prepared: Office) -> float:
    """Move all timers into the past; the time when that was done, on the monotonic clock."""
    with prepared.service.database.bind.begin() as connection:
        connection.execute(update(Timer).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))
    return time.monotonic()


def remaining(prepared: Office) -> int:
    with prepared.service.database.read() as session:
        return session.scalar(select(func.count()).select_from(Timer)) or 0


def check_each_fired_once(prepared: Office, timers: int) -> None:
    events = func.count(), func.count(HistoryEvent.instance_id.distinct())
    fired = select(*events).where(HistoryEvent.type == "timer fired")
    with prepared.service.database.read() as session:
        assert session.execute(fired).one() == (timers, timers), session.execute(fired).one()
        tasks = select(func.count(), func.count(HumanTask.instance_id.distinct()))
        assert session.execute(tasks).one() == (timers, timers)
        versions = select(func.min(ProcessInstance.version), func.max(ProcessInstance.version))
        lowest, highest = session.execute(versions).one()
        assert lowest == highest, f"some instance moved more often than others: {lowest} to {highest}"
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
    assert remaining(prepared) == 0


def progress(line: str) -> None:
    if sys.stderr.isatty() or os.environ.get("LIANXI_TEST_PROGRESS"):
        print(f"\r{line}   ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else TIMERS
    for database in sys.argv[2:] or DATABASES:
        for name, (value, n) in measure(database, number).items():
            print(f"{database} {name} {value:.1f} (n={n})", flush=True)
