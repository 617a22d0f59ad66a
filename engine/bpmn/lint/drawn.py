"""What is drawn between and beside elements: message flows and data. It is not executed, but must not mislead."""

from __future__ import annotations

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.lint.findings import ACTIVITY_TAGS, Diagram

_DATA = frozenset({
    "dataObject", "dataObjectReference", "dataStoreReference", "dataInput", "dataOutput", "property",
})  # fmt: skip
_SENDERS = ACTIVITY_TAGS - {"receiveTask"} | {"intermediateThrowEvent", "endEvent", "participant"}
_RECEIVERS = ACTIVITY_TAGS - {"sendTask"} | {"startEvent", "intermediateCatchEvent", "boundaryEvent", "participant"}
# Data that comes in or goes out here would be something else than the variables that do.
_NO_DATA = frozenset({
    "process", "callActivity", "sendTask", "receiveTask", "globalTask", "globalManualTask", "globalUserTask",
    "globalScriptTask", "globalBusinessRuleTask",
})  # fmt: skip


def check_message_flows(diagram: Diagram) -> None:
    """Message flows lead from what can send to what can receive, in different pools."""
    for collaboration in xml.children(diagram.root, "collaboration"):
        for flow in xml.children(collaboration, "messageFlow"):
            ends = [diagram.by_id.get(str(flow.get(end))) for end in ("sourceRef", "targetRef")]
            for node, able, word in zip(ends, (_SENDERS, _RECEIVERS), ("send", "receive"), strict=True):
                if node is None or not (xml.local(node) in able and _has_message(node)):
                    diagram.error(
                        flow, "MESSAGE_FLOW", "Expected {ref} to {word} messages, but it cannot",
                        word=word, ref=flow.get("sourceRef" if word == "send" else "targetRef"),
                    )  # fmt: skip
            pools = [_pool(collaboration, node) for node in ends if node is not None]
            if len(pools) == 2 and pools[0] is not None and pools[0] == pools[1]:
                diagram.error(flow, "MESSAGE_FLOW", "Expected a message flow between two pools, but it stays in one")


def check_data(diagram: Diagram) -> None:
    """Data is drawn for readers, variables carry it: refuse where that would be something else."""
    for around in (*diagram.processes(), *diagram.global_tasks()):
        for node in around.iter(xml.bpmn("*")):
            _check_data(diagram, node)


def _check_data(diagram: Diagram, node: etree._Element) -> None:
    tag, parent = xml.local(node), node.getparent()
    holder = "" if parent is None else xml.local(parent)
    if (tag == "ioSpecification" and holder in _NO_DATA) or (tag in ("inputSet", "outputSet") and "Event" in holder):
        diagram.error(
            node, "NOT_EXECUTED", "Expected {tag} without data of its own, but it has some: use mappings", tag=holder
        )
    elif tag == "ioSpecification":
        for each in ("inputSet", "outputSet"):
            if len(list(xml.children(node, each))) > 1:
                diagram.error(node, "NOT_EXECUTED", "Expected one {tag}, but there are several", tag=each)
    elif tag in ("dataInputAssociation", "dataOutputAssociation"):
        for end in ("sourceRef", "targetRef"):
            for reference in xml.children(node, end):
                found = diagram.by_id.get((reference.text or "").strip())
                if found is None or xml.local(found) not in _DATA:
                    diagram.error(
                        node, "DATA", "Expected {id} to lead from data to data, but {ref} is none",
                        id=node.get("id"), ref=(reference.text or "").strip(),
                    )  # fmt: skip
    elif tag in ("dataInput", "dataOutput", "dataObject") and node.get("itemSubjectRef"):
        item = diagram.target(node, "itemSubjectRef", "itemDefinition")
        if item is not None and xml.is_true(item, "isCollection") != xml.is_true(node, "isCollection"):
            diagram.error(
                node, "DATA", "Expected {id} to be a list exactly if its type is one, but it is not", id=node.get("id")
            )


def _has_message(node: etree._Element) -> bool:
    """Events send and receive only if they are message events."""
    if not xml.local(node).endswith("Event"):
        return True
    return any(xml.local(each) == "messageEventDefinition" for each in xml.event_definitions(node))


def _pool(collaboration: etree._Element, node: etree._Element) -> str | None:
    if xml.local(node) == "participant":
        return node.get("id")
    process = next((each.get("id") for each in node.iterancestors(xml.bpmn("process"))), None)
    pools = (pool for pool in xml.children(collaboration, "participant") if pool.get("processRef") == process)
    return next((pool.get("id") for pool in pools), None)
