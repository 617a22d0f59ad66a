"""What processes and the database hold at a moment, and whether that grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine.queries.gauges import gauges
from tests.crash.installation import Installation

Sample = dict[str, float]
MEGABYTE = 1024 * 1024
# What may be more at the end of the second half than at its beginning, by the line that fits best: this much, or this
# part of the mean.
BOUNDS: dict[str, tuple[float, float]] = {
    "rss_mb": (4.0, 0.05),
    "files": (2.0, 0.05),
    "threads": (2.0, 0.0),
    "connections": (2.0, 0.0),
    "locks": (5.0, 0.0),
    "locks_waited_for": (1.0, 0.0),
    "idle_in_transaction": (1.0, 0.0),
    "queue": (10.0, 0.0),
    "timers": (10.0, 0.0),
    "wal_mb": (4.0, 0.0),
}
POSTGRESQL = {
    "connections": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    "idle_in_transaction": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND state_change < now() - interval '5 s'",
    "locks": "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE datname = current_database() AND xact_start < now() - interval '5 s'",
    "locks_waited_for": "SELECT count(*) FROM pg_locks WHERE NOT granted",
}


def sample(office: Installation) -> Sample:
    """Of each of our processes memory, open files and threads; of the database connections, locks and the queue."""
    taken: Sample = {}
    for process in office.processes:
        name = process.arguments[0]
        ids = process.processes()
        taken[f"{name}.rss_mb"] = round(sum(memory(number) for number in ids) / MEGABYTE, 1)
        taken[f"{name}.files"] = sum(entries(number, "fd") for number in ids)
        taken[f"{name}.threads"] = sum(entries(number, "task") for number in ids)
    numbers = office.driver.engine.ask(gauges)
    taken["queue"] = numbers.queue.get("todo", 0) + numbers.queue.get("doing", 0)
    taken["timers"] = numbers.open_timers
    taken["incidents"] = numbers.open_incidents
    taken["instances_running"] = numbers.running_instances
    if office.database == "postgresql":
        with office.driver.service.database.read() as session:
            for name, question in POSTGRESQL.items():
                taken[name] = session.scalar(text(question)) or 0
    else:
        log = office.folder / "lianxi.db-wal"
        taken["wal_mb"] = round(log.stat().st_size / MEGABYTE, 1) if log.exists() else 0
        taken["locks"] = locks_on(office.folder)
    return taken


def verdict(samples: Sequence[Sample], every: float) -> dict[str, dict[str, Any]]:
    """Of each figure with a bound: its mean over the second half, how much the fitted line rises there, and `good`."""
    half = samples[len(samples) // 2 :]
    found: dict[str, dict[str, Any]] = {}
    for name in half[0] if len(half) > 1 else ():
        bound = BOUNDS.get(name.rpartition(".")[2])
        if bound is None:
            continue
        values = [each[name] for each in half]
        mean = sum(values) / len(values)
        rise = slope(values) * (len(values) - 1)
        allowed = max(bound[0], bound[1] * mean)
        found[name] = {
            "mean": round(mean, 1),
            "rise": round(rise, 2),
            "per_hour": round(slope(values) * 3600 / every, 2),
            "allowed": round(allowed, 1),
            "good": rise <= allowed,
        }
    return found


def slope(values: Sequence[float]) -> float:
    """Of the line with the least squares, per value."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((index - middle) ** 2 for index in range(len(values)))
    return sum((index - middle) * (value - mean) for index, value in enumerate(values)) / spread


def memory(process: int) -> int:
    """Bytes of it that are in memory; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def entries(process: int, folder: str) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{process}/{folder}").iterdir())
    except OSError:
        return 0


def locks_on(folder: Path) -> int:
    """Locks that processes hold on files of this folder."""
    nodes = {str(file.stat().st_ino) for file in folder.iterdir() if file.is_file()}
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return sum(any(field.rpartition(":")[2] in nodes for field in fields if field.count(":") == 2) for fields in held)
