"""How many tasks a second people together can complete, over HTTP against the real server, at 1, 4 and 16 clients."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench.client import ANSWERS, Client
from bench.flow import run_through
from bench.office import Office, office
from tests.support.server import LIANXI, ROOT, Server, whole

CLIENTS, CASES, WARM = (1, 4, 16), 80, 20


def measure(database: str) -> dict[str, tuple[float, int]]:
    """Completions a second, each a claim and a completion in one request, answered after the commit.

    Everybody who then looks sees what was done: of the cases that were started none may have a task left.
    """
    results: dict[str, tuple[float, int]] = {}
    with office(database) as prepared, prepared.serving() as served, worker(prepared, served):
        run_through(Client(served.url, prepared.token), WARM)
        for clients in CLIENTS:
            seconds, done = complete_all(prepared, served, clients)
            results[f"throughput.completions_per_s.{clients}"] = (done / seconds, done)
    results["throughput.completions_per_s"] = max(results.values())
    return results


def complete_all(prepared: Office, served: Server, clients: int) -> tuple[float, int]:
    """Start cases and bring them to their end with so many clients at once; seconds and completions."""
    each = [Client(served.url, prepared.token) for _ in range(clients)]
    for _ in range(CASES):
        each[0].start()
    seconds, done = 0.0, 0
    with ThreadPoolExecutor(clients) as pool:
        for element, answers in ANSWERS.items():
            tasks = each[0].open_tasks(element)
            assert len(tasks) == CASES, f"{len(tasks)} tasks at {element} instead of {CASES}"

            def work(number: int, tasks: list[str] = tasks, answers: dict = answers) -> int:
                mine = tasks[number::clients]
                for task in mine:
                    each[number].complete(task, answers)
                return len(mine)

            begin = time.perf_counter()
            done += sum(pool.map(work, range(clients)))
            seconds += time.perf_counter() - begin
    return seconds, done


@contextmanager
def worker(prepared: Office, served: Server) -> Iterator[int | None]:
    """On PostgreSQL the worker is a process of its own, whose id this gives; on SQLite it lives in the server."""
    if prepared.database == "sqlite":
        yield None
        return
    process = subprocess.Popen(
        [*LIANXI, "worker"],
        env=whole(served.environment),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(40)
