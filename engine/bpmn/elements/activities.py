"""What activities share: boundary events and rounds around their work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn import scopes
from engine.bpmn.elements.base import FlowNode

if TYPE_CHECKING:
    from engine.bpmn.elements.events import BoundaryEvent, ErrorBoundaryEvent
    from engine.bpmn.passage import Passage


class Activity(FlowNode):
    """A task or sub-process. With a loop, its token is the body and holds one passage per iteration."""

    boundaries: list[BoundaryEvent | ErrorBoundaryEvent]

    def _run(self, passage: Passage) -> bool | None:
        if passage.is_iteration:
            return self._enter(passage)
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

    def undo(self, passage: Passage) -> None:
        self._unwatch(passage)
        super().undo(passage)

    def error_catcher(self, code: str) -> FlowNode | None:
        catchers = [event for event in self.boundaries if event.event == "error"]
        exact = (event for event in catchers if event.error_code == code)
        return next(exact, None) or next((event for event in catchers if not event.error_code), None)

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
            if event.event != "error":
                event.arm(passage.workflow.place(event, passage.parent, host=passage.id), passage)

    def _unwatch(self, passage: Passage) -> None:
        if not self.boundaries or passage.is_iteration:
            return
        for watcher in passage.siblings:
            if watcher.internal_data.get("host") == passage.id:
                watcher.cancel()
