"""One process instance on its way: what is done next, until everything waits or is stuck."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine import events, feel
from engine.bpmn import wait_states
from engine.bpmn.passage import Passage
from engine.bpmn.stuck import BpmnError, Stuck

if TYPE_CHECKING:
    from engine.bpmn.elements.base import Flow, FlowNode
    from engine.bpmn.elements.processes import ProcessSpec
    from engine.bpmn.parser import ProcessModel
    from engine.bpmn.runtime import Runtime


class Instance(Workflow):
    """The tree of passages and the queue of what is to be done next."""

    tasks: dict[str, Passage]
    task_tree: Passage

    def __init__(self, model: ProcessModel, runtime: Runtime) -> None:
        super().__init__(model.spec, deserializing=True)
        self.model = model
        self.runtime = runtime
        self.queue: deque[tuple[Passage, str]] = deque()
        self.later: deque[Passage] = deque()  # what is done when nothing else is left to do
        self.changed = False  # whether conditions are to be looked at again
        self._calls_conditions = self._calls_joins = False
        self.events: list[events.Event] = []
        self.last_number = 0
        self.kept = 0  # bytes of its variables, at most: what was overwritten since they were counted is in it too
        self._opened: dict[str, events.Event] = {}
        self._written: dict[str, Any] = {}
        self._written_by: Passage | None = None

    def next_id(self) -> str:
        self.last_number += 1
        return str(self.last_number)

    def uses(self, process: ProcessSpec) -> None:
        """A process that may be of another model is called, or was when the instance was stored."""
        self._calls_conditions |= process.has_conditions
        self._calls_joins |= process.has_inclusive_joins

    def spawn(self, spec: FlowNode, parent: Passage, **remembered: Any) -> Passage:
        """A token reaches an element; it is run when its turn comes."""
        passage = Passage(self, spec, parent, **remembered)
        self.queue.append((passage, "run"))
        return passage

    def place(self, spec: FlowNode, parent: Passage, **remembered: Any) -> Passage:
        """A passage that is not run: it watches, contains others, or is completed at once."""
        passage = Passage(self, spec, parent, **remembered)
        passage._set_state(TaskState.STARTED)
        return passage

    def complete(self, passage: Passage, results: dict[str, Any] | None = None) -> None:
        """The element is done with these results; it is left when its turn comes."""
        if results is not None:
            passage.internal_data["result"] = results
        self.queue.append((passage, "complete"))

    def take(self, passage: Passage, flows: Iterable[Flow]) -> None:
        """The token leaves by these flows."""
        parent = passage.parent
        for flow in flows:
            if flow.target.joins:
                self.spawn(flow.target, parent, via=flow.id)
            else:
                self.spawn(flow.target, parent)
        self.drop(passage)
        parent.task_spec.inner_left(parent)
        if not parent.has_tokens():
            parent.task_spec.emptied(parent)

    def drop(self, passage: Passage) -> None:
        """Take a passage out of the tree, without any further effect."""
        del self.tasks[passage.id]
        parent = passage.parent
        if parent is not None:
            parent._children.remove(passage.id)

    def advance(self) -> None:
        """Do everything that needs nobody from outside; refuses to run for ever."""
        steps = self.runtime.step_limit
        while self._more():
            passage, action = self.queue.popleft()
            if self.tasks.get(passage.id) is not passage:
                continue  # cancelled while it was queued
            if action == "run":
                steps -= 1
                if steps < 0:
                    message = (
                        f"Expected an end after {self.runtime.step_limit} elements in a row, but the process went on"
                    )
                    self.raise_incident(passage, Stuck("STEP_LIMIT", message), action)
                    continue
            self.attempt(passage, action)
        self._report_variables()

    def attempt(self, passage: Passage, action: str) -> None:
        """Run or complete a passage; where it is stuck, it stays with an incident."""
        try:
            if action == "run":
                passage.run()
            elif action == "check":
                self._check_condition(passage)
            else:
                passage.complete()
        except BpmnError as error:
            self.throw(passage, error)
        except Stuck as stuck:
            self.raise_incident(passage, stuck, action)

    def throw(self, passage: Passage, error: BpmnError) -> None:
        """Hand a business error to the nearest event outwards that catches it; without one it is an incident."""
        if (found := self._catcher(passage, "error", error.code)) is not None:
            catcher, host = found
            catcher.thrown(host, {name: feel.to_json(value) for name, value in error.variables.items()})
            return
        said = f" ({error.message})" if error.message else ""
        message = f"Expected somebody to catch error {error.code}{said}, but no boundary event does"
        self.raise_incident(passage, Stuck("UNHANDLED_ERROR", message), "run")

    def escalate(self, passage: Passage, code: str, variables: dict[str, Any]) -> None:
        """Hand an escalation to the nearest event outwards that catches it; without one nothing happens."""
        found = self._catcher(passage, "escalation", code)
        caught_by = None if found is None else found[0].name
        self.report(events.EscalationThrown(**passage.ids(), code=code, caught_by=caught_by))
        if found is not None:
            catcher, host = found
            catcher.thrown(host, variables)

    def broadcast(self, name: str, variables: dict[str, Any]) -> None:
        """Give a signal to all in this instance who wait for it now."""
        for passage in tuple(self.tasks.values()):
            hears = passage.internal_data.get("wait") == "signal" and self.tasks.get(passage.id) is passage
            if hears and passage.task_spec.catch_of(passage).heard(passage) == name:
                passage.task_spec.happened(passage, dict(variables))

    def put_off(self, passage: Passage) -> bool:
        """Let everything else come to rest first: branches that were drawn beside a signal are to hear it.

        True if the passage will be run again; False the second time.
        """
        if passage.internal_data.pop("put off", None):
            return False
        passage.internal_data["put off"] = True
        # Its inputs are mapped again then, with what the variables are by that time.
        passage.scope = dict(passage.internal_data.get("given") or ()) or None
        self.later.append(passage)
        return True

    def report(self, event: events.Event) -> None:
        self.events.append(event)

    def open_wait(self, passage: Passage, kind: str, event: events.Event) -> None:
        """The passage waits for somebody outside."""
        passage.internal_data["wait"] = kind
        self._opened[passage.id + kind] = event
        self.events.append(event)

    def close_wait(self, passage: Passage, outcome: str) -> None:
        """The wait is over; a wait nobody has heard of yet is not mentioned at all."""
        kind = passage.internal_data.pop("wait", None)
        if kind is not None:
            self._close(passage, kind, outcome)

    def raise_incident(self, passage: Passage, stuck: Stuck, action: str) -> None:
        if action == "run":
            passage.task_spec.undo(passage)
        passage._set_state(TaskState.ERROR)
        passage.internal_data["incident"] = {"code": stuck.code, "message": stuck.message, "action": action}
        event = events.IncidentRaised(**passage.ids(), code=stuck.code, message=stuck.message)
        self._opened[passage.id + "incident"] = event
        self.events.append(event)

    def close_incident(self, passage: Passage) -> dict[str, Any] | None:
        incident = passage.internal_data.pop("incident", None)
        if incident is not None:
            self._close(passage, "incident", "")
        return incident

    def note_written(self, name: str, value: Any, passage: Passage) -> None:
        """A variable of the instance scope was written; reported once per command."""
        self._written[name] = value
        self._written_by = self._written_by or passage

    def _close(self, passage: Passage, kind: str, outcome: str) -> None:
        opened = self._opened.pop(passage.id + kind, None)
        if opened is not None:
            self.events[:] = [event for event in self.events if event is not opened]
        else:
            self.events.append(wait_states.closed(kind, passage.ids(), outcome))

    def _catcher(self, passage: Passage, kind: str, code: str) -> tuple[Any, Passage] | None:
        """The event outwards from here that catches this error or escalation, and what it is thrown at."""
        inside: Passage | None = None
        scan: Passage | None = passage
        while scan is not None:
            spec = scan.task_spec
            if "loop" not in scan.internal_data and (start := spec.inner_catcher(kind, code, inside)) is not None:
                return start, scan
            if not scan.is_iteration and (catcher := spec.catcher(kind, code)) is not None:
                return catcher, scan
            inside, scan = scan, scan.parent
        return None

    def _more(self) -> bool:
        """Whether there is something to do; conditions come first, joins that nobody can reach last."""
        if self.changed:
            self.changed = False
            if self.model.has_conditions or self._calls_conditions:
                self._check_conditions()
        if self.queue:
            return True
        if self.later:
            self.queue.append((self.later.popleft(), "run"))
            return True
        return self._open_joins()

    def _check_conditions(self) -> None:
        for passage in tuple(self.tasks.values()):
            waits = "is" in passage.internal_data and passage._state != TaskState.ERROR
            if waits and self.tasks.get(passage.id) is passage:
                self.attempt(passage, "check")

    def _check_condition(self, passage: Passage) -> None:
        spec: Any = passage.task_spec
        if spec.catch_of(passage).becomes_true(passage):
            if not spec.repeats:
                del passage.internal_data["is"]
            spec.happened(passage, {})

    def _open_joins(self) -> bool:
        """Nothing moves any more: let an inclusive join go on that nobody can reach. True if one was found."""
        if not (self.model.has_inclusive_joins or self._calls_joins):
            return False
        for passage in tuple(self.tasks.values()):
            if passage._state == TaskState.STARTED and passage.task_spec.may_join(passage):
                self.complete(passage)
                return True
        return False

    def _report_variables(self) -> None:
        if self._written and self._written_by is not None:
            self.events.append(events.VariablesChanged(**self._written_by.ids(), variables=dict(self._written)))
        self._written.clear()
        self._written_by = None
