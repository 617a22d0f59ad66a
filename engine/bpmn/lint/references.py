"""What an element names must exist: messages, errors, forms, decisions, processes, job types, groups."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine import feel
from engine.bpmn import extensions, xml
from engine.bpmn.builders import GLOBAL_TASKS
from engine.bpmn.lint.calls import called_process
from engine.bpmn.lint.findings import ACTIVITY_TAGS, Diagram, event_kind


def check_references(diagram: Diagram) -> None:
    """Each element by its own rule."""
    for node in diagram.nodes():
        if (rule := RULES.get(GLOBAL_TASKS.get(xml.local(node), xml.local(node)))) is not None:
            rule(diagram, node)
        for loop in xml.children(node, "multiInstanceLoopCharacteristics"):
            _behavior(diagram, node, loop)
    for lane in _lanes(diagram):
        for member in sorted(_members(lane) - diagram.by_id.keys()):
            diagram.error(
                lane, "LANE", "Expected elements in lane {id}, but {ref} does not exist", id=lane.get("id"), ref=member
            )


def _user_task(diagram: Diagram, node: etree._Element) -> None:
    found = extensions.read(node)
    _form(diagram, node, found.get("formDefinition", {}).get("formId"))
    _check_offered(diagram, node, found.get("assignmentDefinition", {}))
    groups = found.get("assignmentDefinition", {}).get("candidateGroups")
    if groups and feel.expression_text(groups) is None:
        for group in (name.strip() for name in groups.split(",")):
            if group and group not in diagram.known.groups:
                diagram.error(node, "UNKNOWN_GROUP", "Expected group {id} to exist, but it does not", id=group)


def _check_offered(diagram: Diagram, node: etree._Element, drawn: dict[str, str]) -> None:
    """Warn about work nobody would see."""
    if any(drawn.get(name) for name in ("assignee", "candidateGroups", "candidateUsers")):
        return
    id = str(node.get("id"))
    lane = next((lane for lane in _lanes(diagram) if id in _members(lane)), None)
    if lane is None:
        diagram.warn(node, "NOBODY", "Expected somebody to do {id}, but it has no assignment and no lane", id=id)
    elif (group := lane.get("name") or lane.get("id")) not in diagram.known.groups:
        diagram.warn(node, "NOBODY", "Expected lane {lane} of {id} to be a group, but there is none", lane=group, id=id)


def _lanes(diagram: Diagram) -> list[etree._Element]:
    """Inner lanes first."""
    return [lane for process in diagram.processes() for lane in process.iter(xml.bpmn("lane"))][::-1]


def _members(lane: etree._Element) -> set[str]:
    return {(reference.text or "").strip() for reference in xml.children(lane, "flowNodeRef")}


def _start_event(diagram: Diagram, node: etree._Element) -> None:
    if xml.local(node.getparent()) == "process" and event_kind(node) == "timer":  # type: ignore[arg-type]
        diagram.warn(
            node,
            "START_TIMER",
            "Expected somebody to start {id} when its time comes, but the service does not yet",
            id=node.get("id"),
        )
    _form(diagram, node, extensions.read(node).get("formDefinition", {}).get("formId"))
    _message_event(diagram, node)
    _error_event(diagram, node)


def _job(diagram: Diagram, node: etree._Element) -> None:
    definition = extensions.read(node).get("taskDefinition")
    if definition is None:
        diagram.error(
            node, "NO_JOB", "Expected a job type (zeebe:taskDefinition), but {id} has none", id=node.get("id")
        )
        return
    job_type = definition.get("type", "")
    if job_type and feel.expression_text(job_type) is None and job_type not in diagram.known.job_types:
        diagram.error(node, "UNKNOWN_JOB_TYPE", "Expected job type {id} to exist, but it does not", id=job_type)
    retries = definition.get("retries", "3")
    if feel.expression_text(retries) is None and not retries.isdecimal():
        diagram.error(node, "RETRIES", "Expected retries to be a whole number, but it is {value}", value=retries)


def _send_task(diagram: Diagram, node: etree._Element) -> None:
    if "taskDefinition" in extensions.read(node):
        _job(diagram, node)
    elif node.get("messageRef"):
        _message(diagram, node, node)
    else:
        _job(diagram, node)


def _receive_task(diagram: Diagram, node: etree._Element) -> None:
    _message(diagram, node, node, catching=True)


def _business_rule_task(diagram: Diagram, node: etree._Element) -> None:
    found = extensions.read(node)
    if "taskDefinition" in found:
        _job(diagram, node)
        return
    called = found.get("calledDecision")
    if called is None:
        diagram.error(
            node, "NO_DECISION", "Expected a decision (zeebe:calledDecision), but {id} has none", id=node.get("id")
        )
        return
    id = called.get("decisionId", "")
    if id and feel.expression_text(id) is None and id not in diagram.known.decisions:
        diagram.error(node, "UNKNOWN_DECISION", "Expected decision {id} to exist, but it does not", id=id)


def _script_task(diagram: Diagram, node: etree._Element) -> None:
    if "taskDefinition" in extensions.read(node):
        _job(diagram, node)
    elif "script" not in extensions.read(node):
        diagram.error(
            node, "NO_SCRIPT", "Expected a FEEL expression (zeebe:script), but {id} has none", id=node.get("id")
        )


def _call_activity(diagram: Diagram, node: etree._Element) -> None:
    called = called_process(node)
    if not called:
        diagram.error(
            node, "NO_PROCESS", "Expected a process to call (zeebe:calledElement), but {id} has none", id=node.get("id")
        )
    elif feel.expression_text(called) is None:
        given = {str(process.get("id")): process for other in diagram.given for process in other.processes()}
        if any(called == task.get("id") for other in diagram.given for task in other.global_tasks()):
            return
        if called not in given and called not in diagram.known.processes:
            diagram.error(node, "UNKNOWN_PROCESS", "Expected process {id} to exist, but it does not", id=called)
        elif called in given and not any(
            event_kind(start) == "none" for start in xml.children(given[called], "startEvent")
        ):
            diagram.error(
                node,
                "NO_START",
                "Expected process {id} to have a start event without a message, but it has none",
                id=called,
            )


def _boundary_event(diagram: Diagram, node: etree._Element) -> None:
    host = diagram.by_id.get(str(node.get("attachedToRef")))
    if host is None or xml.local(host) not in ACTIVITY_TAGS or host.getparent() is not node.getparent():
        diagram.error(
            node,
            "BOUNDARY",
            "Expected {id} on an activity, but {host} is none in its scope",
            id=node.get("id"),
            host=node.get("attachedToRef"),
        )
        return
    if xml.is_event_sub_process(host):
        diagram.error(
            node, "BOUNDARY", "Expected {id} on an activity, but {host} is an event sub-process",
            id=node.get("id"), host=node.get("attachedToRef"),
        )  # fmt: skip
    if event_kind(node) == "error":
        mine = _error_code(diagram, node)
        for other in node.itersiblings(xml.bpmn("boundaryEvent"), preceding=True):
            on_same = other.get("attachedToRef") == node.get("attachedToRef") and event_kind(other) == "error"
            if on_same and _error_code(diagram, other) == mine:
                diagram.error(
                    node,
                    "BOUNDARY",
                    "Expected one event for error {error} on {host}, but there are several",
                    error=mine or "of any code",
                    host=node.get("attachedToRef"),
                )
    if (
        xml.local(host) in _NEVER_WAIT
        and event_kind(node) in _WAITED_FOR
        and "taskDefinition" not in extensions.read(host)
    ):
        diagram.warn(
            node,
            "BOUNDARY",
            "Expected {id} on an activity that waits, but {host} never does",
            id=node.get("id"),
            host=node.get("attachedToRef"),
        )
    _message_event(diagram, node)
    _error_event(diagram, node)


def _message_event(diagram: Diagram, node: etree._Element) -> None:
    catching = xml.local(node) in ("intermediateCatchEvent", "boundaryEvent")
    for definition in xml.children(node, "signalEventDefinition"):
        _signal(diagram, node, definition)
    for definition in xml.children(node, "escalationEventDefinition"):
        _escalation(diagram, node, definition)
    for definition in xml.children(node, "messageEventDefinition"):
        if not catching and "taskDefinition" in extensions.read(node):
            _job(diagram, node)
        else:
            _message(diagram, node, definition, catching=catching)


def _end_event(diagram: Diagram, node: etree._Element) -> None:
    _message_event(diagram, node)
    _error_event(diagram, node)


def _error_event(diagram: Diagram, node: etree._Element) -> None:
    for definition in xml.children(node, "errorEventDefinition"):
        error = diagram.target(definition, "errorRef", "error")
        if definition.get("errorRef") and error is None:
            diagram.error(
                node, "UNKNOWN_ERROR", "Expected error {id} to exist, but it does not", id=definition.get("errorRef")
            )
        elif xml.local(node) == "endEvent" and (error is None or not error.get("errorCode")):
            diagram.error(
                node, "NO_ERROR_CODE", "Expected an error with a code to throw, but {id} has none", id=node.get("id")
            )
        elif error is not None and feel.expression_text(error.get("errorCode") or "") is not None:
            diagram.error(node, "NO_ERROR_CODE", "Expected an error code that is written out, but it is an expression")


def _message(diagram: Diagram, node: etree._Element, refers: etree._Element, *, catching: bool = False) -> None:
    message = diagram.target(refers, "messageRef", "message")
    if message is None:
        diagram.error(
            node,
            "UNKNOWN_MESSAGE",
            "Expected {id} to refer to a message, but {ref} is none",
            id=node.get("id"),
            ref=refers.get("messageRef"),
        )
    elif not message.get("name") or feel.expression_text(str(message.get("name"))) is not None:
        diagram.error(
            node,
            "MESSAGE_NAME",
            "Expected message {id} to have a name that is written out, but it has none",
            id=message.get("id"),
        )
    elif catching and "subscription" not in extensions.read(message):
        diagram.warn(
            node,
            "NO_CORRELATION_KEY",
            "Expected message {name} to have a correlation key, but any message of that name will do",
            name=message.get("name"),
        )


def _signal(diagram: Diagram, node: etree._Element, refers: etree._Element) -> None:
    signal = diagram.target(refers, "signalRef", "signal")
    if signal is None:
        diagram.error(
            node, "UNKNOWN_SIGNAL", "Expected {id} to refer to a signal, but {ref} is none",
            id=node.get("id"), ref=refers.get("signalRef"),
        )  # fmt: skip
    elif not signal.get("name") or feel.expression_text(str(signal.get("name"))) is not None:
        diagram.error(
            node, "SIGNAL_NAME", "Expected signal {id} to have a name that is written out, but it has none",
            id=signal.get("id"),
        )  # fmt: skip


def _escalation(diagram: Diagram, node: etree._Element, refers: etree._Element) -> None:
    escalation = diagram.target(refers, "escalationRef", "escalation")
    if refers.get("escalationRef") and escalation is None:
        diagram.error(
            node, "UNKNOWN_ESCALATION", "Expected {id} to refer to an escalation, but {ref} is none",
            id=node.get("id"), ref=refers.get("escalationRef"),
        )  # fmt: skip
        return
    code = None if escalation is None else escalation.get("escalationCode")
    throws = xml.local(node) in ("intermediateThrowEvent", "endEvent")
    if (throws and not code) or (escalation is not None and not code) or feel.expression_text(code or "") is not None:
        diagram.error(
            node, "ESCALATION_CODE", "Expected an escalation with a code that is written out, but {id} has none",
            id=node.get("id"),
        )  # fmt: skip


def _behavior(diagram: Diagram, node: etree._Element, loop: etree._Element) -> None:
    """An activity that throws an event when the first or each of its iterations is completed names a signal."""
    behavior = loop.get("behavior", "All")
    if behavior == "All":
        return
    named = loop.get(f"{behavior.lower()}BehaviorEventRef")
    definition = diagram.by_id.get(str(named))
    if definition is None or xml.local(definition) != "signalEventDefinition":
        diagram.error(
            node, "LOOP", "Expected behavior {behavior} to name a signal event definition, but {ref} is none",
            behavior=behavior, ref=named,
        )  # fmt: skip
    else:
        _signal(diagram, node, definition)


def _form(diagram: Diagram, node: etree._Element, form: str | None) -> None:
    if form and feel.expression_text(form) is None and form not in diagram.known.forms:
        diagram.error(node, "UNKNOWN_FORM", "Expected form {id} to exist, but it does not", id=form)


def _error_code(diagram: Diagram, node: etree._Element) -> str | None:
    definition = xml.first(node, "errorEventDefinition")
    error = None if definition is None else diagram.target(definition, "errorRef", "error")
    return None if error is None else error.get("errorCode")


_NEVER_WAIT = ("task", "manualTask", "scriptTask")
_WAITED_FOR = ("message", "timer", "signal", "conditional", "multiple")

RULES: dict[str, Callable[[Diagram, etree._Element], None]] = {
    "userTask": _user_task,
    "startEvent": _start_event,
    "serviceTask": _job,
    "sendTask": _send_task,
    "receiveTask": _receive_task,
    "businessRuleTask": _business_rule_task,
    "scriptTask": _script_task,
    "callActivity": _call_activity,
    "boundaryEvent": _boundary_event,
    "intermediateCatchEvent": _message_event,
    "intermediateThrowEvent": _message_event,
    "endEvent": _end_event,
}
