"""Processes that call each other in a ring would never end."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine import feel
from engine.bpmn import extensions, xml
from engine.bpmn.lint.findings import Diagram


def check_recursion(diagrams: list[Diagram]) -> None:
    """Refuse call activities through which a process reaches itself, as far as the called ids are written out."""
    calls: dict[str, list[tuple[Diagram, etree._Element, str]]] = {}
    for diagram in diagrams:
        for process in diagram.processes():
            calls[str(process.get("id"))] = [
                (diagram, node, called)
                for node in process.iter(xml.bpmn("callActivity"))
                if (called := called_process(node)) and feel.expression_text(called) is None
            ]
    graph = {process: [called for _, _, called in edges] for process, edges in calls.items()}
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


def _reached(graph: Mapping[str, list[str]], start: str) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        for called in graph.get(todo.pop(), ()):
            if called not in found:
                found.add(called)
                todo.append(called)
    return found
