"""Events a token causes: intermediate throw and end events, and the send task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import events
from engine.bpmn import scopes
from engine.bpmn.elements.activities import Activity
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.tasks import JobDefinition, do_job, job_created
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import BpmnError

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage

CORRELATION_KEY = "correlationKey"  # a zeebe:property of a throwing element that replaces the subscription's key


class MessageThrow:
    """Sends a message to whoever waits for it; its payload are the input mappings, or the properties."""

    def __init__(self, name: str, key: Text | None) -> None:
        self.name = name
        self.key = key

    def throw(self, spec: FlowNode, passage: Passage) -> None:
        instance = passage.workflow
        key = spec.properties.get(CORRELATION_KEY, self.key)
        value = key.json(scopes.visible(passage), instance.runtime.env) if key else ""
        thrown = events.MessageThrown(
            **passage.ids(),
            message_name=self.name,
            correlation_key="" if value is None else str(value),
            variables=_payload(spec, passage),
        )
        instance.report(thrown)


class SignalThrow:
    """Gives a signal to all who wait for it: in this instance at once, elsewhere after the commit."""

    def __init__(self, name: str) -> None:
        self.name = name

    def throw(self, spec: FlowNode, passage: Passage) -> None:
        variables = _payload(spec, passage)
        thrown = events.SignalThrown(**passage.ids(), signal_name=self.name, variables=variables)
        passage.workflow.report(thrown)
        passage.workflow.broadcast(self.name, variables)


class EscalationThrow:
    """Tells those around; where nobody catches it, it has no effect."""

    def __init__(self, code: str) -> None:
        self.code = code

    def throw(self, spec: FlowNode, passage: Passage) -> None:
        passage.workflow.escalate(passage, self.code, _payload(spec, passage))


Throw = MessageThrow | SignalThrow | EscalationThrow


class ThrowEvent(FlowNode):
    """Throws one or several events, in the order in which they are drawn."""

    element_type = "intermediateThrowEvent"
    throws: tuple[Throw, ...] = ()

    def enter(self, passage: Passage) -> bool | None:
        if any(isinstance(throw, SignalThrow) for throw in self.throws) and passage.workflow.put_off(passage):
            return None
        for throw in self.throws:
            throw.throw(self, passage)
            if passage.workflow.tasks.get(passage.id) is not passage:
                return None  # what it threw interrupted it
        return True


class ThrowEnd(ThrowEvent):
    element_type = "endEvent"


class SendMessageTask(Activity):
    """A send task with a message and no job type."""

    element_type = "sendTask"
    message: MessageThrow

    def enter(self, passage: Passage) -> bool:
        self.message.throw(self, passage)
        return True


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


class LinkThrow(FlowNode):
    """The token goes on at the link catch event of the same name; they are joined by a flow nobody drew."""

    element_type = "intermediateThrowEvent"
    link = ""


class EndEvent(FlowNode):
    """The token ends here."""

    element_type = "endEvent"


class TerminateEnd(EndEvent):
    """Ends everything in its process or sub-process."""

    def enter(self, passage: Passage) -> bool:
        passage.cancel_siblings()
        return True


class ErrorEnd(EndEvent):
    """Throws a business error outwards."""

    error_code: str

    def enter(self, passage: Passage) -> None:
        raise BpmnError(self.error_code, variables=_payload(self, passage))


def _payload(spec: FlowNode, passage: Passage) -> dict[str, Any]:
    if spec.input_mappings:
        return dict(passage.scope or {})
    variables, env = scopes.visible(passage), passage.workflow.runtime.env
    return {at: text.json(variables, env) for at, text in spec.properties.items() if at != CORRELATION_KEY}
