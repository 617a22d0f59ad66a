"""Instance modification: tokens are started, cancelled and given variables where an operator says, whatever is drawn.

The rules are those of Zeebe's ModifyProcessInstance where it has one. Ours besides: instructions are done in the order
given; a token started before a join arrives there and waits for the others; what would end the instance is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.bpmn import placing
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.processes import EventSubProcess
from engine.bpmn.instance import Instance
from engine.bpmn.instructions import (
    CancelElement,
    CancelToken,
    Done,
    Instruction,
    SetVariables,
    StartAfter,
    StartBefore,
    refusal,
)
from engine.bpmn.passage import Passage
from engine.bpmn.placing import Clean
from engine.bpmn.stuck import Stuck
from engine.errors import InvalidInput, InvalidState

MOST_INSTRUCTIONS = 100


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


class _Modification:
    """One modification under way."""

    def __init__(self, instance: Instance, clean: Clean) -> None:
        self.instance = instance
        self.clean = clean
        self.before = set(instance.tasks)
        self.emptied: list[Passage] = []
        self.done: list[Done] = []

    def start_before(self, order: StartBefore) -> None:
        spec = placing.element(self.instance, order)
        self._refuse(spec, after=False)
        scope = placing.scope(self.instance, spec, order, self.clean)
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
        spec = placing.element(self.instance, order)
        self._refuse(spec, after=True)
        scope = placing.scope(self.instance, spec, order, self.clean)
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

    def _refuse(self, spec: FlowNode, *, after: bool) -> None:
        if refused := refusal(spec, after=after):
            raise refused

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


_DO: dict[type[Any], Callable[[_Modification, Any], None]] = {
    StartBefore: _Modification.start_before,
    StartAfter: _Modification.start_after,
    CancelToken: _Modification.cancel_token,
    CancelElement: _Modification.cancel_element,
    SetVariables: _Modification.set_variables,
}
