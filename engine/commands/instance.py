"""Start, cancel and modify process instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from engine import access
from engine.bpmn.instructions import CancelElement, CancelToken, Instruction, SetVariables, StartAfter, StartBefore
from engine.errors import InvalidInput, NotFound
from engine.model.casework import Clock
from engine.model.repository import ProcessDefinition
from engine.model.runtime import ProcessInstance

if TYPE_CHECKING:
    from engine.context import CommandContext

__all__ = [
    "CancelElement",
    "CancelInstance",
    "CancelToken",
    "Instruction",
    "ModifyInstance",
    "SetInstanceVariables",
    "SetVariables",
    "StartAfter",
    "StartBefore",
    "StartInstance",
    "Started",
]

LONGEST_REASON = 1000
# what an instruction did -> its kind in the history
TOLD = {
    "started": "token started",
    "started after": "token started after",
    "cancelled": "token cancelled",
    "set": "variables set",
}


@dataclass(frozen=True, kw_only=True)
class StartInstance:
    """Start the newest version of a process, or one version by its definition's id."""

    process_key: str | None = None
    definition_id: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    business_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class CancelInstance:
    """End an instance before its time; the reason goes into the history. Its case is closed, its clocks stop."""

    instance_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ModifyInstance:
    """Start, cancel and set in order, all or nothing; the reason goes into the history.

    What would happen is shown by engine.queries.rehearsal.
    """

    instance_id: int
    instructions: tuple[Instruction, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class SetInstanceVariables:
    """Write variables as the element would: to the nearest scope that declares each, else to the instance's.

    With `local` they go into that very scope.
    """

    instance_id: int
    variables: Mapping[str, Any]
    reason: str
    element_instance_id: str | None = None
    local: bool = False


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
    reason = _reason(command.reason)

    with context.running(instance.id) as execution:
        execution.cancel()
    context.session.flush()
    context.session.execute(
        update(Clock)
        .where(Clock.instance_id == instance.id, Clock.status != "stopped")
        .values(status="stopped", stopped_at=context.now)
    )
    _remember(context, instance, "instance cancelled", data={"reason": reason})


def modify_instance(command: ModifyInstance, context: CommandContext) -> None:
    instance = context.lock_instance(command.instance_id)
    access.ensure(context.actor, "operate", f"modify instance {instance.id}")
    instance.ensure_running("modify")
    reason = _reason(command.reason)

    with context.running(instance.id) as execution:
        done = execution.modify(command.instructions)
    _remember(context, instance, "instance modified", data={"reason": reason})
    for each in done:
        _remember(context, instance, TOLD[each.kind], each.element_id, {"names": list(each.names)})


def set_instance_variables(command: SetInstanceVariables, context: CommandContext) -> None:
    instance = context.lock_instance(command.instance_id)
    access.ensure(context.actor, "operate", f"set variables of instance {instance.id}")
    instance.ensure_running("set variables of")
    reason = _reason(command.reason)

    with context.running(instance.id) as execution:
        if command.local:
            execution.modify(
                [SetVariables(variables=command.variables, element_instance_id=command.element_instance_id)]
            )
        else:
            execution.set_variables(command.variables, command.element_instance_id)
    _remember(context, instance, "variables set", data={"names": sorted(command.variables), "reason": reason})


def _reason(given: str) -> str:
    """The reason without spaces around it. Raises InvalidInput where there is none."""
    reason = given.strip()
    if not reason:
        raise InvalidInput({"reason": ["Expected a reason"]}, "Expected a reason for the history")
    return reason[:LONGEST_REASON]


def _remember(
    context: CommandContext,
    instance: ProcessInstance,
    kind: str,
    element_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    context.remember(
        kind,
        instance_id=instance.id,
        case_id=instance.case_id,
        element_id=element_id,
        name=context.element_name(instance, element_id) if element_id else None,
        data=data,
    )
