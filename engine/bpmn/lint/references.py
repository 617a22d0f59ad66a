"""What an element names must exist: messages, errors, forms, decisions, processes, job types, groups."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine import feel
from engine.bpmn import extensions, xml
from engine.bpmn.builders import GLOBAL_TASKS
from engine.bpmn.lint import calls, event_references
from engine.bpmn.lint.findings import ACTIVITY_TAGS, Diagram, event_kind
from engine.errors import Message


def check_references(diagram: Diagram) -> None:
    """Each element by its own rule."""
    for node in diagram.nodes():
        if (rule := RULES.get(GLOBAL_TASKS.get(xml.local(node), xml.local(node)))) is not None:
            rule(diagram, node)
        for loop in xml.children(node, "multiInstanceLoopCharacteristics"):
            event_references.check_behavior(diagram, node, loop)
    for lane in _lanes(diagram):
        for member in sorted(_members(lane) - diagram.by_id.keys()):
            diagram.error(
                lane, "LANE", "Expected elements in lane {id}, but {ref} does not exist", id=lane.get("id"), ref=member
            )


def _user_task(diagram: Diagram, node: etree._Element) -> None:
    found = extensions.read(node)
    form = found.get("formDefinition", {})
    _form(diagram, node, form.get("formId"))
    bound = form.get("formId") if form.get("bindingType") == "deployment" else None
    if bound in diagram.known.forms - diagram.known.forms_beside:
        diagram.error(node, "BINDING", "Expected form {id} in the same deployment, but it is not in it", id=bound)
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
    form = extensions.read(node).get("formDefinition", {})
    _form(diagram, node, form.get("formId"))
    if form.get("bindingType", "latest") != "latest":
        diagram.error(
            node, "BINDING", "Expected the latest form at {id}: a start form is shown before there is an instance",
            id=node.get("id"),
        )  # fmt: skip
    _message_event(diagram, node)
    event_references.check_error_event(diagram, node)


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
        event_references.check_message(diagram, node, node)
    else:
        _job(diagram, node)


def _receive_task(diagram: Diagram, node: etree._Element) -> None:
    event_references.check_message(diagram, node, node, catching=True)


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
    if not id or feel.expression_text(id) is not None:
        return
    if id not in diagram.known.decisions:
        diagram.error(node, "UNKNOWN_DECISION", "Expected decision {id} to exist, but it does not", id=id)
    elif called.get("bindingType") == "deployment" and id not in diagram.known.decisions_beside:
        diagram.error(node, "BINDING", "Expected decision {id} in the same deployment, but it is not in it", id=id)


def _script_task(diagram: Diagram, node: etree._Element) -> None:
    if "taskDefinition" in extensions.read(node):
        _job(diagram, node)
    elif "script" not in extensions.read(node):
        diagram.error(
            node, "NO_SCRIPT", "Expected a FEEL expression (zeebe:script), but {id} has none", id=node.get("id")
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
        mine = event_references.error_code(diagram, node)
        for other in node.itersiblings(xml.bpmn("boundaryEvent"), preceding=True):
            on_same = other.get("attachedToRef") == node.get("attachedToRef") and event_kind(other) == "error"
            if on_same and event_references.error_code(diagram, other) == mine:
                diagram.error(
                    node,
                    "BOUNDARY",
                    "Expected one event for error {error} on {host}, but there are several",
                    error=mine or Message("of any code"),
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
    event_references.check_error_event(diagram, node)


def _message_event(diagram: Diagram, node: etree._Element) -> None:
    catching = xml.local(node) in ("intermediateCatchEvent", "boundaryEvent")
    for definition in xml.children(node, "signalEventDefinition"):
        event_references.check_signal(diagram, node, definition)
    for definition in xml.children(node, "escalationEventDefinition"):
        event_references.check_escalation(diagram, node, definition)
    for definition in xml.children(node, "messageEventDefinition"):
        if not catching and "taskDefinition" in extensions.read(node):
            _job(diagram, node)
        else:
            event_references.check_message(diagram, node, definition, catching=catching)


def _end_event(diagram: Diagram, node: etree._Element) -> None:
    _message_event(diagram, node)
    event_references.check_error_event(diagram, node)


def _form(diagram: Diagram, node: etree._Element, form: str | None) -> None:
    if form and feel.expression_text(form) is None and form not in diagram.known.forms:
        diagram.error(node, "UNKNOWN_FORM", "Expected form {id} to exist, but it does not", id=form)


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
    "callActivity": calls.check_call,
    "boundaryEvent": _boundary_event,
    "intermediateCatchEvent": _message_event,
    "intermediateThrowEvent": _message_event,
    "endEvent": _end_event,
}
