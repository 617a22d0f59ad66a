"""Jobs as an API lists them, and whether one waits for a worker outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from engine import access
from engine.access import Actor
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Job, ProcessInstance
from engine.queries.context import QueryContext
from engine.queries.user_tasks import COMPARISONS, Filter, unknown_comparison

COLUMNS: dict[str, Any] = {
    "id": Job.id,
    "type": Job.type,
    "status": Job.status,
    "worker": Job.worker,
    "retries": Job.retries,
    "priority": Job.priority,
    "error": Job.error,
    "locked_until": Job.locked_until,
    "created_at": Job.created_at,
    "closed_at": Job.closed_at,
    "element_id": Job.element_id,
    "element_instance_id": Job.element_instance_id,
    "instance_id": Job.instance_id,
    "definition_id": ProcessInstance.definition_id,
    "process_key": ProcessDefinition.key,
}


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job with what its process is."""

    id: int
    type: str
    status: str
    worker: str | None
    retries: int
    attempts: int
    priority: int
    error: str | None
    headers: dict[str, Any]
    locked_until: datetime | None
    created_at: datetime
    closed_at: datetime | None
    element_id: str
    element_instance_id: str
    instance_id: int
    business_key: str | None
    definition_id: int
    process_key: str


def is_any_offered(context: QueryContext, job_type: str) -> bool:
    """Whether a worker that asked for jobs of this type now would get one; a look that locks nothing."""
    offered = select(Job.id).where(
        Job.type == job_type,
        Job.status == "open",
        or_(Job.locked_until.is_(None), Job.locked_until <= context.now),
    )
    return context.session.scalar(offered.limit(1)) is not None


def search(
    context: QueryContext,
    actor: Actor,
    *,
    where: Filter | None = None,
    sort: Iterable[tuple[str, bool]] = (),
    offset: int = 0,
    limit: int = 100,
) -> tuple[tuple[JobRow, ...], int]:
    """Jobs and how many there are. `where`: column -> comparison -> value, all must hold; `sort`: (column, descending).

    Raises Forbidden, and InvalidInput for unknown comparisons.
    """
    if not actor.may("operate"):
        access.ensure(actor, "jobs:work", "search for jobs")
    joined = (
        select(Job, ProcessInstance.business_key, ProcessDefinition)
        .join(ProcessInstance, ProcessInstance.id == Job.instance_id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
    )
    for name, comparisons in (where or {}).items():
        for comparison, value in comparisons.items():
            if comparison not in COMPARISONS:
                raise unknown_comparison(name, comparison)
            joined = joined.where(COMPARISONS[comparison](COLUMNS[name], value))
    total = context.session.scalar(select(func.count()).select_from(joined.with_only_columns(Job.id).subquery())) or 0
    order = [COLUMNS[name].desc() if descending else COLUMNS[name] for name, descending in sort]
    found = context.session.execute(joined.order_by(*order, Job.id).offset(offset).limit(limit)).all()
    return tuple(_row(*row) for row in found), total


def _row(job: Job, business_key: str | None, definition: ProcessDefinition) -> JobRow:
    return JobRow(
        id=job.id,
        type=job.type,
        status=job.status,
        worker=job.worker,
        retries=job.retries,
        attempts=job.attempts,
        priority=job.priority,
        error=job.error,
        headers=dict(job.headers),
        locked_until=job.locked_until,
        created_at=job.created_at,
        closed_at=job.closed_at,
        element_id=job.element_id,
        element_instance_id=job.element_instance_id,
        instance_id=job.instance_id,
        business_key=business_key,
        definition_id=definition.id,
        process_key=definition.key,
    )
