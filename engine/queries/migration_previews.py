"""Instance migration before it is ordered: older versions that still run, a plan to begin with, what it would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from engine.model.repository import ProcessDefinition
from engine.model.runtime import ProcessInstance
from engine.queries.context import QueryContext

EXAMINED = 100  # instances of a preview


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
            found.append((version_of(definition, counts), version_of(newest, counts)))
    return tuple(found)


def draft(context: QueryContext, source_id: int, target_id: int) -> Draft:
    """A plan to begin with. Raises NotFound, InvalidState where these are not versions of one process."""
    source, target = definition_of(context, source_id), definition_of(context, target_id)
    if source.key != target.key:
        raise InvalidState("Expected versions of one process, but they are of two")
    before, after = (context.definitions.model(context.session, each.id) for each in (source, target))
    counts = _running(context)
    versions = context.session.scalars(
        select(ProcessDefinition).filter_by(key=source.key).order_by(ProcessDefinition.version.desc())
    )
    return Draft(
        versions=tuple(version_of(each, counts) for each in versions),
        source=version_of(source, counts),
        target=version_of(target, counts),
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


def version_of(definition: ProcessDefinition, counts: Mapping[int, int] | None = None) -> Version:
    return Version(
        definition_id=definition.id,
        key=definition.key,
        name=definition.name,
        version=definition.version,
        running=(counts or {}).get(definition.id, 0),
    )


def definition_of(context: QueryContext, definition_id: int) -> ProcessDefinition:
    """The row of a version. Raises NotFound."""
    found = context.session.get(ProcessDefinition, definition_id)
    if found is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="process", id=definition_id)
    return found


def _verdicts(
    stage: CommandContext, instance: ProcessInstance, target: Any, plan: MigrationPlan
) -> tuple[Verdict, ...]:
    try:
        return tuple(migrate(stage.rehearse(instance), target, plan, go_on=False))
    except Rejection as refusal:
        return (Verdict(element_id="", verdict="refused", element_type="process", reason=refusal.message),)


def _running(context: QueryContext) -> dict[int, int]:
    """How many instances run, by their definition."""
    return dict(
        context.session.execute(
            select(ProcessInstance.definition_id, func.count())
            .where(ProcessInstance.status == "running")
            .group_by(ProcessInstance.definition_id)
        ).all()
    )


def _nothing(*_: Any, **__: Any) -> None:
    """What would be deferred is not."""
