"""Start, catching, throwing, boundary and end events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import events
from engine.bpmn import scopes, timers
from engine.bpmn.elements.activities import Activity
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.tasks import JobDefinition, do_job, job_created
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import BpmnError, Stuck

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage

CORRELATION_KEY = "correlationKey"  # a zeebe:property of a throwing element that replaces the subscription's key


class StartEvent(FlowNode):
    """Where the token of a process or sub-process begins; with a message, what starts an instance."""

    element_type = "startEvent"
    form_id: str | None = None
    message_name: str | None = None

    @property
    def is_message(self) -> bool:
        return self.message_name is not None


class IntermediateEvent(FlowNode):
    """An intermediate event without definition: a milestone the token passes."""

    element_type = "intermediateThrowEvent"


class MessageCatch:
    """Waits for a message: its name is fixed, its key is evaluated when waiting begins."""

    kind = "message"

    def __init__(self, name: str, key: Text | None) -> None:
        self.name = name
        self.key = key

    def arm(self, passage: Passage, reader: Passage) -> None:
        instance = passage.workflow
        key = ""
        if self.key is not None:
            value = self.key.json(scopes.visible(reader), instance.runtime.env)
            if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
                raise Stuck(
                    "CORRELATION_FAILED",
                    f"Expected the correlation key {self.key.raw} of message {self.name} to be a text or whole number, "
                    f"but it is {value!r}",
                )
            key = str(value)
        passage.internal_data["key"] = key
        instance.open_wait(passage, self.kind, self.waits_for(passage))

    def waits_for(self, passage: Passage) -> events.MessageSubscribed:
        key = passage.internal_data["key"]
        return events.MessageSubscribed(**passage.ids(), message_name=self.name, correlation_key=key)


class TimerCatch:
    """Waits for an instant, which is computed here once; somebody outside watches the clock."""

    kind = "timer"

    def __init__(self, style: str, text: Text) -> None:
        self.style = style  # date, duration or cycle
        self.text = text

    def arm(self, passage: Passage, reader: Passage) -> None:
        env = passage.workflow.runtime.env
        value = self.text.json(scopes.visible(reader), env)
        self._schedule(passage, timers.schedule(self.style, value, env))

    def rearm(self, passage: Passage, fired: dict[str, Any]) -> None:
        """The next turn of a cycle, counted from where the cycle began: months do not drift."""
        self._schedule(passage, timers.following(fired, passage.workflow.runtime.env))

    def _schedule(self, passage: Passage, schedule: dict[str, Any]) -> None:
        passage.internal_data["timer"] = schedule
        passage.workflow.open_wait(passage, self.kind, self.waits_for(passage))

    def waits_for(self, passage: Passage) -> events.TimerScheduled:
        schedule = passage.internal_data["timer"]
        due_at = timers.due_at(schedule)
        return events.TimerScheduled(**passage.ids(), due_at=due_at, rounds_left=schedule.get("left", 0))


Catch = MessageCatch | TimerCatch


class CatchEvent(FlowNode):
    """An intermediate catch event for a message or a timer."""

    element_type = "intermediateCatchEvent"
    catch: Catch

    def enter(self, passage: Passage) -> None:
        self.catch.arm(passage, passage)

    def waits_for(self, passage: Passage) -> events.Event:
        return self.catch.waits_for(passage)

    def caught(self, passage: Passage, variables: dict[str, Any]) -> None:
        """What was waited for has happened."""
        instance = passage.workflow
        instance.close_wait(passage, "completed")
        if (gate := passage.internal_data.pop("gate", None)) is not None:
            instance.tasks[gate].task_spec.decided(instance.tasks[gate], passage)
        instance.complete(passage, variables)


class ReceiveTask(Activity):
    """A task that waits for a message."""

    element_type = "receiveTask"
    catch: MessageCatch
    caught = CatchEvent.caught

    def enter(self, passage: Passage) -> None:
        self.catch.arm(passage, passage)

    def waits_for(self, passage: Passage) -> events.Event:
        return self.catch.waits_for(passage)


class BoundaryEvent(FlowNode):
    """Watches an activity for a message or timer; interrupting it or beside it."""

    element_type = "boundaryEvent"
    event = "catch"
    catch: Catch
    interrupting = True

    def waits_for(self, passage: Passage) -> events.Event:
        return self.catch.waits_for(passage)

    def arm(self, watcher: Passage, host: Passage) -> None:
        try:
            self.catch.arm(watcher, host)
        except Stuck as stuck:
            raise Stuck(stuck.code, f"{stuck.message} (boundary event {self.name})") from stuck

    def caught(self, watcher: Passage, variables: dict[str, Any]) -> None:
        instance = watcher.workflow
        host = instance.tasks[watcher.internal_data["host"]]
        if self.interrupting:
            del watcher.internal_data["host"]
            instance.close_wait(watcher, "completed")
            host.cancel()
            instance.complete(watcher, variables)
            return
        # Beside the activity: a token of its own goes on, the watcher stays for the next time.
        instance.complete(instance.place(self, watcher.parent), variables)
        if isinstance(self.catch, TimerCatch):
            fired = watcher.internal_data["timer"]
            instance.close_wait(watcher, "completed")
            instance.drop(watcher)
            if fired.get("left", 0) != 0:
                self.catch.rearm(instance.place(self, host.parent, host=host.id), fired)


class ErrorBoundaryEvent(FlowNode):
    """Catches business errors of one code, or with no code all of them."""

    element_type = "boundaryEvent"
    event = "error"
    error_code: str | None = None


class MessageThrow(FlowNode):
    """Sends a message; its payload are the input mappings, or the properties."""

    element_type = "intermediateThrowEvent"
    message_name: str
    key: Text | None = None

    def enter(self, passage: Passage) -> bool:
        throw_message(self, passage, self.message_name, self.key)
        return True


class MessageEnd(MessageThrow):
    element_type = "endEvent"


class SendMessageTask(Activity):
    """A send task with a message and no job type."""

    element_type = "sendTask"
    message_name: str
    key: Text | None = None
    enter = MessageThrow.enter


class JobThrow(FlowNode):
    """A throwing message event whose sending is a worker's job."""

    element_type = "intermediateThrowEvent"
    job: JobDefinition

    def enter(self, passage: Passage) -> bool | None:
        return do_job(self, passage, self.job)

    def waits_for(self, passage: Passage) -> events.JobCreated:
        return job_created(self, passage, self.job)


class JobEnd(JobThrow):
    element_type = "endEvent"


class EndEvent(FlowNode):
    """The token ends here."""

    element_type = "endEvent"


class TerminateEnd(EndEvent):
    """Ends everything in its process or sub-process."""

    def enter(self, passage: Passage) -> bool:
        for other in passage.siblings:
            if other.id in passage.workflow.tasks:  # cancelling an activity cancels its boundary events too
                other.cancel()
        return True


class ErrorEnd(EndEvent):
    """Throws a business error outwards."""

    error_code: str

    def enter(self, passage: Passage) -> None:
        raise BpmnError(self.error_code)


def throw_message(spec: FlowNode, passage: Passage, name: str, key: Text | None) -> None:
    """Report a message to whoever waits for it."""
    instance = passage.workflow
    env = instance.runtime.env
    variables = scopes.visible(passage)
    key = spec.properties.get(CORRELATION_KEY, key)
    value = key.json(variables, env) if key else ""
    if spec.input_mappings:
        payload = dict(passage.scope or {})
    else:
        payload = {at: text.json(variables, env) for at, text in spec.properties.items() if at != CORRELATION_KEY}
    thrown = events.MessageThrown(
        **passage.ids(), message_name=name, correlation_key="" if value is None else str(value), variables=payload
    )
    instance.report(thrown)
