"""How elements are joined: starts, ends, conditions, gateways, and what no token can reach."""

from __future__ import annotations

from collections import defaultdict

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.lint.findings import EVENT_TAGS, Diagram, event_kind, nodes_of

_UNCONDITIONAL = EVENT_TAGS | {"parallelGateway", "eventBasedGateway"}
_MAY_DEFAULT = frozenset({"exclusiveGateway", "inclusiveGateway"})


def check_flows(diagram: Diagram) -> None:
    """Sequence flows join two elements of one scope; conditions stand where they are read."""
    for scope in diagram.scopes():
        inside = {str(node.get("id")): node for node in nodes_of(scope)}
        for flow in xml.children(scope, "sequenceFlow"):
            for end in ("sourceRef", "targetRef"):
                if str(flow.get(end)) not in inside:
                    diagram.error(
                        flow, "FLOW_END", "Expected a flow between elements of one scope, but {end} {id} is not in it",
                        end=end, id=flow.get(end),
                    )  # fmt: skip
        outgoing, incoming = _flows(scope)
        for id, node in inside.items():
            _check_conditions(diagram, node, outgoing[id])
            if xml.local(node) == "eventBasedGateway":
                _check_event_gateway(diagram, node, outgoing[id], incoming, inside)


def check_starts_and_ends(diagram: Diagram) -> None:
    """Every scope starts in one place, and starts and ends are what they say."""
    for scope in diagram.scopes():
        outgoing, incoming = _flows(scope)
        nodes = nodes_of(scope)
        starts = [node for node in nodes if xml.local(node) == "startEvent"]
        plain = [node for node in starts if event_kind(node) == "none"]
        if not starts:
            diagram.error(scope, "NO_START", "Expected a start event, but {id} has none", id=scope.get("id"))
        for extra in plain[1:] if xml.local(scope) == "process" else starts[1:]:
            diagram.error(
                extra,
                "SEVERAL_STARTS",
                "Expected one start event without a message, but {id} is another",
                id=extra.get("id"),
            )
        names = set()
        for start in starts:
            for definition in xml.children(start, "messageEventDefinition"):
                if (name := definition.get("messageRef")) in names:
                    diagram.error(
                        start,
                        "SEVERAL_STARTS",
                        "Expected a message to start one event, but {name} starts several",
                        name=name,
                    )
                names.add(name)
        for node in nodes:
            tag, id = xml.local(node), str(node.get("id"))
            if tag in ("startEvent", "boundaryEvent") and incoming[id]:
                diagram.error(node, "INCOMING_FLOW", "Expected {tag} without incoming flow, but it has one", tag=tag)
            if tag == "endEvent" and outgoing[id]:
                diagram.error(node, "OUTGOING_FLOW", "Expected an end event without outgoing flow, but it has one")
            if tag in ("startEvent", "boundaryEvent", "intermediateCatchEvent") and not outgoing[id]:
                diagram.warn(node, "NO_FLOW", "Expected {tag} to lead somewhere, but no flow leaves it", tag=tag)


def check_reachable(diagram: Diagram) -> None:
    """Warn about elements no token can reach."""
    for scope in diagram.scopes():
        outgoing, _ = _flows(scope)
        nodes = {str(node.get("id")): node for node in nodes_of(scope)}
        watchers: dict[str, list[str]] = defaultdict(list)
        for id, node in nodes.items():
            if xml.local(node) == "boundaryEvent":
                watchers[str(node.get("attachedToRef"))].append(id)
        todo = [id for id, node in nodes.items() if xml.local(node) == "startEvent"]
        reached = set(todo)
        while todo:
            id = todo.pop()
            for next_id in [*watchers[id], *(str(flow.get("targetRef")) for flow in outgoing[id])]:
                if next_id in nodes and next_id not in reached:
                    reached.add(next_id)
                    todo.append(next_id)
        for id in nodes.keys() - reached:
            diagram.warn(nodes[id], "UNREACHABLE", "Expected a way from the start to {id}, but there is none", id=id)


def _check_conditions(diagram: Diagram, node: etree._Element, flows: list[etree._Element]) -> None:
    tag, default = xml.local(node), node.get("default")
    if default is not None and default not in [flow.get("id") for flow in flows]:
        diagram.error(
            node,
            "DEFAULT_FLOW",
            "Expected the default flow to leave {id}, but {flow} does not",
            id=node.get("id"),
            flow=default,
        )
    if default is not None and tag in _UNCONDITIONAL:
        diagram.error(node, "DEFAULT_FLOW", "Expected {tag} without default flow, but it has one", tag=tag)
    for flow in flows:
        condition = xml.first(flow, "conditionExpression")
        if condition is None:
            if tag == "exclusiveGateway" and len(flows) > 1 and flow.get("id") != default:
                diagram.error(
                    flow,
                    "NO_CONDITION",
                    "Expected flow {id} to have a condition or to be the default flow, but it is neither",
                    id=flow.get("id"),
                )
        elif tag in _UNCONDITIONAL:
            diagram.error(
                flow,
                "CONDITION",
                "Expected flow {id} without condition, because it leaves a {tag}, but it has one",
                id=flow.get("id"),
                tag=tag,
            )
        elif flow.get("id") == default:
            diagram.warn(
                flow,
                "CONDITION",
                "Expected the default flow {id} without condition, but it has one, which is never read",
                id=flow.get("id"),
            )


def _check_event_gateway(
    diagram: Diagram,
    node: etree._Element,
    flows: list[etree._Element],
    incoming: dict[str, list[etree._Element]],
    inside: dict[str, etree._Element],
) -> None:
    if len(flows) < 2:
        diagram.error(
            node, "EVENT_GATEWAY", "Expected at least two events to wait for, but there are {n}", n=len(flows)
        )
    for flow in flows:
        target = inside.get(str(flow.get("targetRef")))
        if target is None:
            continue
        if xml.local(target) != "intermediateCatchEvent":
            diagram.error(
                flow,
                "EVENT_GATEWAY",
                "Expected intermediate catch events after {id}, but there is {tag}",
                id=node.get("id"),
                tag=xml.local(target),
            )
        elif len(incoming[str(target.get("id"))]) > 1:
            diagram.error(
                target,
                "EVENT_GATEWAY",
                "Expected one way to an event after an event-based gateway, but there are several",
            )


def _flows(scope: etree._Element) -> tuple[dict[str, list[etree._Element]], dict[str, list[etree._Element]]]:
    """The flows of a scope by source and by target."""
    outgoing: dict[str, list[etree._Element]] = defaultdict(list)
    incoming: dict[str, list[etree._Element]] = defaultdict(list)
    for flow in xml.children(scope, "sequenceFlow"):
        outgoing[str(flow.get("sourceRef"))].append(flow)
        incoming[str(flow.get("targetRef"))].append(flow)
    return outgoing, incoming
