"""Looks for work that nobody will do, has it done, and raises the alarm: by our design there never is any."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, text
from sqlalchemy.orm import Session

from engine.jobs.functions import JobContext
from engine.jobs.queue import Jobs
from engine.model.history import Upkeep
from engine.model.instance_migration import InstanceMigrationBatch, InstanceMigrationItem
from engine.model.runtime import Job, Timer
from engine.model.starts import StartTimer

ALARM = "work_without_job"  # in the log, and the row of `upkeep` that counts: {"total", "timers", "jobs", "last"}
AT_ONCE = 1_000

logger = logging.getLogger("lianxi.jobs")


@dataclass(frozen=True, kw_only=True)
class Look:
    """One kind of work. waiting: what a job should do, its id first. done_by: the functions that do it, and what of it
    their arguments name. `again` defers the missing job, with these arguments."""

    name: str
    waiting: Callable[[JobContext], Select[*tuple[Any, ...]]]
    done_by: dict[str, Callable[[Mapping[str, Any]], Iterable[int]]]
    again: str
    args: Callable[[Row[*tuple[Any, ...]]], dict[str, Any]]


def reconcile(jobs: Jobs, context: JobContext) -> dict[str, int]:
    """Defer what is missing and answer how much that was, by kind; nothing where all is well."""
    found: dict[str, int] = {}
    for look in LOOKS:
        suspects = _suspects(look, jobs, context)
        for begin in range(0, len(suspects), AT_ONCE):
            with jobs.database.write() as session:
                missing = _enqueue_missing(look, suspects[begin : begin + AT_ONCE], jobs, session, context)
                if missing:
                    found[look.name] = found.get(look.name, 0) + len(missing)
                    _raise_alarm(session, look, missing, context.engine.clock.now())
    if found:
        jobs.wake()
    return found


def _suspects(look: Look, jobs: Jobs, context: JobContext) -> list[int]:
    """A first look, without a lock: a job may be deferred or done between its two questions."""
    with jobs.database.read() as session:
        waiting = list(session.scalars(look.waiting(context)))
        live = set(_live(session, look)) if waiting else set()
    return [key for key in waiting if key not in live]


def _enqueue_missing(
    look: Look, suspects: Collection[int], jobs: Jobs, session: Session, context: JobContext
) -> list[int]:
    # The second look is made in this order, with the rows locked: a job is deferred in the transaction that makes its
    # row wait, and ends after the one that makes it wait no longer. So what still waits has its job now, or has none.
    column = look.waiting(context).selected_columns[0]
    locked = session.execute(
        look.waiting(context).where(column.in_(suspects)).with_for_update(of=column.table, skip_locked=True)
    ).all()
    live = set(_live(session, look)) if locked else set()
    missing = [row for row in locked if row[0] not in live]
    jobs.enqueue_all(session, look.again, [look.args(row) for row in missing])
    return [row[0] for row in missing]


def _live(session: Session, look: Look) -> Iterator[Any]:
    """What the jobs that wait or run will do."""
    statement = text(
        "SELECT task_name, args FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name IN :names"
    ).bindparams(bindparam("names", expanding=True))
    for name, args in session.execute(statement, {"names": list(look.done_by)}):
        yield from look.done_by[name](args if isinstance(args, dict) else json.loads(args))


def _raise_alarm(session: Session, look: Look, missing: list[int], now: datetime) -> None:
    logger.error(
        "%s: %d %s had no job and were given one: %s",
        ALARM,
        len(missing),
        look.name,
        missing[:20],
        extra={"event": ALARM, "kind": look.name, "count": len(missing)},
    )
    row = session.get(Upkeep, ALARM)
    before: dict[str, Any] = row.data if row else {}
    counted = {
        "total": before.get("total", 0) + len(missing),
        look.name: before.get(look.name, 0) + len(missing),
        "last": {"kind": look.name, "ids": missing[:20]},
    }
    session.merge(Upkeep(name=ALARM, done_at=now, data={**before, **counted}))
    session.flush()


def _fired_by_a_job(context: JobContext) -> Select[int]:
    return select(Timer.id).where(Timer.status == "enqueued").order_by(Timer.id)


def _done_here(context: JobContext) -> Select[int]:
    return select(Job.id).where(Job.status == "open", Job.type.in_(list(context.workers))).order_by(Job.id)


def _started_by_a_job(context: JobContext) -> Select[int, datetime]:
    return select(StartTimer.id, StartTimer.due_at).where(StartTimer.status == "enqueued").order_by(StartTimer.id)


def _migrated_by_a_job(context: JobContext) -> Select[int, int]:
    item, batch = InstanceMigrationItem, InstanceMigrationBatch
    return (
        select(item.id, item.batch_id)
        .join(batch, batch.id == item.batch_id)
        .where(item.status == "waiting", batch.stopped_at.is_(None))
        .order_by(item.id)
    )


LOOKS = (
    Look(
        name="timers",
        waiting=_fired_by_a_job,
        done_by={"fire_timers": lambda args: args["timer_ids"], "fire_timer": lambda args: [args["timer_id"]]},
        again="fire_timer",
        args=lambda row: {"timer_id": row[0]},
    ),
    Look(
        name="jobs",
        waiting=_done_here,
        done_by={"run_job": lambda args: [args["job_id"]]},
        again="run_job",
        args=lambda row: {"job_id": row[0]},
    ),
    Look(
        name="starts",
        waiting=_started_by_a_job,
        done_by={"start_by_timer": lambda args: [args["start_timer_id"]]},
        again="start_by_timer",
        args=lambda row: {"start_timer_id": row[0], "due_at": row[1].isoformat()},
    ),
    Look(
        name="migrations",
        waiting=_migrated_by_a_job,
        done_by={"migrate_instances": lambda args: range(args["first"], args["last"] + 1)},
        again="migrate_instances",
        args=lambda row: {"batch_id": row[1], "first": row[0], "last": row[0]},
    ),
)
