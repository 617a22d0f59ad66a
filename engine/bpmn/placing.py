"""Where a token that an operator starts is to stand: the element, and the open scope around it or a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import scopes
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.processes import EventSubProcess, SubProcess
from engine.bpmn.instance import Instance
from engine.bpmn.instructions import StartAfter, StartBefore
from engine.bpmn.passage import Passage
from engine.bpmn.stuck import Stuck
from engine.errors import InvalidState, NotFound

Clean = Callable[[Mapping[str, Any]], dict[str, Any]]


def element(instance: Instance, order: StartBefore | StartAfter) -> FlowNode:
    """The element an order names, of the process that is open. Raises InvalidState and NotFound."""
    process_id = order.process_id or instance.model.key
    named = instance.tasks.get(order.within or "")
    roots = [
        root
        for root in _roots(instance, process_id)
        if order.within is None or _is_around(order.within, root) or _is_around(root.id, named)
    ]
    if not roots:
        raise InvalidState(
            "Expected to start {element} in called process {process}, but no call of it is open"
            if order.within is None
            else "Expected to start {element} of process {process} within {within}, but it is not open there",
            element=order.element_id,
            process=process_id,
            within=order.within,
        )
    # A called process may be of another version than others of its name: its own token says which.
    spec = roots[0].task_spec._wf_spec.task_specs.get(order.element_id)
    if spec is None:
        raise NotFound(
            "Expected to start {element}, but process {process} has no such element",
            element=order.element_id,
            process=process_id,
        )
    return spec


def scope(instance: Instance, spec: FlowNode, order: StartBefore | StartAfter, clean: Clean) -> Passage:
    """The open scope the element stands in, or a new one. Raises InvalidState where there are several."""
    container = spec.container
    if container is None or container.is_root:
        found = [root for root in _roots(instance, spec.process_id) if root.task_spec._wf_spec is spec._wf_spec]
    else:
        found = [
            passage
            for passage in instance.tasks.values()
            if passage.task_spec is container
            and passage._state == TaskState.STARTED
            and (container.loop is None or passage.is_iteration)
        ]
    found = [passage for passage in found if order.within is None or _is_around(order.within, passage)]
    if len(found) > 1:
        raise InvalidState(
            "Expected to start {element} in one {scope}, but {count} are open: name one of {ids}",
            element=order.element_id,
            scope=found[0].task_spec.name,
            count=len(found),
            ids=", ".join(passage.id for passage in found[:20]),
        )
    if found:
        return found[0]
    if container is None or container.is_root:
        raise InvalidState(
            "Expected to start {element} of process {process} within {within}, but it is not open there",
            element=order.element_id,
            process=spec.process_id,
            within=order.within,
        )
    if container.loop is not None:
        raise InvalidState(
            "Expected to start {element} in an iteration of {scope}, but none is open: start {scope}",
            element=order.element_id,
            scope=container.name,
        )
    return _begin(instance, container, scope(instance, container, order, clean), order, clean)


def _begin(
    instance: Instance, container: FlowNode, outer: Passage, order: StartBefore | StartAfter, clean: Clean
) -> Passage:
    """A sub-process with its variables, boundary events and event sub-processes, and nothing inside yet."""
    assert isinstance(container, SubProcess)
    passage = instance.place(container, outer)
    passage.scope = clean(order.variables.get(container.name, {}))
    try:
        if isinstance(container, EventSubProcess):
            for mapping in container.start.output_mappings:
                passage.scope.setdefault(mapping.target.partition(".")[0], None)
        else:
            if container.input_mappings:
                scopes.map_inputs(passage, container.input_mappings)
                passage.scope.update(clean(order.variables.get(container.name, {})))
            container._watch(passage)
        container.watch(passage)
    except Stuck as stuck:
        raise InvalidState(
            "Expected to begin {scope} around {element}, but: {reason}",
            scope=container.name,
            element=order.element_id,
            reason=stuck.message,
        ) from stuck
    return passage


def _roots(instance: Instance, process_id: str) -> list[Passage]:
    own = [instance.task_tree] if process_id == instance.model.key else []
    return own or [
        passage
        for passage in instance.tasks.values()
        if passage.task_spec.is_root and passage.task_spec.process_id == process_id
    ]


def _is_around(id: str, passage: Passage | None) -> bool:
    """Whether the passage of this id is this one or around it."""
    while passage is not None and passage.id != id:
        passage = passage.parent
    return passage is not None
