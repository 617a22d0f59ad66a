"""Mixed load for hours, and whether anything grows: `python -m tests.crash.soak [--minutes 120] [--database sqlite]`.

Prints a JSON line for every sample and a verdict at the end; the exit code is 1 where something grew or failed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from bench.inbox import signed_in
from tests.crash import growth
from tests.crash.client import Client
from tests.crash.installation import DATABASES, Installation, installation
from tests.crash.matters import Clerk, LetterWriter
from tests.support.driver import PASSWORD

CLERKS = 4
PAGES = ("/inbox", "/inbox?view=group", "/cases?q=water", "/operate", "/operate/instances", "/metrics", "/cases")
# One turn of a clerk: about as many starts as completions, messages and letters can follow, so that nothing piles up.
TURN = ("start", "page", "complete", "letters", "page", "instances", "complete", "page")


def main(databases: list[str], minutes: float, rate: float, every: float) -> int:
    """Run the databases one after the other, each for its part of the time."""
    good = [run(database, minutes / len(databases), rate, every) for database in databases]
    return 0 if all(good) else 1


def run(database: str, minutes: float, rate: float, every: float) -> bool:
    """Ask `rate` times a second and take a sample every so many seconds; whether nothing failed and nothing grew."""
    samples: list[growth.Sample] = []
    stop = threading.Event()
    with installation(database, clerks=CLERKS) as office, ThreadPoolExecutor(CLERKS) as pool:
        loads = [Load(office, name, token) for name, token in office.tokens.items()]
        working = [pool.submit(load.work, CLERKS / rate, stop) for load in loads]
        begin = time.monotonic()
        try:
            while (passed := time.monotonic() - begin) < minutes * 60 and not any(each.done() for each in working):
                stop.wait(every - passed % every)
                samples.append(growth.sample(office))
                tell(database, round(time.monotonic() - begin), **samples[-1], replies=replies(loads))
        finally:
            stop.set()
        for each in working:
            each.result()
        counted = replies(loads)
        for load in loads:
            load.client.close()
    seconds = round(time.monotonic() - begin)
    verdict = growth.verdict(samples, every)
    failed = sum(count for status, count in counted.items() if status == 0 or status >= 400)
    good = not failed and bool(verdict) and all(each["good"] for each in verdict.values())
    tell(database, seconds, verdict=verdict, replies=counted, failed=failed, good=good)
    return good


class Load:
    """What one clerk asks, turn after turn."""

    def __init__(self, office: Installation, name: str, token: str) -> None:
        self.client = Client([office.server.url], token)
        self._clerk = Clerk(name=name, client=self.client)
        self._letters = LetterWriter(client=self.client)
        self._pages = itertools.cycle(PAGES)
        self._cookie = signed_in(office.server.url, name, PASSWORD)
        self._steps = {
            "start": self._clerk.start,
            "complete": self._complete,
            "letters": self._letters.send_some,
            "page": self._page,
            "instances": self._instances,
        }

    def work(self, pause: float, stop: threading.Event) -> None:
        """A step every `pause` seconds."""
        begin = time.monotonic()
        for number, step in enumerate(itertools.cycle(TURN)):
            self._steps[step]()
            if stop.wait(max(0.0, begin + number * pause - time.monotonic())):
                return

    def _complete(self) -> None:
        for task in self._clerk.open_tasks()[:2]:
            self._clerk.complete(task)
        self._clerk.completed.clear()  # else we'd grow ourselves
        for number in self._clerk.answered:
            del self._clerk.started[number]
        self._clerk.answered.clear()

    def _page(self) -> None:
        page = next(self._pages)
        reply = self.client.send("GET", page, Cookie=self._cookie)
        assert reply.status == 200, f"{page}: {reply.status}"

    def _instances(self) -> None:
        body: dict[str, Any] = {"filter": {"state": "ACTIVE", "elementId": "sign"}, "page": {"limit": 20}}
        self.client.ask("/v2/process-instances/search", body)


def replies(loads: list[Load]) -> dict[int, int]:
    return dict(sorted(sum((load.client.replies for load in loads), Counter[int]()).items()))


def tell(database: str, seconds: int, **facts: Any) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    print(json.dumps({"at": now, "database": database, "seconds": seconds, **facts}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0, help="for all databases together")
    parser.add_argument("--rate", type=float, default=8.0, help="steps a second, each of one to some requests")
    parser.add_argument("--every", type=float, default=30.0, help="seconds from one sample to the next")
    parser.add_argument("--database", choices=DATABASES, action="append", help="both, one after the other, without")
    options = parser.parse_args()
    sys.exit(main(options.database or list(DATABASES), options.minutes, options.rate, options.every))
