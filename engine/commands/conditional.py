"""Start processes whose start events wait for a condition, where it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import access, bpmn
from engine.commands import casework
from engine.commands.message import newest_versions
from engine.errors import InvalidState, NotFound
from engine.model.repository import ProcessDefinition

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class EvaluateConditions:
    """Look at the conditions of process starts with these variables, and start an instance for each that is true.

    definition_id: only that version; otherwise the newest of every process. Where a case type names the process a case
    is opened for it, as start timers do.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    definition_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An instance that was started, and its version."""

    instance_id: int
    definition_id: int


def evaluate_conditions(command: EvaluateConditions, context: CommandContext) -> tuple[Begun, ...]:
    access.ensure(context.actor, "operate", "start processes by their conditions")
    bpmn.ensure_variables(command.variables)
    looked_at = _looked_at(command, context)

    begun = []
    for definition in looked_at:
        for event_id, condition in context.definitions.model(context.session, definition.id).start_conditions.items():
            if _holds(condition, definition, command.variables, context):
                instance = casework.start_by_event(definition, command.variables, context, start_event=event_id)
                begun.append(Begun(instance_id=instance.id, definition_id=definition.id))
    return tuple(begun)


def _looked_at(command: EvaluateConditions, context: CommandContext) -> list[ProcessDefinition]:
    if command.definition_id is None:
        return list(newest_versions(context))
    if context.session.get(ProcessDefinition, command.definition_id) is None:
        raise NotFound("Expected to find process {key}, but none was deployed", key=command.definition_id)
    return [context.definitions.definition(context.session, command.definition_id)]


def _holds(
    condition: bpmn.ConditionCatch,
    definition: ProcessDefinition,
    variables: Mapping[str, Any],
    context: CommandContext,
) -> bool:
    try:
        return condition.holds(variables, context.environment)
    except bpmn.Stuck as stuck:
        raise InvalidState(
            "Expected to look at the conditions of process {key}, but: {reason}",
            key=definition.key,
            reason=stuck.message,
        ) from stuck
