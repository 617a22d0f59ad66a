"""The parts of a model file that a designer knows: elements, rules, fields; each with all that is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn import xml as bpmn_xml
from engine.dmn import xml as dmn_xml
from engine.forms import read_json

# Parts of a BPMN element that are told with it, though they may have an id of their own.
_WITH_THEIR_ELEMENT = ("EventDefinition", "Expression", "LoopCharacteristics", "Association", "Specification")
_ALSO = {"documentation", "extensionElements", "text", "script", "flowNodeRef", "timeDuration", "timeDate", "timeCycle"}
_IMPLIED = {"incoming", "outgoing"}  # the flows say so themselves
_DRG = {"decision", "inputData", "businessKnowledgeModel", "decisionService", "knowledgeSource", "itemDefinition"}
_OF_THEIR_OWN = {"components", "id", "type", "label", "layout"}  # of a form's field, said elsewhere


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is said of a part. `place`: how it is drawn; `inside`: the list it stands in, where order means something.

    number: which of the rules it is, from 1.
    """

    type: str
    name: str
    facts: Mapping[str, str]
    place: tuple[Any, ...] = ()
    inside: str | None = None
    number: int | None = None


def of_process(content: bytes) -> dict[str, Part]:
    """BPMN elements by id. Raises UnreadableXml."""
    root = bpmn_xml.read(content)
    drawn = _drawn(root)
    found = {}
    for node in root.iter(etree.Element):
        id = node.get("id")
        if not id or node is root or not bpmn_xml.is_bpmn(node) or _is_told_with_another(node):
            continue
        facts = dict(_facts(node, "", _leave_out_elements))
        name = facts.pop("name", "") or facts.get("text", "")
        found[id] = Part(type=bpmn_xml.local(node), name=name, facts=facts, place=drawn.get(id, ()))
    return found


def of_decisions(content: bytes) -> dict[str, Part]:
    """Decisions and what they rest on by id, and the rules of tables. Raises DmnError."""
    found: dict[str, Part] = {}
    for node in dmn_xml.read(content).iterchildren(etree.Element):
        id, kind, name = str(node.get("id", "")), dmn_xml.local_name(node), str(node.get("name", ""))
        if kind not in _DRG or not id:
            continue
        facts = {what: text for what, text in _facts(node, "", _leave_out_rules) if what != "name"}
        found[id] = Part(type=kind, name=name, facts=facts)
        columns = [_column(column) for column in _columns(node)]
        rules = [rule for rule in node.iter(etree.Element) if dmn_xml.local_name(rule) == "rule"]
        for number, rule in enumerate(rules, 1):
            entries = [_words(cell) for kind in ("inputEntry", "outputEntry", "annotationEntry")
                       for cell in dmn_xml.children(rule, kind)]  # fmt: skip
            cells = {column: text for column, text in zip(columns, entries, strict=False) if text}
            rule_id = rule.get("id") or f"{id}:{number}"
            found[rule_id] = Part(type="rule", name=name, facts=cells, inside=id, number=number)
    return found


def of_form(content: bytes) -> dict[str, Part]:
    """The form itself under "" and its fields by id. Raises ValueError, TypeError, AttributeError."""
    form = read_json(content)
    components = form.pop("components", [])
    head = Part(type="form", name=str(form.get("id", "")), facts=dict(_leaves(form)))
    return {"": head, **dict(_fields(components, ""))}


READERS: Mapping[str, Callable[[bytes], dict[str, Part]]] = {
    "process": of_process,
    "decision": of_decisions,
    "form": of_form,
}


def _drawn(root: etree._Element) -> dict[str, tuple[Any, ...]]:
    """Element id -> everything its shape or edge says."""
    found = {}
    for node in root.iter(etree.Element):
        if (id := node.get("bpmnElement")) and bpmn_xml.local(node) != "BPMNPlane":
            parts = (part for part in node.iter(etree.Element) if part is not node)
            found[id] = (_said(node), *((part.tag, _said(part)) for part in parts))
    return found


def _said(node: etree._Element) -> tuple[tuple[str, Any], ...]:
    own = {str(name): str(text) for name, text in node.attrib.items() if name not in ("id", "bpmnElement")}
    return tuple((name, _number(text)) for name, text in sorted(own.items()))


def _number(text: str) -> float | str:
    """So that 100 and 100.0 are one place."""
    try:
        return float(text)
    except ValueError:
        return text


def _is_told_with_another(node: etree._Element) -> bool:
    name = bpmn_xml.local(node)
    return name.endswith(_WITH_THEIR_ELEMENT) or name in _ALSO


def _leave_out_elements(node: etree._Element) -> bool:
    own = bpmn_xml.is_bpmn(node) and bool(node.get("id")) and not _is_told_with_another(node)
    return own or bpmn_xml.local(node) in _IMPLIED


def _leave_out_rules(node: etree._Element) -> bool:
    return bpmn_xml.local(node) == "rule"


def _facts(node: etree._Element, prefix: str, leave_out: Callable[[etree._Element], bool]) -> Iterator[tuple[str, str]]:
    """Attributes and texts of a node and what is in it, as (name, text); what comes again gets a number."""
    for name, text in sorted(node.attrib.items()):
        if name != "id":
            yield prefix + str(etree.QName(name).localname), str(text)
    if text := (node.text or "").strip():
        yield prefix.rstrip("/") or "text", text
    counted: dict[str, int] = {}
    for child in node.iterchildren(etree.Element):
        if leave_out(child):
            continue
        name = bpmn_xml.local(child)
        if name == "extensionElements":
            yield from _facts(child, prefix, leave_out)
            continue
        called = child.get("label") or child.get("name") or child.get("target") or child.get("key")
        label = f"{name} {called}" if called else name
        counted[label] = counted.get(label, 0) + 1
        place = f"{prefix}{label}" + (f" {counted[label]}" if counted[label] > 1 else "")
        yield from list(_facts(child, f"{place}/", leave_out)) or [(place, "")]


def _columns(node: etree._Element) -> list[etree._Element]:
    tables = [table for table in node.iter(etree.Element) if dmn_xml.local_name(table) == "decisionTable"]
    if not tables:
        return []
    return [column for kind in ("input", "output", "annotation") for column in dmn_xml.children(tables[0], kind)]


def _column(node: etree._Element) -> str:
    text = node.get("label") or node.get("name") or _words(node)
    return text if dmn_xml.local_name(node) == "input" else f"→ {text}"


def _words(node: etree._Element) -> str:
    return " ".join("".join(str(text) for text in node.itertext()).split())


def _fields(components: Any, inside: str) -> Iterator[tuple[str, Part]]:
    for number, field in enumerate(components, 1):
        own = {name: value for name, value in field.items() if name not in _OF_THEIR_OWN}
        id = str(field.get("id") or field.get("key") or f"{inside}:{number}")
        name = str(field.get("label") or field.get("key") or field.get("text") or "")[:80]
        layout = json.dumps(field.get("layout"), sort_keys=True)
        facts = dict(_leaves(own)) if own else {}
        yield id, Part(type=str(field.get("type", "")), name=name, facts=facts, place=(layout,), inside=f"in {inside}")
        yield from _fields(field.get("components", []), id)


def _leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value, 1):
            if isinstance(inner, dict) and isinstance(inner.get("value"), str) and set(inner) <= {"label", "value"}:
                yield f"{prefix}: {inner['value']}", str(inner.get("label", ""))  # an option
            else:
                yield from _leaves(inner, f"{prefix} {number}")
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
