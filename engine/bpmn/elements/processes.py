"""Processes and what contains a process: embedded sub-process and call activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from engine.bpmn import scopes
from engine.bpmn.elements.activities import Activity
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.elements.events import StartEvent
    from engine.bpmn.passage import Passage


MOST_CALLS = 20


class ProcessSpec(WorkflowSpec):
    """All elements of one process by id, those of embedded sub-processes included."""

    task_specs: dict[str, FlowNode]
    start: ProcessRoot

    def __init__(self, process_id: str, name: str | None) -> None:
        super().__init__(process_id)
        self.description = name or process_id
        self.start = ProcessRoot(self, process_id, name=name)


class ProcessRoot(FlowNode):
    """The process itself: holds its variables and all its tokens; done when no token is left."""

    element_type = "process"
    is_root = True

    def __init__(self, process: ProcessSpec, id: str, **described: Any) -> None:
        super().__init__(process, id, **described)
        self.starts: list[StartEvent] = []

    def none_start(self) -> StartEvent | None:
        return next((start for start in self.starts if not start.is_message), None)

    def _on_complete(self, passage: Passage) -> None:
        caller = passage.parent
        if caller is None:
            passage.workflow.completed = True
        else:
            results = dict(passage.scope or {})
            passage.workflow.drop(passage)
            caller.task_spec.called_completed(caller, results)


class SubProcess(Activity):
    """An embedded sub-process: a scope of its own with tokens inside."""

    element_type = "subProcess"
    start: FlowNode

    def enter(self, passage: Passage) -> None:
        if passage.scope is None:
            passage.scope = {}
        passage.workflow.spawn(self.start, passage)


class CallActivity(Activity):
    """Runs another process inside this instance, with variables of its own."""

    element_type = "callActivity"
    called: Text
    all_parent_variables = True
    all_child_variables = True

    def enter(self, passage: Passage) -> None:
        instance = passage.workflow
        _refuse_too_deep(passage)
        variables = scopes.visible(passage)
        process_id = self.called.json(variables, instance.runtime.env)
        spec = instance.model.processes.get(process_id)
        if spec is None or (start := spec.start.none_start()) is None:
            raise Stuck("CALLED_PROCESS_MISSING", f"Expected process {process_id} to be callable, but it is not known")
        root = instance.place(spec.start, passage)
        if self.all_parent_variables:
            constants = instance.runtime.constants
            root.scope = {name: value for name, value in variables.items() if name not in constants}
        else:
            root.scope = dict(passage.scope or {})
        instance.spawn(start, root)

    def called_completed(self, passage: Passage, results: dict[str, Any]) -> None:
        wanted = self.all_child_variables or self.output_mappings
        passage.workflow.complete(passage, results if wanted else {})


def _refuse_too_deep(passage: Passage) -> None:
    """The checks refuse processes that call themselves, but not those whose name is only known when they are called."""
    depth, outer = 0, passage
    while outer is not None:
        depth += outer.task_spec.is_root
        outer = outer.parent
    if depth > MOST_CALLS:
        raise Stuck("CALL_DEPTH", f"Expected at most {MOST_CALLS} processes to call each other, but there are more")
