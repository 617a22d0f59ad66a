"""Instance migration to look at: older versions that still run, a plan to begin with, what it would do, and batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine.access import SYSTEM
from engine.bpmn import ProcessModel
from engine.bpmn.judging import Verdict
from engine.bpmn.migration import migrate
from engine.bpmn.migration_plan import MigrationPlan, Suggestion, problems, suggest
from engine.context import CommandContext
from engine.errors import InvalidState, Message, NotFound, Rejection
from engine.model.casework import Case
from engine.model.instance_migration import InstanceMigrationBatch, InstanceMigrationItem
from engine.model.repository import ProcessDefinition
from engine.model.runtime import ProcessInstance
from engine.queries.context import QueryContext

EXAMINED = 100  # instances of a preview
SHOWN = 50
STATUSES = ("waiting", "migrated", "refused", "failed", "gone")


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a process with the number of instances that run on it."""

    definition_id: int
    key: str
    name: str
    version: int
    running: int = 0


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Two versions of all there are, and where the tokens of the old one's elements could go."""

    versions: tuple[Version, ...]
    source: Version
    target: Version
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, kw_only=True)
class InstancePreview:
    """What would become of one instance. `number` and `title` are those of its case."""

    instance_id: int
    case_id: int | None
    number: str | None
    verdicts: tuple[Verdict, ...]

    @property
    def refused(self) -> bool:
        return any(verdict.verdict == "refused" for verdict in self.verdicts)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`total` instances would be migrated; the first of them were looked at. `counts`: verdicts of all those."""

    total: int
    rows: tuple[InstancePreview, ...]
    problems: tuple[Message, ...] = ()

    @property
    def refused(self) -> int:
        return sum(row.refused for row in self.rows)

    @property
    def counts(self) -> Mapping[str, int]:
        return Counter(verdict.verdict for row in self.rows for verdict in row.verdicts)


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


def older_versions(context: QueryContext) -> tuple[tuple[Version, Version], ...]:
    """Versions that still run although there is a newer one, each with the newest."""
    counts = _running(context)
    definitions = context.session.scalars(
        select(ProcessDefinition).order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    )
    found, newest = [], None
    for definition in definitions:
        if newest is None or newest.key != definition.key:
            newest = definition
        elif counts.get(definition.id):
            found.append((_version(definition, counts), _version(newest, counts)))
    return tuple(found)


def draft(context: QueryContext, source_id: int, target_id: int) -> Draft:
    """A plan to begin with. Raises NotFound, InvalidState where these are not versions of one process."""
    source, target = _definition(context, source_id), _definition(context, target_id)
    if source.key != target.key:
        raise InvalidState("Expected versions of one process, but they are of two")
    before, after = (context.definitions.model(context.session, each.id) for each in (source, target))
    counts = _running(context)
    versions = context.session.scalars(
        select(ProcessDefinition).filter_by(key=source.key).order_by(ProcessDefinition.version.desc())
    )
    return Draft(
        versions=tuple(_version(each, counts) for each in versions),
        source=_version(source, counts),
        target=_version(target, counts),
        suggestions=tuple(suggest(before, after)),
    )


def preview(
    context: QueryContext,
    source_id: int,
    target_id: int,
    plan: MigrationPlan,
    instance_ids: Iterable[int] | None = None,
    *,
    limit: int = EXAMINED,
) -> Preview:
    """What would become of the running instances of a version, or of these: the first `limit` are looked at.

    Raises what `draft` raises.
    """
    draft(context, source_id, target_id)
    target = context.definitions.model(context.session, target_id)
    return preview_of(context, source_id, target, plan, instance_ids, limit=limit)


def preview_of(
    context: QueryContext,
    source_id: int,
    target: ProcessModel,
    plan: MigrationPlan,
    instance_ids: Iterable[int] | None = None,
    *,
    limit: int = EXAMINED,
) -> Preview:
    """The same for a model that needs not be deployed."""
    source = context.definitions.model(context.session, source_id)
    where = [ProcessInstance.definition_id == source_id, ProcessInstance.status == "running"]
    if instance_ids is not None:
        where.append(ProcessInstance.id.in_(tuple(instance_ids)))
    total = context.session.scalar(select(func.count()).select_from(ProcessInstance).where(*where)) or 0
    if found := problems(source, target, plan):
        return Preview(total=total, rows=(), problems=tuple(found))
    instances = context.session.execute(
        select(ProcessInstance, Case.number)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(*where)
        .order_by(ProcessInstance.id)
        .limit(limit)
    ).all()
    stage = CommandContext(
        session=context.session,
        actor=SYSTEM,
        now=context.now,
        zone=context.zone,
        definitions=context.definitions,
        enqueue=_nothing,
    )
    return Preview(
        total=total,
        rows=tuple(
            InstancePreview(
                instance_id=instance.id,
                case_id=instance.case_id,
                number=number,
                verdicts=_verdicts(stage, instance, target, plan),
            )
            for instance, number in instances
        ),
    )


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


def _verdicts(
    stage: CommandContext, instance: ProcessInstance, target: Any, plan: MigrationPlan
) -> tuple[Verdict, ...]:
    try:
        return tuple(migrate(stage.rehearse(instance), target, plan, go_on=False))
    except Rejection as refusal:
        return (Verdict(element_id="", verdict="refused", element_type="process", reason=refusal.message),)


def _batch(context: QueryContext, row: InstanceMigrationBatch) -> Batch:
    counts = context.session.execute(
        select(InstanceMigrationItem.status, func.count())
        .where(InstanceMigrationItem.batch_id == row.id)
        .group_by(InstanceMigrationItem.status)
    )
    return Batch(
        id=row.id,
        source=_version(_definition(context, row.source_id)),
        target=_version(_definition(context, row.target_id)),
        mapping=row.plan.get("mapping", {}),
        reason=row.reason,
        started_at=row.started_at,
        started_by=context.person(row.started_by),
        stopped_at=row.stopped_at,
        stopped_by=context.person(row.stopped_by),
        counts={**dict.fromkeys(STATUSES, 0), **dict(counts.all())},
    )


def _definition(context: QueryContext, definition_id: int) -> ProcessDefinition:
    found = context.session.get(ProcessDefinition, definition_id)
    if found is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="process", id=definition_id)
    return found


def _running(context: QueryContext) -> dict[int, int]:
    """How many instances run, by their definition."""
    return dict(
        context.session.execute(
            select(ProcessInstance.definition_id, func.count())
            .where(ProcessInstance.status == "running")
            .group_by(ProcessInstance.definition_id)
        ).all()
    )


def _version(definition: ProcessDefinition, counts: Mapping[int, int] | None = None) -> Version:
    return Version(
        definition_id=definition.id,
        key=definition.key,
        name=definition.name,
        version=definition.version,
        running=(counts or {}).get(definition.id, 0),
    )


def _sentence(told: Mapping[str, Any]) -> Message:
    return Message(told["template"], **told["params"])


def _nothing(*_: Any, **__: Any) -> None:
    """What would be deferred is not."""
