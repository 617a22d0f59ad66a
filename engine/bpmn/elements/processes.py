"""Processes and what contains elements: sub-processes whose elements are in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.elements.activities import Activity, matching
from engine.bpmn.elements.base import FlowNode

if TYPE_CHECKING:
    from engine.bpmn.elements.events import EventStart, StartEvent
    from engine.bpmn.passage import Passage


class ProcessSpec(WorkflowSpec):
    """All elements of one process by id, those of embedded sub-processes included.

    definition_id: the deployed version it is, or None. beside: what it can call without asking for another version.
    """

    task_specs: dict[str, FlowNode]
    start: ProcessRoot
    beside: Mapping[str, ProcessSpec]
    definition_id: int | None = None
    version_tag: str | None = None
    is_global_task = False
    has_inclusive_joins = False
    has_conditions = False

    def __init__(self, process_id: str, name: str | None, *, root_id: str | None = None) -> None:
        super().__init__(process_id)
        self.description = name or process_id
        self.beside = {}
        self.start = ProcessRoot(self, root_id or process_id, name=name)


class Scope(FlowNode):
    """What event sub-processes stand in: a process or sub-process."""

    event_sub_processes: list[EventSubProcess]

    def watch(self, passage: Passage) -> None:
        """Let the event sub-processes wait for their events."""
        tasks = passage.workflow.tasks
        waiting = {tasks[child].task_spec for child in passage._children}  # some may have come by a migration
        for inner in self.event_sub_processes:
            if inner.start.event == "catch" and inner.start not in waiting:
                inner.start.arm(passage.workflow.place(inner.start, passage, host=passage.id), passage)

    def inner_catcher(self, kind: str, code: str, inside: Passage | None) -> EventStart | None:
        came_from = inside.task_spec if inside is not None and inside.task_spec.is_event_sub_process else None
        if isinstance(came_from, EventSubProcess) and came_from.start.interrupting:
            return None  # it has put an end to this scope's watching
        return matching((inner.start for inner in self.event_sub_processes if inner is not came_from), kind, code)

    def _is_open(self, passage: Passage) -> bool:
        """Whether a token is inside: one may have come while the end of the scope was waiting for its turn."""
        if passage.has_tokens():
            passage._set_state(TaskState.STARTED)
            return True
        for watcher in tuple(passage._children):
            passage.workflow.tasks[watcher].cancel()
        return False


class ProcessRoot(Scope):
    """The process itself: holds its variables and all its tokens; done when no token is left.

    starts: its start events. instantiators: receive tasks and catch events that start an instance with a message.
    entry: what a global task that is called does.
    """

    element_type = "process"
    is_root = True

    def __init__(self, process: ProcessSpec, id: str, **described: Any) -> None:
        super().__init__(process, id, **described)
        self.starts: list[StartEvent] = []
        self.instantiators: list[FlowNode] = []
        self.entry: FlowNode | None = None
        self.event_sub_processes = []

    def none_start(self) -> FlowNode | None:
        return self.entry or next((start for start in self.starts if start.is_plain), None)

    def enter(self, passage: Passage) -> None:
        """Begin where internal_data["start"] says."""
        self.watch(passage)
        start = self._wf_spec.task_specs[passage.internal_data.pop("start")]
        if start in self.instantiators:
            passage.workflow.complete(passage.workflow.place(start, passage), {})
        else:
            passage.workflow.spawn(start, passage)

    def undo(self, passage: Passage) -> None:
        for child in tuple(passage._children):
            passage.workflow.tasks[child].cancel()

    def _on_complete(self, passage: Passage) -> None:
        if self._is_open(passage):
            return
        caller = passage.parent
        if caller is None:
            passage.workflow.completed = True
        else:
            results = dict(passage.scope or {})
            passage.workflow.drop(passage)
            caller.task_spec.called_completed(caller, results)


class SubProcess(Scope, Activity):
    """An embedded sub-process: a scope of its own with tokens inside."""

    element_type = "subProcess"
    start: Any = None

    def __init__(self, process: ProcessSpec, id: str, **described: Any) -> None:
        super().__init__(process, id, **described)
        self.event_sub_processes = []

    def enter(self, passage: Passage) -> bool | None:
        if passage.scope is None:
            passage.scope = {}
        self.watch(passage)
        passage.workflow.spawn(self.start, passage)
        return None

    def _on_complete(self, passage: Passage) -> None:
        if not self._is_open(passage):
            super()._on_complete(passage)


class Transaction(SubProcess):
    """A sub-process that can be cancelled: what was completed in it is undone."""

    element_type = "transaction"


class EventSubProcess(SubProcess):
    """A sub-process no flow leads to: its start event begins it."""

    is_event_sub_process = True
    start: EventStart

    def begin(self, scope: Passage, variables: dict[str, Any]) -> Passage:
        """Begin in a scope; what the event brought is local, unless the start event's mappings say otherwise."""
        instance = scope.workflow
        passage = instance.place(self, scope)
        targets = [mapping.target.partition(".")[0] for mapping in self.start.output_mappings]
        passage.scope = dict.fromkeys(targets) if targets else dict(variables)
        instance.complete(instance.place(self.start, passage), variables)
        return passage
