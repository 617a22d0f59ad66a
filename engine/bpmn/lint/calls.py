"""What call activities call must be there, in the version they mean, and must not call them again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lxml import etree

from engine import feel
from engine.bpmn import extensions, xml
from engine.bpmn.lint.findings import Diagram, event_kind


def check_call(diagram: Diagram, node: etree._Element) -> None:
    """Refuse a call of what is neither given nor deployed; ids that are computed are looked at when they are called."""
    called = called_process(node)
    if not called:
        diagram.error(
            node, "NO_PROCESS", "Expected a process to call (zeebe:calledElement), but {id} has none", id=node.get("id")
        )
        return
    binding = _check_binding(diagram, node)
    if feel.expression_text(called) is not None:
        return
    if any(called == task.get("id") for other in diagram.given for task in other.global_tasks()):
        return
    given = {str(process.get("id")): process for other in diagram.given for process in other.processes()}
    tag = binding.get("versionTag") if binding.get("bindingType") == "versionTag" else None
    if called not in given and called not in diagram.known.processes:
        diagram.error(node, "UNKNOWN_PROCESS", "Expected process {id} to exist, but it does not", id=called)
    elif binding.get("bindingType") == "deployment" and called not in given:
        diagram.error(node, "BINDING", "Expected process {id} in the same deployment, but it is not in it", id=called)
    elif tag and tag not in {*diagram.known.version_tags.get(called, ()), _tag(given.get(called))}:
        diagram.error(
            node, "BINDING", "Expected process {id} with version tag {tag} to exist, but it does not",
            id=called, tag=tag,
        )  # fmt: skip
    elif called in given and not any(
        event_kind(start) == "none" for start in xml.children(given[called], "startEvent")
    ):
        diagram.error(
            node, "NO_START", "Expected process {id} to have a start event without a message, but it has none",
            id=called,
        )  # fmt: skip


def check_recursion(diagrams: list[Diagram]) -> None:
    """Refuse call activities through which a process reaches itself, as far as the called ids are written out.

    Deployed processes are followed in their newest versions; what the given resources define replaces them.
    """
    calls: dict[str, list[tuple[Diagram, etree._Element, str]]] = {}
    for diagram in diagrams:
        for process in diagram.processes():
            calls[str(process.get("id"))] = [
                (diagram, node, called)
                for node in process.iter(xml.bpmn("callActivity"))
                if (called := called_process(node)) and feel.expression_text(called) is None
            ]
    graph: dict[str, Collection[str]] = dict(diagrams[0].known.calls) if diagrams else {}
    graph |= {process: [called for _, _, called in edges] for process, edges in calls.items()}
    for caller, edges in calls.items():
        for diagram, node, called in edges:
            if caller in _reached(graph, called):
                diagram.error(
                    node, "RECURSION", "Expected processes that end, but {called} calls {process} again",
                    called=called, process=caller,
                )  # fmt: skip


def called_process(node: etree._Element) -> str | None:
    """The text that says which process a call activity calls."""
    return extensions.read(node).get("calledElement", {}).get("processId") or node.get("calledElement")


def _check_binding(diagram: Diagram, node: etree._Element) -> dict[str, str]:
    drawn = extensions.read(node).get("calledElement", {})
    if (drawn.get("bindingType") == "versionTag") != bool(drawn.get("versionTag")):
        diagram.error(
            node, "BINDING", "Expected {id} to have bindingType versionTag together with a version tag",
            id=node.get("id"),
        )  # fmt: skip
    return drawn


def _tag(process: etree._Element | None) -> str | None:
    return None if process is None else extensions.read(process).get("versionTag", {}).get("value")


def _reached(graph: Mapping[str, Collection[str]], start: str) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        for called in graph.get(todo.pop(), ()):
            if called not in found:
                found.add(called)
                todo.append(called)
    return found
