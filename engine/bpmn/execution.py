"""One running instance: what may be done to it, and the facts that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import events
from engine.bpmn import limits, modification, scopes, serializer, wait_states
from engine.bpmn.instance import Instance
from engine.bpmn.instructions import Done, Instruction
from engine.bpmn.parser import ProcessModel
from engine.bpmn.passage import Passage
from engine.bpmn.runtime import Runtime
from engine.bpmn.standing import Standing
from engine.bpmn.stuck import BpmnError
from engine.errors import InvalidInput, InvalidState, Message


class Execution(Standing):
    """Moves an instance by one command. `events` grows with what happened, in the order in which it did."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.events: list[events.Event] = instance.events

    @classmethod
    def start(
        cls, model: ProcessModel, variables: Mapping[str, Any], runtime: Runtime, start_event: str | None = None
    ) -> Execution:
        """Start an instance at its plain start event or the given one, and run it to its first wait states."""
        root_spec = model.spec.start
        starts = (*root_spec.starts, *root_spec.instantiators)
        if start_event is None:
            start = root_spec.none_start()
        else:
            start = next((event for event in starts if event.name == start_event), None)
        if start is None:
            raise InvalidState(
                "Expected to start {key} at {event}, but it has no such start event",
                key=model.key,
                event=start_event or Message("its start event without a message"),
            )
        instance = Instance(model, runtime)
        given = _given(runtime, variables)
        root = instance.task_tree = Passage(instance, root_spec, None)
        root.scope = {}
        root.internal_data["start"] = start.name
        execution = cls(instance)
        instance.report(events.InstanceStarted(**root.ids()))
        scopes.write(root, given)
        instance.queue.append((root, "run"))
        execution._advance()
        return execution

    @classmethod
    def load(cls, model: ProcessModel, state: bytes, runtime: Runtime) -> Execution:
        """The instance of a stored state."""
        return cls(serializer.load(model, state, runtime))

    def dump(self) -> bytes:
        """The state to store."""
        return serializer.dump(self._instance)

    def complete_user_task(self, element_instance_id: str, variables: Mapping[str, Any]) -> None:
        passage = self._waiting(element_instance_id, "user", "complete")
        given = _given(self._instance.runtime, variables, self._instance)

        self._instance.close_wait(passage, "completed")
        self._instance.complete(passage, given)
        self._advance()

    def complete_job(self, element_instance_id: str, variables: Mapping[str, Any]) -> None:
        passage = self._waiting(element_instance_id, "job", "complete")
        given = _given(self._instance.runtime, variables, self._instance)

        self._instance.close_wait(passage, "completed")
        self._instance.complete(passage, given)
        self._advance()

    def throw_error(
        self, element_instance_id: str, code: str, message: str = "", variables: Mapping[str, Any] | None = None
    ) -> None:
        """A worker found a business error: an error boundary event catches it, or it becomes an incident."""
        passage = self._waiting(element_instance_id, "job", "fail")
        given = _given(self._instance.runtime, variables or {}, self._instance)

        self._instance.close_wait(passage, "completed")
        self._instance.throw(passage, BpmnError(code, message, given))
        self._advance()

    def trigger_timer(self, element_instance_id: str) -> None:
        """The timer's instant has come; somebody outside watches the clock."""
        passage = self._waiting(element_instance_id, "timer", "fire")

        passage.task_spec.happened(passage, {})
        self._advance()

    def correlate_message(self, subscription_id: str, variables: Mapping[str, Any]) -> None:
        """A message has come for this subscription."""
        passage = self._waiting(subscription_id, "message", "correlate a message to")
        given = _given(self._instance.runtime, variables, self._instance)

        passage.task_spec.happened(passage, given)
        self._advance()

    def receive_signal(self, subscription_id: str, variables: Mapping[str, Any]) -> None:
        """A signal thrown elsewhere has come for this subscription."""
        passage = self._waiting(subscription_id, "signal", "give a signal to")
        given = _given(self._instance.runtime, variables, self._instance)

        passage.task_spec.happened(passage, given)
        self._advance()

    def broadcast_signal(self, name: str, variables: Mapping[str, Any]) -> None:
        """A signal thrown elsewhere has come: everything here that waits for it now gets it."""
        self._instance.broadcast(name, _given(self._instance.runtime, variables, self._instance))
        self._advance()

    def retry(self, element_instance_id: str) -> None:
        """Try the element of an incident again, and only this element."""
        passage = self._instance.tasks.get(element_instance_id)
        incident = passage and self._instance.close_incident(passage)
        if not passage or not incident:
            raise InvalidState("Expected to resolve incident {id}, but there is none", id=element_instance_id)

        ready = incident["action"] == "run"
        passage._set_state(TaskState.READY if ready else TaskState.STARTED)
        self._instance.queue.append((passage, incident["action"]))
        self._advance()

    def set_variables(self, variables: Mapping[str, Any], element_instance_id: str | None = None) -> None:
        """Write variables as an element would: to the nearest scope that declares each, else to the instance."""
        if self.finished:
            raise InvalidState("Expected to set variables of a running instance, but it has ended")
        passage = self._passage(element_instance_id)

        scopes.write(passage, _given(self._instance.runtime, variables, self._instance))
        self._advance()

    def modify(self, instructions: Sequence[Instruction]) -> list[Done]:
        """Start, cancel and set what an operator says, in order and all or nothing; see engine.bpmn.modification.

        Returns what was done. After a refusal this object is of no use any more.
        """
        if self.finished:
            raise InvalidState("Expected to modify a running instance, but it has ended")
        given = partial(_given, self._instance.runtime, instance=self._instance)
        done = modification.modify(self._instance, instructions, given)
        self._advance()
        return done

    def cancel(self) -> None:
        """End the instance wherever it is."""
        if self.finished:
            raise InvalidState("Expected to cancel a running instance, but it has ended")
        root = self._instance.task_tree
        for child in tuple(root._children):
            if child in self._instance.tasks:
                self._instance.tasks[child].cancel()
        self._instance.completed = True
        self._instance.success = False
        self._end("cancelled")

    def _advance(self) -> None:
        self._instance.advance()
        if self.finished:
            self._end("completed")

    def _end(self, status: str) -> None:
        root = self._instance.task_tree
        self.events.append(events.InstanceEnded(**root.ids(), status=status, variables=dict(root.scope or {})))

    def _waiting(self, element_instance_id: str, kind: str, wanted: str) -> Passage:
        passage = self._instance.tasks.get(element_instance_id)
        name = wait_states.NAMES[kind]
        if passage is None:
            raise InvalidState(
                "Expected to {wanted} {kind} {id}, but it is not open", wanted=wanted, kind=name, id=element_instance_id
            )
        if passage.internal_data.get("wait") != kind:
            raise InvalidState(
                "Expected to {wanted} {kind} {id}, but element {element} does not wait for that",
                wanted=wanted,
                kind=name,
                id=element_instance_id,
                element=passage.task_spec.name,
            )
        return passage


def _given(runtime: Runtime, variables: Mapping[str, Any], instance: Instance | None = None) -> dict[str, Any]:
    """Variables from outside as JSON-like values; InvalidInput where they would write a constant or can't be kept."""
    refused = [name for name in variables if name in scopes.RESERVED or name in runtime.constants]
    if refused:
        raise InvalidInput(
            {name: ["Expected a variable that may be written, but it is read-only"] for name in refused},
            "Expected variables that may be written, but {names} is read-only",
            names=", ".join(refused),
        )
    given = limits.ensure_variables(variables)
    if (taken := scopes.size_with(instance, given)) > limits.MOST_OF_ALL:
        raise InvalidInput(
            {name: [] for name in given},
            "Expected the variables of an instance to take at most {most} bytes, but with {names} they take {size}",
            most=limits.MOST_OF_ALL,
            names=", ".join(given),
            size=taken,
        )
    return given
