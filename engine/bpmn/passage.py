"""The tokens of one process instance: SpiffWorkflow's task tree, reduced to what is alive.

SpiffWorkflow predicts every path and keeps every task that ever ran, so trees grow with the square of parallel blocks
and a loop stops after 333 rounds. Here a passage is made when a token reaches an element and dropped when it leaves it;
its parent is what contains it: sub-process, multi-instance body, call activity, process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.bpmn.elements.base import FlowNode
    from engine.bpmn.instance import Instance

_NO_DATA: dict[str, Any] = {}  # never written: variables live in scopes


class Passage(Task):
    """One token at one element.

    scope: local variables, or None. internal_data: what the element must remember, JSON-like:
      wait    what it waits for (a key of wait_states.CLOSED_BY)     via     the flow it came by (joins)
      result  variables to hand out when it completes                host    the activity a boundary event watches
      loop    state of a multi-instance body                         index   number of this iteration, from 0
      gate    the event gateway this event belongs to                incident  why it is stuck, and what to try again
      timer, key   when a timer is due, what a message must carry    part    which of several events it waits for
      is, reader   whether a condition held, and whose variables it reads
      compensable, todo   what can be undone, and what is still to be
      given   variables an operator gave it when starting it
      name    of an earlier version, that it still waits for after it was migrated
    """

    workflow: Instance
    task_spec: FlowNode

    def __init__(
        self, instance: Instance, spec: FlowNode, parent: Passage | None, id: str = "", **remembered: Any
    ) -> None:
        self.id = id or instance.next_id()
        self.workflow = instance
        self.task_spec = spec
        self._parent = parent.id if parent is not None else None
        self._children: list[str] = []
        self._state = TaskState.READY
        self.triggered = False
        self.thread_id = 0
        self.data = _NO_DATA
        self.internal_data = remembered
        self.last_state_change = 0.0
        self.scope: dict[str, Any] | None = None
        instance.tasks[self.id] = self
        if parent is not None:
            parent._children.append(self.id)

    def _set_state(self, value: int) -> None:
        self._state = value  # SpiffWorkflow would ask for the time and build a log record here

    @property
    def siblings(self) -> list[Passage]:
        """The other passages in the same scope."""
        tasks = self.workflow.tasks
        return [tasks[child] for child in self.parent._children if child != self.id]

    def cancel_siblings(self) -> None:
        """Drop everything else in the same scope."""
        for other in self.siblings:
            if other.id in self.workflow.tasks:  # cancelling an activity cancels its boundary events too
                other.cancel()

    def has_tokens(self) -> bool:
        """Whether something is inside that is not only watching."""
        tasks = self.workflow.tasks
        return any("host" not in tasks[child].internal_data for child in self._children)

    @property
    def is_watcher(self) -> bool:
        """Whether this is no token: it waits on behalf of one."""
        remembered = self.internal_data
        return "host" in remembered or "gate" in remembered or "part" in remembered

    @property
    def is_iteration(self) -> bool:
        return "index" in self.internal_data

    def ids(self) -> dict[str, Any]:
        """What every event about this passage carries."""
        spec = self.task_spec
        return {
            "element_id": spec.name,
            "element_instance_id": self.id,
            "process_id": spec.process_id,
            "definition_id": spec._wf_spec.definition_id,
        }

    def cancel(self) -> None:
        """Drop this passage with everything inside it; what waited is closed."""
        for child in tuple(self._children):
            if (inner := self.workflow.tasks.get(child)) is not None:
                inner.cancel()
        self._set_state(TaskState.CANCELLED)
        self.task_spec._on_cancel(self)
        self.workflow.drop(self)
