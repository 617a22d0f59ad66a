"""Instance migrations that were ordered: batches with their progress, and what became of each instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine.errors import Message, NotFound
from engine.model.casework import Case
from engine.model.instance_migration import InstanceMigrationBatch, InstanceMigrationItem
from engine.model.runtime import ProcessInstance
from engine.queries.context import QueryContext
from engine.queries.migration_previews import Version, definition_of, version_of

SHOWN = 50
STATUSES = ("waiting", "migrated", "refused", "failed", "gone")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """An order with its progress. state: running, finished, stopped."""

    id: int
    source: Version
    target: Version
    mapping: Mapping[str, str | None]
    reason: str
    started_at: datetime
    started_by: str | None
    stopped_at: datetime | None
    stopped_by: str | None
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def state(self) -> str:
        if not self.counts["waiting"]:
            return "finished"
        return "stopped" if self.stopped_at is not None else "running"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One instance of a batch. reasons: (element id, sentence)."""

    instance_id: int
    case_id: int | None
    number: str | None
    status: str
    reasons: tuple[tuple[str, Message], ...]
    done_at: datetime | None


def batches(context: QueryContext) -> tuple[Batch, ...]:
    """The newest orders, newest first."""
    found = context.session.scalars(
        select(InstanceMigrationBatch).order_by(InstanceMigrationBatch.id.desc()).limit(SHOWN)
    ).all()
    return tuple(_batch(context, batch) for batch in found)


def batch(context: QueryContext, batch_id: int) -> Batch:
    """One order with its progress. Raises NotFound."""
    found = context.session.get(InstanceMigrationBatch, batch_id)
    if found is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="migration", id=batch_id)
    return _batch(context, found)


def items(context: QueryContext, batch_id: int, *, status: str | None = None, page: int = 1) -> tuple[Item, ...]:
    """A page of the instances of an order, those that were refused or failed first."""
    first = InstanceMigrationItem.status.in_(("refused", "failed"))
    statement = (
        select(InstanceMigrationItem, ProcessInstance.case_id, Case.number)
        .join(ProcessInstance, ProcessInstance.id == InstanceMigrationItem.instance_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(InstanceMigrationItem.batch_id == batch_id)
        .order_by(first.desc(), InstanceMigrationItem.id)
        .limit(SHOWN)
        .offset((page - 1) * SHOWN)
    )
    if status is not None:
        statement = statement.where(InstanceMigrationItem.status == status)
    return tuple(
        Item(
            instance_id=item.instance_id,
            case_id=case_id,
            number=number,
            status=item.status,
            reasons=tuple((element, _sentence(told)) for element, told in item.reasons or ()),
            done_at=item.done_at,
        )
        for item, case_id, number in context.session.execute(statement)
    )


def waiting(context: QueryContext, batch_id: int, first: int, last: int) -> tuple[str, list[int]]:
    """Who ordered the batch, and which items of this portion still wait."""
    found = context.session.get_one(InstanceMigrationBatch, batch_id)
    ids = context.session.scalars(
        select(InstanceMigrationItem.id)
        .where(
            InstanceMigrationItem.batch_id == batch_id,
            InstanceMigrationItem.id.between(first, last),
            InstanceMigrationItem.status == "waiting",
        )
        .order_by(InstanceMigrationItem.id)
    )
    return found.started_by, [] if found.stopped_at is not None else list(ids)


def _batch(context: QueryContext, row: InstanceMigrationBatch) -> Batch:
    counts = context.session.execute(
        select(InstanceMigrationItem.status, func.count())
        .where(InstanceMigrationItem.batch_id == row.id)
        .group_by(InstanceMigrationItem.status)
    )
    return Batch(
        id=row.id,
        source=version_of(definition_of(context, row.source_id)),
        target=version_of(definition_of(context, row.target_id)),
        mapping=row.plan.get("mapping", {}),
        reason=row.reason,
        started_at=row.started_at,
        started_by=context.person(row.started_by),
        stopped_at=row.stopped_at,
        stopped_by=context.person(row.stopped_by),
        counts={**dict.fromkeys(STATUSES, 0), **dict(counts.all())},
    )


def _sentence(told: Mapping[str, Any]) -> Message:
    return Message(told["template"], **told["params"])
