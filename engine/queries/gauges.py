"""Numbers for whoever watches the service: read from the database, so that they are the same in every process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, literal_column, select, text

from engine.model.history import Upkeep
from engine.model.runtime import HumanTask, Incident, Job, ProcessInstance, Timer
from engine.queries.context import QueryContext

# The oldest job of the queue that could be done now: since when.
READY_SINCE = text("""
    SELECT coalesce(job.scheduled_at, (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id))
    FROM procrastinate_jobs job WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= :now)
    ORDER BY job.id LIMIT 1
""")
ALARM = "work_without_job"  # the row of `upkeep` that engine.jobs.reconcile writes
OPEN: Any = literal_column("'open'")  # written out, not bound: only so do both databases use the index of open rows


@dataclass(frozen=True, kw_only=True)
class Gauges:
    """timer_lag, oldest_job, heartbeat_age: seconds; the last is None where no worker is registered.

    jobs: service tasks by status. queue: jobs of the queue by status. upkeep: when each was last done, such as backup.
    forgotten_work: how often work was found, ever, that no job would have done; by our design never.
    """

    open_tasks: int
    overdue_tasks: int
    running_instances: int
    open_incidents: int
    open_timers: int
    timer_lag: float
    oldest_job: float
    heartbeat_age: float | None
    jobs: Mapping[str, int]
    queue: Mapping[str, int]
    upkeep: Mapping[str, datetime]
    forgotten_work: int


def gauges(context: QueryContext) -> Gauges:
    session, now = context.session, context.now
    open_tasks = select(func.count()).select_from(HumanTask).where(HumanTask.status == OPEN)
    due = session.scalar(select(func.min(Timer.due_at)).where(Timer.status == OPEN))
    since = session.scalar(READY_SINCE, {"now": _bound(context, now)})
    upkeep = {row.name: row for row in session.scalars(select(Upkeep))}
    return Gauges(
        open_tasks=session.scalar(open_tasks) or 0,
        overdue_tasks=session.scalar(open_tasks.where(HumanTask.due_at < now)) or 0,
        running_instances=_count(context, ProcessInstance, ProcessInstance.status == "running"),
        open_incidents=_count(context, Incident, Incident.resolved_at.is_(None)),
        open_timers=_count(context, Timer, Timer.status == OPEN),
        timer_lag=_age(now, due),
        oldest_job=_age(now, since),
        heartbeat_age=heartbeat_age(context),
        jobs=dict(
            session.execute(
                select(Job.status, func.count()).where(Job.status.in_(("open", "failed"))).group_by(Job.status)
            ).all()
        ),
        queue=dict(session.execute(text("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status")).all()),
        upkeep={name: row.done_at for name, row in upkeep.items()},
        forgotten_work=int(upkeep[ALARM].data.get("total", 0)) if ALARM in upkeep else 0,
    )


def heartbeat_age(context: QueryContext) -> float | None:
    """Seconds since any worker gave a sign of life; None where there is no worker."""
    latest = context.session.scalar(text("SELECT max(last_heartbeat) FROM procrastinate_workers"))
    return None if latest is None else _age(context.now, latest)


def _count(context: QueryContext, row: type[Any], condition: Any) -> int:
    return context.session.scalar(select(func.count()).select_from(row).where(condition)) or 0


def _age(now: datetime, moment: datetime | str | None) -> float:
    if moment is None:
        return 0.0
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return max(0.0, (now - moment).total_seconds())


def _bound(context: QueryContext, moment: datetime) -> Any:
    """As the queue's own columns have it: a text on SQLite."""
    if context.session.get_bind().dialect.name == "sqlite":
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    return moment
