"""kill -9 at random moments: `python -m tests.crash.kill --database sqlite --completions 1000 --kills 100 --seed 7`.

Clerks complete tasks of matters over HTTP while the server, its child or the worker are killed and started again.
Prints the figures of each database as a JSON line; the exit code is 1 where something was lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import time
from collections import Counter
from typing import Any

from tests.crash.audit import audit, drain, retry_stuck
from tests.crash.installation import DATABASES, Installation, installation
from tests.crash.processes import IMPATIENT
from tests.crash.staff import Staff, at_work
from tests.support.server import LIANXI

CLERKS = 4
TASKS_EACH = 2  # of a matter
LONGEST_WAIT = 0.4  # seconds from the completion that a kill waits for to the kill
# What is killed, and how often of ten times.
TARGETS = {"sqlite": {"server": 7, "its child": 3}, "postgresql": {"server": 3, "its child": 2, "worker": 5}}
FAULTS = ("lost", "doubled", "wrong_histories", "not_completed", "differences", "integrity")


def run(database: str, completions: int, kills: int, *, seed: int = 7, patient: bool = True) -> dict[str, Any]:
    """Complete so many tasks and kill so often meanwhile; work goes on until both is done. The figures.

    `patient`: workers miss each other as late as they do in service, else after two seconds.
    """
    begin = time.monotonic()
    with installation(database, clerks=CLERKS, worker_program=LIANXI if patient else IMPATIENT) as office:
        with at_work([office.server.url], office.tokens, completions // TASKS_EACH // CLERKS) as staff:
            killed, down = kill(office, staff, completions, kills, random.Random(seed))
            retried = [retry_stuck(office.driver) for _ in staff.finishing(120)]
            under_load = time.monotonic() - begin
            retried.append(drain(office.driver, 120))
        drained = time.monotonic() - begin - under_load
        for process in office.processes:
            process.stop()
        return {
            "database": database,
            "seed": seed,
            "kills": sum(killed.values()),
            "killed": dict(killed),
            **audit(office.driver, staff, office.logs()),
            "integrity": integrity(office),
            "retried_by_operator": sum(retried),
            "repeated_requests": staff.repeated,
            "replies": dict(sorted(staff.replies.items())),
            "slowest_restart_s": round(max(down, default=0.0), 1),
            "seconds": round(under_load),
            "seconds_to_drain": round(drained),
        }


def kill(
    office: Installation, staff: Staff, completions: int, kills: int, chance: random.Random
) -> tuple[Counter[str], list[float]]:
    """Kill evenly over the work, each at a random moment; what was killed how often, and seconds until it was back."""
    killed, down = Counter[str](), list[float]()
    for number in range(kills):
        wanted = int((number + chance.random()) * completions / kills)
        staff.wait_until(lambda wanted=wanted: staff.completed >= wanted)
        time.sleep(chance.uniform(0.0, LONGEST_WAIT))
        targets = TARGETS[office.database]
        (target,) = chance.choices(list(targets), list(targets.values()))
        process = office.worker if target == "worker" and office.worker else office.server
        process.kill(child=target == "its child")
        killed[target] += 1
        down.append(process.start_until_it_answers())
    return killed, down


def integrity(office: Installation) -> list[str]:
    """What SQLite finds wrong with its file."""
    if office.database != "sqlite":
        return []
    with sqlite3.connect(office.folder / "lianxi.db") as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return [] if found == ["ok"] else found


def is_good(figures: dict[str, Any]) -> bool:
    """Nothing lost, doubled or broken, and nobody was answered by a bare failure."""
    return not any(figures[name] for name in FAULTS) and set(figures["replies"]) <= {0, 200, 204, 409, 503}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="both, one after the other, without")
    parser.add_argument("--completions", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    good = True
    for database in options.database or DATABASES:
        figures = run(database, options.completions, options.kills, seed=options.seed)
        print(json.dumps({**figures, "good": is_good(figures)}), flush=True)
        good = good and is_good(figures)
    sys.exit(0 if good else 1)
