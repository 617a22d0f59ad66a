"""Procrastinate's 22 named queries in SQLite's words; what each does is documented in its `sql/queries.sql`.

Times are text in UTC of one fixed width, so that their order as text is their order in time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import exceptions, utils

JOB = (
    "id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts, worker_id,"
    " abort_requested"
)
READY = """
    job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= :now)
    AND (:queues IS NULL OR job.queue_name IN (SELECT value FROM json_each(:queues)))
    AND (job.lock IS NULL OR NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs other
        WHERE other.lock = job.lock AND (other.status = 'doing' OR (other.status = 'todo'
            AND (other.priority > job.priority OR (other.priority = job.priority AND other.id < job.id))))))
"""
FILTERS = """
    (:queue_name IS NULL OR queue_name = :queue_name) AND (:task_name IS NULL OR task_name = :task_name)
    AND (:status IS NULL OR status = :status) AND (:lock IS NULL OR lock = :lock)
"""

Row = dict[str, Any]


def defer_jobs(cursor: sqlite3.Cursor, *, jobs: Iterable[Any]) -> list[Row]:
    return [{"id": _insert_job(cursor, job)} for job in jobs]


def defer_periodic_job(
    cursor: sqlite3.Cursor, *, task_name: str, periodic_id: str, defer_timestamp: int, queue: str, **job: Any
) -> Row:
    moment = {"task_name": task_name, "periodic_id": periodic_id, "defer_timestamp": defer_timestamp}
    cursor.execute(
        "INSERT OR IGNORE INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)"
        " VALUES (:task_name, :periodic_id, :defer_timestamp)",
        moment,
    )
    if cursor.rowcount == 0:  # Another worker was first.
        return {"id": None}
    defer_id = cursor.lastrowid
    job_id = _insert_job(cursor, _PeriodicJob(task_name=task_name, queue_name=queue, scheduled_at=None, **job))
    cursor.execute("UPDATE procrastinate_periodic_defers SET job_id = ? WHERE id = ?", (job_id, defer_id))
    cursor.execute(
        "DELETE FROM procrastinate_periodic_defers WHERE task_name = :task_name AND periodic_id = :periodic_id"
        " AND defer_timestamp < :defer_timestamp",
        moment,
    )
    return {"id": job_id}


def has_ready_job(cursor: sqlite3.Cursor, *, queues: Iterable[str] | None) -> bool:
    """Not one of the 22: lets an idle worker look without taking the write lock."""
    return bool(
        cursor.execute(f"SELECT 1 FROM procrastinate_jobs job WHERE {READY} LIMIT 1", _ready(queues)).fetchone()
    )


def fetch_job(cursor: sqlite3.Cursor, *, queues: Iterable[str] | None, worker_id: int) -> Row:
    found = cursor.execute(
        f"SELECT id FROM procrastinate_jobs job WHERE {READY} ORDER BY priority DESC, id LIMIT 1", _ready(queues)
    ).fetchone()
    if found is None:
        return {"id": None}
    cursor.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = ? WHERE id = ?", (worker_id, found["id"])
    )
    _note(cursor, found["id"], "started")
    return _jobs(cursor.execute(f"SELECT {JOB} FROM procrastinate_jobs WHERE id = ?", (found["id"],)))[0]


def finish_job(cursor: sqlite3.Cursor, *, job_id: int, status: str, delete_job: bool) -> None:
    if delete_job:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ? AND status IN ('todo', 'doing')", (job_id,))
    else:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = ?, abort_requested = 0, attempts = attempts + (status = 'doing')"
            " WHERE id = ? AND status IN ('todo', 'doing')",
            (status, job_id),
        )
    if cursor.rowcount == 0:
        raise exceptions.ConnectorException(f"Expected to finish job {job_id}, but it is not waiting or running")
    if not delete_job:
        _note(cursor, job_id, status)


def cancel_job(cursor: sqlite3.Cursor, *, job_id: int, abort: bool, delete_job: bool) -> Row:
    if delete_job:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ? AND status = 'todo'", (job_id,))
        if cursor.rowcount:
            return {"id": job_id}
    if abort:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = ? AND status = 'todo'", (job_id,))
        if cursor.rowcount == 0:
            cursor.execute(
                "UPDATE procrastinate_jobs SET abort_requested = 1 WHERE id = ? AND status = 'doing'", (job_id,)
            )
    else:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = ? AND status = 'todo'", (job_id,))
    if cursor.rowcount == 0:
        return {"id": None}
    _note(cursor, job_id, "abort_requested" if abort else "cancelled")
    return {"id": job_id}


def get_job_status(cursor: sqlite3.Cursor, *, job_id: int) -> Row | None:
    return cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = ?", (job_id,)).fetchone()


def retry_job(
    cursor: sqlite3.Cursor,
    *,
    job_id: int,
    retry_at: datetime,
    new_priority: int | None = None,
    new_queue_name: str | None = None,
    new_lock: str | None = None,
) -> None:
    job = cursor.execute(
        "SELECT status, abort_requested FROM procrastinate_jobs WHERE id = ? AND status IN ('doing', 'failed')",
        (job_id,),
    ).fetchone()
    if job is None:
        raise exceptions.ConnectorException(f"Expected to retry job {job_id}, but it is not running or failed")
    if job["status"] == "doing" and job["abort_requested"]:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = ?", (job_id,))
        _note(cursor, job_id, "failed")
        return
    cursor.execute(
        "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = ?,"
        " priority = coalesce(?, priority), queue_name = coalesce(?, queue_name), lock = coalesce(?, lock)"
        " WHERE id = ?",
        (_text(retry_at), new_priority, new_queue_name, new_lock, job_id),
    )
    _note(cursor, job_id, "deferred_for_retry" if job["status"] == "doing" else "retried")


def select_stalled_jobs_by_heartbeat(
    cursor: sqlite3.Cursor, *, queue: str | None, task_name: str | None, seconds_since_heartbeat: float
) -> list[Row]:
    return _jobs(
        cursor.execute(
            f"""SELECT {JOB} FROM procrastinate_jobs WHERE status = 'doing'
            AND (:queue IS NULL OR queue_name = :queue) AND (:task_name IS NULL OR task_name = :task_name)
            AND NOT EXISTS (SELECT 1 FROM procrastinate_workers WHERE procrastinate_workers.id = worker_id
                AND last_heartbeat >= :since)""",
            {"queue": queue, "task_name": task_name, "since": _ago(seconds=seconds_since_heartbeat)},
        )
    )


def select_stalled_jobs_by_started(
    cursor: sqlite3.Cursor, *, queue: str | None, task_name: str | None, nb_seconds: float
) -> list[Row]:
    return _jobs(
        cursor.execute(
            f"""SELECT {JOB} FROM procrastinate_jobs WHERE status = 'doing'
            AND (:queue IS NULL OR queue_name = :queue) AND (:task_name IS NULL OR task_name = :task_name)
            AND (SELECT max(at) FROM procrastinate_events
                WHERE job_id = procrastinate_jobs.id AND type = 'started') < :since""",
            {"queue": queue, "task_name": task_name, "since": _ago(seconds=nb_seconds)},
        )
    )


def delete_old_jobs(cursor: sqlite3.Cursor, *, nb_hours: int, queue: str | None, statuses: list[str]) -> None:
    cursor.execute(
        """DELETE FROM procrastinate_jobs WHERE status IN (SELECT value FROM json_each(:statuses))
        AND (:queue IS NULL OR queue_name = :queue)
        AND (SELECT max(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id) < :since""",
        {"statuses": json.dumps(statuses), "queue": queue, "since": _ago(hours=nb_hours)},
    )


def list_jobs(cursor: sqlite3.Cursor, **filters: Any) -> list[Row]:
    return _jobs(
        cursor.execute(
            f"""SELECT {JOB} FROM procrastinate_jobs WHERE (:id IS NULL OR id = :id) AND {FILTERS}
            AND (:queueing_lock IS NULL OR queueing_lock = :queueing_lock)
            AND (:worker_id IS NULL OR worker_id = :worker_id) ORDER BY id""",
            filters,
        )
    )


def list_queues(cursor: sqlite3.Cursor, **filters: Any) -> list[Row]:
    return _counted(cursor, "queue_name", filters)


def list_tasks(cursor: sqlite3.Cursor, **filters: Any) -> list[Row]:
    return _counted(cursor, "task_name", filters)


def list_locks(cursor: sqlite3.Cursor, **filters: Any) -> list[Row]:
    return _counted(cursor, "lock", filters)


def list_jobs_to_abort(cursor: sqlite3.Cursor, *, queue_name: str | None) -> list[Row]:
    return cursor.execute(
        "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND abort_requested"
        " AND (:queue IS NULL OR queue_name = :queue)",
        {"queue": queue_name},
    ).fetchall()


def count_jobs_status(cursor: sqlite3.Cursor) -> list[Row]:
    return cursor.execute("SELECT count(*) AS count, status FROM procrastinate_jobs GROUP BY status").fetchall()


def check_connection(cursor: sqlite3.Cursor) -> Row:
    return cursor.execute(
        """SELECT (SELECT name FROM sqlite_master WHERE name = 'procrastinate_jobs') AS "check" """
    ).fetchone()


def register_worker(cursor: sqlite3.Cursor) -> Row:
    cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (?)", (_ago(),))
    return {"worker_id": cursor.lastrowid}


def unregister_worker(cursor: sqlite3.Cursor, *, worker_id: int) -> None:
    cursor.execute("DELETE FROM procrastinate_workers WHERE id = ?", (worker_id,))


def update_heartbeat(cursor: sqlite3.Cursor, *, worker_id: int) -> None:
    cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = ? WHERE id = ?", (_ago(), worker_id))


def prune_stalled_workers(cursor: sqlite3.Cursor, *, seconds_since_heartbeat: float) -> list[Row]:
    return cursor.execute(
        "DELETE FROM procrastinate_workers WHERE last_heartbeat < ? RETURNING id AS worker_id",
        (_ago(seconds=seconds_since_heartbeat),),
    ).fetchall()


READS: dict[str, Callable[..., Any]] = {
    "check_connection": check_connection,
    "count_jobs_status": count_jobs_status,
    "get_job_status": get_job_status,
    "list_jobs": list_jobs,
    "list_jobs_to_abort": list_jobs_to_abort,
    "list_locks": list_locks,
    "list_queues": list_queues,
    "list_tasks": list_tasks,
    "select_stalled_jobs_by_heartbeat": select_stalled_jobs_by_heartbeat,
    "select_stalled_jobs_by_started": select_stalled_jobs_by_started,
}

WRITES: dict[str, Callable[..., Any]] = {
    "cancel_job": cancel_job,
    "defer_jobs": defer_jobs,
    "defer_periodic_job": defer_periodic_job,
    "delete_old_jobs": delete_old_jobs,
    "fetch_job": fetch_job,
    "finish_job": finish_job,
    "prune_stalled_workers": prune_stalled_workers,
    "register_worker": register_worker,
    "retry_job": retry_job,
    "unregister_worker": unregister_worker,
    "update_heartbeat": update_heartbeat,
}


class _PeriodicJob:
    def __init__(self, **columns: Any) -> None:
        self.__dict__.update(columns)


def _insert_job(cursor: sqlite3.Cursor, job: Any) -> int:
    cursor.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            job.queue_name,
            job.task_name,
            job.priority,
            job.lock,
            job.queueing_lock,
            json.dumps(job.args, ensure_ascii=False),
            _text(job.scheduled_at),
        ),
    )
    job_id = cursor.lastrowid
    assert job_id is not None
    _note(cursor, job_id, "deferred")
    if job.scheduled_at is not None:
        _note(cursor, job_id, "scheduled", at=_text(job.scheduled_at))
    return job_id


def _note(cursor: sqlite3.Cursor, job_id: int, kind: str, at: str | None = None) -> None:
    cursor.execute("INSERT INTO procrastinate_events (job_id, type, at) VALUES (?, ?, ?)", (job_id, kind, at or _ago()))


def _ready(queues: Iterable[str] | None) -> Mapping[str, Any]:
    return {"now": _ago(), "queues": None if queues is None else json.dumps(list(queues))}


def _jobs(rows: Iterable[Row]) -> list[Row]:
    return [
        {
            **row,
            "args": json.loads(row["args"]),
            "scheduled_at": row["scheduled_at"] and datetime.fromisoformat(row["scheduled_at"]),
            "abort_requested": bool(row["abort_requested"]),
        }
        for row in rows
    ]


def _counted(cursor: sqlite3.Cursor, column: str, filters: Mapping[str, Any]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in cursor.execute(
        f"SELECT {column} AS name, status, count(*) AS count FROM procrastinate_jobs"
        f" WHERE {column} IS NOT NULL AND {FILTERS} GROUP BY 1, 2 ORDER BY 1, 2",
        filters,
    ):
        entry = found.setdefault(row["name"], {"name": row["name"], "jobs_count": 0, "stats": {}})
        entry["jobs_count"] += row["count"]
        entry["stats"][row["status"]] = row["count"]
    return list(found.values())


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def _ago(**distance: float) -> str:
    # The queue lives by the machine's time on both databases: PostgreSQL's queries ask its own now().
    moment = _text(utils.utcnow() - timedelta(**distance))
    assert moment is not None
    return moment
