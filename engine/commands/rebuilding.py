"""Write the rows of an instance anew from its stored state, which is the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from engine import access, events
from engine.clock_story import COMPARED, ToldClock
from engine.commands.clock import date_anew, recompute
from engine.differences import ROW_OF, Difference, clock_differences, differences
from engine.errors import InvalidState, Message
from engine.model.casework import Clock
from engine.model.history import AuditEvent
from engine.model.runtime import Draft, HumanTask, Incident, Job, TaskCandidate
from engine.projections import WRITERS
from engine.rows import Rows

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class RebuildInstance:
    """Make the instance's tasks, jobs, timers, subscriptions and incidents what its state waits for, and its clocks.

    Rows that are right stay as they are, with their claims, drafts and dates. Answers the sentences of what was wrong.
    """

    instance_id: int


def rebuild_instance(command: RebuildInstance, context: CommandContext) -> list[Message]:
    access.ensure(context.actor, "operate", f"rebuild instance {command.instance_id}")
    instance = context.lock_instance(command.instance_id)
    execution = context.look(instance) if instance.status == "running" else None
    found = differences(execution, instance, context.session)
    found += clock_differences([instance], context.session, context.zone)
    rows = Rows(instance, context)

    for difference in found:
        MENDING[difference.trouble](difference, rows)
    context.finish(rows)
    if found:
        context.session.add(
            AuditEvent(
                at=context.now,
                actor=context.actor.username,
                action="rebuild",
                subject=f"instance {instance.id}",
                reason=f"{len(found)} rows",
            )
        )
    return [difference.sentence for difference in found]


def _open(difference: Difference, rows: Rows) -> None:
    """A row again: the closed one of this place, where there is one, as two would not be allowed."""
    wait = difference.wait
    assert wait is not None
    kind = ROW_OF[type(wait)]
    if kind in (HumanTask, Job):
        closed = rows.session.scalars(
            select(kind).where(
                kind.instance_id == rows.instance.id, kind.element_instance_id == wait.element_instance_id
            )
        ).first()
        if closed is not None:
            _correct(replace(difference, row=closed), rows)
            return
    WRITERS[type(wait)](wait, rows)


def _correct(difference: Difference, rows: Rows) -> None:
    wait, row = difference.wait, difference.row
    assert wait is not None
    row.element_id = wait.element_id
    if isinstance(wait, events.UserTaskCreated):
        row.process_id, row.status, row.closed_at, row.completed_by = wait.process_id, "open", None, None
        rows.session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == row.id))
        rows.opened.append((row, wait))
    elif isinstance(wait, events.JobCreated):
        row.type = wait.job_type
        if row.status in ("completed", "cancelled"):
            row.status, row.closed_at = "open", None
        rows.jobs.append(row)
    elif isinstance(wait, events.MessageSubscribed | events.SignalSubscribed):
        rows.session.delete(row)
        rows.session.flush()
        WRITERS[type(wait)](wait, rows)


def _close(difference: Difference, rows: Rows) -> None:
    row = difference.row
    if isinstance(row, HumanTask):
        row.status, row.closed_at = "cancelled", rows.context.now
        rows.session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == row.id))
        rows.session.execute(delete(Draft).where(Draft.task_id == row.id))
    elif isinstance(row, Job):
        row.status = "cancelled"
    elif isinstance(row, Incident):
        row.resolved_at, row.resolved_by = rows.context.now, rows.context.actor.username
    else:
        rows.session.delete(row)


def _tell(difference: Difference, rows: Rows) -> None:
    """A job that failed gets its incident again."""
    job = difference.row
    rows.session.add(
        Incident(
            instance_id=job.instance_id,
            element_instance_id=job.element_instance_id,
            element_id=job.element_id,
            code="JOB_FAILED",
            message=job.error or "",
            raised_at=rows.context.now,
        )
    )


def _end(difference: Difference, rows: Rows) -> None:
    rows.instance.status, rows.instance.ended_at = "completed", rows.context.now


def _open_clock(difference: Difference, rows: Rows) -> None:
    told = difference.told
    assert told is not None and told.rule is not None and told.start is not None
    clock = Clock(
        case_id=rows.instance.case_id,
        instance_id=rows.instance.id,
        name=told.name,
        rule=told.rule,
        start=told.start,
        count=told.rule["count"],
        unit=told.rule.get("unit", "calendar_day"),
        **_of(told),
    )
    date_anew(clock, rows.context)
    rows.session.add(clock)


def _correct_clock(difference: Difference, rows: Rows) -> None:
    assert difference.told is not None
    for name, value in _of(difference.told).items():
        setattr(difference.row, name, value)
    recompute(difference.row, rows.context)


def _of(told: ToldClock) -> dict[str, Any]:
    return {name: getattr(told, name) for name in (*COMPARED, "stopped_at")}


def _leave(difference: Difference, rows: Rows) -> None:
    """There is nothing to make it of; the sentence says so."""


def _refuse(difference: Difference, rows: Rows) -> None:
    raise InvalidState(difference.sentence.template, **difference.sentence.params)


MENDING: dict[str, Callable[[Difference, Rows], None]] = {
    "missing": _open,
    "wrong": _correct,
    "superfluous": _close,
    "unseen": _tell,
    "ended": _end,
    "unreadable": _refuse,
    "no clock": _open_clock,
    "wrong clock": _correct_clock,
    "lost clock": _leave,
}
