"""Publish messages to the instances that wait for them and to the processes they start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select

from engine import access, bpmn, message_starts
from engine.commands import casework
from engine.errors import InvalidInput, InvalidState
from engine.model.repository import ProcessDefinition
from engine.model.runtime import BufferedMessage, MessageSubscription, ProcessInstance

if TYPE_CHECKING:
    from engine.context import CommandContext

LONGEST_KEPT = timedelta(days=3650)


@dataclass(frozen=True, kw_only=True)
class PublishMessage:
    """Give a message to every waiting instance it fits, at most one per process, and to start events of its name.

    With a correlation key it starts no instance of a process while an open one was started by a message of that key.
    Where a case type names the process a case is opened for it, as start timers do.
    It is kept for `time_to_live_ms`: each process whose instance comes to wait, or ends, in that time takes it once.
    Without a correlation key it is kept only where nobody took it. The same `message_id` again, while kept, is refused.
    """

    name: str
    correlation_key: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    time_to_live_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class DeliverBuffered:
    """Somebody has begun to wait, or may be started again: give out what was kept, in the order it came."""

    name: str
    correlation_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Published:
    """The instances that took the message, and the kept message's id where none did."""

    instance_ids: tuple[int, ...]
    buffered_id: int | None = None


def publish_message(command: PublishMessage, context: CommandContext) -> Published:
    access.ensure(context.actor, "operate", f"publish message {command.name}")
    bpmn.ensure_variables(command.variables)
    _refuse_time_to_live(command)
    _forget_expired(context)
    _refuse_second(command, context)

    kept = _keep(command, context) if command.time_to_live_ms > 0 else None
    given = _deliver_kept(command.name, command.correlation_key, context)  # nobody overtakes
    if kept is None:
        taken = _give(command.name, command.correlation_key, command.variables, set(), context)
        return Published(instance_ids=tuple(taken.values()))
    instance_ids = given.get(kept.id, ())
    if command.correlation_key or not instance_ids:
        # On PostgreSQL somebody may begin to wait, or end, in this very moment: neither sees the other's rows yet.
        context.defer("deliver_buffered", name=command.name, correlation_key=command.correlation_key)
    return Published(instance_ids=instance_ids, buffered_id=None if instance_ids else kept.id)


def deliver_buffered(command: DeliverBuffered, context: CommandContext) -> None:
    _forget_expired(context)
    _deliver_kept(command.name, command.correlation_key, context)


def newest_versions(context: CommandContext) -> Iterator[ProcessDefinition]:
    """The newest version of every process, in the order of their keys: whoever starts several does it in this order."""
    context.definitions.seen(context.definitions.stamp(context.session))
    for key in context.session.scalars(select(ProcessDefinition.key).distinct().order_by(ProcessDefinition.key)).all():
        yield context.definitions.latest_definition(context.session, key)


def _refuse_time_to_live(command: PublishMessage) -> None:
    if not 0 <= command.time_to_live_ms <= LONGEST_KEPT.total_seconds() * 1000:
        raise InvalidInput(
            {"timeToLive": ["Expected a time from 0 to ten years"]},
            "Expected message {name} to be kept for 0 to {days} days, but it is {wanted} ms",
            name=command.name,
            days=LONGEST_KEPT.days,
            wanted=command.time_to_live_ms,
        )


def _refuse_second(command: PublishMessage, context: CommandContext) -> None:
    if command.message_id is None:
        return
    same = select(BufferedMessage.id).where(
        BufferedMessage.name == command.name,
        BufferedMessage.correlation_key == command.correlation_key,
        BufferedMessage.message_id == command.message_id,
    )
    if context.session.scalar(same) is not None:
        raise InvalidState(
            "Expected to publish message {name} with id {id} once, but it exists already",
            name=command.name,
            id=command.message_id,
        )


def _keep(command: PublishMessage, context: CommandContext) -> BufferedMessage:
    kept = BufferedMessage(
        name=command.name,
        correlation_key=command.correlation_key,
        message_id=command.message_id,
        variables=dict(command.variables),
        published_at=context.now,
        expires_at=context.now + timedelta(milliseconds=command.time_to_live_ms),
    )
    context.session.add(kept)
    context.session.flush()
    return kept


def _forget_expired(context: CommandContext) -> None:
    context.session.execute(delete(BufferedMessage).where(BufferedMessage.expires_at <= context.now))


def _deliver_kept(name: str, key: str, context: CommandContext) -> dict[int, tuple[int, ...]]:
    """Give out what is kept to whoever may take it; the instances that did, by the message's id."""
    context.wait_for_turn("message", name, key)  # else two messages would choose the same instance, and one be lost
    kept = context.session.scalars(
        select(BufferedMessage)
        .where(
            BufferedMessage.name == name,
            BufferedMessage.correlation_key == key,
            # Without a key nothing says whose a message is: taken once, it stays only so that its id is known.
            or_(BufferedMessage.correlation_key != "", BufferedMessage.taken_by.is_(None)),
        )
        .order_by(BufferedMessage.id)
    ).all()
    given = {}
    for message in kept:
        taken = _give(name, key, message.variables, set(message.taken_by or ()), context)
        if taken:
            message.taken_by = sorted({*(message.taken_by or ()), *taken})
            given[message.id] = tuple(taken.values())
    return given


def _give(
    name: str, key: str, variables: Mapping[str, Any], already: set[str], context: CommandContext
) -> dict[str, int]:
    """Give a message to one instance of each process that has not had it: process -> instance."""
    taken = _correlate(name, key, variables, already, context)
    return {**taken, **_start(name, key, variables, already | taken.keys(), context)}


def _correlate(
    name: str, key: str, variables: Mapping[str, Any], already: set[str], context: CommandContext
) -> dict[str, int]:
    matches = (MessageSubscription.message_name == name, MessageSubscription.correlation_key == key)
    waiting = context.session.execute(
        select(MessageSubscription.instance_id, ProcessInstance.definition_id)
        .join(ProcessInstance, ProcessInstance.id == MessageSubscription.instance_id)
        .where(*matches)
        .order_by(MessageSubscription.id)
    ).all()
    candidates: dict[str, list[int]] = {}  # of each process, who has waited longest first
    for instance_id, definition_id in waiting:
        process = context.definitions.definition(context.session, definition_id).key
        if process not in already:
            candidates.setdefault(process, []).append(instance_id)
    taken: dict[str, int] = {}
    # In id order, so that two messages can't wait in a ring; only where the first no longer waits its next is asked.
    for process, (first, *others) in sorted(candidates.items(), key=lambda each: each[1][0]):
        for instance_id in (first, *dict.fromkeys(others)):
            context.lock_instance(instance_id)
            subscription = context.session.scalars(
                select(MessageSubscription).where(MessageSubscription.instance_id == instance_id, *matches).limit(1)
            ).first()
            if subscription is not None:
                with context.running(instance_id) as execution:
                    execution.correlate_message(subscription.element_instance_id, variables)
                taken[process] = instance_id
                break
    return taken


def _start(
    name: str, key: str, variables: Mapping[str, Any], already: set[str], context: CommandContext
) -> dict[str, int]:
    started: dict[str, int] = {}
    for definition in newest_versions(context):
        if name not in (definition.start_messages or ()) or definition.key in already:
            continue
        claimed = message_starts.claim(definition.key, key, name, context) if key else None
        if key and claimed is None:
            continue
        model = context.definitions.model(context.session, definition.id)
        instance = casework.start_by_event(definition, variables, context, start_event=model.start_messages[name])
        if claimed is not None:
            message_starts.keep(claimed, instance, context)
        started[definition.key] = instance.id
    return started
