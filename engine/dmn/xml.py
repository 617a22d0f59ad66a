"""Reading XML that may be hostile, and small helpers for DMN elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree

from engine.dmn.results import DmnError
from engine.errors import Message

Element: TypeAlias = etree._Element

LARGEST = 2 * 1024 * 1024  # bytes

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}


def read(xml: bytes) -> Element:
    """The `definitions` element. Nothing is fetched or expanded; raises `DmnError` for hostile or foreign files."""
    if len(xml) > LARGEST:
        raise DmnError(
            Message("Expected a file of at most {most} bytes, but it has {number}", most=LARGEST, number=len(xml))
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,  # keeps the parser's own limits on depth and size
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DmnError(Message("Expected XML, but {error}", error=error)) from error

    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise DmnError(Message("Expected a file without DOCTYPE, but it has one"))
    namespace = etree.QName(root).namespace
    if local_name(root) != "definitions" or namespace not in NAMESPACES:
        versions = ", ".join(NAMESPACES.values())
        raise DmnError(
            Message("Expected DMN {versions}, but the file begins with {tag}", versions=versions, tag=root.tag),
            identifier(root),
        )
    return root


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of that name in the model's own namespace."""
    return element.iterchildren(f"{{{etree.QName(element).namespace}}}{name}")


def child(element: Element, name: str) -> Element | None:
    return next(children(element, name), None)


def text_of(element: Element | None) -> str:
    """The text within, which may stand in a `text` element below; "" when there is none."""
    if element is None:
        return ""
    inner = child(element, "text")
    return "".join(map(str, (element if inner is None else inner).itertext())).strip()


def name_of(element: Element) -> str:
    """The element's name, with single spaces as FEEL compares names."""
    return " ".join(element.get("name", "").split())


def local_name(element: Element) -> str:
    return etree.QName(element).localname


def identifier(element: Element) -> str:
    """The element's id, or that of the nearest element around it that has one."""
    while not (found := element.get("id")):
        parent = element.getparent()
        if parent is None:
            return ""
        element = parent
    return found
