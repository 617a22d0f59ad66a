"""Entries that a context has not: `deadline.due_at` where the mapping gives legal_due_at and safe_due_at."""

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

MOST_NAMED = 12  # entries in a sentence
_CONDITIONS = {"conditionExpression", "completionCondition", "loopCondition", "condition"}
# Attributes that name a variable whose value is known only when it runs.
_ANYTHING = ("resultVariable", "inputElement", "outputCollection")


def check_members(diagram: Diagram) -> None:
    """What is read of the rules profile, or of a context that mappings write entry by entry, is among its entries."""
    known: dict[str, Any] = {name: dict.fromkeys(entries) for name, entries in _written(diagram).items() if entries}
    if diagram.known.profile:
        known["profile"] = diagram.known.profile
    if not known:
        return
    for process in diagram.processes():
        for node in process.iter(etree.Element):
            for context, entry, entries in dict.fromkeys(each for text in _texts(node) for each in _read(text, known)):
                diagram.warn(
                    node,
                    "UNKNOWN_MEMBER",
                    "Expected {name} to have {entry}, but it has only {entries}",
                    name=context,
                    entry=entry,
                    entries=entries,
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


def _read(text: str, known: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What the text reads of a known context and the context has not: context, entry, the entries there are."""
    if any(name in text for name in known):
        for name, *entries in _paths(_tree(text)):
            there, read = known.get(name), name
            for entry in entries:
                if not isinstance(there, Mapping) or not there:
                    break
                if entry not in there:
                    more = ", …" if len(there) > MOST_NAMED else ""
                    yield read, entry, ", ".join(sorted(map(str, there))[:MOST_NAMED]) + more
                there, read = there.get(entry), f"{read}.{entry}"


def _paths(tree: Any) -> Iterator[tuple[str, ...]]:
    """The paths that begin with a name, such as ("profile", "clocks", "C01")."""
    if isinstance(tree, nodes.Path) and (names := _names(tree)):
        yield names
    elif isinstance(tree, tuple):
        for part in tree:
            yield from _paths(part)
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from _paths(getattr(tree, field.name))


def _names(tree: nodes.Node) -> tuple[str, ...]:
    if isinstance(tree, nodes.Name):
        return (tree.name,)
    if isinstance(tree, nodes.Path) and (source := _names(tree.source)):
        return (*source, tree.name)
    return ()


def _tree(text: str) -> nodes.Node | None:
    """Nothing for a text that is no FEEL: another check says so."""
    try:
        return parse(feel.expression_text(text) or text, known_names())
    except feel.FeelError:
        return None
