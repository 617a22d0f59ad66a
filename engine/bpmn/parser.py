"""BPMN files to models that instances share: elements joined by flows, never changed afterwards.

SpiffWorkflow's parser misreads or refuses too much (SPIFFWORKFLOW.md section 8): it is not used, its specs are.
What may be in a file is decided by the checks in engine.bpmn.lint; this reads files that passed them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn import builders, xml
from engine.bpmn.elements.calls import CallActivity
from engine.bpmn.elements.catches import ConditionCatch, MessageCatch, TimerCatch
from engine.bpmn.elements.events import Catching
from engine.bpmn.elements.gateways import ExclusiveGateway, InclusiveGateway
from engine.bpmn.elements.processes import ProcessSpec
from engine.bpmn.elements.tasks import BusinessRuleTask, UserTask
from engine.bpmn.event_definitions import Definitions
from engine.bpmn.process_reader import ProcessReader
from engine.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Element:
    """What pages and history want to know of an element."""

    id: str
    type: str
    name: str | None = None
    lane: str | None = None
    documentation: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    process_id: str = ""


@dataclass(frozen=True, kw_only=True)
class ProcessModel:
    """A process, parsed once and shared by all its instances.

    definition_id: the id of the deployed version, or None where it was not deployed.
    processes: by id the process itself, the global tasks it calls, and of one that was not deployed also the called
      processes in the given resources; a deployed one asks its Runtime for them.
    calls: the processes it calls by ids that are written out. version_tag: the name a designer gave this version.
    start_form: the form of the start event without a message, if any.
    start_messages, start_signals: name -> id of the start event (or receive task) it triggers.
    start_timers: id of the start event -> its timer; when it is due is for others to watch.
    start_conditions: id of the start event -> its condition; over which variables is for others to say.
    resources: the names of the files its version must follow: its own, and those bound to its deployment.
    bound_decisions, bound_forms: those bound to its deployment by id; None is among them where the id is computed.
    branches: the flows among which a gateway chooses, which are reported when they are taken.
    """

    key: str
    name: str | None
    elements: Mapping[str, Element]
    start_form: str | None
    start_messages: Mapping[str, str]
    start_signals: Mapping[str, str]
    start_timers: Mapping[str, TimerCatch]
    start_conditions: Mapping[str, ConditionCatch]
    spec: ProcessSpec
    processes: Mapping[str, ProcessSpec]
    resources: frozenset[str]
    definition_id: int | None = None
    calls: frozenset[str] = frozenset()
    version_tag: str | None = None
    bound_decisions: frozenset[str | None] = frozenset()
    bound_forms: frozenset[str | None] = frozenset()
    branches: tuple[Element, ...] = ()
    has_inclusive_joins: bool
    has_conditions: bool


@dataclass(frozen=True, kw_only=True)
class Executable:
    """An executable process and the resource it is in."""

    id: str
    name: str | None
    resource: str


def processes(xml_by_resource: Mapping[str, bytes]) -> list[Executable]:
    """The executable processes of the given resources."""
    files = [_File(name, xml.read(data)) for name, data in xml_by_resource.items()]
    return [
        Executable(id=id, name=node.get("name"), resource=file.name) for file in files for id, node in file.processes()
    ]


def parse(xml_by_resource: Mapping[str, bytes], process_id: str, *, definition_id: int | None = None) -> ProcessModel:
    """The process of this id and those it calls, as far as they are in the given resources.

    With the id of a deployed version, called processes are left out: they are versions of their own. Raises NotFound
    where no resource has the process, UnreadableXml where a resource is no XML.
    """
    files = [_File(name, xml.read(data)) for name, data in xml_by_resource.items()]
    nodes = {id: (file, node) for file in files for id, node in (*file.processes(), *file.global_tasks())}
    if process_id not in nodes:
        raise NotFound("Expected to find process {id}, but no resource has it", id=process_id)
    specs: dict[str, ProcessSpec] = {}
    elements: dict[str, Element] = {}
    todo = [process_id]
    while todo:
        wanted = todo.pop()
        if wanted in specs or wanted not in nodes:
            continue
        file, node = nodes[wanted]
        read = ProcessReader(node, file.definitions).spec
        if definition_id is not None and wanted != process_id and not read.is_global_task:
            continue
        specs[wanted] = read
        read.beside = specs
        read.definition_id = definition_id
        for element in _elements(read):
            elements.setdefault(element.id, element)
        for call in _calls(read):
            todo += list(nodes) if call.called.is_expression else [call.called.raw]
    spec = specs[process_id]
    bound = _bound(specs, process_id)
    return ProcessModel(
        key=process_id,
        name=spec.start.bpmn_name,
        elements=elements,
        start_form=next((start.form_id for start in spec.start.starts if start.form_id), None),
        start_messages=_start_messages(spec),
        start_signals={name: start.name for start in spec.start.starts for name in start.signal_names},
        start_timers={start.name: start.timer for start in spec.start.starts if start.timer},
        start_conditions={start.name: start.condition for start in spec.start.starts if start.condition},
        spec=spec,
        processes=specs,
        resources=frozenset(nodes[process.name][0].name for process in bound),
        definition_id=definition_id,
        calls=frozenset(call.called.raw for call in _calls(spec) if not call.called.is_expression),
        version_tag=spec.version_tag,
        bound_decisions=frozenset(
            None if node.decision_id.is_expression else node.decision_id.raw
            for process in bound
            for node in process.task_specs.values()
            if isinstance(node, BusinessRuleTask) and node.binding.type == "deployment"
        ),
        bound_forms=frozenset(
            None if form.is_expression else form.raw
            for process in bound
            for node in process.task_specs.values()
            if isinstance(node, UserTask)
            and node.assignment.form_binding.type == "deployment"
            and (form := node.assignment.form_id) is not None
        ),
        branches=tuple(branch for process in specs.values() for branch in _branches(process)),
        has_inclusive_joins=any(process.has_inclusive_joins for process in specs.values()),
        has_conditions=any(process.has_conditions for process in specs.values()),
    )


def _elements(process: ProcessSpec) -> Iterator[Element]:
    for spec in process.task_specs.values():
        yield Element(
            id=spec.name,
            type=spec.element_type,
            name=spec.bpmn_name,
            lane=spec.lane,
            documentation=spec.documentation,
            properties={name: value.raw for name, value in spec.properties.items()},
            process_id=process.name,
        )


def _branches(process: ProcessSpec) -> Iterator[Element]:
    for gateway in process.task_specs.values():
        if not isinstance(gateway, ExclusiveGateway | InclusiveGateway) or len(gateway.outgoing) < 2:
            continue
        for flow in gateway.outgoing:
            ends = (gateway.bpmn_name or gateway.name, flow.target.bpmn_name or flow.target.name)
            yield Element(id=flow.id, type="sequenceFlow", name=" → ".join(ends), process_id=process.name)


def _calls(process: ProcessSpec) -> list[CallActivity]:
    return [node for node in process.task_specs.values() if isinstance(node, CallActivity)]


def _bound(specs: Mapping[str, ProcessSpec], process_id: str) -> list[ProcessSpec]:
    """The process with those whose versions are tied to its own: called as of the same deployment, and global tasks."""
    found = {process_id: specs[process_id]}
    todo = [specs[process_id]]
    while todo:
        for call in _calls(todo.pop()):
            fixed = call.binding.type == "deployment"
            for id in specs if call.called.is_expression else [call.called.raw]:
                if id in specs and id not in found and (fixed or specs[id].is_global_task):
                    found[id] = specs[id]
                    todo.append(specs[id])
    return list(found.values())


def _start_messages(spec: ProcessSpec) -> dict[str, str]:
    found = {name: start.name for start in spec.start.starts for name in start.message_names}
    for node in spec.start.instantiators:
        if isinstance(node, Catching) and isinstance(node.catch, MessageCatch):
            found[node.catch.name] = node.name
    return found


class _File:
    """What the processes of one file share: messages and errors by id."""

    def __init__(self, name: str, root: etree._Element) -> None:
        self.name = name
        self.root = root
        self.definitions = Definitions.of(root)

    def processes(self) -> Iterator[tuple[str, etree._Element]]:
        for node in xml.children(self.root, "process"):
            if xml.is_true(node, "isExecutable") and node.get("id"):
                yield str(node.get("id")), node

    def global_tasks(self) -> Iterator[tuple[str, etree._Element]]:
        """What call activities can call besides processes."""
        for node in self.root.iterchildren(*(xml.bpmn(tag) for tag in builders.GLOBAL_TASKS)):
            if node.get("id"):
                yield str(node.get("id")), node
