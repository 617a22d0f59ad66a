"""The tables of the queue: Procrastinate's own on PostgreSQL, the same columns on SQLite."""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

TABLES = (
    "procrastinate_workers",
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
)

SQLITE = """
CREATE TABLE IF NOT EXISTS procrastinate_workers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    last_heartbeat TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS procrastinate_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_name TEXT NOT NULL,
    task_name TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    lock TEXT,
    queueing_lock TEXT,
    args TEXT NOT NULL DEFAULT '{}',
    status TEXT NOT NULL DEFAULT 'todo',
    scheduled_at TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    abort_requested INTEGER NOT NULL DEFAULT 0,
    worker_id INTEGER REFERENCES procrastinate_workers (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS procrastinate_jobs_queueing_lock ON procrastinate_jobs (queueing_lock)
    WHERE status = 'todo' AND queueing_lock IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS procrastinate_jobs_lock_doing ON procrastinate_jobs (lock)
    WHERE status = 'doing' AND lock IS NOT NULL;
CREATE INDEX IF NOT EXISTS procrastinate_jobs_todo ON procrastinate_jobs (priority DESC, id) WHERE status = 'todo';
CREATE INDEX IF NOT EXISTS procrastinate_jobs_lock ON procrastinate_jobs (lock, status)
    WHERE status IN ('todo', 'doing');
CREATE INDEX IF NOT EXISTS procrastinate_jobs_worker ON procrastinate_jobs (worker_id) WHERE status = 'doing';
CREATE TABLE IF NOT EXISTS procrastinate_events (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES procrastinate_jobs (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    at TEXT
);
CREATE INDEX IF NOT EXISTS procrastinate_events_job ON procrastinate_events (job_id);
CREATE TABLE IF NOT EXISTS procrastinate_periodic_defers (
    id INTEGER PRIMARY KEY,
    task_name TEXT NOT NULL,
    periodic_id TEXT NOT NULL DEFAULT '',
    defer_timestamp INTEGER,
    job_id INTEGER REFERENCES procrastinate_jobs (id) ON DELETE SET NULL,
    UNIQUE (task_name, periodic_id, defer_timestamp)
);
CREATE INDEX IF NOT EXISTS procrastinate_periodic_defers_job ON procrastinate_periodic_defers (job_id);
"""


def apply(connection: Connection) -> None:
    """Bring the queue's tables to the installed version, within the connection's transaction.

    On PostgreSQL the name of Procrastinate's newest schema change is kept as the comment of its main table; what is
    newer in the package is applied.
    """
    if connection.dialect.name == "sqlite":
        for statement in SQLITE.split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        return
    changes = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    known = connection.scalar(text("SELECT obj_description(to_regclass('procrastinate_jobs'))"))
    if known is None:
        _run_script(connection, SchemaManager.get_schema())
    else:
        for change in changes:
            if change.stem > known:
                _run_script(connection, change.read_text(encoding="utf-8"))
    _run_script(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{changes[-1].stem}'")


def _run_script(connection: Connection, script: str) -> None:
    # Without parameters the driver takes many statements at once and leaves the percent signs alone.
    driver_connection = connection.connection.driver_connection
    assert driver_connection is not None
    driver_connection.execute(script.encode())
