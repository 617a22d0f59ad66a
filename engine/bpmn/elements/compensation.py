"""Undoing what was done: compensation throw and end events, and the cancel end event of a transaction.

A scope remembers under "compensable" what was completed in it and can be undone, in the order of completion:
[element id, the same of its inside, its variables at the end or None].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine import events
from engine.bpmn.elements.base import FlowNode

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


class CompensationThrow(FlowNode):
    """Undoes what was completed in its scope, or one activity of it, the latest first; waits until that is done."""

    element_type = "intermediateThrowEvent"
    activity: str | None = None

    def enter(self, passage: Passage) -> bool | None:
        scope = _scope_to_undo(passage)
        known = scope.internal_data.pop("compensable", [])
        if kept := [entry for entry in known if self.activity not in (None, entry[0])]:
            scope.internal_data["compensable"] = kept
        chosen = [entry for entry in known if self.activity in (None, entry[0])]
        todo = list(_plan(self._wf_spec.task_specs, chosen, {}))
        if not todo:
            return True
        passage.internal_data["todo"] = todo
        self._undo_next(passage)
        return None

    def emptied(self, passage: Passage) -> None:
        if passage.internal_data.get("todo"):
            self._undo_next(passage)
        else:
            super().emptied(passage)

    def _undo_next(self, passage: Passage) -> None:
        id, variables, inside = passage.internal_data["todo"].pop(0)
        handler = self._wf_spec.task_specs[id]
        if hasattr(handler, "begin"):
            begun = handler.begin(passage, variables)
            begun.internal_data["compensable"] = inside
        else:
            passage.workflow.spawn(handler, passage).scope = variables or None


class CompensationEnd(CompensationThrow):
    element_type = "endEvent"


class CancelEnd(CompensationThrow):
    """Cancels its transaction: what runs is stopped, what was completed undone, then it is left by its cancel event."""

    element_type = "endEvent"

    def enter(self, passage: Passage) -> bool | None:
        passage.cancel_siblings()
        return super().enter(passage)

    def leave(self, passage: Passage) -> None:
        instance, transaction = passage.workflow, passage.parent
        instance.report(events.ElementCompleted(**passage.ids(), element_type=self.element_type, name=self.bpmn_name))
        catcher = next(event for event in transaction.task_spec.boundaries if event.event == "cancel")
        catcher.thrown(transaction, {})


def remember(passage: Passage) -> None:
    """An activity was completed: note in its scope whether and how it can be undone."""
    spec = passage.task_spec
    inside = passage.internal_data.pop("compensable", [])
    if not inside and handler_of(spec) is None and undoing_sub_process(spec) is None:
        return
    variables = dict(passage.scope) if passage.scope and handler_of(spec) is None else None
    passage.parent.internal_data.setdefault("compensable", []).append([spec.name, inside, variables])


def handler_of(spec: FlowNode) -> FlowNode | None:
    return next((event.handler for event in spec.boundaries if event.event == "compensate"), None)


def undoing_sub_process(spec: FlowNode) -> FlowNode | None:
    inner = getattr(spec, "event_sub_processes", ())
    return next((each for each in inner if each.start.event == "compensate"), None)


def _plan(specs: Mapping[str, Any], entries: list[Any], variables: dict[str, Any]) -> Iterator[list[Any]]:
    """[what to run, its variables, what it can undo itself], the latest first."""
    for id, inside, own in reversed(entries):
        visible = {**variables, **(own or {})}
        if (handler := handler_of(specs[id])) is not None:
            yield [handler.name, visible, []]
        elif (handler := undoing_sub_process(specs[id])) is not None:
            yield [handler.name, visible, inside]
        else:
            yield from _plan(specs, inside, visible)


def _scope_to_undo(passage: Passage) -> Passage:
    """The scope the event stands in; from an event sub-process that is not for compensation, the one around it."""
    scope = passage.parent
    while scope.task_spec.is_event_sub_process and scope.task_spec.start.event != "compensate":
        scope = scope.parent
    return scope
