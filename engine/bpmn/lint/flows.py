"""How elements are joined: starts, ends, conditions, gateways, and what no token can reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.lint.findings import ACTIVITY_TAGS, EVENT_TAGS, Diagram, event_kind, nodes_of
from engine.bpmn.lint.undoing import handlers_in
from engine.bpmn.registry import MARKERS

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
            if xml.local(node).endswith("Gateway"):
                _check_direction(diagram, node, len(incoming[id]), len(outgoing[id]))
            if xml.local(node) == "eventBasedGateway":
                _check_event_gateway(diagram, node, outgoing[id], incoming, inside)


def check_listed(diagram: Diagram) -> None:
    """Where a process lists incoming and outgoing flows in its elements, the lists say what the flows say."""
    for process in diagram.processes():
        if next(process.iter(xml.bpmn("incoming"), xml.bpmn("outgoing")), None) is None:
            continue
        for scope in (scope for scope in diagram.scopes() if scope is process or process in scope.iterancestors()):
            outgoing, incoming = _flows(scope)
            for node in nodes_of(scope):
                for tag, flows in (("incoming", incoming), ("outgoing", outgoing)):
                    _check_list(diagram, node, tag, {str(flow.get("id")) for flow in flows[str(node.get("id"))]})


def check_starts_and_ends(diagram: Diagram) -> None:
    """Every scope starts in one place, and starts and ends are what they say."""
    for scope in diagram.scopes():
        outgoing, incoming = _flows(scope)
        nodes = nodes_of(scope)
        if xml.local(scope) == "adHocSubProcess":
            _check_ad_hoc(diagram, scope, nodes)
            continue
        starts = [node for node in nodes if xml.local(node) == "startEvent"]
        plain = [node for node in starts if event_kind(node) == "none"]
        if not starts and not any(_instantiates(node) for node in nodes):
            diagram.error(scope, "NO_START", "Expected a start event, but {id} has none", id=scope.get("id"))
        for extra in plain[1:] if xml.local(scope) == "process" else starts[1:]:
            diagram.error(
                extra,
                "SEVERAL_STARTS",
                "Expected one start event without a message, but {id} is another",
                id=extra.get("id"),
            )
        names = set()
        for start, name in _started_by(diagram, scope, nodes, outgoing):
            if name in names:
                diagram.error(
                    start,
                    "SEVERAL_STARTS",
                    "Expected a message or signal to start one event, but {name} starts several",
                    name=name[1],
                )
            names.add(name)
        for node in nodes:
            tag, id = xml.local(node), str(node.get("id"))
            if tag in ("startEvent", "boundaryEvent") and incoming[id]:
                diagram.error(node, "INCOMING_FLOW", "Expected {tag} without incoming flow, but it has one", tag=tag)
            if tag == "endEvent" and outgoing[id]:
                diagram.error(node, "OUTGOING_FLOW", "Expected an end event without outgoing flow, but it has one")
            if tag == "boundaryEvent" and not outgoing[id] and event_kind(node) != "compensate":
                diagram.error(
                    node, "NO_FLOW", "Expected boundary event {id} to lead somewhere, but no flow leaves it", id=id
                )
            if _instantiates(node) and (incoming[id] or xml.local(scope) != "process" or _loops(node)):
                diagram.error(node, "INSTANTIATE", "Expected {id} to begin the process, but it is in the middle", id=id)
            if xml.is_event_sub_process(node) and (incoming[id] or outgoing[id]):
                diagram.error(
                    node, "EVENT_SUB_PROCESS", "Expected an event sub-process without flows, but {id} has some", id=id
                )
            if tag in ("startEvent", "intermediateCatchEvent") and not outgoing[id]:
                diagram.warn(node, "NO_FLOW", "Expected {tag} to lead somewhere, but no flow leaves it", tag=tag)


def check_reachable(diagram: Diagram) -> None:
    """Warn about elements no token can reach."""
    for scope in diagram.scopes():
        outgoing, incoming = _flows(scope)
        nodes = {str(node.get("id")): node for node in nodes_of(scope)}
        watchers: dict[str, list[str]] = defaultdict(list)
        for id, node in nodes.items():
            if xml.local(node) == "boundaryEvent":
                watchers[str(node.get("attachedToRef"))].append(id)
        begins = [id for id, node in nodes.items() if xml.local(node) == "startEvent" or _instantiates(node)]
        if xml.local(scope) == "adHocSubProcess":
            begins = [id for id in nodes if id not in incoming]
        handlers = handlers_in(scope)
        aside = [
            id
            for id, node in nodes.items()
            if xml.is_event_sub_process(node) or id in handlers or event_kind(node) == "link"
        ]
        todo = [*begins, *aside]
        reached = set(todo)
        while todo:
            id = todo.pop()
            for next_id in [*watchers[id], *(str(flow.get("targetRef")) for flow in outgoing[id])]:
                if next_id in nodes and next_id not in reached:
                    reached.add(next_id)
                    todo.append(next_id)
        for id in nodes.keys() - reached:
            alone = begins and not incoming[id] and xml.local(nodes[id]) != "boundaryEvent"
            say = diagram.error if alone else diagram.warn
            say(nodes[id], "UNREACHABLE", "Expected a way from the start to {id}, but there is none", id=id)


def _started_by(
    diagram: Diagram, scope: etree._Element, nodes: list[etree._Element], outgoing: dict[str, list[etree._Element]]
) -> Iterator[tuple[etree._Element, tuple[str, str]]]:
    """The elements that messages and signals start a process with, and their kinds and names."""
    begins = [node for node in nodes if xml.local(node) == "startEvent" or _instantiates(node)]
    for gateway in (node for node in begins if xml.local(node) == "eventBasedGateway"):
        behind = {str(flow.get("targetRef")) for flow in outgoing[str(gateway.get("id"))]}
        begins += [node for node in nodes if str(node.get("id")) in behind]
    for node in begins if xml.local(scope) == "process" else ():
        for refers in (node, *xml.event_definitions(node)):
            ref = refers.get("messageRef") or refers.get("signalRef")
            if (named := diagram.by_id.get(str(ref))) is not None:
                yield node, (xml.local(named), str(named.get("name")))


def _instantiates(node: etree._Element) -> bool:
    """Whether an instance may start here without a start event."""
    return xml.local(node) in ("receiveTask", "eventBasedGateway") and xml.is_true(node, "instantiate")


def _loops(node: etree._Element) -> bool:
    return any(xml.first(node, tag) is not None for tag in MARKERS)


def _check_ad_hoc(diagram: Diagram, scope: etree._Element, nodes: list[etree._Element]) -> None:
    for node in nodes:
        if xml.local(node) in ("startEvent", "endEvent"):
            diagram.error(
                node, "AD_HOC", "Expected no start or end events in an ad-hoc sub-process, but {id} is one",
                id=node.get("id"),
            )  # fmt: skip
    if not any(xml.local(node) in ACTIVITY_TAGS for node in nodes):
        diagram.error(scope, "AD_HOC", "Expected activities in {id}, but there are none", id=scope.get("id"))


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
            say = diagram.warn if tag == "parallelGateway" else diagram.error  # BPMN 2.0.2 13.4.1: it is ignored there
            say(
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


def _check_list(diagram: Diagram, node: etree._Element, tag: str, flows: set[str]) -> None:
    listed = {(child.text or "").strip() for child in xml.children(node, tag)}
    for id in sorted(listed ^ flows):
        template = (
            "Expected {tag} flow {flow} to be listed in {id}, but it is not"
            if id in flows
            else "Expected {tag} flow {flow} of {id} to exist, but there is no such flow"
        )
        diagram.error(node, "FLOW_LIST", template, tag=tag, flow=id, id=node.get("id"))


def _check_direction(diagram: Diagram, node: etree._Element, into: int, out: int) -> None:
    """A gateway that says how many flows it joins or splits is drawn so."""
    direction = node.get("gatewayDirection", "Unspecified")
    fits = {
        "Converging": into > 1 and out <= 1,
        "Diverging": into <= 1 and out > 1,
        "Mixed": into > 1 and out > 1,
    }
    if not fits.get(direction, True):
        diagram.error(
            node,
            "GATEWAY_DIRECTION",
            "Expected a {direction} gateway, but {into} flows enter and {out} leave it",
            direction=direction.lower(),
            into=into,
            out=out,
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
    watched = {each.get("attachedToRef") for each in inside.values()}
    for flow in flows:
        target = inside.get(str(flow.get("targetRef")))
        if target is None:
            continue
        is_receive = xml.local(target) == "receiveTask" and target.get("id") not in watched and not _loops(target)
        if _instantiates(node) and not is_receive and event_kind(target) != "message":
            diagram.error(
                target, "INSTANTIATE", "Expected messages after {id}, but there is another event", id=node.get("id")
            )
        if xml.local(target) != "intermediateCatchEvent" and not is_receive:
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
