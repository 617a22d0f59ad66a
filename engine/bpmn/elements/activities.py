"""What activities share: boundary events and rounds around their work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import scopes
from engine.bpmn.elements import compensation
from engine.bpmn.elements.base import FlowNode

if TYPE_CHECKING:
    from engine.bpmn.elements.events import BoundaryEvent
    from engine.bpmn.passage import Passage


class Activity(FlowNode):
    """A task or sub-process. With a loop, its token is the body and holds one passage per iteration."""

    boundaries: list[BoundaryEvent]
    tokens_in = 1  # it begins when so many tokens have arrived (startQuantity)

    def _run(self, passage: Passage) -> bool | None:
        if passage.is_iteration:
            return self._enter(passage)
        if self.tokens_in > 1 and "gathered" not in passage.internal_data and not self._gather(passage):
            return None
        if self.loop is not None:
            self._watch(passage)
            return self.loop.start(passage)
        done = self._enter(passage)
        if done is None:
            self._watch(passage)
        return done

    def leave(self, passage: Passage) -> None:
        if passage.is_iteration and self.loop is not None:
            self.loop.iteration_completed(passage)
        else:
            super().leave(passage)

    def publish(self, passage: Passage, results: dict[str, Any]) -> None:
        if self.loop is not None and not passage.is_iteration:
            scopes.write(passage.parent, self.loop.results(passage), by=passage)
        else:
            super().publish(passage, results)

    def left(self, passage: Passage) -> None:
        self._unwatch(passage)
        compensation.remember(passage)

    def undo(self, passage: Passage) -> None:
        self._unwatch(passage)
        super().undo(passage)

    def catcher(self, kind: str, code: str) -> BoundaryEvent | None:
        return matching(self.boundaries, kind, code)

    def _on_cancel(self, passage: Passage) -> None:
        self._unwatch(passage)
        super()._on_cancel(passage)

    def _enter(self, passage: Passage) -> bool | None:
        if self.input_mappings:
            scopes.map_inputs(passage, self.input_mappings)
        return self.enter(passage)

    def _watch(self, passage: Passage) -> None:
        """Arm the boundary events; their expressions are read with the activity's own variables."""
        for event in self.boundaries:
            if event.event == "catch":
                event.arm(passage.workflow.place(event, passage.parent, host=passage.id), passage)

    def _unwatch(self, passage: Passage) -> None:
        if not self.boundaries or passage.is_iteration:
            return
        for watcher in passage.siblings:
            if watcher.internal_data.get("host") == passage.id:
                watcher.cancel()

    def _gather(self, passage: Passage) -> bool:
        """Whether enough tokens have arrived; they become one."""
        waiting = [
            other
            for other in passage.siblings
            if other.task_spec is self and other._state == TaskState.STARTED and "arrived" in other.internal_data
        ]
        if len(waiting) + 1 < self.tokens_in:
            passage.internal_data["arrived"] = True
            return False
        for other in waiting:
            passage.workflow.drop(other)
        passage.internal_data["gathered"] = True
        return True


def matching(events: Any, kind: str, code: str) -> Any:
    """The event that catches this error or escalation: the one of its code, else the one of any."""
    catchers = [event for event in events if event.event == kind]
    exact = (event for event in catchers if event.code == code)
    return next(exact, None) or next((event for event in catchers if not event.code), None)
