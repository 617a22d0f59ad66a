"""Broadcast signals to all who wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import access, bpmn
from engine.commands import casework
from engine.commands.message import Published, newest_versions
from engine.model.runtime import SignalSubscription

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class BroadcastSignal:
    """Give a signal to every instance that waits for it, and to start events of its name.

    Where a case type names the process a case is opened for it, as start timers do.
    thrown_by: the instance that threw it and whose own catchers have it already.
    """

    name: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    thrown_by: int | None = None


def broadcast_signal(command: BroadcastSignal, context: CommandContext) -> Published:
    access.ensure(context.actor, "operate", f"broadcast signal {command.name}")
    bpmn.ensure_variables(command.variables)

    waiting = select(SignalSubscription.instance_id).where(SignalSubscription.signal_name == command.name)
    reached = sorted(set(context.session.scalars(waiting)) - {command.thrown_by})
    for instance_id in reached:  # in id order, so that two signals can't wait in a ring
        if context.lock_instance(instance_id).status == "running":
            with context.running(instance_id) as execution:
                execution.broadcast_signal(command.name, command.variables)
    for definition in newest_versions(context):
        model = context.definitions.model(context.session, definition.id)
        if command.name in model.start_signals:
            start = model.start_signals[command.name]
            reached.append(casework.start_by_event(definition, command.variables, context, start_event=start).id)
    return Published(instance_ids=tuple(reached))
