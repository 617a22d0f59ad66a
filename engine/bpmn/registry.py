"""Which BPMN elements are executed and which are refused: the one table the checks, the docs and the palette read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of element. `event`: its event definition, or "none". `position`: where it stands, or "anywhere"."""

    tag: str
    event: str = "none"
    position: str = "anywhere"
    executed: bool
    note: str = ""


EVENTS = (
    "none", "message", "timer", "signal", "error", "escalation", "conditional", "compensate", "link", "cancel",
    "terminate", "multiple",
)  # fmt: skip

# tag -> positions it may have
POSITIONS = {
    "startEvent": ("process", "subProcess", "eventSubProcess"),
    "intermediateCatchEvent": ("anywhere",),
    "intermediateThrowEvent": ("anywhere",),
    "boundaryEvent": ("interrupting", "nonInterrupting"),
    "endEvent": ("anywhere",),
}

# (tag, position) -> event definitions that are executed
EXECUTED_EVENTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("startEvent", "process"): ("none", "message"),
    ("startEvent", "subProcess"): ("none",),
    ("startEvent", "eventSubProcess"): (),
    ("intermediateCatchEvent", "anywhere"): ("message", "timer"),
    ("intermediateThrowEvent", "anywhere"): ("none", "message"),
    ("boundaryEvent", "interrupting"): ("message", "timer", "error"),
    ("boundaryEvent", "nonInterrupting"): ("message", "timer"),
    ("endEvent", "anywhere"): ("none", "message", "error", "terminate"),
}

ACTIVITIES = {
    "task": "documents work; the token passes",
    "manualTask": "documents work; the token passes",
    "userTask": "a human task in the inbox",
    "serviceTask": "a job for a worker (zeebe:taskDefinition)",
    "sendTask": "a job for a worker, or a message",
    "receiveTask": "waits for a message",
    "scriptTask": "a FEEL expression (zeebe:script)",
    "businessRuleTask": "a decision (zeebe:calledDecision), or a job",
    "subProcess": "an embedded sub-process with its own variables",
    "callActivity": "another process within the instance",
}

GATEWAYS = {
    "exclusiveGateway": "the first true flow, else the default flow",
    "parallelGateway": "all flows; waits for all",
    "inclusiveGateway": "all true flows; waits for those that can arrive",
    "eventBasedGateway": "waits for the first of several messages and timers",
}

MARKERS = {"multiInstanceLoopCharacteristics": "once for every item, together or one after another"}

REFUSED = {
    "transaction": "draw a sub-process with error boundary events",
    "adHocSubProcess": "draw the possible orders of work",
    "complexGateway": "draw exclusive, parallel or inclusive gateways",
    "standardLoopCharacteristics": "draw the loop with an exclusive gateway, or use multi-instance",
    "choreographyTask": "draw a process",
    "callChoreography": "draw a process",
    "subChoreography": "draw a process",
    "ioSpecification": "use input and output mappings",
    "dataInputAssociation": "use input mappings",
    "dataOutputAssociation": "use output mappings",
    "property": "use variables",
    "globalUserTask": "call a process",
    "globalManualTask": "call a process",
    "globalScriptTask": "call a process",
    "globalBusinessRuleTask": "call a process",
    "globalTask": "call a process",
    "correlationSubscription": "use the correlation key of the message",
    "resourceRole": "use an assignment definition",
    "performer": "use an assignment definition",
    "humanPerformer": "use an assignment definition",
    "potentialOwner": "use an assignment definition",
    "auditing": "the history is always kept",
    "monitoring": "the history is always kept",
    "supportedInterfaceRef": "use a job type",
    "ioBinding": "use a job type",
    "import": "draw what is imported",
}

# Drawn for readers, or read as a part of something else; they do nothing by themselves.
SILENT = frozenset({
    "definitions", "process", "sequenceFlow", "incoming", "outgoing", "documentation", "extensionElements",
    "extension", "laneSet", "lane", "flowNodeRef", "childLaneSet", "collaboration", "participant", "messageFlow",
    "participantMultiplicity", "textAnnotation", "text", "association", "group", "category", "categoryValue",
    "categoryValueRef", "dataObject", "dataObjectReference", "dataStoreReference", "dataStore", "dataState",
    "itemDefinition", "dataInput", "message", "error", "signal", "escalation", "conditionExpression",
    "completionCondition", "loopCardinality", "timeDate", "timeDuration", "timeCycle", "relationship", "interface",
    "operation", "inMessageRef", "outMessageRef", "errorRef", "resource", "partnerRole", "partnerEntity",
    "participantRef", "endPoint",
})  # fmt: skip


def rows() -> Iterator[Row]:
    """Every element with its verdict, as the documentation lists them."""
    for tag, note in {**ACTIVITIES, **GATEWAYS, **MARKERS}.items():
        yield Row(tag=tag, executed=True, note=note)
    for tag, positions in POSITIONS.items():
        for position in positions:
            for event in EVENTS:
                yield Row(tag=tag, event=event, position=position, executed=event in EXECUTED_EVENTS[tag, position])
    for tag, note in REFUSED.items():
        yield Row(tag=tag, executed=False, note=note)


def executes_event(tag: str, position: str, event: str) -> bool:
    return event in EXECUTED_EVENTS.get((tag, position), ())
