"""How each BPMN element becomes a task spec: one function per tag, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from engine.bpmn import event_definitions, extensions, xml
from engine.bpmn.elements import (
    activities,
    ad_hoc,
    calls,
    catches,
    compensation,
    events,
    gateways,
    processes,
    tasks,
    throws,
)
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.multi_instance import Loop
from engine.bpmn.elements.standard_loop import StandardLoop
from engine.bpmn.event_definitions import Definitions
from engine.bpmn.expressions import Text, text
from engine.bpmn.runtime import Binding
from engine.bpmn.scopes import IoMapping

Extensions = Mapping[str, dict[str, Any]]


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
    if isinstance(spec, activities.Activity):
        if (loop := xml.first(node, "multiInstanceLoopCharacteristics")) is not None:
            spec.loop = _loop(loop, definitions)
        elif (loop := xml.first(node, "standardLoopCharacteristics")) is not None:
            spec.loop = _standard_loop(loop)
        spec.tokens_in = int(node.get("startQuantity", "1"))
        spec.tokens_out = int(node.get("completionQuantity", "1"))
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
        form_binding=_binding(found.get("formDefinition", {})),
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
    return Make(throws.SendMessageTask, message=throws.MessageThrow(name, key))


def _receive_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    return Make(events.ReceiveTask, catch=catches.MessageCatch(*definitions.message(node)))


def _script_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if "taskDefinition" in found:
        return Make(tasks.ScriptJobTask, job=_job(found))
    script = found["script"]
    return Make(tasks.ScriptTask, expression=Text(script["expression"]), result_variable=script["resultVariable"])


def _business_rule_task(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if "taskDefinition" in found:
        return Make(tasks.JobTask, job=_job(found))
    called = found["calledDecision"]
    return Make(
        tasks.BusinessRuleTask,
        decision_id=Text(called["decisionId"]),
        binding=_binding(called),
        result_variable=called["resultVariable"],
    )


def _call_activity(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    called = found.get("calledElement", {})
    return Make(
        calls.CallActivity,
        called=Text(called.get("processId") or str(node.get("calledElement"))),
        binding=_binding(called),
        all_child_variables=called.get("propagateAllChildVariables", "true") == "true",
        all_parent_variables=called.get("propagateAllParentVariables", "true") == "true",
    )


def _sub_process(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    return Make(processes.EventSubProcess if xml.is_event_sub_process(node) else processes.SubProcess)


def _ad_hoc(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    return Make(
        ad_hoc.AdHocSubProcess,
        collection=text(found.get("adHoc", {}).get("activeElementsCollection")),
        condition=text(xml.text_of(xml.first(node, "completionCondition"))),
        sequential=node.get("ordering") == "Sequential",
        cancels_remaining=xml.is_true(node, "cancelRemainingInstances", "true"),
    )


def _start_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    parent = node.getparent()
    if parent is not None and xml.is_event_sub_process(parent):
        interrupting = xml.is_true(node, "isInterrupting", "true")
        return Make(events.EventStart, interrupting=interrupting, **event_definitions.caught(node, definitions))
    signals = xml.children(node, "signalEventDefinition")
    timer = xml.first(node, "timerEventDefinition")
    return Make(
        events.StartEvent,
        form_id=found.get("formDefinition", {}).get("formId"),
        message_names=tuple(definitions.message(each)[0] for each in xml.children(node, "messageEventDefinition")),
        signal_names=tuple(definitions.signals[str(each.get("signalRef"))] for each in signals),
        timer=None if timer is None else event_definitions.timer(timer),
        condition=event_definitions.condition(node),
    )


def _catch_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if xml.first(node, "linkEventDefinition") is not None:
        return Make(events.LinkCatch)
    return Make(events.CatchEvent, catch=event_definitions.catch(node, definitions))


def _boundary_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    interrupting = xml.is_true(node, "cancelActivity", "true")
    return Make(events.BoundaryEvent, interrupting=interrupting, **event_definitions.caught(node, definitions))


def _throw_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    ends = xml.local(node) == "endEvent"
    given = xml.event_definitions(node)
    if not given:
        return Make(throws.EndEvent if ends else events.IntermediateEvent)
    if xml.local(given[0]) == "linkEventDefinition":
        return Make(throws.LinkThrow, link=str(given[0].get("name")))
    if xml.local(given[0]) == "compensateEventDefinition":
        cls = compensation.CompensationEnd if ends else compensation.CompensationThrow
        return Make(cls, activity=given[0].get("activityRef"))
    if xml.local(given[0]) == "messageEventDefinition" and "taskDefinition" in found:
        return Make(throws.JobEnd if ends else throws.JobThrow, job=_job(found))
    thrown = tuple(event_definitions.throw(definition, definitions) for definition in given)
    return Make(throws.ThrowEnd if ends else throws.ThrowEvent, throws=thrown)


def _end_event(node: etree._Element, found: Extensions, definitions: Definitions) -> Make:
    if xml.first(node, "terminateEventDefinition") is not None:
        return Make(throws.TerminateEnd)
    if xml.first(node, "cancelEventDefinition") is not None:
        return Make(compensation.CancelEnd)
    error = xml.first(node, "errorEventDefinition")
    if error is not None:
        return Make(throws.ErrorEnd, error_code=definitions.errors[str(error.get("errorRef"))])
    return _throw_event(node, found, definitions)


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
    "subProcess": _sub_process,
    "transaction": _simply(processes.Transaction),
    "adHocSubProcess": _ad_hoc,
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

# global task -> the task it does when it is called
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalManualTask": "manualTask",
    "globalUserTask": "userTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
BUILDERS |= {global_tag: BUILDERS[tag] for global_tag, tag in GLOBAL_TASKS.items()}


def _job(found: Extensions) -> tasks.JobDefinition:
    definition = found["taskDefinition"]
    headers = {
        row["key"]: row.get("value", "") for row in found.get("taskHeaders", {}).get("header", ()) if "key" in row
    }
    return tasks.JobDefinition(type=Text(definition["type"]), retries=text(definition.get("retries")), headers=headers)


def _binding(drawn: Mapping[str, str]) -> Binding:
    kind = drawn.get("bindingType", "latest")
    return Binding(type=kind, tag=drawn.get("versionTag") if kind == "versionTag" else None)


def _loop(node: etree._Element, definitions: Definitions) -> Loop:
    drawn = extensions.read(node).get("loopCharacteristics", {})
    behavior = node.get("behavior", "All")
    thrown = definitions.events.get(str(node.get(f"{behavior.lower()}BehaviorEventRef")))
    return Loop(
        sequential=xml.is_true(node, "isSequential"),
        collection=text(drawn.get("inputCollection")),
        cardinality=text(xml.text_of(xml.first(node, "loopCardinality"))),
        input_element=drawn.get("inputElement"),
        output_collection=drawn.get("outputCollection"),
        output_element=text(drawn.get("outputElement")),
        condition=text(xml.text_of(xml.first(node, "completionCondition"))),
        behavior=behavior,
        signal=None if thrown is None else definitions.signals[str(thrown.get("signalRef"))],
    )


def _standard_loop(node: etree._Element) -> StandardLoop:
    most = node.get("loopMaximum")
    return StandardLoop(
        condition=text(xml.text_of(xml.first(node, "loopCondition"))),
        tests_before=xml.is_true(node, "testBefore"),
        most=int(most) if most else None,
    )


def _mappings(rows: list[dict[str, str]]) -> tuple[IoMapping, ...]:
    return tuple(IoMapping(source=Text(row.get("source", "")), target=row["target"]) for row in rows)
