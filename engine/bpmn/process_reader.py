"""The elements of one process, joined by its flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from engine.bpmn import builders, extensions, xml
from engine.bpmn.elements.ad_hoc import AdHocSubProcess
from engine.bpmn.elements.base import Flow, FlowNode
from engine.bpmn.elements.catches import conditions_in
from engine.bpmn.elements.events import CatchEvent, Catching, ReceiveTask, StartEvent
from engine.bpmn.elements.gateways import InclusiveGateway
from engine.bpmn.elements.processes import EventSubProcess, ProcessSpec, SubProcess
from engine.bpmn.elements.throws import LinkThrow
from engine.bpmn.event_definitions import Definitions
from engine.bpmn.expressions import text


class ProcessReader:
    """One process element, or global task, to one spec."""

    def __init__(self, node: etree._Element, definitions: Definitions) -> None:
        self.definitions = definitions
        id = str(node.get("id"))
        if xml.local(node) in builders.GLOBAL_TASKS:
            self.spec = ProcessSpec(id, node.get("name"), root_id=f"{id} called")
            self.spec.is_global_task = True
            self.spec.start.entry = builders.build(self.spec, node, self.definitions, lane=None)
            self.spec.start.entry.container = self.spec.start
            return
        self.spec = ProcessSpec(id, node.get("name"))
        self.spec.version_tag = extensions.read(node).get("versionTag", {}).get("value")
        self.spec.start.documentation = xml.text_of(xml.first(node, "documentation"))
        self.lanes = dict(_lanes(node))
        self.spec.start.starts = self._read_scope(node, None, self.spec.start)
        elements = self.spec.task_specs.values()
        self.spec.has_inclusive_joins = any(isinstance(each, InclusiveGateway) and each.joins for each in elements)
        self.spec.has_conditions = any(isinstance(each, Catching) and conditions_in(each.catch) for each in elements)

    def _read_scope(self, scope: etree._Element, lane: str | None, owner: Any) -> list[StartEvent]:
        """Read the elements of a process or sub-process; returns its start events."""
        nodes: dict[str, FlowNode] = {}
        starts: list[StartEvent] = []
        boundaries: list[tuple[Any, str]] = []
        for node in scope.iterchildren(etree.Element):
            if not xml.is_bpmn(node) or xml.local(node) not in builders.BUILDERS:
                continue
            id = str(node.get("id"))
            built = builders.build(self.spec, node, self.definitions, lane=self.lanes.get(id, lane))
            built.container = owner
            nodes[id] = built
            if isinstance(built, StartEvent):
                starts.append(built)
            if isinstance(built, SubProcess):
                inner = self._read_scope(node, built.lane, built)
                built.start = inner[0] if inner else None
            if isinstance(built, EventSubProcess):
                built.start.sub_process = built
                owner.event_sub_processes.append(built)
            if attached := node.get("attachedToRef"):
                boundaries.append((built, str(attached)))
        for event, host in boundaries:
            nodes[host].boundaries.append(event)
        self._connect(scope, nodes)
        self._connect_links(scope, nodes)
        for association in xml.children(scope, "association"):
            event, handler = (nodes.get(str(association.get(end))) for end in ("sourceRef", "targetRef"))
            if getattr(event, "event", None) == "compensate" and handler is not None:
                event.handler = handler  # type: ignore[union-attr]
        if isinstance(owner, AdHocSubProcess):
            owner.entries = _entries(scope, nodes)
        if owner is self.spec.start:
            self.spec.start.instantiators = list(_instantiators(scope, nodes))
        return starts

    def _connect(self, scope: etree._Element, nodes: dict[str, FlowNode]) -> None:
        flows: dict[str, Flow] = {}
        for node in xml.children(scope, "sequenceFlow"):
            source, target = nodes[str(node.get("sourceRef"))], nodes[str(node.get("targetRef"))]
            condition = text(xml.text_of(xml.first(node, "conditionExpression")))
            flow = Flow(str(node.get("id")), source, target, condition)
            flows[flow.id] = flow
            source.outgoing.append(flow)
            target.incoming.append(flow)
            source.connect(target)
        for node in scope.iterchildren(etree.Element):
            default = node.get("default")
            if default is not None and str(node.get("id")) in nodes:
                nodes[str(node.get("id"))].default = flows[str(default)]

    def _connect_links(self, scope: etree._Element, nodes: dict[str, FlowNode]) -> None:
        """Join link events of one name by flows nobody drew."""
        catches = {
            str(link.get("name")): nodes[str(node.get("id"))]
            for node in xml.children(scope, "intermediateCatchEvent")
            for link in xml.children(node, "linkEventDefinition")
        }
        for source in nodes.values():
            if isinstance(source, LinkThrow):
                flow = Flow(f"{source.name} link", source, catches[source.link], None)
                source.outgoing.append(flow)
                flow.target.incoming.append(flow)


def _entries(scope: etree._Element, nodes: Mapping[str, FlowNode]) -> list[FlowNode]:
    """What may begin in an ad-hoc sub-process: all that no flow leads to and nothing triggers."""
    drawn = {str(node.get("id")): node for node in scope.iterchildren(etree.Element)}
    return [
        node
        for id, node in nodes.items()
        if not node.incoming
        and not node.is_event_sub_process
        and not drawn[id].get("attachedToRef")
        and not xml.is_true(drawn[id], "isForCompensation")
    ]


def _instantiators(scope: etree._Element, nodes: Mapping[str, FlowNode]) -> Iterator[FlowNode]:
    """Receive tasks, and events after event-based gateways, that start an instance with their message."""
    for node in scope.iterchildren(xml.bpmn("receiveTask"), xml.bpmn("eventBasedGateway")):
        if not xml.is_true(node, "instantiate"):
            continue
        built = nodes[str(node.get("id"))]
        if isinstance(built, ReceiveTask):
            yield built
        else:
            yield from (flow.target for flow in built.outgoing if isinstance(flow.target, (CatchEvent, ReceiveTask)))


def _lanes(process: etree._Element) -> Iterator[tuple[str, str]]:
    """Element id -> name (or id) of its innermost lane; inner lanes come later in the file and win."""
    for lane in process.iter(xml.bpmn("lane")):
        for reference in xml.children(lane, "flowNodeRef"):
            if reference.text:
                yield reference.text.strip(), str(lane.get("name") or lane.get("id"))
