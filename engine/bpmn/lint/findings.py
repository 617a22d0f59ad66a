"""What the checks look at and what they say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.bpmn import registry, xml
from engine.errors import Message

EVENT_TAGS = frozenset(registry.POSITIONS)
ACTIVITY_TAGS = frozenset(registry.ACTIVITIES)
GATEWAY_TAGS = frozenset(registry.GATEWAYS) | {"complexGateway"}
NODE_TAGS = EVENT_TAGS | ACTIVITY_TAGS | GATEWAY_TAGS
_SHAPES = NODE_TAGS | frozenset(registry.GLOBAL_TASKS) | {"sequenceFlow", "lane", "participant"}
SCOPE_TAGS = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a designer should know. `severity` is "error" or "warning", `params` the parts of the sentence."""

    severity: str
    resource: str
    element_id: str | None
    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What exists outside the given resources and may be referred to.

    calls: deployed process -> those its newest version calls. version_tags: deployed process -> tags of its versions.
    forms_beside, decisions_beside: those that are deployed together with the given resources.
    written: variables that forms write. profile: the rules profile, where it is known.
    functions: what FEEL texts may call beyond FEEL's own; None where nobody knows, then calls are not looked at.
    """

    forms: set[str] = field(default_factory=set)
    decisions: set[str] = field(default_factory=set)
    processes: set[str] = field(default_factory=set)
    job_types: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    calls: Mapping[str, Collection[str]] = field(default_factory=dict)
    version_tags: Mapping[str, Collection[str]] = field(default_factory=dict)
    forms_beside: set[str] = field(default_factory=set)
    decisions_beside: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    profile: Mapping[str, Any] = field(default_factory=dict)
    functions: set[str] | None = None


class Diagram:
    """One file under examination."""

    def __init__(self, resource: str, root: etree._Element, known: Known, findings: list[Finding]) -> None:
        self.resource = resource
        self.root = root
        self.known = known
        self.findings = findings
        self.given: list[Diagram] = [self]
        self.by_id = {str(node.get("id")): node for node in root.iter(xml.bpmn("*")) if node.get("id")}

    def error(self, node: etree._Element | None, code: str, template: str, **params: Any) -> None:
        """Refuse the diagram because of this element; without an id of its own, the element around it is named."""
        self._find("error", node, code, template, params)

    def warn(self, node: etree._Element | None, code: str, template: str, **params: Any) -> None:
        self._find("warning", node, code, template, params)

    def processes(self) -> list[etree._Element]:
        """The executable ones; the others are drawn for readers."""
        return [node for node in xml.children(self.root, "process") if xml.is_true(node, "isExecutable")]

    def global_tasks(self) -> list[etree._Element]:
        return [node for node in self.root.iterchildren(xml.bpmn("*")) if xml.local(node) in registry.GLOBAL_TASKS]

    def scopes(self) -> Iterator[etree._Element]:
        """Executable processes and the sub-processes in them, outer ones first."""
        for process in self.processes():
            yield from (node for node in process.iter(xml.bpmn("*")) if xml.local(node) in SCOPE_TAGS)

    def nodes(self) -> Iterator[etree._Element]:
        """All flow nodes of executable processes, and global tasks."""
        yield from self.global_tasks()
        for process in self.processes():
            yield from (node for node in process.iter(xml.bpmn("*")) if xml.local(node) in NODE_TAGS)

    def target(self, node: etree._Element, attribute: str, tag: str) -> etree._Element | None:
        """The element an attribute refers to, if it exists and is of this kind."""
        found = self.by_id.get(str(node.get(attribute)))
        return found if found is not None and xml.local(found) == tag else None

    def _find(
        self, severity: str, node: etree._Element | None, code: str, template: str, params: dict[str, Any]
    ) -> None:
        node = None if node is None else _drawn(node)
        message = Message(template, **params)
        self.findings.append(
            Finding(
                severity=severity,
                resource=self.resource,
                element_id=None if node is None else str(node.get("id")),
                code=code,
                message=message,
                params=params,
            )
        )


def _drawn(node: etree._Element) -> etree._Element | None:
    """What a designer can click on: the element around an event definition, not the definition with its own id."""
    around = [node, *node.iterancestors()]
    shape = next((each for each in around if xml.local(each) in _SHAPES and each.get("id")), None)
    return shape if shape is not None else next((each for each in around if each.get("id")), None)


def nodes_of(scope: etree._Element) -> list[etree._Element]:
    """The flow nodes directly in a process or sub-process."""
    return [node for node in scope.iterchildren(xml.bpmn("*")) if xml.local(node) in NODE_TAGS]


def event_kind(node: etree._Element) -> str:
    """none, message, timer, …; multiple for several definitions; the tag for what is no such definition."""
    definitions = xml.event_definitions(node)
    if not definitions:
        return "none"
    if len(definitions) > 1:
        return "multiple"
    return xml.local(definitions[0]).removesuffix("EventDefinition")


def position_of(node: etree._Element) -> str:
    """Where an event stands, in the words of the registry."""
    tag = xml.local(node)
    if tag == "boundaryEvent":
        return "interrupting" if xml.is_true(node, "cancelActivity", "true") else "nonInterrupting"
    if tag != "startEvent":
        return "anywhere"
    parent = node.getparent()
    if parent is None or xml.local(parent) == "process":
        return "process"
    if not xml.is_event_sub_process(parent):
        return "subProcess"
    return "eventSubProcessBeside" if node.get("isInterrupting") in ("false", "0") else "eventSubProcess"
