"""How long pages take with a million open tasks behind them, and how much longer than with ten thousand.

Over HTTP, with one client, as a person of the office that has a fifth of all work. SQLite gets 200,000. A database that
bench.generate has made may be kept and asked again: `python -m bench.large URL`.
"""

from __future__ import annotations

import functools
import http.client
import shutil
import statistics
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.pool import NullPool

from bench import generate
from bench.inbox import signed_in
from bench.office import durable_postgresql
from engine.model.casework import Case
from tests.support import server

SMALL, LARGE = 10_000, {"sqlite": 200_000, "postgresql": 1_000_000}
NAMES = {"sqlite": "200k", "postgresql": "1m"}
HISTORY = {"sqlite": 0, "postgresql": 10_000_000}
WARM, REQUESTS, CASES = 3, 20, 8
INBOX_USER, SEARCH_USER = "sun~0", "qian~0"
INBOX = tuple(f"/inbox?view={view}" for view in ("mine", "group", "due_soon", "overdue", "done"))
SEARCH = tuple(
    "/cases?q=" + urllib.parse.quote(words)
    for words in ("", "房屋漏水", "房屋漏水77", "王伟芳", "XF-2026-1234567", "没有这个词", "13912345678")
)

Walls = dict[str, list[float]]


def measure(database: str) -> dict[str, tuple[float, int]]:
    """The 95th hundredth of the wall times of all pages of a kind, and how many times that of ten thousand tasks."""
    large, name = measured(database, LARGE[database]), NAMES[database]
    results: dict[str, tuple[float, int]] = {}
    for kind, (small, _) in measure_small(database).items():
        walls = large[kind.split(".")[0]]
        results[kind.replace("10k", name)] = (p95(walls), len(walls))
        results[kind.replace("10k.p95_ms", f"{name}.growth")] = (p95(walls) / small, len(walls))
    return results


def measure_small(database: str) -> dict[str, tuple[float, int]]:
    return {f"{kind}.10k.p95_ms": (p95(walls), len(walls)) for kind, walls in measured(database, SMALL).items()}


def p95(walls: list[float]) -> float:
    return statistics.quantiles(walls, n=20)[-1]


@functools.cache
def measured(database: str, tasks: int) -> Walls:
    with generated(database, tasks) as url:
        return walls_of(url)


@contextmanager
def generated(database: str, tasks: int) -> Iterator[str]:
    """The URL of a database with so many open tasks, taken away again afterwards."""
    history = HISTORY[database] if tasks == LARGE[database] else 0
    folder = Path("")
    if database == "postgresql":
        url = durable_postgresql().create_database()
    else:
        folder = generate.new_folder()
        url = f"sqlite:///{folder / 'lianxi.db'}"
    generate.generate(url, tasks, history).close()
    try:
        yield url
    finally:
        if database == "postgresql":
            durable_postgresql().drop_database(url)
        else:
            shutil.rmtree(folder)


def walls_of(url: str) -> Walls:
    """Milliseconds of each request to the pages of the inbox and of the search."""
    data = generate.new_folder()
    with server.serving(data, demo=False, environment={"LIANXI_DATABASE_URL": url}) as served:
        return {
            "inbox": asked(served.url, INBOX_USER, INBOX),
            "search": asked(served.url, SEARCH_USER, SEARCH),
            "case": asked(served.url, SEARCH_USER, case_pages(url)),
        }


def case_pages(url: str) -> tuple[str, ...]:
    """The pages of some matters, open and closed, spread over all there are."""
    bind = create_engine(url, poolclass=NullPool)
    with bind.connect() as connection:
        highest = connection.scalar(select(func.max(Case.id))) or 0
        wanted = [
            connection.scalar(select(func.min(Case.id)).where(Case.id >= highest * part // CASES))
            for part in range(CASES)
        ]
    return tuple(f"/cases/{case_id}" for case_id in wanted)


def asked(url: str, username: str, pages: tuple[str, ...]) -> list[float]:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    cookie = signed_in(url, username)
    walls = []
    for page in pages:
        times = [request(connection, cookie, page) for _ in range(WARM + REQUESTS)][WARM:]
        generate.say(f"{username} {urllib.parse.unquote(page)}: {statistics.median(times):.0f} ms\n")
        walls += times
    return walls


def request(connection: http.client.HTTPConnection, cookie: str, page: str) -> float:
    begin = time.perf_counter()
    connection.request("GET", page, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, f"{page}: {answer.status}"
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    for kind, walls in walls_of(sys.argv[1]).items():
        print(f"{kind} p95 {p95(walls):.1f} ms, median {statistics.median(walls):.1f} ms (n={len(walls)})", flush=True)
