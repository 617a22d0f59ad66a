"""Put running instances on another version of their process: one, or many in a batch of jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, select

from engine import access
from engine.bpmn.judging import Verdict
from engine.bpmn.migration import migrate
from engine.bpmn.migration_plan import MigrationPlan, problems
from engine.errors import InvalidInput, InvalidState, Message, NotFound, Rejection
from engine.model.instance_migration import InstanceMigrationBatch, InstanceMigrationItem
from engine.model.repository import ProcessDefinition
from engine.model.runtime import ProcessInstance

if TYPE_CHECKING:
    from engine.context import CommandContext

AS_IT_IS = MigrationPlan()  # every element keeps its id
PORTION = 50  # instances of one job, each in a transaction of its own


@dataclass(frozen=True, kw_only=True)
class MigrateInstance:
    """Put one running instance on another version of its process; the reason goes into the history."""

    instance_id: int
    target_id: int
    plan: MigrationPlan = AS_IT_IS
    reason: str


@dataclass(frozen=True, kw_only=True)
class StartMigrationBatch:
    """Migrate all running instances of a version, or only these; one after the other, by jobs.

    Target and source are the same where only called processes are to go on in newer versions.
    """

    source_id: int
    target_id: int
    plan: MigrationPlan = AS_IT_IS
    reason: str
    instance_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class StopMigrationBatch:
    """Leave the instances alone whose turn has not come."""

    batch_id: int


@dataclass(frozen=True, kw_only=True)
class MigrateItem:
    """Migrate the instance of one item of a batch; done already, it does nothing."""

    item_id: int


@dataclass(frozen=True, kw_only=True)
class NoteFailedItem:
    """An item could not be migrated because we made a mistake; the others go on."""

    item_id: int
    message: str


class MigrationRefused(InvalidState):
    """The instance stays where it is; `verdicts` says what stands in the way, element by element."""

    def __init__(self, instance_id: int, version: int, verdicts: Sequence[Verdict]) -> None:
        super().__init__(
            "Expected to migrate instance {instance} to version {version}, but at {element}: {reason}",
            instance=instance_id,
            version=version,
            element=verdicts[0].element_id,
            reason=verdicts[0].reason,
        )
        self.verdicts = tuple(verdicts)


def migrate_instance(command: MigrateInstance, context: CommandContext) -> list[Verdict]:
    instance = context.lock_instance(command.instance_id)
    access.ensure(context.actor, "operate", f"migrate instance {instance.id}")
    _ensure_reason(command.reason)
    instance.ensure_running("migrate")
    source, target = _versions(instance.definition_id, command.target_id, command.plan, context)
    _ensure_plan(source, target, command.plan, context)

    return _migrate(instance, source, target, command.plan, command.reason, context)


def start_migration_batch(command: StartMigrationBatch, context: CommandContext) -> int:
    """Returns the id of the batch."""
    access.ensure(context.actor, "operate", "migrate instances")
    _ensure_reason(command.reason)
    source, target = _versions(command.source_id, command.target_id, command.plan, context)
    _ensure_plan(source, target, command.plan, context)

    batch = InstanceMigrationBatch(
        source_id=source.id,
        target_id=target.id,
        plan=asdict(command.plan),
        reason=command.reason.strip(),
        started_at=context.now,
        started_by=context.actor.username,
    )
    context.session.add(batch)
    context.session.flush()
    items = _add_items(batch, command.instance_ids, context)
    if not items:
        raise InvalidState(
            "Expected running instances of version {version}, but there are none", version=source.version
        )
    for first in range(0, len(items), PORTION):
        portion = items[first : first + PORTION]
        context.defer("migrate_instances", batch_id=batch.id, first=portion[0], last=portion[-1])
    return batch.id


def stop_migration_batch(command: StopMigrationBatch, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", "stop a migration of instances")
    batch = context.session.get(InstanceMigrationBatch, command.batch_id)
    if batch is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="migration", id=command.batch_id)
    if batch.stopped_at is not None:
        raise InvalidState("Expected to stop migration {id}, but it was stopped already", id=batch.id)

    batch.stopped_at, batch.stopped_by = context.now, context.actor.username


def migrate_item(command: MigrateItem, context: CommandContext) -> str:
    """Returns what became of it. A refusal is a result: it is noted, and the other instances go on."""
    item = context.lock_owner(InstanceMigrationItem, command.item_id, "item")
    access.ensure(context.actor, "operate", f"migrate instance {item.instance_id}")
    batch = context.session.get_one(InstanceMigrationBatch, item.batch_id)
    if item.status != "waiting" or batch.stopped_at is not None:
        return item.status

    instance = context.session.get_one(ProcessInstance, item.instance_id)
    item.done_at = context.now
    if instance.status != "running" or instance.definition_id not in (batch.source_id, batch.target_id):
        item.status = "gone"
    elif instance.definition_id == batch.target_id != batch.source_id:
        item.status = "migrated"
    else:
        item.status, item.reasons = _try(instance, batch, context)
    return item.status


def note_failed_item(command: NoteFailedItem, context: CommandContext) -> None:
    item = context.lock_owner(InstanceMigrationItem, command.item_id, "item")
    access.ensure(context.actor, "operate", f"migrate instance {item.instance_id}")
    if item.status == "waiting":
        item.status, item.done_at = "failed", context.now
        item.reasons = [["", {"template": "{error}", "params": {"error": command.message}}]]


def _try(
    instance: ProcessInstance, batch: InstanceMigrationBatch, context: CommandContext
) -> tuple[str, list[Any] | None]:
    plan = MigrationPlan(**batch.plan)
    source, target = _versions(batch.source_id, batch.target_id, plan, context)
    try:
        _migrate(instance, source, target, plan, batch.reason, context, batch_id=batch.id)
    except MigrationRefused as refusal:
        return "refused", [[verdict.element_id, _told(verdict.reason)] for verdict in refusal.verdicts]
    except Rejection as refusal:
        return "refused", [["", _told(refusal.message)]]
    return "migrated", None


def _migrate(
    instance: ProcessInstance,
    source: ProcessDefinition,
    target: ProcessDefinition,
    plan: MigrationPlan,
    reason: str,
    context: CommandContext,
    *,
    batch_id: int | None = None,
) -> list[Verdict]:
    model = context.definitions.model(context.session, target.id)
    with context.running(instance.id) as execution:
        verdicts = migrate(execution, model, plan)
        if refused := [verdict for verdict in verdicts if verdict.verdict == "refused"]:
            raise MigrationRefused(instance.id, target.version, refused)
        instance.definition_id = target.id
    context.remember(
        "instance migrated",
        instance_id=instance.id,
        case_id=instance.case_id,
        data={
            "from": source.version,
            "version": target.version,
            "mapping": dict(plan.mapping),
            "reason": reason.strip(),
            "batch": batch_id,
        },
    )
    return verdicts


def _versions(
    source_id: int, target_id: int, plan: MigrationPlan, context: CommandContext
) -> tuple[ProcessDefinition, ProcessDefinition]:
    source, target = (_version(id, context) for id in (source_id, target_id))
    if source.key != target.key:
        raise InvalidState(
            "Expected another version of process {key}, but it is one of process {other}",
            key=source.key,
            other=target.key,
        )
    if source.id == target.id and not plan.calls:  # only what it calls may go on in another version
        raise InvalidState(
            "Expected another version of process {key}, but it is version {version} already",
            key=source.key,
            version=source.version,
        )
    return source, target


def _version(definition_id: int, context: CommandContext) -> ProcessDefinition:
    if context.session.get(ProcessDefinition, definition_id) is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="process", id=definition_id)
    return context.definitions.definition(context.session, definition_id)


def _ensure_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput({"reason": ["Expected a reason"]}, "Expected a reason for the history")


def _ensure_plan(
    source: ProcessDefinition, target: ProcessDefinition, plan: MigrationPlan, context: CommandContext
) -> None:
    before = context.definitions.model(context.session, source.id)
    after = context.definitions.model(context.session, target.id)
    if found := problems(before, after, plan):
        raise InvalidInput({"mapping": [str(problem) for problem in found]}, found[0].template, **found[0].params)


def _add_items(
    batch: InstanceMigrationBatch, instance_ids: Iterable[int] | None, context: CommandContext
) -> Sequence[int]:
    chosen = select(literal(batch.id), ProcessInstance.id, literal("waiting")).where(
        ProcessInstance.definition_id == batch.source_id, ProcessInstance.status == "running"
    )
    if instance_ids is not None:
        chosen = chosen.where(ProcessInstance.id.in_(tuple(instance_ids)))
    columns = ["batch_id", "instance_id", "status"]
    context.session.execute(insert(InstanceMigrationItem).from_select(columns, chosen.order_by(ProcessInstance.id)))
    return context.session.scalars(
        select(InstanceMigrationItem.id).filter_by(batch_id=batch.id).order_by(InstanceMigrationItem.id)
    ).all()


def _told(message: Any) -> dict[str, Any]:
    """A sentence as it is stored, so that pages can say it in the reader's language."""
    if isinstance(message, Message):
        return {"template": message.template, "params": dict(message.params)}
    return {"template": "{error}", "params": {"error": str(message)}}
