"""What an operator looks at: deployments, incidents, jobs, numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from engine.model.casework import Case
from engine.model.repository import Deployment, ProcessDefinition, Resource
from engine.model.runtime import Incident, Job, ProcessInstance, Timer
from engine.queries.context import QueryContext

SHOWN = 100
LATE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class DeploymentRow:
    id: int
    name: str
    deployed_at: datetime
    by: str
    resources: int


@dataclass(frozen=True, kw_only=True)
class IncidentRow:
    """An instance that is stuck at an element, and why."""

    incident_id: int
    instance_id: int
    case_id: int | None
    number: str | None
    process: str
    element_id: str
    element_name: str
    code: str
    message: str
    raised_at: datetime


@dataclass(frozen=True, kw_only=True)
class JobRow:
    job_id: int
    type: str
    status: str
    element_id: str
    attempts: int
    retries: int
    error: str | None
    created_at: datetime
    number: str | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Numbers and the newest rows. `timers_late`: timers that should have fired a minute ago."""

    running: int
    completed: int
    cancelled: int
    open_jobs: int
    failed_jobs: int
    open_timers: int
    timers_late: int
    deployments: tuple[DeploymentRow, ...]
    incidents: tuple[IncidentRow, ...]
    jobs: tuple[JobRow, ...]


def overview(context: QueryContext) -> Overview:
    by_status = dict(
        context.session.execute(select(ProcessInstance.status, func.count()).group_by(ProcessInstance.status)).all()
    )
    jobs = dict(context.session.execute(select(Job.status, func.count()).group_by(Job.status)).all())
    return Overview(
        running=by_status.get("running", 0),
        completed=by_status.get("completed", 0),
        cancelled=by_status.get("cancelled", 0),
        open_jobs=jobs.get("open", 0),
        failed_jobs=jobs.get("failed", 0),
        open_timers=context.session.scalar(select(func.count()).select_from(Timer)) or 0,
        timers_late=context.session.scalar(
            select(func.count()).select_from(Timer).where(Timer.due_at < context.now - LATE)
        )
        or 0,
        deployments=_deployments(context),
        incidents=incidents(context),
        jobs=_jobs(context),
    )


def incidents(context: QueryContext) -> tuple[IncidentRow, ...]:
    """The open incidents, newest first."""
    found = context.session.execute(
        select(Incident, ProcessInstance, ProcessDefinition, Case.number)
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(Incident.resolved_at.is_(None))
        .order_by(Incident.id.desc())
        .limit(SHOWN)
    ).all()
    rows = []
    for incident, instance, definition, number in found:
        element = context.definitions.element(context.session, instance, incident.element_id)
        rows.append(
            IncidentRow(
                incident_id=incident.id,
                instance_id=instance.id,
                case_id=instance.case_id,
                number=number,
                process=definition.name,
                element_id=incident.element_id,
                element_name=(element and element.name) or incident.element_id,
                code=incident.code,
                message=incident.message,
                raised_at=incident.raised_at,
            )
        )
    return tuple(rows)


def _deployments(context: QueryContext) -> tuple[DeploymentRow, ...]:
    found = context.session.execute(
        select(Deployment, func.count(Resource.id))
        .outerjoin(Resource, Resource.deployment_id == Deployment.id)
        .group_by(Deployment.id)
        .order_by(Deployment.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        DeploymentRow(
            id=deployment.id,
            name=deployment.name,
            deployed_at=deployment.deployed_at,
            by=deployment.deployed_by,
            resources=count,
        )
        for deployment, count in found
    )


def _jobs(context: QueryContext) -> tuple[JobRow, ...]:
    found = context.session.execute(
        select(Job, Case.number)
        .join(ProcessInstance, ProcessInstance.id == Job.instance_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(Job.status.in_(("open", "failed")))
        .order_by(Job.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        JobRow(
            job_id=job.id,
            type=job.type,
            status=job.status,
            element_id=job.element_id,
            attempts=job.attempts,
            retries=job.retries,
            error=job.error,
            created_at=job.created_at,
            number=number,
        )
        for job, number in found
    )
