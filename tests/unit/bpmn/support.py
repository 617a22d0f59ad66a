"""Small diagrams written as text, and a run that is stored and loaded at every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from engine import events, feel
from engine.bpmn import Execution, Finding, Known, ProcessModel, Runtime, check, parse

NOW = datetime(2026, 1, 30, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
KNOWN = Known(forms={"form"}, decisions={"route"}, job_types={"mail", "clock:open"}, groups={"desk", "staff"})

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="defs" targetNamespace="urn:test">'
)


def diagram(body: str, *, id: str = "p", extra: str = "") -> bytes:
    """One executable process; `extra` are messages and errors."""
    return f'{HEAD}{extra}<process id="{id}" isExecutable="true">{body}</process></definitions>'.encode()


def path(*ids: str) -> str:
    """Sequence flows a -> b -> c with ids a_b, b_c."""
    return "".join(flow(a, b) for a, b in pairwise(ids))


def flow(source: str, target: str, condition: str | None = None) -> str:
    inner = f"<conditionExpression>{_escape(condition)}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def ext(*parts: str) -> str:
    return f"<extensionElements>{''.join(parts)}</extensionElements>"


def z(tag: str, *inner: str, **attributes: str) -> str:
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<zeebe:{tag}{given}>{''.join(inner)}</zeebe:{tag}>"


def io(inputs: Mapping[str, str] | None = None, outputs: Mapping[str, str] | None = None) -> str:
    rows = [z("input", source=source, target=target) for target, source in (inputs or {}).items()]
    rows += [z("output", source=source, target=target) for target, source in (outputs or {}).items()]
    return z("ioMapping", *rows)


def user(id: str, *parts: str, inner: str = "") -> str:
    return f'<userTask id="{id}" name="{id.title()}">{ext(*parts) if parts else ""}{inner}</userTask>'


def script(id: str, expression: str, result: str, inner: str = "") -> str:
    found = ext(z("script", expression=expression, resultVariable=result))
    return f'<scriptTask id="{id}">{found}{inner}</scriptTask>'


def service(id: str, job: str = "mail", *parts: str, inner: str = "", retries: str = "3") -> str:
    found = ext(z("taskDefinition", type=job, retries=retries), *parts)
    return f'<serviceTask id="{id}">{found}{inner}</serviceTask>'


def loop(collection: str, element: str, *, sequential: bool = False, inner: str = "", **outputs: str) -> str:
    found = ext(z("loopCharacteristics", inputCollection=collection, inputElement=element, **outputs))
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{found}{inner}'
        "</multiInstanceLoopCharacteristics>"
    )


def timer(kind: str, value: str) -> str:
    return f"<timerEventDefinition><{kind}>{_escape(value)}</{kind}></timerEventDefinition>"


def boundary(id: str, host: str, inner: str, *, interrupting: bool = True) -> str:
    cancels = str(interrupting).lower()
    return f'<boundaryEvent id="{id}" attachedToRef="{host}" cancelActivity="{cancels}">{inner}</boundaryEvent>'


def message(id: str, key: str | None = None) -> str:
    found = ext(z("subscription", correlationKey=key)) if key else ""
    return f'<message id="{id}" name="{id} name">{found}</message>'


def on_message(id: str) -> str:
    return f'<messageEventDefinition messageRef="{id}"/>'


def gateway(kind: str, id: str, default: str | None = None) -> str:
    return f'<{kind}Gateway id="{id}"{f" default={quoteattr(default)}" if default else ""}/>'


def on_signal(id: str = "sig") -> str:
    return f'<signalEventDefinition signalRef="{id}"/>'


def on_error(id: str | None = "err") -> str:
    return f'<errorEventDefinition errorRef="{id}"/>' if id else "<errorEventDefinition/>"


def on_escalation(id: str | None = "esc") -> str:
    return f'<escalationEventDefinition escalationRef="{id}"/>' if id else "<escalationEventDefinition/>"


def on_condition(condition: str) -> str:
    return f"<conditionalEventDefinition><condition>{_escape(condition)}</condition></conditionalEventDefinition>"


def catch(id: str, inner: str, **attributes: str) -> str:
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<intermediateCatchEvent id="{id}"{given}>{inner}</intermediateCatchEvent>'


def throw(id: str, inner: str) -> str:
    return f'<intermediateThrowEvent id="{id}">{inner}</intermediateThrowEvent>'


def end(id: str, inner: str = "") -> str:
    return f'<endEvent id="{id}">{inner}</endEvent>'


def sub(id: str, body: str, tag: str = "subProcess", **attributes: str) -> str:
    """A sub-process; `body` has its start event."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<{tag} id="{id}"{given}>{body}</{tag}>'


def on_event(id: str, inner: str, *ids: str, body: str, interrupting: bool = True) -> str:
    """An event sub-process with start event `id`s; `ids` are the elements of its path."""
    begin = f'<startEvent id="{id}s" isInterrupting="{str(interrupting).lower()}">{inner}</startEvent>'
    return f'<subProcess id="{id}" triggeredByEvent="true">{begin}{body}{path(f"{id}s", *ids)}</subProcess>'


# what the events of these helpers refer to
ROOTS = (
    '<signal id="sig" name="alarm"/><signal id="sig2" name="all clear"/><error id="err" errorCode="E1"/>'
    '<error id="err2" errorCode="E2"/>'
    '<escalation id="esc" escalationCode="X1"/><escalation id="esc2" escalationCode="X2"/>'
)

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'


def runtime(**given: Any) -> Runtime:
    return Runtime(env=feel.Environment(now=NOW), **given)


def problems(*files: bytes, known: Known = KNOWN) -> list[Finding]:
    return check({f"{number}.bpmn": data for number, data in enumerate(files)}, known)


class Run:
    """An instance driven as the service does: loaded, moved by one command, stored.

    A twin lives on in memory: storing and loading at every wait state must change nothing.
    """

    def __init__(self, *files: bytes, variables: Mapping[str, Any] | None = None, start_event: str | None = None,
                 valid: bool = True, known: Known = KNOWN, **given: Any) -> None:  # fmt: skip
        errors = [finding for finding in problems(*files, known=known) if finding.severity == "error"]
        assert not (valid and errors), errors
        resources = {f"{number}.bpmn": data for number, data in enumerate(files)}
        self.model: ProcessModel = parse(resources, "p")
        self.runtime = runtime(**given)
        self.twin = Execution.start(self.model, dict(variables or {}), self.runtime, start_event)
        self.history: list[events.Event] = list(self.twin.events)
        self.events = list(self.twin.events)
        self.state = self._stored(self.twin)
        self._check_waits()

    @property
    def at(self) -> Execution:
        return Execution.load(self.model, self.state, self.runtime)

    @property
    def variables(self) -> dict[str, Any]:
        return self.at.variables()

    @property
    def finished(self) -> bool:
        return self.at.finished

    @property
    def where(self) -> list[str]:
        """The elements that hold tokens, sorted."""
        return sorted(token.element_id for token in self.at.tokens())

    def where_waiting(self) -> list[str]:
        """The elements that wait for somebody, one by one."""
        return [p.task_spec.name for p in self.at._instance.tasks.values() if "wait" in p.internal_data]

    @property
    def incidents(self) -> dict[str, str]:
        """Open incidents: element -> code."""
        found: dict[str, tuple[str, str]] = {}
        for event in self.history:
            if isinstance(event, events.IncidentRaised):
                found[event.element_instance_id] = (event.element_id, event.code)
            if isinstance(event, events.IncidentResolved):
                found.pop(event.element_instance_id, None)
        return dict(found.values())

    def of(self, kind: type[events.Event]) -> list[Any]:
        """Events of this kind so far."""
        return [event for event in self.history if isinstance(event, kind)]

    def passed(self) -> list[str]:
        return [event.element_id for event in self.of(events.ElementCompleted)]

    def id(self, element: str, nth: int = 0) -> str:
        """The element instance id of an open wait or incident at this element."""
        open_waits = [
            id for id, passage in self.at._instance.tasks.items()
            if passage.task_spec.name == element and {"wait", "incident"} & passage.internal_data.keys()
        ]  # fmt: skip
        return open_waits[nth]

    def complete(self, element: str, _nth: int = 0, **variables: Any) -> Run:
        return self.do(lambda e: e.complete_user_task(self.id(element, _nth), variables))

    def complete_job(self, element: str, _nth: int = 0, **variables: Any) -> Run:
        return self.do(lambda e: e.complete_job(self.id(element, _nth), variables))

    def fire(self, element: str) -> Run:
        return self.do(lambda e: e.trigger_timer(self.id(element)))

    def correlate(self, element: str, **variables: Any) -> Run:
        return self.do(lambda e: e.correlate_message(self.id(element), variables))

    def signal(self, element: str, **variables: Any) -> Run:
        return self.do(lambda e: e.receive_signal(self.id(element), variables))

    def set(self, **variables: Any) -> Run:
        return self.do(lambda e: e.set_variables(variables))

    def retry(self, element: str, nth: int = 0) -> Run:
        return self.do(lambda e: e.retry(self.id(element, nth)))

    def do(self, command: Callable[[Execution], None]) -> Run:
        loaded = self.at
        assert loaded.dump() == self.state, "storing what was loaded gives the same bytes"
        self.twin.events.clear()
        self.twin._instance._opened.clear()  # what was told before is closed aloud, as after loading
        command(loaded)
        command(self.twin)
        self.events = list(loaded.events)
        assert [type(e) for e in self.events] == [type(e) for e in self.twin.events]
        assert self.events == self.twin.events
        self.history += self.events
        self.state = self._stored(loaded)
        assert self._stored(self.twin) == self.state, "an instance that was never stored is in the same state"
        self._check_waits()
        return self

    def _check_waits(self) -> None:
        """What is open according to the facts is open according to the state."""
        opened = (events.UserTaskCreated, events.JobCreated, events.TimerScheduled, events.MessageSubscribed,
                  events.SignalSubscribed)  # fmt: skip
        closed = (events.UserTaskClosed, events.JobClosed, events.TimerClosed, events.MessageUnsubscribed,
                  events.SignalUnsubscribed)  # fmt: skip
        told: dict[tuple[str, bool], events.Event] = {}
        for event in self.history:
            if isinstance(event, (*opened, events.IncidentRaised)):
                told[event.element_instance_id, isinstance(event, events.IncidentRaised)] = event
            if isinstance(event, (*closed, events.IncidentResolved)):
                del told[event.element_instance_id, isinstance(event, events.IncidentResolved)]
        waits = self.at.waits()
        assert len(waits) == len(told)
        fixed = (events.TimerScheduled, events.MessageSubscribed, events.SignalSubscribed, events.IncidentRaised)
        for event in waits:
            before = told[event.element_instance_id, isinstance(event, events.IncidentRaised)]
            assert type(event) is type(before)
            assert event == before or not isinstance(event, fixed)

    def _stored(self, execution: Execution) -> bytes:
        for passage in execution._instance.tasks.values():
            assert passage.data == {}, "variables live in scopes"
        return execution.dump()


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
