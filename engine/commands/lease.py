"""Jobs for workers outside: take some for a while, and change how long, how often or how soon."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine import access
from engine.errors import InvalidInput, InvalidState
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Job, ProcessInstance
from engine.workers import INLINE, WORKERS

if TYPE_CHECKING:
    from engine.context import CommandContext

MOST_JOBS = 200  # at once


@dataclass(frozen=True, kw_only=True)
class ActivateJobs:
    """Take open jobs of a type that nobody holds, the greatest priority first, then the oldest.

    `worker` is what the program calls itself. Who doesn't report a job within `timeout` loses it to whoever asks next.
    `fetch`: only these variables are told, all without. `with_lease`: reports must name the taking by its token.
    """

    type: str
    worker: str
    timeout: timedelta
    most: int = 1
    fetch: tuple[str, ...] = ()
    with_lease: bool = False


@dataclass(frozen=True, kw_only=True)
class UpdateJob:
    """Change what is given: the retries left, the priority, or from now on the time until it is offered again."""

    job_id: int
    retries: int | None = None
    priority: int | None = None
    timeout: timedelta | None = None
    lease_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class ActivatedJob:
    """A job in its worker's hands until `deadline`."""

    id: int
    type: str
    worker: str
    retries: int
    priority: int
    deadline: datetime
    lease_token: str | None
    headers: Mapping[str, Any]
    variables: Mapping[str, Any]
    element_id: str
    element_instance_id: str
    instance_id: int
    business_key: str | None
    definition_id: int
    process_key: str
    process_version: int


def activate_jobs(command: ActivateJobs, context: CommandContext) -> tuple[ActivatedJob, ...]:
    access.ensure(context.actor, "jobs:work", f"take jobs of type {command.type}")
    if command.type in WORKERS or command.type in INLINE:
        raise InvalidInput(
            {"type": ["Expected a type of job that workers outside do"]},
            "Expected to take jobs of type {type}, but those are done here",
            type=command.type,
        )

    # Rows that another worker takes in this moment are passed over, so nobody waits and no two get the same one.
    jobs = context.session.scalars(
        select(Job)
        .where(
            Job.type == command.type,
            Job.status == "open",
            or_(Job.locked_until.is_(None), Job.locked_until <= context.now),
        )
        .order_by(Job.priority.desc(), Job.id)
        .limit(min(command.most, MOST_JOBS))
        .with_for_update(skip_locked=True)
    ).all()
    deadline = context.now + command.timeout
    for job in jobs:
        token = secrets.token_hex(16) if command.with_lease else None
        job.take(username=context.actor.username, worker=command.worker, until=deadline, token=token)
    return _told(jobs, command, deadline, context)


def update_job(command: UpdateJob, context: CommandContext) -> None:
    actor = context.actor
    if not actor.may("operate"):
        access.ensure(actor, "jobs:work", f"change job {command.job_id}")
    context.lock_owner(Job, command.job_id, "job")
    job = context.session.get_one(Job, command.job_id, with_for_update=True, populate_existing=True)
    if job.status not in ("open", "failed"):
        job.ensure_open("change")
    if command.lease_token is not None or not actor.may("operate"):
        job.ensure_reported_by_holder("change", actor.username, context.now, token=command.lease_token)
    if command.timeout is not None and not job.is_held(context.now):
        raise InvalidState("Expected to change the time for job {job}, but nobody works on it", job=job.id)

    if command.retries is not None:
        job.retries = command.retries
    if command.priority is not None:
        job.priority = command.priority
    if command.timeout is not None:
        job.locked_until = context.now + command.timeout


def _told(
    jobs: Sequence[Job], command: ActivateJobs, deadline: datetime, context: CommandContext
) -> tuple[ActivatedJob, ...]:
    if not jobs:
        return ()
    instances = {
        instance_id: (business_key, definition)
        for instance_id, business_key, definition in context.session.execute(
            select(ProcessInstance.id, ProcessInstance.business_key, ProcessDefinition)
            .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
            .where(ProcessInstance.id.in_({job.instance_id for job in jobs}))
        )
    }
    return tuple(_activated(job, *instances[job.instance_id], command, deadline) for job in jobs)


def _activated(
    job: Job, business_key: str | None, definition: ProcessDefinition, command: ActivateJobs, deadline: datetime
) -> ActivatedJob:
    wanted = set(command.fetch)
    return ActivatedJob(
        id=job.id,
        type=job.type,
        worker=command.worker,
        retries=job.retries,
        priority=job.priority,
        deadline=deadline,
        lease_token=job.lease_token,
        headers=dict(job.headers),
        variables={name: value for name, value in job.variables.items() if not wanted or name in wanted},
        element_id=job.element_id,
        element_instance_id=job.element_instance_id,
        instance_id=job.instance_id,
        business_key=business_key,
        definition_id=definition.id,
        process_key=definition.key,
        process_version=definition.version,
    )
