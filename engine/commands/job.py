"""What workers and timers report: a job is done or failed, a timer is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import access
from engine.errors import InvalidState, NotFound
from engine.model.runtime import Incident, Job, ProcessInstance, Timer

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class CompleteJob:
    """The work is done; `variables` are its results."""

    job_id: int
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FailJob:
    """The work failed. With no retries left it becomes an incident."""

    job_id: int
    message: str
    retries: int | None = None


@dataclass(frozen=True, kw_only=True)
class ThrowJobError:
    """The work ended in an error the diagram knows: a BPMN error of this code."""

    job_id: int
    code: str
    message: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TriggerTimer:
    """The timer is due. A timer that is gone, because its activity ended or it fired already, is no trouble."""

    timer_id: int


def complete_job(command: CompleteJob, context: CommandContext) -> None:
    job = _open_job(command.job_id, "complete", context)

    job.status = "completed"
    with context.running(job.instance_id) as execution:
        execution.complete_job(job.element_instance_id, command.variables)


def fail_job(command: FailJob, context: CommandContext) -> int:
    """Return the retries that are left."""
    job = _open_job(command.job_id, "fail", context)

    job.attempts += 1
    job.error = command.message
    job.retries = max(0, job.retries - 1 if command.retries is None else command.retries)
    if job.retries == 0:
        job.status = "failed"
        _raise_incident(job, command.message, context)
    return job.retries


def throw_job_error(command: ThrowJobError, context: CommandContext) -> None:
    job = _open_job(command.job_id, "end", context)

    with context.running(job.instance_id) as execution:
        execution.throw_error(job.element_instance_id, command.code, command.message, command.variables)
    job.status = "completed"


def trigger_timer(command: TriggerTimer, context: CommandContext) -> bool:
    """Return whether the timer still ran."""
    access.ensure(context.actor, "operate", f"fire timer {command.timer_id}")
    try:
        timer = context.lock_owner(Timer, command.timer_id, "timer")
    except NotFound:
        return False
    if timer is None or timer.due_at > context.now:
        return False

    instance = context.session.get_one(ProcessInstance, timer.instance_id)
    _remember("timer fired", timer, instance, context)
    with context.running(timer.instance_id) as execution:
        execution.trigger_timer(timer.element_instance_id)
    return True


def _open_job(job_id: int, order: str, context: CommandContext) -> Job:
    access.ensure(context.actor, "operate", f"{order} job {job_id}")
    job = context.lock_owner(Job, job_id, "job")
    if job is None or job.status != "open":
        raise InvalidState(
            "Expected to {order} job {job}, but it is {status}",
            order=order,
            job=job_id,
            status=job.status if job else "gone",
        )
    return job


def _raise_incident(job: Job, message: str, context: CommandContext) -> None:
    open_already = context.session.scalar(
        select(Incident.id).where(
            Incident.instance_id == job.instance_id,
            Incident.element_instance_id == job.element_instance_id,
            Incident.resolved_at.is_(None),
        )
    )
    if open_already:
        return
    context.session.add(
        Incident(
            instance_id=job.instance_id,
            element_instance_id=job.element_instance_id,
            element_id=job.element_id,
            code="JOB_FAILED",
            message=message,
            raised_at=context.now,
        )
    )
    instance = context.session.get_one(ProcessInstance, job.instance_id)
    _remember("incident raised", job, instance, context, {"code": "JOB_FAILED", "message": message})


def _remember(
    kind: str, row: Timer | Job, instance: ProcessInstance, context: CommandContext, data: dict[str, Any] | None = None
) -> None:
    context.remember(
        kind,
        instance_id=instance.id,
        case_id=instance.case_id,
        element_id=row.element_id,
        name=context.element_name(instance, row.element_id),
        data=data,
    )
