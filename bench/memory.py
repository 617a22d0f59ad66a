"""How much memory the processes take after some work, each counted with its part of what it shares with others."""

from __future__ import annotations

import re

from bench import cpu
from bench.client import Client
from bench.flow import run_through
from bench.inbox import signed_in
from bench.office import office
from bench.throughput import worker

CASES = 40


def measure(database: str) -> dict[str, tuple[float, int]]:
    """Megabytes of the process that answers requests, of the one that watches over it, and of the worker's."""
    with office(database) as prepared, prepared.serving() as served, worker(prepared, served) as working:
        run_through(Client(served.url, prepared.token), CASES)
        signed_in(served.url)
        watching, *answering = cpu.tree(served.process_id)
        figures = {
            "memory.server_mb": max(map(megabytes, answering)),
            "memory.supervisor_mb": megabytes(watching),
        }
        if working is not None:
            figures["memory.worker_mb"] = megabytes(working)
        return {name: (value, CASES) for name, value in figures.items()}


def megabytes(process: int) -> float:
    found = re.search(rb"^Pss:\s+(\d+) kB", cpu.read(cpu.PROC / str(process) / "smaps_rollup"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
