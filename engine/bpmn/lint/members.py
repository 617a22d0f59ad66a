"""Entries of contexts that nobody writes: `deadline.due_at` where the mapping gives legal_due_at and safe_due_at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from lxml import etree

from engine import feel
from engine.bpmn import xml
from engine.bpmn.lint.findings import Diagram
from engine.feel import nodes
from engine.feel.parser import known_names, parse

Members = dict[str, set[str] | None]  # variable -> entries of the contexts written to it; None where anything may be

_CONDITIONS = {"conditionExpression", "completionCondition", "loopCondition", "condition"}
# Attributes that name a variable whose value is known only when it runs.
_ANYTHING = ("resultVariable", "inputElement", "outputCollection")


def check_members(diagram: Diagram) -> None:
    """What is read of a context that mappings write entry by entry is among its entries."""
    known = {name: entries for name, entries in _written(diagram).items() if entries is not None}
    if not known:
        return
    for process in diagram.processes():
        for node in process.iter(etree.Element):
            for name, entry in dict.fromkeys(each for text in _texts(node) for each in _read(text, known)):
                diagram.warn(
                    node,
                    "UNKNOWN_MEMBER",
                    "Expected {name} to have {entry}, but it has only {entries}",
                    name=name,
                    entry=entry,
                    entries=", ".join(sorted(known[name])),
                )


def _written(diagram: Diagram) -> Members:
    """Of all diagrams that are checked together: a called process may write what its caller reads."""
    found: Members = dict.fromkeys(diagram.known.written)
    for node in (node for given in diagram.given for node in given.root.iter(xml.zeebe("*"))):
        for attribute in _ANYTHING:
            if name := node.get(attribute):
                found[name.partition(".")[0]] = None
        if xml.local(node) in ("input", "output") and (target := node.get("target")):
            name, _, entry = target.partition(".")
            entries = {entry.partition(".")[0]} if entry else _entries(node.get("source", ""))
            there = found.get(name, set())
            found[name] = None if entries is None or there is None else there | entries
    return found


def _entries(source: str) -> set[str] | None:
    """The names of a context that is written out; None of any other value."""
    tree = _tree(source)
    return {name for name, _ in tree.entries} if isinstance(tree, nodes.ContextOf) else None


def _texts(node: etree._Element) -> Iterator[str]:
    yield from (str(value) for value in node.attrib.values() if str(value).lstrip().startswith("="))
    text = xml.text_of(node)
    if text and (text.startswith("=") or xml.local(node) in _CONDITIONS):
        yield text


def _read(text: str, known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """What the text reads of a known context and the context has not."""
    if any(name in text for name in known):
        for name, entry in _paths(_tree(text)):
            entries = known.get(name)
            if entries and entry not in entries:
                yield name, entry


def _paths(tree: Any) -> Iterator[tuple[str, str]]:
    if isinstance(tree, nodes.Path) and isinstance(tree.source, nodes.Name):
        yield tree.source.name, tree.name
    elif isinstance(tree, tuple):
        for part in tree:
            yield from _paths(part)
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from _paths(getattr(tree, field.name))


def _tree(text: str) -> nodes.Node | None:
    """Nothing for a text that is no FEEL: another check says so."""
    try:
        return parse(feel.expression_text(text) or text, known_names())
    except feel.FeelError:
        return None
