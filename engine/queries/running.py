"""A running instance as it stands, for looking only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from engine.bpmn import Execution, Runtime
from engine.context import describe
from engine.errors import NotFound
from engine.model.casework import Case
from engine.model.repository import ProcessDefinition
from engine.model.runtime import HumanTask, ProcessInstance
from engine.queries.context import QueryContext


def visible_variables(
    context: QueryContext,
    instance: ProcessInstance,
    task: HumanTask | None = None,
    *,
    execution: Execution | None = None,
) -> dict[str, Any]:
    """What FEEL texts of the task's form can read: its scopes and the constants. `execution`: loaded already."""
    definition = context.session.get_one(ProcessDefinition, instance.definition_id)
    constants = {
        "profile": context.definitions.pack_of(context.session, definition).profile,
        "case": None,
        "task": task and {"id": task.id, "assignee": task.assignee},
    }
    if instance.case_id:
        constants["case"] = describe(context.session.get_one(Case, instance.case_id), context.zone)
    execution = execution or load(context, instance)
    element = task.element_instance_id if task is not None and task.status == "open" else None
    return {**execution.variables(element), **constants}


def load(context: QueryContext, instance: ProcessInstance) -> Execution:
    """The instance as it stands, for looking only."""
    model = context.definitions.model(context.session, instance.definition_id)
    runtime = Runtime(
        env=context.environment,
        constants={},
        decide=_no_decision,
        called=partial(context.definitions.called, context.session),
        version=partial(context.definitions.model, context.session),
        inline={},
    )
    return Execution.load(model, instance.state, runtime)


def _no_decision(decision_id: str, variables: Mapping[str, Any], *_: Any) -> Any:
    raise NotFound("Expected only to read, but decision {key} was asked for", key=decision_id)
