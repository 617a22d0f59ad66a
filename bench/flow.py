"""What starting and completing cost, over HTTP with one client against the real server."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from bench import cpu
from bench.client import ANSWERS, PAYLOAD, Client
from bench.office import USER, office

WARM, CASES, MORE = 10, 60, 130


def measure(database: str) -> dict[str, tuple[float, int]]:
    """Figure -> value and number of repetitions. CPU counts the server, its worker and PostgreSQL."""
    with office(database) as prepared:
        empty = prepared.size()
        with prepared.serving() as served:
            client = Client(served.url, prepared.token)
            run_through(client, WARM)

            def cost(action: Callable[[], object]) -> float:
                before = cpu.milliseconds(prepared.processes(served))
                action()
                time.sleep(0.3)  # What the change sets off, a job perhaps, is part of its cost.
                return cpu.milliseconds(prepared.processes(served)) - before

            starting = cost(lambda: [client.start() for _ in range(CASES)])
            completing, walls = 0.0, list[float]()
            for element, answers in ANSWERS.items():
                tasks = client.open_tasks(element)
                for task in tasks:
                    client.assign(task, USER)

                def complete(tasks: list[str] = tasks, answers: dict = answers) -> None:
                    for task in tasks:
                        begin = time.perf_counter()
                        client.complete(task, answers)
                        walls.append((time.perf_counter() - begin) * 1000)

                completing += cost(complete)
            # Tables grow by pages: what a case takes is seen only over many.
            run_through(client, MORE)
        finished = WARM + CASES + MORE
        stored = (prepared.size() - empty) / finished
    return {
        "start.cpu_ms": (starting / CASES, CASES),
        "completion.cpu_ms": (completing / len(walls), len(walls)),
        "completion.wall_ms": (median(walls), len(walls)),
        "instance.bytes": (stored, finished),
        "instance.bytes_beyond_payload": (stored - PAYLOAD, finished),
    }


def run_through(client: Client, cases: int) -> None:
    """Start cases and bring them to their end."""
    for _ in range(cases):
        client.start()
    for element, answers in ANSWERS.items():
        for task in client.open_tasks(element):
            client.assign(task, USER)
            client.complete(task, answers)
