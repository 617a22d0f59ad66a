"""Start timers that are due become jobs, in the order they were due, as the timers of instances do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, literal_column, select, update
from sqlalchemy.orm import Session

from engine.jobs.queue import Jobs
from engine.model.starts import StartTimer

BATCH = 100


def enqueue_due_starts(jobs: Jobs, now: datetime) -> int:
    """Defer a `start_by_timer` for every start timer due at `now` and say how many; at most BATCH in one transaction.

    Several workers may do this at once: a timer is marked in the transaction that defers its job.
    """
    total = 0
    while _is_any_due(jobs, now):
        with jobs.database.write() as session:
            enqueued = _enqueue_batch(jobs, session, now)
        total += enqueued
        if enqueued < BATCH:
            break
    if total:
        jobs.wake()
    return total


def _is_any_due(jobs: Jobs, now: datetime) -> bool:
    with jobs.database.read() as session:
        return session.execute(_due(now).limit(1)).first() is not None


def _enqueue_batch(jobs: Jobs, session: Session, now: datetime) -> int:
    due = session.execute(_due(now).limit(BATCH).with_for_update(skip_locked=True)).all()
    session.execute(update(StartTimer).where(StartTimer.id.in_([id for id, _ in due])).values(status="enqueued"))
    jobs.enqueue_all(
        session, "start_by_timer", [{"start_timer_id": id, "due_at": due_at.isoformat()} for id, due_at in due]
    )
    return len(due)


def _due(now: datetime) -> Select[int, datetime]:
    # Written out, not bound: only so do both databases use the index of open timers.
    return (
        select(StartTimer.id, StartTimer.due_at)
        .where(literal_column("start_timer.status") == literal_column("'open'"), StartTimer.due_at <= now)
        .order_by(StartTimer.due_at, StartTimer.id)
    )
