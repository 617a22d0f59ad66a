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
    "startEvent": ("process", "subProcess", "eventSubProcess", "eventSubProcessBeside"),
    "intermediateCatchEvent": ("anywhere",),
    "intermediateThrowEvent": ("anywhere",),
    "boundaryEvent": ("interrupting", "nonInterrupting"),
    "endEvent": ("anywhere",),
}

# (tag, position) -> event definitions that are executed
EXECUTED_EVENTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("startEvent", "process"): ("none", "message", "timer", "signal", "conditional", "multiple"),
    ("startEvent", "subProcess"): ("none",),
    ("startEvent", "eventSubProcess"): (
        "message", "timer", "signal", "error", "escalation", "conditional", "compensate", "multiple",
    ),
    ("startEvent", "eventSubProcessBeside"): ("message", "timer", "signal", "escalation", "conditional", "multiple"),
    ("intermediateCatchEvent", "anywhere"): ("message", "timer", "signal", "conditional", "link", "multiple"),
    ("intermediateThrowEvent", "anywhere"): (
        "none", "message", "signal", "escalation", "compensate", "link", "multiple",
    ),
    ("boundaryEvent", "interrupting"): (
        "message", "timer", "signal", "error", "escalation", "conditional", "compensate", "cancel", "multiple",
    ),
    ("boundaryEvent", "nonInterrupting"): ("message", "timer", "signal", "escalation", "conditional", "multiple"),
    ("endEvent", "anywhere"): (
        "none", "message", "signal", "error", "escalation", "compensate", "cancel", "terminate", "multiple",
    ),
}  # fmt: skip

# Several event definitions may be joined in one event where these are all.
MULTIPLE = {
    "startEvent": ("message", "timer", "signal", "conditional"),
    "intermediateCatchEvent": ("message", "timer", "signal", "conditional"),
    "boundaryEvent": ("message", "timer", "signal", "conditional"),
    "intermediateThrowEvent": ("message", "signal", "escalation"),
    "endEvent": ("message", "signal", "escalation"),
}

ACTIVITIES = {
    "task": "documents work; the token passes",
    "manualTask": "documents work; the token passes",
    "userTask": "a human task in the inbox",
    "serviceTask": "a job for a worker (zeebe:taskDefinition)",
    "sendTask": "a job for a worker, or a message",
    "receiveTask": "waits for a message",
    "scriptTask": "a FEEL expression (zeebe:script), or a job",
    "businessRuleTask": "a decision (zeebe:calledDecision), or a job",
    "subProcess": "an embedded sub-process with its own variables, or an event sub-process",
    "transaction": "a sub-process that can be cancelled: what was completed in it is undone",
    "adHocSubProcess": "activities without order: all of them, or those of a list (zeebe:adHoc)",
    "callActivity": "another process (the newest, that of its deployment, or one with a version tag) or global task",
}

GATEWAYS = {
    "exclusiveGateway": "the first true flow, else the default flow",
    "parallelGateway": "all flows; waits for all",
    "inclusiveGateway": "all true flows; waits for those that can arrive",
    "eventBasedGateway": "waits for the first of several events; with instantiate, messages start the process",
}

MARKERS = {
    "multiInstanceLoopCharacteristics": "once for every item, together or one after another",
    "standardLoopCharacteristics": "again while a condition holds",
}

GLOBAL_TASKS = {
    "globalTask": "a task for call activities",
    "globalManualTask": "a manual task for call activities",
    "globalUserTask": "a user task for call activities",
    "globalScriptTask": "a script task for call activities",
    "globalBusinessRuleTask": "a business rule task for call activities",
}

REFUSED = {
    "complexGateway": "draw exclusive, parallel or inclusive gateways",
    "choreographyTask": "draw a process",
    "callChoreography": "draw a process",
    "subChoreography": "draw a process",
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
    "assignment": "use input and output mappings",
    "transformation": "use input and output mappings",
    "complexBehaviorDefinition": "use a completion condition",
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
    "participantRef", "endPoint", "operationRef", "loopCondition", "condition",
    # Data is drawn: variables carry it.
    "property", "ioSpecification", "dataOutput", "inputSet", "outputSet", "dataInputRefs", "dataOutputRefs",
    "dataInputAssociation", "dataOutputAssociation", "sourceRef", "targetRef",
})  # fmt: skip


def rows() -> Iterator[Row]:
    """Every element with its verdict, as the documentation lists them."""
    for tag, note in {**ACTIVITIES, **GATEWAYS, **MARKERS, **GLOBAL_TASKS}.items():
        yield Row(tag=tag, executed=True, note=note)
    for tag, positions in POSITIONS.items():
        for position in positions:
            for event in EVENTS:
                yield Row(tag=tag, event=event, position=position, executed=event in EXECUTED_EVENTS[tag, position])
    for tag, note in REFUSED.items():
        yield Row(tag=tag, executed=False, note=note)


def executes_event(tag: str, position: str, event: str) -> bool:
    return event in EXECUTED_EVENTS.get((tag, position), ())
