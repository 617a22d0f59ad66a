"""How long people wait while large tables are migrated: `python -m tests.crash.online [--tasks 200000]`.

Makes a PostgreSQL database with the tables of an old revision and many rows, lets writers change instances, tasks and
history all the time, and brings it to the newest revision meanwhile. Prints the figures as JSON; the exit code is 1
where a writer failed or waited for longer than a second.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from engine import migrations
from engine.database import Database, open_database
from tests.support import postgres

BEFORE = "0002"  # all that revisions change afterwards is changed under the writers
WRITERS = 4
PAUSE = 0.005  # seconds between two transactions of a writer
BEGINNING = 2.0  # seconds of writing before the migration
LONGEST = 1.0  # seconds that a writer may wait
FILL = (
    "INSERT INTO deployment (id, name, sha256, deployed_at, deployed_by) VALUES (1, 'p', 'a', now(), 'rita')",
    "INSERT INTO resource (id, deployment_id, name, kind, sha256, content)"
    " VALUES (1, 1, 'p.bpmn', 'process', 'a', 'x')",
    "INSERT INTO process_definition (id, deployment_id, resource_id, key, version, name, sha256, start_messages)"
    " VALUES (1, 1, 1, 'p', 1, 'P', 'a', '[]')",
    "INSERT INTO process_instance (id, definition_id, status, version, state, started_at, started_by)"
    " SELECT i, 1, 'running', 1, 'x', now(), 'rita' FROM generate_series(1, {tasks}) i",
    "INSERT INTO human_task (id, instance_id, element_instance_id, element_id, process_id, name, status, priority,"
    " created_at, excluded_users, properties)"
    " SELECT i, i, i, 'look', 'p', 'Look', 'open', 50, now(), '[]', '{{}}' FROM generate_series(1, {tasks}) i",
    "INSERT INTO task_candidate (task_id, kind, name) SELECT id, 'group', 'g' || id % 50 FROM human_task",
    "INSERT INTO history_event (at, actor, type, instance_id, data)"
    " SELECT now() - i * interval '1 second', 'rita', 'task created', i % {tasks}, '{{}}'"
    " FROM generate_series(1, 3 * {tasks}) i",
)
WRITE = (
    "SELECT id FROM process_instance WHERE id = :id FOR UPDATE",
    "UPDATE process_instance SET version = version + 1 WHERE id = :id",
    "UPDATE human_task SET priority = (priority + 1) % 100 WHERE instance_id = :id",
    "INSERT INTO history_event (at, actor, type, instance_id, data) VALUES (now(), 'rita', 'changed', :id, '{}')",
    "SELECT count(*) FROM task_candidate WHERE task_id = :id",
)


@dataclass(kw_only=True)
class Writers:
    """Each goes round instances of its own. waits: seconds of each transaction, in order. faults: what went wrong."""

    database: Database
    each: int
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        turn = 0
        while not self.stop.wait(PAUSE):
            turn, begin = turn + 1, time.monotonic()
            try:
                with self.database.write() as session:
                    for statement in WRITE:
                        session.execute(text(statement), {"id": number * self.each + turn % self.each + 1})
            except Exception as error:
                self.faults.append(repr(error))
            self.waits.append(time.monotonic() - begin)


def run(tasks: int) -> dict[str, Any]:
    """So many tasks and instances, three times as many events of the history; the figures."""
    server = postgres.running_server()
    url = server.create_database()
    database = open_database(url)
    try:
        migrations.upgrade(database, BEFORE)
        with database.bind.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in FILL:
                connection.execute(text(statement.format(tasks=tasks)))
        writers = Writers(database=database, each=tasks // WRITERS)
        with ThreadPoolExecutor(WRITERS) as pool:
            working = [pool.submit(writers.write, number) for number in range(WRITERS)]
            try:
                time.sleep(BEGINNING)
                before, begin = len(writers.waits), time.monotonic()
                migrations.upgrade(database)
                seconds = time.monotonic() - begin
            finally:
                writers.stop.set()
            for each in working:
                each.result()
        with database.read() as session:
            written = session.scalar(text("SELECT count(*) FROM history_event WHERE type = 'changed'"))
            invalid = session.scalar(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid"))
        return {
            "tasks": tasks,
            "revisions": [BEFORE, migrations.current_revision(database)],
            "seconds": round(seconds, 1),
            "transactions": len(writers.waits),
            "lost": len(writers.waits) - len(writers.faults) - int(written or 0),
            "faults": writers.faults[:3],
            "invalid_indexes": invalid,
            "before_ms": spread(writers.waits[:before]),
            "meanwhile_ms": spread(writers.waits[before:]),
        }
    finally:
        database.dispose()
        server.drop_database(url)


def spread(waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    places = {"p50": len(ordered) // 2, "p99": int(len(ordered) * 0.99), "longest": -1}
    return {name: round(ordered[place] * 1000, 1) for name, place in places.items()}


def is_good(figures: dict[str, Any]) -> bool:
    """Nothing failed or lost, and nobody waited long."""
    faults = figures["lost"], figures["faults"], figures["invalid_indexes"]
    return not any(faults) and figures["meanwhile_ms"]["longest"] <= LONGEST * 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    figures = run(parser.parse_args().tasks)
    print(json.dumps({**figures, "good": is_good(figures)}), flush=True)
    sys.exit(0 if is_good(figures) else 1)
