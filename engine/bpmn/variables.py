"""Which variables a diagram's elements can count on: what was certainly or possibly written before a token comes.

Nothing is run: forms, decisions, scripts, mappings and called processes say what they write, sequence flows say in
which order. It is an aid for those who type expressions, no check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn import extensions, xml
from engine.bpmn.lint.findings import NODE_TAGS

Names = dict[str, set[str]]  # name of a variable -> ids of the elements that write it


@dataclass(frozen=True, kw_only=True)
class Writers:
    """What writes variables outside the diagrams.

    forms: form -> keys. results: job type -> names. starts: process -> form with which a person starts it.
    processes: process -> its element, in all diagrams of the pack.
    """

    forms: Mapping[str, Collection[str]] = field(default_factory=dict)
    results: Mapping[str, Collection[str]] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, etree._Element] = field(default_factory=dict)


def variables_at(root: etree._Element, writers: Writers) -> dict[str, dict[str, tuple[str, ...]]]:
    """Element id -> variable -> ids of elements that write it, for all flow nodes, sequence flows and processes."""
    found: dict[str, Names] = {}
    for process in xml.children(root, "process"):
        _walk(process, _of_start(process, writers), writers, found)
    return {
        element: {name: tuple(sorted(origins)) for name, origins in sorted(names.items())}
        for element, names in found.items()
    }


def _walk(scope: etree._Element, outside: Names, writers: Writers, found: dict[str, Names]) -> None:
    nodes = {str(node.get("id")): node for node in scope.iterchildren(xml.bpmn("*")) if xml.local(node) in NODE_TAGS}
    flows = [
        (str(each.get("id")), str(each.get("sourceRef")), str(each.get("targetRef")))
        for each in xml.children(scope, "sequenceFlow")
    ]
    writes = {id_: _written_by(node, writers, frozenset()) for id_, node in nodes.items()}
    before: dict[str, set[str]] = {id_: set() for id_ in nodes}
    for _, source, target in flows:
        if source in nodes and target in nodes:
            before[target].add(source)
    for id_, node in nodes.items():  # a boundary event comes after what its activity can count on, not what it writes
        host = str(node.get("attachedToRef"))
        if xml.local(node) == "boundaryEvent" and host in nodes:
            before[id_] |= before[host]
    everything = _merged(outside, *writes.values())
    found[str(scope.get("id"))] = everything if xml.local(scope) == "process" else _merged(outside)
    unordered = xml.local(scope) == "adHocSubProcess"
    for id_, node in nodes.items():
        if unordered or xml.is_event_sub_process(node):
            here = _merged(everything)
        else:
            here = _merged(outside, *(writes[other] for other in _all_before(id_, before)))
        here = _merged(here, _locals(node))
        if _has_own_scope(node):
            _walk(node, here, writers, found)
        found[id_] = _merged(here, writes[id_]) if extensions.read(node).get("ioMapping", {}).get("output") else here
    for id_, source, _ in flows:
        if source in nodes:
            found[id_] = _merged(found[source], writes[source])


def _of_start(process: etree._Element, writers: Writers) -> Names:
    """What people type before the process starts."""
    id_ = str(process.get("id"))
    form = writers.starts.get(id_, "")
    return {name: {id_} for name in writers.forms.get(form, ())}


def _written_by(node: etree._Element, writers: Writers, calling: frozenset[str]) -> Names:
    """What an element leaves in the scope around it. `calling`: processes that are being followed already."""
    read = extensions.read(node)
    outputs = [
        row["target"].partition(".")[0] for row in read.get("ioMapping", {}).get("output", ()) if row.get("target")
    ]
    own = set(outputs) if outputs else set(_own_results(node, read, writers, calling))
    loop = xml.first(node, "multiInstanceLoopCharacteristics")
    if loop is not None:
        own |= {extensions.read(loop).get("loopCharacteristics", {}).get("outputCollection", "")}
    return {name: {str(node.get("id"))} for name in own if name}


def _own_results(
    node: etree._Element, read: Mapping[str, Mapping], writers: Writers, calling: frozenset[str]
) -> Iterator[str]:
    yield from writers.forms.get(read.get("formDefinition", {}).get("formId", ""), ())
    yield read.get("script", {}).get("resultVariable", "")
    yield read.get("calledDecision", {}).get("resultVariable", "")
    yield from writers.results.get(read.get("taskDefinition", {}).get("type", ""), ())
    if xml.local(node) == "callActivity":
        called = read.get("calledElement", {})
        if called.get("propagateAllChildVariables", "true") != "false":
            yield from _of_called(str(called.get("processId")), writers, calling)
    elif _has_own_scope(node):
        yield from _inside(node, writers, calling)


def _of_called(process: str, writers: Writers, calling: frozenset[str]) -> Iterator[str]:
    if process in writers.processes and process not in calling:
        yield from _inside(writers.processes[process], writers, calling | {process})


def _inside(scope: etree._Element, writers: Writers, calling: frozenset[str]) -> Iterator[str]:
    for node in scope.iterchildren(xml.bpmn("*")):
        if xml.local(node) in NODE_TAGS:
            yield from _written_by(node, writers, calling)


def _locals(node: etree._Element) -> Names:
    """What only this element and those inside it see: its inputs and the item of its loop."""
    read = extensions.read(node)
    names = {row["target"].partition(".")[0] for row in read.get("ioMapping", {}).get("input", ()) if row.get("target")}
    loop = xml.first(node, "multiInstanceLoopCharacteristics")
    if loop is not None:
        names |= {"loopCounter", extensions.read(loop).get("loopCharacteristics", {}).get("inputElement", "")}
    return {name: {str(node.get("id"))} for name in names if name}


def _has_own_scope(node: etree._Element) -> bool:
    return xml.local(node) in ("subProcess", "transaction", "adHocSubProcess")


def _all_before(id_: str, before: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    todo = [*before[id_]]
    while todo:
        if (other := todo.pop()) not in found:
            found.add(other)
            todo += before[other]
    return found


def _merged(*several: Names) -> Names:
    together: Names = {}
    for names in several:
        for name, origins in names.items():
            together.setdefault(name, set()).update(origins)
    return together
