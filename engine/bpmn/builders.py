"""How each BPMN element becomes a task spec: one function per tag, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn import extensions, xml
from engine.bpmn.elements import activities, events, gateways, processes, tasks
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.multi_instance import Loop
from engine.bpmn.expressions import Text, text
from engine.bpmn.scopes import IoMapping

Extensions = Mapping[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """What elements of a file refer to by id."""

    messages: Mapping[str, tuple[str, Text | None]]  # id -> name, correlation key
    errors: Mapping[str, str | None]  # id -> code

    @classmethod
    def of(cls, root: etree._Element) -> Definitions:
        messages = {}
        for node in xml.children(root, "message"):
            key = extensions.read(node).get("subscription", {}).get("correlationKey")
            messages[str(node.get("id"))] = (str(node.get("name") or ""), text(key))
        errors = {str(node.get("id")): node.get("errorCode") for node in xml.children(root, "error")}
        return cls(messages=messages, errors=errors)

    def message(self, node: etree._Element) -> tuple[str, Text | None]:
        return self.messages[str(node.get("messageRef"))]


def build(
    process: processes.ProcessSpec, node: etree._Element, definitions: Definitions, *, lane: str | None
) -> FlowNode:
    """The task spec of one element, without its flows."""
    found = extensions.read(node)
    make = BUILDERS[xml.local(node)](node, found, definitions)
    documentation = xml.text_of(xml.first(node, "documentation"))
    spec = make.cls(process, str(node.get("id")), name=node.get("name"), lane=lane, documentation=documentation)
    for name, value in make.attributes.items():
        setattr(spec, name, value)
    io = found.get("ioMapping", {})
    spec.input_mappings = _mappings(io.get("input", ()))
    spec.output_mappings = _mappings(io.get("output", ()))
    rows = found.get("properties", {}).get("property", ())
    spec.properties = {row["name"]: Text(row.get("value", "")) for row in rows if row.get("name")}
    loop = xml.first(node, "multiInstanceLoopCharacteristics")
    if loop is not None and isinstance(spec, activities.Activity):
        spec.loop = _loop(loop)
    return spec


class Make:
    """A class of task spec and the attributes it gets."""

    def __init__(self, cls: type[FlowNode], **attributes: Any) -> None:
        self.cls = cls
        self.attributes = attributes


def _user_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    assigned, schedule = found.get("assignmentDefinition", {}), found.get("taskSchedule", {})
    assignment = tasks.Assignment(
        form_id=text(found.get("formDefinition", {}).get("formId")),
        assignee=text(assigned.get("assignee")),
        candidate_groups=text(assigned.get("candidateGroups")),
        candidate_users=text(assigned.get("candidateUsers")),
        due_date=text(schedule.get("dueDate")),
        follow_up_date=text(schedule.get("followUpDate")),
        priority=text(found.get("priorityDefinition", {}).get("priority")),
    )
    return Make(tasks.UserTask, assignment=assignment)


def _service_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    return Make(tasks.JobTask, job=_job(found))


def _send_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if "taskDefinition" in found:
        return Make(tasks.SendTask, job=_job(found))
    name, key = definitions.message(node)
    return Make(events.SendMessageTask, message_name=name, key=key)


def _receive_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    return Make(events.ReceiveTask, catch=events.MessageCatch(*definitions.message(node)))


def _script_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    script = found["script"]
    return Make(tasks.ScriptTask, expression=Text(script["expression"]), result_variable=script["resultVariable"])


def _business_rule_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if "taskDefinition" in found:
        return Make(tasks.JobTask, job=_job(found))
    called = found["calledDecision"]
    return Make(
        tasks.BusinessRuleTask, decision_id=Text(called["decisionId"]), result_variable=called["resultVariable"]
    )


def _call_activity(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    called = found.get("calledElement", {})
    return Make(
        processes.CallActivity,
        called=Text(called.get("processId") or str(node.get("calledElement"))),
        all_child_variables=called.get("propagateAllChildVariables", "true") == "true",
        all_parent_variables=called.get("propagateAllParentVariables", "true") == "true",
    )


def _start_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    message = xml.first(node, "messageEventDefinition")
    return Make(
        events.StartEvent,
        form_id=found.get("formDefinition", {}).get("formId"),
        message_name=None if message is None else definitions.message(message)[0],
    )


def _catch_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    return Make(events.CatchEvent, catch=_catch(node, definitions))


def _boundary_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    error = xml.first(node, "errorEventDefinition")
    if error is not None:
        return Make(events.ErrorBoundaryEvent, error_code=definitions.errors.get(str(error.get("errorRef"))))
    interrupting = node.get("cancelActivity", "true") == "true"
    return Make(events.BoundaryEvent, catch=_catch(node, definitions), interrupting=interrupting)


def _throw_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    message = xml.first(node, "messageEventDefinition")
    if message is None:
        return Make(events.IntermediateEvent)
    if "taskDefinition" in found:
        return Make(events.JobThrow, job=_job(found))
    name, key = definitions.message(message)
    return Make(events.MessageThrow, message_name=name, key=key)


def _end_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if xml.first(node, "terminateEventDefinition") is not None:
        return Make(events.TerminateEnd)
    error = xml.first(node, "errorEventDefinition")
    if error is not None:
        return Make(events.ErrorEnd, error_code=definitions.errors[str(error.get("errorRef"))])
    made = _throw_event(node, found, definitions)
    ends = {events.MessageThrow: events.MessageEnd, events.JobThrow: events.JobEnd}
    return Make(ends.get(made.cls, events.EndEvent), **made.attributes)


def _simply(cls: type[FlowNode]) -> Callable[[etree._Element, Extensions, Definitions], Make]:
    return lambda node, found, definitions: Make(cls)


BUILDERS: dict[str, Callable[[etree._Element, Extensions, Definitions], Make]] = {
    "task": _simply(tasks.PlainTask),
    "manualTask": _simply(tasks.ManualTask),
    "userTask": _user_task,
    "serviceTask": _service_task,
    "sendTask": _send_task,
    "receiveTask": _receive_task,
    "scriptTask": _script_task,
    "businessRuleTask": _business_rule_task,
    "subProcess": _simply(processes.SubProcess),
    "callActivity": _call_activity,
    "startEvent": _start_event,
    "intermediateCatchEvent": _catch_event,
    "intermediateThrowEvent": _throw_event,
    "boundaryEvent": _boundary_event,
    "endEvent": _end_event,
    "exclusiveGateway": _simply(gateways.ExclusiveGateway),
    "parallelGateway": _simply(gateways.ParallelGateway),
    "inclusiveGateway": _simply(gateways.InclusiveGateway),
    "eventBasedGateway": _simply(gateways.EventBasedGateway),
}


def _job(found: Extensions) -> tasks.JobDefinition:
    definition = found["taskDefinition"]
    headers = {
        row["key"]: row.get("value", "") for row in found.get("taskHeaders", {}).get("header", ()) if "key" in row
    }
    return tasks.JobDefinition(type=Text(definition["type"]), retries=text(definition.get("retries")), headers=headers)


def _catch(node: etree._Element, definitions: Definitions) -> events.Catch:
    message = xml.first(node, "messageEventDefinition")
    if message is not None:
        return events.MessageCatch(*definitions.message(message))
    timer = xml.first(node, "timerEventDefinition")
    assert timer is not None
    for tag, style in TIMER_STYLES.items():
        if (value := xml.text_of(xml.first(timer, tag))) is not None:
            return events.TimerCatch(style, Text(value))
    raise ValueError(f"timer of {node.get('id')} says no time")


TIMER_STYLES = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


def _loop(node: etree._Element) -> Loop:
    drawn = extensions.read(node).get("loopCharacteristics", {})
    return Loop(
        sequential=node.get("isSequential") == "true",
        collection=text(drawn.get("inputCollection")),
        cardinality=text(xml.text_of(xml.first(node, "loopCardinality"))),
        input_element=drawn.get("inputElement"),
        output_collection=drawn.get("outputCollection"),
        output_element=text(drawn.get("outputElement")),
        condition=text(xml.text_of(xml.first(node, "completionCondition"))),
    )


def _mappings(rows: list[dict[str, str]]) -> tuple[IoMapping, ...]:
    return tuple(IoMapping(source=Text(row.get("source", "")), target=row["target"]) for row in rows)
