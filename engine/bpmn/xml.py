"""BPMN files as trees, read without trusting them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

MOST_BYTES = 5 * 1024 * 1024
MOST_ELEMENTS = 5_000  # BPMN elements with an id
MOST_NODES = 60_000  # of any kind; a drawn element takes about ten
DEEPEST = 60

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"

_BEGINNING = 500  # characters in which a declaration is looked for; in a whole file it would take hours
_DECLARATION = re.compile(r"<\?xml\s[^>]*?encoding\s*=\s*[\"'](?P<encoding>[^\"']*)[\"'][^>]*\?>")


class UnreadableXml(Exception):
    """The file is no XML we accept; says why in a sentence."""


def read(data: bytes) -> etree._Element:
    """The root of a BPMN file. No document type, no entities, UTF-8, limited in bytes, elements and depth.

    A file that says it has another encoding is read if it is ASCII, which is the same in all of them.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableXml(f"Expected at most {MOST_BYTES} bytes, but the file has {len(data)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableXml("Expected UTF-8, but the file is in another encoding") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnreadableXml("Expected no document type or entity declarations, but the file has some")
    declaration = _DECLARATION.search(text, 0, _BEGINNING)
    if declaration:
        if declaration["encoding"].upper() != "UTF-8" and not text.isascii():
            raise UnreadableXml(f"Expected UTF-8, but the file says it is {declaration['encoding']}")
        text = text[: declaration.start()] + text[declaration.end() :]
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableXml(f"Expected well-formed XML, but {error}") from None
    if root.tag != bpmn("definitions"):
        raise UnreadableXml(f"Expected BPMN 2.0 definitions, but the file starts with {root.tag}")
    _measure(root)
    _resolve_references(root)
    return root


def bpmn(tag: str) -> str:
    return f"{{{BPMN}}}{tag}"


def zeebe(tag: str) -> str:
    return f"{{{ZEEBE}}}{tag}"


def local(node: etree._Element) -> str:
    """The tag without its namespace."""
    return etree.QName(node).localname


def is_bpmn(node: etree._Element) -> bool:
    return etree.QName(node).namespace == BPMN


def children(node: etree._Element, tag: str) -> Iterator[etree._Element]:
    return node.iterchildren(bpmn(tag))


def first(node: etree._Element, tag: str) -> etree._Element | None:
    return next(node.iterchildren(bpmn(tag)), None)


def is_true(node: etree._Element, attribute: str, default: str = "false") -> bool:
    """Whether a boolean attribute is set; XML Schema has two words for it."""
    return node.get(attribute, default) in ("true", "1")


def text_of(node: etree._Element | None) -> str | None:
    """The text of a child element, stripped; None where it is missing or empty."""
    if node is None or node.text is None:
        return None
    return node.text.strip() or None


def event_definitions(node: etree._Element) -> list[etree._Element]:
    """The event definitions of an event, references that lead nowhere included."""
    return [
        child
        for child in node.iterchildren(bpmn("*"))
        if local(child).endswith("EventDefinition") or local(child) == "eventDefinitionRef"
    ]


def is_event_sub_process(node: etree._Element) -> bool:
    return local(node) == "subProcess" and is_true(node, "triggeredByEvent")


def _resolve_references(root: etree._Element) -> None:
    """Put shared event definitions where events refer to them; a copy has no id of its own."""
    shared = {str(node.get("id")): node for node in event_definitions(root) if node.get("id")}
    for reference in tuple(root.iter(bpmn("eventDefinitionRef"))):
        wanted = shared.get((reference.text or "").strip().rpartition(":")[2])
        parent = reference.getparent()
        if wanted is not None and parent is not None:
            copied = deepcopy(wanted)
            del copied.attrib["id"]
            copied.tail = reference.tail
            parent.replace(reference, copied)


def _measure(root: etree._Element) -> None:
    depth = count = 0
    for action, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if action == "start" else -1
        count += action == "start"
        if depth > DEEPEST:
            raise UnreadableXml(f"Expected elements nested at most {DEEPEST} deep, but they are nested deeper")
    # Shapes of the picture are not counted: a large diagram has several of them for every element.
    drawn = sum(1 for node in root.iter(bpmn("*")) if node.get("id"))
    if drawn > MOST_ELEMENTS or count > MOST_NODES:
        raise UnreadableXml(f"Expected at most {MOST_ELEMENTS} elements, but there are more")
