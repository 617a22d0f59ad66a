"""Processes and what contains elements: sub-processes of all kinds and call activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine import feel
from engine.bpmn import expressions, scopes
from engine.bpmn.elements.activities import Activity, matching
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.expressions import Text
from engine.bpmn.runtime import LATEST, Binding
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.elements.events import EventStart, StartEvent
    from engine.bpmn.passage import Instance, Passage


MOST_CALLS = 20


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
        for inner in self.event_sub_processes:
            if inner.start.event == "catch":
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

    def inner_left(self, scope: Passage) -> None:
        if scope.internal_data.get("enough") and self.cancels_remaining:
            for child in tuple(scope._children):
                if (other := scope.workflow.tasks.get(child)) is not None:
                    other.cancel()

    def emptied(self, passage: Passage) -> None:
        todo = passage.internal_data.get("todo")
        if todo and not passage.internal_data.get("enough"):
            passage.workflow.spawn(self._wf_spec.task_specs[todo.pop(0)], passage)
        else:
            super().emptied(passage)

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


class CallActivity(Activity):
    """Runs another process inside this instance, with variables of its own."""

    element_type = "callActivity"
    called: Text
    binding: Binding = LATEST
    all_parent_variables = True
    all_child_variables = True

    def enter(self, passage: Passage) -> None:
        instance = passage.workflow
        _refuse_too_deep(passage)
        variables = scopes.visible(passage)
        process_id = self.called.json(variables, instance.runtime.env)
        spec = self._called(process_id, instance)
        if spec is None or (start := spec.start.none_start()) is None:
            said = f" with version tag {self.binding.tag}" if self.binding.tag else ""
            reason = f"there is none{said}" if spec is None else "it has no start event without a message"
            message = f"Expected {self.name} to call process {process_id}, but {reason}"
            raise Stuck("CALLED_PROCESS_MISSING", message)
        instance.uses(spec)
        root = instance.place(spec.start, passage)
        if self.all_parent_variables:
            constants = instance.runtime.constants
            given = {name: value for name, value in variables.items() if name not in constants}
        else:
            given = dict(passage.scope or {})
        scopes.make_room(passage, given)
        root.scope = given
        spec.start.watch(root)
        instance.spawn(start, root)

    def _called(self, process_id: Any, instance: Instance) -> ProcessSpec | None:
        if not isinstance(process_id, str):
            return None
        caller: ProcessSpec = self._wf_spec
        spec = caller.beside.get(process_id)
        if spec is not None and (spec.is_global_task or caller.definition_id is None):
            return spec if self.binding.tag in (None, spec.version_tag) else None
        model = instance.runtime.called(process_id, self.binding, caller.definition_id)
        return None if model is None else model.spec

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
