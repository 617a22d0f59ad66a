"""What workers report: a job is done or failed.

Workers outside say by `worker` or `lease_token` which taking of the job they report, see engine.commands.lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import access
from engine.model.runtime import Incident, Job, ProcessInstance

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class CompleteJob:
    """The work is done; `variables` are its results."""

    job_id: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    worker: str | None = None
    lease_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FailJob:
    """The work failed. With no retries left it becomes an incident, else it is offered again after `back_off`.

    `variables` are added to those that the next worker gets.
    """

    job_id: int
    message: str
    retries: int | None = None
    back_off: timedelta = timedelta()
    variables: Mapping[str, Any] = field(default_factory=dict)
    worker: str | None = None
    lease_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class ThrowJobError:
    """The work ended in an error the diagram knows: a BPMN error of this code."""

    job_id: int
    code: str
    message: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    worker: str | None = None
    lease_token: str | None = None


def complete_job(command: CompleteJob, context: CommandContext) -> None:
    job = _reported_job(command, "complete", context)

    _close(job, context)
    with context.running(job.instance_id) as execution:
        execution.complete_job(job.element_instance_id, command.variables)


def fail_job(command: FailJob, context: CommandContext) -> int:
    """Return the retries that are left."""
    job = _reported_job(command, "fail", context)

    job.attempts += 1
    job.error = command.message
    job.retries = max(0, job.retries - 1 if command.retries is None else command.retries)
    if command.variables:
        job.variables = {**job.variables, **command.variables}
    job.give_back(until=context.now + command.back_off if command.back_off else None)
    if job.retries == 0:
        job.status = "failed"
        _raise_incident(job, command.message, context)
    else:
        context.offer(job.type)
    return job.retries


def throw_job_error(command: ThrowJobError, context: CommandContext) -> None:
    job = _reported_job(command, "end", context)

    with context.running(job.instance_id) as execution:
        execution.throw_error(job.element_instance_id, command.code, command.message, command.variables)
    _close(job, context)


def _reported_job(command: CompleteJob | FailJob | ThrowJobError, order: str, context: CommandContext) -> Job:
    """The open job, its instance's lock held, that the actor may report. Raises InvalidState, Forbidden."""
    actor = context.actor
    if not actor.may("operate"):
        access.ensure(actor, "jobs:work", f"{order} job {command.job_id}")
    context.lock_owner(Job, command.job_id, "job")
    # Its own row too: taking a job does not lock the instance, and what is checked here must still be true afterwards.
    job = context.session.get_one(Job, command.job_id, with_for_update=True, populate_existing=True)
    job.ensure_open(order)
    job.ensure_reported_by_holder(order, actor.username, context.now, worker=command.worker, token=command.lease_token)
    return job


def _close(job: Job, context: CommandContext) -> None:
    job.status, job.closed_at, job.held_by = "completed", context.now, context.actor.username


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
    kind: str, row: Job, instance: ProcessInstance, context: CommandContext, data: dict[str, Any] | None = None
) -> None:
    context.remember(
        kind,
        instance_id=instance.id,
        case_id=instance.case_id,
        element_id=row.element_id,
        name=context.element_name(instance, row.element_id),
        data=data,
    )
