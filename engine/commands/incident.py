"""Help an instance that is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import access
from engine.errors import InvalidState
from engine.model.runtime import Incident, Job, ProcessInstance, Timer
from engine.workers import WORKERS

if TYPE_CHECKING:
    from engine.context import CommandContext

RETRIES_AGAIN = 3


@dataclass(frozen=True, kw_only=True)
class RetryIncident:
    """The cause is mended: try the element again, and only it."""

    incident_id: int


def retry_incident(command: RetryIncident, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", f"retry incident {command.incident_id}")
    incident = context.lock_owner(Incident, command.incident_id, "incident")
    if incident.resolved_at is not None:
        raise InvalidState("Expected to retry incident {incident}, but it is resolved", incident=incident.id)

    incident.resolved_at, incident.resolved_by = context.now, context.actor.username
    job = context.session.scalars(
        select(Job).where(
            Job.instance_id == incident.instance_id,
            Job.element_instance_id == incident.element_instance_id,
            Job.status == "failed",
        )
    ).first()
    if job is not None:
        job.status, job.retries = "open", RETRIES_AGAIN
        if job.type in WORKERS:
            context.defer("run_job", job_id=job.id)
        else:
            context.offer(job.type)
    elif timer := _failed_timer(incident, context):
        timer.status = "open"  # It is due, so the next sweep finds it.
    else:
        with context.running(incident.instance_id) as execution:
            execution.retry(incident.element_instance_id)
    instance = context.session.get_one(ProcessInstance, incident.instance_id)
    context.remember(
        "incident retried",
        instance_id=instance.id,
        case_id=instance.case_id,
        element_id=incident.element_id,
        name=context.element_name(instance, incident.element_id),
    )


def _failed_timer(incident: Incident, context: CommandContext) -> Timer | None:
    return context.session.scalars(
        select(Timer).where(
            Timer.instance_id == incident.instance_id,
            Timer.element_instance_id == incident.element_instance_id,
            Timer.status == "failed",
        )
    ).first()
