"""Events that something starts or reaches: start, intermediate catch and boundary events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import events
from engine.bpmn.elements.activities import Activity
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.catches import Catch, ConditionCatch, MultipleCatch, TimerCatch
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.elements.processes import EventSubProcess
    from engine.bpmn.passage import Passage


class StartEvent(FlowNode):
    """Where a token begins; in a process with messages, signals, a timer or a condition, what starts an instance."""

    element_type = "startEvent"
    form_id: str | None = None
    message_names: tuple[str, ...] = ()
    signal_names: tuple[str, ...] = ()
    timer: TimerCatch | None = None
    condition: ConditionCatch | None = None

    @property
    def is_plain(self) -> bool:
        return not self.message_names and not self.signal_names and self.timer is None and self.condition is None


class IntermediateEvent(FlowNode):
    """An intermediate event without definition: a milestone the token passes."""

    element_type = "intermediateThrowEvent"


class LinkCatch(FlowNode):
    """Where the tokens of all link throw events of its name go on."""

    element_type = "intermediateCatchEvent"


class Catching(FlowNode):
    """What can wait for something to happen."""

    catch: Catch | None = None
    watches_as = "event"
    repeats = False  # whether it goes on waiting after it happened

    def waits_for(self, passage: Passage) -> events.Event | None:
        return self.catch_of(passage).waits_for(passage)

    def catch_of(self, passage: Passage) -> Catch:
        """What this passage waits for: a part of a multiple event, or all there is."""
        assert self.catch is not None
        part = passage.internal_data.get("part")
        return self.catch if part is None else self.catch.parts[part]  # type: ignore[union-attr]

    def arm(self, watcher: Passage, reader: Passage) -> None:
        """Begin to wait beside other work; expressions are read with that work's variables."""
        assert self.catch is not None
        try:
            self.catch.arm(watcher, reader)
        except Stuck as stuck:
            raise Stuck(stuck.code, f"{stuck.message} ({self.watches_as} {self.name})") from stuck

    def happened(self, passage: Passage, variables: dict[str, Any]) -> None:
        """What the passage waits for has happened."""
        whole = passage.parent if "part" in passage.internal_data else passage
        if self.repeats:
            self.caught(whole, variables)
            self._wait_again(passage)
            return
        instance = passage.workflow
        instance.close_wait(passage, "completed")
        if whole is not passage:
            got = whole.internal_data.setdefault("got", {})
            got.update(variables)
            instance.drop(passage)
            if whole._children and isinstance(self.catch, MultipleCatch) and self.catch.parallel:
                return
            for other in tuple(whole._children):
                instance.tasks[other].cancel()
            variables = whole.internal_data.pop("got")
        self.caught(whole, variables)

    def caught(self, passage: Passage, variables: dict[str, Any]) -> None:
        """Everything that was waited for has happened."""
        instance = passage.workflow
        if (gate := passage.internal_data.pop("gate", None)) is not None:
            instance.tasks[gate].task_spec.decided(instance.tasks[gate], passage)
        instance.complete(passage, variables)

    def _wait_again(self, passage: Passage) -> None:
        """Messages, signals and conditions are still waited for; a timer is over, unless it is a cycle."""
        instance = passage.workflow
        catch = self.catch_of(passage)
        if instance.tasks.get(passage.id) is not passage or not isinstance(catch, TimerCatch):
            return
        fired = passage.internal_data["timer"]
        parent = passage.parent
        kept = {name: passage.internal_data[name] for name in ("host", "part") if name in passage.internal_data}
        instance.close_wait(passage, "completed")
        instance.drop(passage)
        if fired.get("left", 0) != 0:
            catch.rearm(instance.place(self, parent, **kept), fired)


class CatchEvent(Catching):
    """An intermediate catch event."""

    element_type = "intermediateCatchEvent"

    def enter(self, passage: Passage) -> None:
        assert self.catch is not None
        self.catch.arm(passage, passage)


class ReceiveTask(Catching, Activity):
    """A task that waits for a message."""

    element_type = "receiveTask"

    def enter(self, passage: Passage) -> None:
        assert self.catch is not None
        self.catch.arm(passage, passage)


class BoundaryEvent(Catching):
    """Watches an activity; interrupting it or beside it.

    event: "catch" for what is waited for; error, escalation, compensate and cancel are thrown to it instead.
    code: of an error or escalation; None catches all.
    handler: what undoes the activity (compensate).
    """

    element_type = "boundaryEvent"
    watches_as = "boundary event"
    event = "catch"
    interrupting = True
    code: str | None = None
    handler: FlowNode | None = None

    @property
    def repeats(self) -> bool:  # type: ignore[override]
        return not self.interrupting

    def caught(self, passage: Passage, variables: dict[str, Any]) -> None:
        instance = passage.workflow
        host = instance.tasks[passage.internal_data["host"]]
        if not self.interrupting:  # a token of its own goes on, the watcher stays
            instance.complete(instance.place(self, passage.parent), variables)
            return
        del passage.internal_data["host"]
        host.cancel()
        instance.complete(passage, variables)

    def thrown(self, host: Passage, variables: dict[str, Any]) -> None:
        """An error, escalation or cancellation comes out of the activity."""
        instance, parent = host.workflow, host.parent
        if self.interrupting:
            host.cancel()
        instance.complete(instance.place(self, parent), variables)


class EventStart(Catching, StartEvent):
    """The start event of an event sub-process: watches the scope around it as long as that is open."""

    event = "catch"
    interrupting = True
    code: str | None = None
    sub_process: EventSubProcess

    @property
    def repeats(self) -> bool:  # type: ignore[override]
        return not self.interrupting

    def caught(self, passage: Passage, variables: dict[str, Any]) -> None:
        self.thrown(passage.parent, variables)

    def thrown(self, host: Passage, variables: dict[str, Any]) -> None:
        """Begin the event sub-process in its scope; an interrupting one is all that is left there."""
        if self.interrupting:
            for child in tuple(host._children):
                if (other := host.workflow.tasks.get(child)) is not None:
                    other.cancel()
            host.task_spec.interrupted(host)
        self.sub_process.begin(host, variables)

    def leave(self, passage: Passage) -> None:
        """From now on the event sub-process is open: those that stand in it wait for their events."""
        scope = passage.parent
        try:
            self.sub_process.watch(scope)
        except Stuck:
            for watcher in passage.siblings:
                watcher.cancel()
            raise
        super().leave(passage)
