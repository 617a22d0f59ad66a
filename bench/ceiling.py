"""How many commits a second this disk takes of what completing a task writes, without HTTP, BPMN or SQLAlchemy."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import psycopg

from bench.office import durable_postgresql
from tests.support import postgres

CLIENTS, SECONDS, INSTANCES = (1, 4, 16), 3.0, 500
STATE, TOLD = 8 * 1024, '{"step":"check","data":"' + "x" * 150 + '"}'
TABLES = """
CREATE TABLE instance (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state {bytes} NOT NULL);
CREATE TABLE task (id {serial}, instance_id INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL);
CREATE INDEX task_of_instance ON task (instance_id, status);
CREATE TABLE event (id {serial}, instance_id INTEGER NOT NULL, number INTEGER, told TEXT NOT NULL);
CREATE INDEX event_of_instance ON event (instance_id, number)
"""
# One completion: the instance is locked and read, moved on, its task closed, the next one opened, two facts told.
READ = "SELECT version, state FROM instance WHERE id = ?"
WRITES = (
    "UPDATE instance SET state = ?, version = version + 1 WHERE id = ?",
    "UPDATE task SET status = 'completed' WHERE instance_id = ? AND status = 'open'",
    "INSERT INTO task (instance_id, name, status) VALUES (?, 'decide', 'open')",
    "INSERT INTO event (instance_id, number, told) VALUES (?, 1, ?)",
    "INSERT INTO event (instance_id, number, told) VALUES (?, 2, ?)",
)
Execute = Callable[[str, tuple[object, ...]], object]


def measure(database: str) -> dict[str, tuple[float, int]]:
    """Commits a second with the number of clients that gives most."""
    with tempfile.TemporaryDirectory(prefix="lianxi-ceiling-") as folder:
        where = f"{folder}/ceiling.db"
        if database == "postgresql":
            where = postgres.libpq_url(durable_postgresql().create_database())
        prepare(database, where)
        counts = [together(database, where, clients) for clients in CLIENTS]
    best = max(counts)
    return {"throughput.ceiling_commits_per_s": (best / SECONDS, best)}


def together(database: str, where: str, clients: int) -> int:
    # Forked: sixteen processes that each load everything would take longer than what is measured.
    with ProcessPoolExecutor(clients, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(time.sleep, [0.5] * clients))  # until all processes are there
        return sum(pool.map(commit, [database] * clients, [where] * clients, range(clients)))


def commit(database: str, where: str, seed: int) -> int:
    """Commit as often as it goes and say how often."""
    chance, done, end = random.Random(seed), 0, time.perf_counter() + SECONDS
    if database == "sqlite":
        connection = open_sqlite(where)
        while time.perf_counter() < end:
            connection.execute("BEGIN IMMEDIATE")
            complete(chance.randrange(INSTANCES), connection.execute)
            connection.execute("COMMIT")
            done += 1
        return done
    with psycopg.connect(where) as postgresql:
        postgresql.prepare_threshold = 1
        while time.perf_counter() < end:
            complete(
                chance.randrange(INSTANCES),
                lambda statement, values: postgresql.execute(in_postgresql(statement).encode(), values),
            )
            postgresql.commit()
            done += 1
    return done


def complete(instance: int, execute: Execute) -> None:
    execute(READ, (instance,))
    for statement, values in zip(
        WRITES,
        ((os.urandom(STATE), instance), (instance,), (instance,), (instance, TOLD), (instance, TOLD)),
        strict=True,
    ):
        execute(statement, values)


def in_postgresql(statement: str) -> str:
    return statement.replace("?", "%s") + (" FOR UPDATE" if statement == READ else "")


def prepare(database: str, where: str) -> None:
    kinds = {
        "sqlite": {"bytes": "BLOB", "serial": "INTEGER PRIMARY KEY"},
        "postgresql": {"bytes": "BYTEA", "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
    }[database]
    tables = TABLES.format(**kinds).split(";")
    rows = [(number, os.urandom(STATE)) for number in range(INSTANCES)]
    if database == "sqlite":
        connection = open_sqlite(where)
        for table in tables:
            connection.execute(table)
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO instance VALUES (?, 0, ?)", rows)
        connection.execute("COMMIT")
        connection.close()
        return
    with psycopg.connect(where) as postgresql:
        for table in tables:
            postgresql.execute(table.encode())
        postgresql.cursor().executemany("INSERT INTO instance VALUES (%s, 0, %s)", rows)


def open_sqlite(where: str) -> sqlite3.Connection:
    """As the service opens its own: every commit is on the disk before it is reported."""
    connection = sqlite3.connect(where, timeout=60, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
