"""What an operator may order in a modification, and which elements can't be started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.compensation import handler_of
from engine.bpmn.elements.events import BoundaryEvent, EventStart, StartEvent
from engine.bpmn.elements.gateways import EventBasedGateway
from engine.bpmn.elements.processes import EventSubProcess
from engine.errors import InvalidState


@dataclass(frozen=True, kw_only=True)
class StartBefore:
    """Have a token reach this element; the sub-processes around it are begun where none is open.

    within: the id of the sub-process, iteration or called process to start in, wanted where several are open.
    process_id: the called process the element is drawn in; without it the instance's own.
    variables: by element id, those of the scopes to be made or entered: the element's own, an outer sub-process's, or
      the process's by its id.
    """

    element_id: str
    process_id: str | None = None
    within: str | None = None
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StartAfter:
    """Go on as if this element had just been left: its outgoing flows are taken, as their conditions say."""

    element_id: str
    process_id: str | None = None
    within: str | None = None
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CancelToken:
    """Take this element instance away, with everything inside it."""

    element_instance_id: str


@dataclass(frozen=True, kw_only=True)
class CancelElement:
    """Take away all that was at this element before the modification."""

    element_id: str
    process_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SetVariables:
    """Write variables into this very scope; into the instance's without an id."""

    variables: Mapping[str, Any]
    element_instance_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done, for the history: "started", "started after", "cancelled" or "set", where, and which variables."""

    kind: str
    element_id: str
    names: tuple[str, ...] = ()


Instruction = StartBefore | StartAfter | CancelToken | CancelElement | SetVariables


def refusal(spec: FlowNode, *, after: bool) -> InvalidState | None:
    """Why no token can be started before (or after) this element; None where one can."""
    if spec.is_root:
        return InvalidState("Expected to start {element}, but it is a process", element=spec.name)
    return _no_after(spec) if after else _no_before(spec)


def _no_after(spec: FlowNode) -> InvalidState | None:
    if isinstance(spec, EventBasedGateway):
        return InvalidState(
            "Expected to start after {element}, but its events are waited for together: start before it",
            element=spec.name,
        )
    if not spec.outgoing:
        return InvalidState("Expected to start after {element}, but no flow leaves it", element=spec.name)
    return None


def _no_before(spec: FlowNode) -> InvalidState | None:
    if isinstance(spec, EventStart):
        return InvalidState(
            "Expected to start {element}, but it is the start of event sub-process {outer}: start that",
            element=spec.name,
            outer=spec.sub_process.name,
        )
    if isinstance(spec, StartEvent):
        return InvalidState("Expected to start {element}, but it is a start event: start after it", element=spec.name)
    if isinstance(spec, BoundaryEvent):
        return InvalidState(
            "Expected to start {element}, but it is a boundary event: start after it", element=spec.name
        )
    gates = [flow.source for flow in spec.incoming if isinstance(flow.source, EventBasedGateway)]
    if gates:
        return InvalidState(
            "Expected to start {element}, but it waits together with other events: start gateway {gateway}",
            element=spec.name,
            gateway=gates[0].name,
        )
    undoes = any(handler_of(other) is spec for other in spec._wf_spec.task_specs.values())
    if undoes or (isinstance(spec, EventSubProcess) and spec.start.event == "compensate"):
        return InvalidState(
            "Expected to start {element}, but it only undoes what was done: compensation starts it", element=spec.name
        )
    return None
