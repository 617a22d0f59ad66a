"""Start and cancel process instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import access
from engine.errors import NotFound
from engine.model.repository import ProcessDefinition

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class StartInstance:
    """Start the newest version of a process, or one version by its definition's id."""

    process_key: str | None = None
    definition_id: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    business_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class CancelInstance:
    """End an instance before its time; the reason goes into the history."""

    instance_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Started:
    """The instance and its definition."""

    instance_id: int
    definition_id: int
    process_key: str
    version: int


def start_instance(command: StartInstance, context: CommandContext) -> Started:
    access.ensure(context.actor, "operate", "start an instance without its form")
    context.definitions.seen(context.definitions.stamp(context.session))
    if command.definition_id is not None and context.session.get(ProcessDefinition, command.definition_id) is None:
        raise NotFound("Expected to find process {key}, but none was deployed", key=command.definition_id)
    definition = (
        context.definitions.definition(context.session, command.definition_id)
        if command.definition_id is not None
        else context.definitions.latest_definition(context.session, command.process_key or "")
    )

    instance = context.start(definition, command.variables, business_key=command.business_key)
    return Started(
        instance_id=instance.id, definition_id=definition.id, process_key=definition.key, version=definition.version
    )


def cancel_instance(command: CancelInstance, context: CommandContext) -> None:
    instance = context.lock_instance(command.instance_id)
    access.ensure(context.actor, "operate", f"cancel instance {instance.id}")
    instance.ensure_running("cancel")

    with context.running(instance.id) as execution:
        execution.cancel()
    context.remember(
        "instance cancelled",
        instance_id=instance.id,
        case_id=instance.case_id,
        data={"reason": command.reason},
    )
