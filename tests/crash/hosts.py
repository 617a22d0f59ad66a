"""Two web servers and two workers on one PostgreSQL, of which one is cut off, one dies, and the database restarts.

`python -m tests.crash.hosts [--matters 60]` prints the figures as JSON. Each process has a line of its own to the
database, which is what a host's network is to it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from engine.clock import SystemClock
from tests.crash import matters
from tests.crash.audit import audit, drain
from tests.crash.installation import SECRET
from tests.crash.kill import FAULTS
from tests.crash.lines import Line
from tests.crash.processes import IMPATIENT, Process
from tests.crash.staff import Staff, at_work
from tests.support import postgres
from tests.support.driver import Driver, open_driver
from tests.support.server import LIANXI, free_port

CLERKS = 4
TIMEOUT = 5.0  # seconds after which a client tries the other server
STATUSES = {0, 200, 204, 409, 503}
IN_HAND = text("SELECT id FROM procrastinate_jobs WHERE status = 'doing'")


def run(matters_each: int, *, patient: bool = True) -> dict[str, Any]:
    """All three faults while clerks work; the figures. `patient`: see tests.crash.kill."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxi-hosts-")))
        database = postgres.start_server(postgres.find_binaries(), options=())  # durable
        stack.callback(database.stop)
        office = open_driver(database.create_database(), folder)
        stack.callback(office.service.close)
        office.engine.clock = SystemClock()
        tokens = matters.prepare(office, CLERKS)
        worker = LIANXI if patient else IMPATIENT
        hosts = [Host(office, folder, name, worker) for name in ("web1", "web2", "worker1", "worker2")]
        web1, web2, worker1, worker2 = hosts
        for host in hosts:
            stack.callback(host.stop)
            host.process.start()
        for host in hosts:
            host.process.start_until_it_answers()
        with at_work([web1.process.url, web2.process.url], tokens, matters_each, timeout=TIMEOUT) as staff:
            share = CLERKS * matters_each * 2 // 4
            staff.wait_until(lambda: staff.completed >= share)
            told = cut_off(web1, worker1, web2, staff)
            staff.wait_until(lambda: staff.completed >= 2 * share)
            seconds, in_hand = bury(worker2, office, staff)
            staff.wait_until(lambda: staff.completed >= 3 * share)
            away = restart(database, staff)
            staff.finish()
            drain(office, 120)
        for host in hosts:
            host.stop()
        return {
            **audit(office, staff, "".join(host.process.log.read_text(errors="replace") for host in hosts)),
            "cut_off_said": told,
            "jobs_in_hand_of_the_dead": in_hand,
            "taken_over_after_s": round(seconds, 1),
            "answered_after_restart_s": round(away, 1),
            "replies": dict(sorted(staff.replies.items())),
        }


class Host:
    """A process and its line to the database."""

    def __init__(self, office: Driver, folder: Path, name: str, worker: Any) -> None:
        url = make_url(office.service.database.url)
        self.line = Line(url.port or 5432)
        is_web, port = name.startswith("web"), free_port()
        self.process = Process(
            arguments=["serve" if is_web else "worker"],
            environment={
                "LIANXI_DATA": str(folder),
                "LIANXI_DATABASE_URL": url.set(port=self.line.port).render_as_string(hide_password=False),
                "LIANXI_SECRET_KEY": SECRET,
                "LIANXI_PORT": str(port),
                "LIANXI_DRAIN_SECONDS": "0",
            },
            log=folder / f"{name}.log",
            url=f"http://127.0.0.1:{port}" if is_web else "",
            program=LIANXI if is_web else worker,
        )

    def stop(self) -> None:
        self.line.mend()
        self.process.stop()
        self.line.close()

    def failing(self) -> list[str]:
        """The checks of /readyz that fail, whatever of the disk."""
        try:
            with urllib.request.urlopen(f"{self.process.url}/readyz?except=disk", timeout=30) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as refusal:
            found = json.load(refusal)
        return list(found["failing"])


def cut_off(web: Host, worker: Host, other: Host, staff: Staff) -> dict[str, list[str]]:
    """Cut a server and a worker off until the others have done a good part; what the two servers say of themselves."""
    web.line.cut()
    worker.line.cut()
    before = staff.completed
    told = {"cut off": web.failing(), "other": other.failing()}
    staff.wait_until(lambda: staff.completed >= before + 4)
    web.line.mend()
    worker.line.mend()
    return told


def bury(worker: Host, office: Driver, staff: Staff) -> tuple[float, int]:
    """Kill a worker for good; seconds until others have all it may have had in hand, and how many jobs that was."""
    worker.process.kill()
    begin, left = time.monotonic(), set(office.all(IN_HAND))
    number = len(left)
    while left and time.monotonic() < begin + 60:
        left &= set(office.all(IN_HAND))
        time.sleep(0.1)
    return time.monotonic() - begin, number


def restart(database: postgres.PostgresServer, staff: Staff) -> float:
    """Stop the database as a crash does and start it again; seconds from then until something was completed."""
    database.stop()
    time.sleep(1)
    database.start_again()
    begin, before = time.monotonic(), staff.completed
    staff.wait_until(lambda: staff.completed > before or all(each.done() for each in staff.working))
    return time.monotonic() - begin


def is_good(figures: dict[str, Any]) -> bool:
    """Nothing lost or doubled, everybody answered well or told to wait, and the dead soon replaced."""
    faults = [figures[name] for name in FAULTS if name in figures]
    return not any(faults) and set(figures["replies"]) <= STATUSES and figures["taken_over_after_s"] < 60


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matters", type=int, default=60, help="of each of four clerks")
    figures = run(parser.parse_args().matters)
    print(json.dumps({**figures, "good": is_good(figures)}), flush=True)
    sys.exit(0 if is_good(figures) else 1)
