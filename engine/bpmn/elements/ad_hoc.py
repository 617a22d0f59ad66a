"""Ad-hoc sub-processes: activities that need no order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import feel
from engine.bpmn import expressions, scopes
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.processes import SubProcess
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


class AdHocSubProcess(SubProcess):
    """A sub-process whose activities need no order: all that no flow leads to, or those a FEEL list names.

    condition: looked at when an element inside was completed; once it holds, nothing more begins.
    """

    element_type = "adHocSubProcess"
    entries: list[FlowNode]
    collection: Text | None = None
    condition: Text | None = None
    sequential = False
    cancels_remaining = True

    def enter(self, passage: Passage) -> bool | None:
        instance = passage.workflow
        if passage.scope is None:
            passage.scope = {}
        chosen = self._chosen(passage)
        if not chosen:
            return True
        self.watch(passage)
        if self.sequential:
            passage.internal_data["todo"] = [node.name for node in chosen[1:]]
            chosen = chosen[:1]
        for node in chosen:
            instance.spawn(node, passage)
        return None

    def inner_leaving(self, passage: Passage) -> None:
        scope = passage.parent
        if self.condition is not None and not scope.internal_data.get("enough"):
            variables, env = scopes.visible(passage), passage.workflow.runtime.env
            if expressions.is_true(self.condition, variables, env):
                scope.internal_data["enough"] = True

    def interrupted(self, scope: Passage) -> None:
        scope.internal_data.pop("todo", None)

    def inner_left(self, scope: Passage) -> None:
        if scope.internal_data.get("enough") and self.cancels_remaining:
            for child in tuple(scope._children):
                if (other := scope.workflow.tasks.get(child)) is not None:
                    other.cancel()
        elif not self._is_busy(scope):
            self._begin_next(scope)

    def emptied(self, passage: Passage) -> None:
        if not self._begin_next(passage):
            super().emptied(passage)

    def _is_busy(self, scope: Passage) -> bool:
        """Whether one of its activities is under way; what an event began beside them does not keep the next back."""
        tasks = scope.workflow.tasks
        inner = (tasks[child] for child in scope._children)
        return any(not (each.is_watcher or each.task_spec.is_event_sub_process) for each in inner)

    def _begin_next(self, scope: Passage) -> bool:
        todo = scope.internal_data.get("todo")
        if not todo or scope.internal_data.get("enough"):
            return False
        scope.workflow.spawn(self._wf_spec.task_specs[todo.pop(0)], scope)
        return True

    def _chosen(self, passage: Passage) -> list[FlowNode]:
        if self.collection is None:
            return self.entries
        env = passage.workflow.runtime.env
        ids = feel.to_json(expressions.evaluate(self.collection, scopes.visible(passage), env))
        known = {node.name: node for node in self.entries}
        if not isinstance(ids, list) or not all(id in known for id in ids):
            message = f"Expected {self.collection.raw} to name elements of {self.name}, but it is {ids!r}"
            raise Stuck("EXPRESSION_FAILED", message)
        return [known[id] for id in ids]
