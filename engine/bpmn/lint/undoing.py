"""Links, compensation and cancellation: what belongs together without a sequence flow."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.lint.findings import ACTIVITY_TAGS, Diagram, event_kind, nodes_of
from engine.bpmn.registry import MARKERS


def check_links(diagram: Diagram) -> None:
    """Each link throw event has one catch event of its name in its scope, and no flow leaves it."""
    for scope in diagram.scopes():
        flows = list(xml.children(scope, "sequenceFlow"))
        sources, targets = {flow.get("sourceRef") for flow in flows}, {flow.get("targetRef") for flow in flows}
        links = [(node, _link_name(node)) for node in nodes_of(scope) if event_kind(node) == "link"]
        caught = Counter(name for node, name in links if xml.local(node) == "intermediateCatchEvent")
        thrown = {name for node, name in links if xml.local(node) == "intermediateThrowEvent"}
        for node, name in links:
            catches, id = xml.local(node) == "intermediateCatchEvent", node.get("id")
            if not name:
                diagram.error(node, "LINK", "Expected link event {id} to have a name, but it has none", id=id)
            elif catches and (caught[name] > 1 or name not in thrown):
                problem = "Expected one way into link {name}, but there are {n}"
                diagram.error(node, "LINK", problem, name=name, n=caught[name] if name in thrown else 0)
            elif not catches and not caught[name]:
                diagram.error(node, "LINK", "Expected a link catch event {name}, but there is none", name=name)
            if id in (targets if catches else sources):
                diagram.error(node, "LINK", "Expected no flow on this side of link event {id}, but there is one", id=id)


def check_compensation(diagram: Diagram) -> None:
    """Compensation events lead to one handler, handlers are led to by one, and what is to be undone can be."""
    for scope in diagram.scopes():
        handlers = handlers_in(scope)
        flows = {flow.get(end) for flow in xml.children(scope, "sequenceFlow") for end in ("sourceRef", "targetRef")}
        for node in nodes_of(scope):
            id = str(node.get("id"))
            is_boundary = xml.local(node) == "boundaryEvent" and event_kind(node) == "compensate"
            if is_boundary and (list(handlers.values()).count(id) != 1 or id in flows):
                diagram.error(
                    node, "COMPENSATION", "Expected {id} to lead to one activity by an association, but it does not",
                    id=id,
                )  # fmt: skip
            if is_boundary and node.get("attachedToRef") in _boundaries(scope, but=node):
                diagram.error(node, "COMPENSATION", "Expected one way to undo an activity, but {id} is another", id=id)
            if xml.is_true(node, "isForCompensation"):
                _check_handler(diagram, node, handlers, flows)
            elif id in handlers:
                diagram.error(node, "COMPENSATION", "Expected {id} to be for compensation, but it is not", id=id)
            _check_thrown(diagram, scope, node)


def check_cancellation(diagram: Diagram) -> None:
    """Cancel end events stand in a transaction with a cancel boundary event, and these on nothing else."""
    for node in diagram.nodes():
        if event_kind(node) != "cancel":
            continue
        host = diagram.by_id.get(str(node.get("attachedToRef"))) if node.get("attachedToRef") else node.getparent()
        if host is None or xml.local(host) != "transaction":
            diagram.error(node, "CANCEL", "Expected {id} at a transaction, but it is not", id=node.get("id"))
        elif xml.local(node) == "endEvent" and not _cancel_boundaries(host):
            diagram.error(
                node, "CANCEL", "Expected a cancel event on transaction {id}, but it has none", id=host.get("id")
            )
        elif any(xml.first(host, tag) is not None for tag in MARKERS):
            diagram.error(
                node, "CANCEL", "Expected a transaction that is done once, but {id} is not", id=host.get("id")
            )
        elif node.get("attachedToRef") and len(_cancel_boundaries(host)) > 1:
            diagram.error(node, "CANCEL", "Expected one cancel event on {id}, but there are more", id=host.get("id"))


def handlers_in(scope: etree._Element) -> dict[str, str]:
    """Compensation handler -> the boundary event that leads to it."""
    boundaries = {str(node.get("id")) for node in nodes_of(scope) if event_kind(node) == "compensate"}
    inside = {str(node.get("id")) for node in nodes_of(scope) if xml.local(node) in ACTIVITY_TAGS}
    return {
        str(association.get("targetRef")): str(association.get("sourceRef"))
        for association in xml.children(scope, "association")
        if association.get("sourceRef") in boundaries and association.get("targetRef") in inside
    }


def _check_handler(diagram: Diagram, node: etree._Element, handlers: dict[str, str], flows: set[str | None]) -> None:
    id = str(node.get("id"))
    if id in flows:
        diagram.error(node, "COMPENSATION", "Expected {id} without flows, as it is for compensation", id=id)
    if id not in handlers and not xml.is_event_sub_process(node):
        diagram.error(node, "COMPENSATION", "Expected an event that leads to {id}, but there is none", id=id)


def _check_thrown(diagram: Diagram, scope: etree._Element, node: etree._Element) -> None:
    """The activity a throwing event names is in its scope, or in the one around its event sub-process."""
    for definition in xml.children(node, "compensateEventDefinition"):
        named = definition.get("activityRef")
        if xml.local(node) == "boundaryEvent" or named is None:
            continue
        around = [scope]
        while xml.is_event_sub_process(around[-1]):
            around.append(around[-1].getparent())  # type: ignore[arg-type]
        if not any(named == each.get("id") for each in nodes_of(around[-1]) if xml.local(each) in ACTIVITY_TAGS):
            diagram.error(node, "COMPENSATION", "Expected an activity in the same scope, but {id} is none", id=named)
    if xml.local(node) == "startEvent" and event_kind(node) == "compensate":
        outer = scope.getparent()
        if outer is None or xml.local(outer) == "process":
            diagram.error(
                node, "COMPENSATION", "Expected {id} within a sub-process, but nothing undoes a process",
                id=node.get("id"),
            )  # fmt: skip


def _boundaries(scope: etree._Element, *, but: etree._Element) -> set[str | None]:
    """What has a compensation event earlier in the file."""
    return {
        other.get("attachedToRef")
        for other in but.itersiblings(xml.bpmn("boundaryEvent"), preceding=True)
        if event_kind(other) == "compensate"
    }


def _cancel_boundaries(transaction: etree._Element) -> list[etree._Element]:
    around = transaction.getparent()
    return [
        node
        for node in (nodes_of(around) if around is not None else [])
        if node.get("attachedToRef") == transaction.get("id") and event_kind(node) == "cancel"
    ]


def _link_name(node: etree._Element) -> str:
    return str(next(xml.children(node, "linkEventDefinition")).get("name") or "")
