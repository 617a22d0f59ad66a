"""Instance modification: tokens are started, cancelled and given variables where an operator says, whatever is drawn.

The rules are those of Zeebe's ModifyProcessInstance where it has one. Ours besides: instructions are done in the order
given; a token started before a join arrives there and waits for the others; what would end the instance is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import scopes
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.compensation import handler_of
from engine.bpmn.elements.events import BoundaryEvent, EventStart, StartEvent
from engine.bpmn.elements.gateways import EventBasedGateway
from engine.bpmn.elements.processes import EventSubProcess, SubProcess
from engine.bpmn.passage import Instance, Passage
from engine.bpmn.stuck import Stuck
from engine.errors import InvalidInput, InvalidState, NotFound

MOST_INSTRUCTIONS = 100


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
Clean = Callable[[Mapping[str, Any]], dict[str, Any]]


def modify(instance: Instance, instructions: Sequence[Instruction], clean: Clean) -> list[Done]:
    """Do what the instructions say, in order; nothing is run yet. `clean` checks variables given from outside.

    Raises NotFound, InvalidInput or InvalidState, and then leaves the instance half modified: throw it away.
    """
    if not 0 < len(instructions) <= MOST_INSTRUCTIONS:
        raise InvalidInput(
            {"instructions": [f"Expected from 1 to {MOST_INSTRUCTIONS} instructions"]},
            "Expected from 1 to {max} instructions, but there are {count}",
            max=MOST_INSTRUCTIONS,
            count=len(instructions),
        )
    work = _Modification(instance, clean)
    for instruction in instructions:
        _DO[type(instruction)](work, instruction)
    work.settle()
    return work.done


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


class _Modification:
    """One modification under way."""

    def __init__(self, instance: Instance, clean: Clean) -> None:
        self.instance = instance
        self.clean = clean
        self.before = set(instance.tasks)
        self.emptied: list[Passage] = []
        self.done: list[Done] = []

    def start_before(self, order: StartBefore) -> None:
        spec = self._element(order)
        self._refuse(spec, after=False)
        scope = self._scope(spec, order)
        own = self._give(scope, spec, order)
        self.done.append(Done(kind="started", element_id=spec.name))
        if isinstance(spec, EventSubProcess):
            # Nothing is interrupted: cancelling what it should replace is an instruction of its own.
            spec.begin(scope, own)
            return
        passage = self.instance.spawn(spec, scope)
        if own:
            passage.scope = own
            passage.internal_data["given"] = dict(own)

    def start_after(self, order: StartAfter) -> None:
        spec = self._element(order)
        self._refuse(spec, after=True)
        scope = self._scope(spec, order)
        own = self._give(scope, spec, order)
        passage = self.instance.place(spec, scope)
        passage.scope = own or None
        try:
            flows = spec.choose(passage)
        except Stuck as stuck:
            raise InvalidState(
                "Expected to start after {element}, but: {reason}", element=spec.name, reason=stuck.message
            ) from stuck
        self.done.append(Done(kind="started after", element_id=spec.name))
        if spec.is_gateway:
            for flow in flows:
                spec.report_flow(passage, flow)
        self.instance.take(passage, [*flows] * spec.tokens_out)

    def cancel_token(self, order: CancelToken) -> None:
        passage = self.instance.tasks.get(order.element_instance_id)
        if passage is None:
            raise InvalidState("Expected to cancel token {id}, but it has ended", id=order.element_instance_id)
        if passage.task_spec.is_root:
            raise InvalidState(
                "Expected to cancel token {id}, but it is a whole process: cancel the instance"
                if passage.parent is None
                else "Expected to cancel token {id}, but it is a called process: cancel the call activity",
                id=passage.id,
            )
        if passage.is_watcher:
            raise InvalidState(
                "Expected to cancel token {id}, but {element} only waits on behalf of another element: cancel that",
                id=passage.id,
                element=passage.task_spec.name,
            )
        self._cancel(passage)

    def cancel_element(self, order: CancelElement) -> None:
        process_id = order.process_id or self.instance.model.key
        found = [
            passage
            for id, passage in self.instance.tasks.items()
            if id in self.before
            and (passage.task_spec.name, passage.task_spec.process_id) == (order.element_id, process_id)
            and not passage.is_watcher
            and not passage.is_iteration
            and not passage.task_spec.is_root
        ]
        if not found:
            raise InvalidState("Expected to cancel what is at {element}, but nothing is", element=order.element_id)
        for passage in found:
            if passage.id in self.instance.tasks:  # one may have been inside another
                self._cancel(passage)

    def set_variables(self, order: SetVariables) -> None:
        passage: Passage | None = self.instance.task_tree
        if order.element_instance_id is not None:
            passage = self.instance.tasks.get(order.element_instance_id)
        if passage is None:
            raise InvalidState("Expected to set variables of {id}, but it has ended", id=order.element_instance_id)
        self._write(passage, order.variables)

    def settle(self) -> None:
        """Scopes that lost their last token go too, from within outwards; the instance itself may not."""
        for scope in self.emptied:
            while self.instance.tasks.get(scope.id) is scope and not any(
                not self.instance.tasks[child].is_watcher for child in scope._children
            ):
                if scope.parent is None:
                    raise InvalidState(
                        "Expected to leave something to be done in the instance, but its last token would be cancelled:"
                        " cancel the instance instead"
                    )
                outer = scope.parent
                self._leave_loop(scope)
                scope.cancel()
                scope = outer

    def _cancel(self, passage: Passage) -> None:
        self.done.append(Done(kind="cancelled", element_id=passage.task_spec.name))
        self._leave_loop(passage)
        self.emptied.append(passage.parent)
        passage.cancel()

    def _leave_loop(self, passage: Passage) -> None:
        """The other iterations no longer wait for this one."""
        loop = passage.parent.internal_data.get("loop") if passage.is_iteration else None
        if loop is not None:
            loop["gone"] = loop.get("gone", 0) + 1

    def _element(self, order: StartBefore | StartAfter) -> FlowNode:
        process_id = order.process_id or self.instance.model.key
        named = self.instance.tasks.get(order.within or "")
        roots = [
            root
            for root in self._roots(process_id)
            if order.within is None or self._is_around(order.within, root) or self._is_around(root.id, named)
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

    def _refuse(self, spec: FlowNode, *, after: bool) -> None:
        if refused := refusal(spec, after=after):
            raise refused

    def _roots(self, process_id: str) -> list[Passage]:
        own = [self.instance.task_tree] if process_id == self.instance.model.key else []
        return own or [
            passage
            for passage in self.instance.tasks.values()
            if passage.task_spec.is_root and passage.task_spec.process_id == process_id
        ]

    def _scope(self, spec: FlowNode, order: StartBefore | StartAfter) -> Passage:
        """The open scope the element stands in, or a new one."""
        container = spec.container
        if container is None or container.is_root:
            found = [root for root in self._roots(spec.process_id) if root.task_spec._wf_spec is spec._wf_spec]
        else:
            found = [
                passage
                for passage in self.instance.tasks.values()
                if passage.task_spec is container
                and passage._state == TaskState.STARTED
                and (container.loop is None or passage.is_iteration)
            ]
        found = [passage for passage in found if order.within is None or self._is_around(order.within, passage)]
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
        return self._begin(container, self._scope(container, order), order)

    def _begin(self, container: FlowNode, outer: Passage, order: StartBefore | StartAfter) -> Passage:
        """A sub-process with its variables, boundary events and event sub-processes, and nothing inside yet."""
        assert isinstance(container, SubProcess)
        passage = self.instance.place(container, outer)
        passage.scope = self.clean(order.variables.get(container.name, {}))
        try:
            if isinstance(container, EventSubProcess):
                for mapping in container.start.output_mappings:
                    passage.scope.setdefault(mapping.target.partition(".")[0], None)
            else:
                if container.input_mappings:
                    scopes.map_inputs(passage, container.input_mappings)
                    passage.scope.update(self.clean(order.variables.get(container.name, {})))
                container.watch(passage)
                container._watch(passage)
        except Stuck as stuck:
            raise InvalidState(
                "Expected to begin {scope} around {element}, but: {reason}",
                scope=container.name,
                element=order.element_id,
                reason=stuck.message,
            ) from stuck
        return passage

    def _give(self, scope: Passage, spec: FlowNode, order: StartBefore | StartAfter) -> dict[str, Any]:
        """Write the variables of the scopes around; those of the element itself are returned."""
        around: dict[str, Passage] = {}
        outer: Passage | None = scope
        while outer is not None:
            around.setdefault(outer.task_spec.name, outer)
            outer = None if outer.task_spec.is_root else outer.parent
        for name, variables in order.variables.items():
            if name == spec.name:
                continue
            if name not in around:
                raise InvalidState(
                    "Expected to set variables of {scope}, but it is not around {element}",
                    scope=name,
                    element=spec.name,
                )
            self._write(around[name], variables)
        return self.clean(order.variables.get(spec.name, {}))

    def _write(self, passage: Passage, variables: Mapping[str, Any]) -> None:
        given = self.clean(variables)
        if not given:
            return
        self.done.append(Done(kind="set", element_id=passage.task_spec.name, names=tuple(given)))
        passage.scope = {**(passage.scope or {}), **given}
        self.instance.changed = True
        if passage.parent is None:
            for name, value in given.items():
                self.instance.note_written(name, value, passage)

    def _is_around(self, id: str, passage: Passage | None) -> bool:
        """Whether the passage of this id is this one or around it."""
        while passage is not None and passage.id != id:
            passage = passage.parent
        return passage is not None


_DO: dict[type[Any], Callable[[_Modification, Any], None]] = {
    StartBefore: _Modification.start_before,
    StartAfter: _Modification.start_after,
    CancelToken: _Modification.cancel_token,
    CancelElement: _Modification.cancel_element,
    SetVariables: _Modification.set_variables,
}
