"""Every element and attribute against the registry: what is not known to be executed is refused."""

from __future__ import annotations

from collections import Counter
from functools import reduce

from lxml import etree

from engine.bpmn import registry, xml
from engine.bpmn.lint.findings import ACTIVITY_TAGS, NODE_TAGS, Diagram, event_kind, position_of
from engine.errors import Message

MOST_TOKENS = 100  # an activity may wait for or send

_NOT_TRUE = ("false", "0")
_TRUE = ("true", "1")

# tag or "*" -> attribute -> values that are executed; None: any
ATTRIBUTES: dict[str, dict[str, tuple[str, ...] | None]] = {
    "*": {
        "id": None,
        "name": None,
        "default": None,
        "isForCompensation": None,
        "startQuantity": None,
        "completionQuantity": None,
        "implementation": None,
        "gatewayDirection": None,
    },
    "process": {"isExecutable": None, "processType": None, "isClosed": None},
    "subProcess": {"triggeredByEvent": None},
    "transaction": {"triggeredByEvent": _NOT_TRUE, "method": None},
    "adHocSubProcess": {"triggeredByEvent": _NOT_TRUE, "ordering": None, "cancelRemainingInstances": None},
    "callActivity": {"calledElement": None},
    "startEvent": {"isInterrupting": None, "parallelMultiple": None},
    "intermediateCatchEvent": {"parallelMultiple": None},
    "boundaryEvent": {"attachedToRef": None, "cancelActivity": None, "parallelMultiple": None},
    "eventBasedGateway": {"instantiate": None, "eventGatewayType": ("Exclusive",)},
    "receiveTask": {"messageRef": None, "instantiate": None, "operationRef": None},
    "sendTask": {"messageRef": None, "operationRef": None},
    "serviceTask": {"operationRef": ()},
    "scriptTask": {"scriptFormat": ()},
    "sequenceFlow": {"sourceRef": None, "targetRef": None, "isImmediate": ("true", "1")},
    "multiInstanceLoopCharacteristics": {
        "isSequential": None,
        "behavior": ("All", "One", "None"),
        "oneBehaviorEventRef": None,
        "noneBehaviorEventRef": None,
    },
    "standardLoopCharacteristics": {"testBefore": None, "loopMaximum": None},
    "messageEventDefinition": {"messageRef": None, "operationRef": None},
    "errorEventDefinition": {"errorRef": None},
    "signalEventDefinition": {"signalRef": None},
    "escalationEventDefinition": {"escalationRef": None},
    "compensateEventDefinition": {"activityRef": None, "waitForCompletion": _TRUE},
    "linkEventDefinition": {},
    "conditionalEventDefinition": {},
}

_PARTS = frozenset(tag for tag in ATTRIBUTES if tag.endswith(("Definition", "Characteristics")))
_CHECKED = NODE_TAGS | _PARTS | {"process", "sequenceFlow"}
_LOOP_PARTS = frozenset({"extensionElements", "documentation", "loopCardinality", "completionCondition"})
# Where several events can't be waited for together: they would have to be waited for anew, or by nobody.
_NEVER_ALL = frozenset({"process", "eventSubProcessBeside", "nonInterrupting"})
_STANDARD_LOOP_PARTS = frozenset({"extensionElements", "documentation", "loopCondition"})
_TIMER_PARTS = frozenset({"extensionElements", "documentation", "timeDate", "timeDuration", "timeCycle"})


# how a refusal says where an event stands
WHERE = {
    "interrupting": Message(" (interrupting)"),
    "nonInterrupting": Message(" (non-interrupting)"),
    "subProcess": Message(" of a sub-process"),
    "eventSubProcess": Message(" of an event sub-process (interrupting)"),
    "eventSubProcessBeside": Message(" of an event sub-process (non-interrupting)"),
}


def check_ids(diagram: Diagram) -> None:
    """Ids are how everything is found again: every executed element has one, and no two are equal."""
    nodes = list(diagram.root.iter(xml.bpmn("*")))
    seen = Counter(str(node.get("id")) for node in nodes if node.get("id"))
    for id, times in seen.items():
        if times > 1:
            diagram.error(
                diagram.by_id[id],
                "DUPLICATE_ID",
                "Expected id {id} once, but {times} elements have it",
                id=id,
                times=times,
            )
    for node in nodes:
        if xml.local(node) in _CHECKED - _PARTS and not node.get("id"):
            diagram.error(node, "MISSING_ID", "Expected {tag} to have an id, but it has none", tag=xml.local(node))


def check_processes(diagram: Diagram) -> None:
    """Something must be executable; what is not is only drawn."""
    all_processes = list(xml.children(diagram.root, "process"))
    if not diagram.processes():
        drawn = next(iter(all_processes), diagram.root)
        diagram.error(drawn, "NOT_EXECUTABLE", 'Expected a process with isExecutable="true", but the file has none')
    for process in all_processes:
        if process not in diagram.processes() and any(xml.local(node) in NODE_TAGS for node in process):
            diagram.warn(process, "NOT_EXECUTABLE", "Expected an executable process, but this one is only drawn")
    for other in diagram.given:
        if other is diagram:
            break
        for process in diagram.processes():
            if any(process.get("id") == twin.get("id") for twin in other.processes()):
                diagram.error(
                    process, "DUPLICATE_PROCESS", "Expected process {id} once, but {resource} has it too",
                    id=process.get("id"), resource=other.resource,
                )  # fmt: skip


def check_elements(diagram: Diagram) -> None:
    """Each element, its event definition, its position and its attributes are known to be executed."""
    for process in diagram.processes():
        for node in process.iter(xml.bpmn("*")):
            _check_element(diagram, node)
    for node in diagram.root.iterchildren(xml.bpmn("*")):
        if xml.local(node) in registry.REFUSED:
            _refuse(diagram, node)


def _check_element(diagram: Diagram, node: etree._Element) -> None:
    tag = xml.local(node)
    parent = node.getparent()
    if tag in registry.POSITIONS:
        _check_event(diagram, node)
    elif tag in registry.REFUSED:
        _refuse(diagram, node)
    elif tag.endswith("EventDefinition") or tag == "eventDefinitionRef":
        if tag == "timerEventDefinition":
            _refuse_parts(diagram, node, _TIMER_PARTS)
    elif tag == "multiInstanceLoopCharacteristics":
        _refuse_parts(diagram, node, _LOOP_PARTS)
    elif tag == "standardLoopCharacteristics":
        _refuse_parts(diagram, node, _STANDARD_LOOP_PARTS)
    elif tag == "script":
        diagram.error(
            node, "NOT_EXECUTED", "Expected a FEEL script (zeebe:script), but there is a script in another language"
        )
    elif parent is not None and xml.local(parent) in ("multiInstanceLoopCharacteristics", "timerEventDefinition"):
        pass
    elif tag not in registry.ACTIVITIES and tag not in registry.GATEWAYS and tag not in registry.SILENT:
        diagram.error(node, "NOT_EXECUTED", "Expected elements that are executed, but {tag} is not", tag=tag)
    if tag in _CHECKED:
        _check_attributes(diagram, node, tag)
    if tag in ACTIVITY_TAGS:
        _check_quantities(diagram, node)


def _check_event(diagram: Diagram, node: etree._Element) -> None:
    tag, kind, position = xml.local(node), event_kind(node), position_of(node)
    names = [xml.local(each).removesuffix("EventDefinition") for each in xml.event_definitions(node)]
    joined = kind != "multiple" or all(name in registry.MULTIPLE[tag] for name in names)
    if position == "process" and kind == "multiple":  # any of them starts an instance; nobody looks at conditions there
        joined = joined and "conditional" not in names and names.count("timer") <= 1
    if registry.executes_event(tag, position, kind) and joined:
        if xml.is_true(node, "parallelMultiple") and position in _NEVER_ALL:
            diagram.error(
                node,
                "NOT_EXECUTED",
                "Expected any of several events to be enough for {id}, but all are wanted",
                id=node.get("id"),
            )
        return
    if kind == "none":
        diagram.error(node, "NOT_EXECUTED", "Expected {tag} to have an event definition, but it has none", tag=tag)
    elif kind == "eventDefinitionRef":
        diagram.error(
            node, "NOT_EXECUTED", "Expected the event definition in {tag} itself, but it is a reference", tag=tag
        )
    else:
        where = WHERE.get(position, "")
        diagram.error(
            node, "NOT_EXECUTED", "Expected an event that is executed, but {tag}{where} with {kinds} is not",
            where=where, tag=tag, kinds=reduce(_both, names),
        )  # fmt: skip


def _both(one: str, other: str) -> str:
    return Message("{one} and {other}", one=one, other=other)


def _check_attributes(diagram: Diagram, node: etree._Element, tag: str) -> None:
    allowed = {**ATTRIBUTES["*"], **ATTRIBUTES.get(tag, {})}
    for name, value in node.attrib.items():
        key = etree.QName(str(name))
        if key.namespace is not None:
            continue  # other namespaces' attributes are looked at with the extension elements
        values = allowed.get(key.localname, ())
        if values is not None and str(value) not in values:
            diagram.error(
                node, "NOT_EXECUTED", "Expected {tag} without {attribute}=\"{value}\", but that is not executed",
                tag=tag, attribute=key.localname, value=str(value),
            )  # fmt: skip


def _check_quantities(diagram: Diagram, node: etree._Element) -> None:
    for name in ("startQuantity", "completionQuantity"):
        value = str(node.get(name, "1"))
        if not value.isdecimal() or not 1 <= int(value) <= MOST_TOKENS:
            diagram.error(
                node, "QUANTITY", "Expected {name} from 1 to {most}, but it is {value}",
                name=name, most=MOST_TOKENS, value=value,
            )  # fmt: skip


def _refuse(diagram: Diagram, node: etree._Element) -> None:
    tag = xml.local(node)
    diagram.error(
        node, "NOT_EXECUTED", "Expected elements that are executed, but {tag} is not: {instead}",
        tag=tag, instead=Message(registry.REFUSED[tag]),
    )  # fmt: skip


def _refuse_parts(diagram: Diagram, node: etree._Element, parts: frozenset[str]) -> None:
    for child in node.iterchildren(xml.bpmn("*")):
        if xml.local(child) not in parts:
            diagram.error(
                node, "NOT_EXECUTED", "Expected {tag} without {part}, but that is not executed",
                tag=xml.local(node), part=xml.local(child),
            )  # fmt: skip
