"""Publish messages to the instances that wait for them, and signals to all who do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from engine import access
from engine.model.repository import ProcessDefinition
from engine.model.runtime import BufferedMessage, MessageSubscription, ProcessInstance, SignalSubscription

if TYPE_CHECKING:
    from engine.bpmn import ProcessModel
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class PublishMessage:
    """Give a message to every waiting instance it fits, at most one per process, and to start events of its name.

    Kept for `time_to_live_ms` where nobody takes it. The same `message_id` again, while kept, is refused.
    """

    name: str
    correlation_key: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    time_to_live_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class DeliverBuffered:
    """Somebody has begun to wait: give out what was kept."""

    name: str
    correlation_key: str = ""


@dataclass(frozen=True, kw_only=True)
class BroadcastSignal:
    """Give a signal to every instance that waits for it, and to start events of its name.

    thrown_by: the instance that threw it and whose own catchers have it already.
    """

    name: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    thrown_by: int | None = None


@dataclass(frozen=True, kw_only=True)
class Published:
    """The instances that took the message, and the kept message's id where none did."""

    instance_ids: tuple[int, ...]
    buffered_id: int | None = None


def publish_message(command: PublishMessage, context: CommandContext) -> Published:
    access.ensure(context.actor, "operate", f"publish message {command.name}")
    taken = [
        *_correlate(command.name, command.correlation_key, command.variables, context),
        *_start(command, context),
    ]
    if taken or command.time_to_live_ms <= 0:
        return Published(instance_ids=tuple(taken))
    _forget_expired(context)
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
    return Published(instance_ids=(), buffered_id=kept.id)


def deliver_buffered(command: DeliverBuffered, context: CommandContext) -> None:
    _forget_expired(context)
    kept = context.session.scalars(
        select(BufferedMessage)
        .where(BufferedMessage.name == command.name, BufferedMessage.correlation_key == command.correlation_key)
        .order_by(BufferedMessage.id)
        .with_for_update()  # or two that deliver at once would give it out twice to an instance that waits again
    ).all()
    for message in kept:
        if _correlate(message.name, message.correlation_key, message.variables, context):
            context.session.delete(message)


def broadcast_signal(command: BroadcastSignal, context: CommandContext) -> Published:
    access.ensure(context.actor, "operate", f"broadcast signal {command.name}")

    waiting = select(SignalSubscription.instance_id).where(SignalSubscription.signal_name == command.name)
    reached = sorted(set(context.session.scalars(waiting)) - {command.thrown_by})
    for instance_id in reached:  # in id order, so that two signals can't wait in a ring
        if context.lock_instance(instance_id).status == "running":
            with context.running(instance_id) as execution:
                execution.broadcast_signal(command.name, command.variables)
    for definition, model in _latest(context):
        if command.name in model.start_signals:
            start = model.start_signals[command.name]
            reached.append(context.start(definition, command.variables, start_event=start).id)
    return Published(instance_ids=tuple(reached))


def _latest(context: CommandContext) -> Iterator[tuple[ProcessDefinition, ProcessModel]]:
    """The newest version of every process."""
    context.definitions.seen(context.definitions.stamp(context.session))
    for key in context.session.scalars(select(ProcessDefinition.key).distinct().order_by(ProcessDefinition.key)).all():
        definition = context.definitions.latest_definition(context.session, key)
        yield definition, context.definitions.model(context.session, definition.id)


def _correlate(name: str, key: str, variables: Mapping[str, Any], context: CommandContext) -> list[int]:
    matches = (MessageSubscription.message_name == name, MessageSubscription.correlation_key == key)
    waiting = context.session.execute(
        select(MessageSubscription.instance_id, ProcessInstance.definition_id)
        .join(ProcessInstance, ProcessInstance.id == MessageSubscription.instance_id)
        .where(*matches)
        .order_by(MessageSubscription.id)
    ).all()
    first_of_each_process: dict[str, int] = {}
    for instance_id, definition_id in waiting:
        process = context.definitions.definition(context.session, definition_id).key
        first_of_each_process.setdefault(process, instance_id)
    taken = []
    for instance_id in sorted(first_of_each_process.values()):  # in id order, so that two messages can't wait in a ring
        context.lock_instance(instance_id)
        subscription = context.session.scalars(
            select(MessageSubscription).where(MessageSubscription.instance_id == instance_id, *matches).limit(1)
        ).first()
        if subscription is not None:
            with context.running(instance_id) as execution:
                execution.correlate_message(subscription.element_instance_id, variables)
            taken.append(instance_id)
    return taken


def _forget_expired(context: CommandContext) -> None:
    context.session.execute(delete(BufferedMessage).where(BufferedMessage.expires_at <= context.now))


def _start(command: PublishMessage, context: CommandContext) -> list[int]:
    context.definitions.seen(context.definitions.stamp(context.session))
    started = []
    for key in context.session.scalars(select(ProcessDefinition.key).distinct()).all():
        definition = context.definitions.latest_definition(context.session, key)
        if command.name in (definition.start_messages or ()):
            model = context.definitions.model(context.session, definition.id)
            instance = context.start(definition, command.variables, start_event=model.start_messages[command.name])
            started.append(instance.id)
    return started
