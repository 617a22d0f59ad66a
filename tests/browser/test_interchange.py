"""Diagrams of other tools: what is not read or not drawn here comes back as it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.browser.staff import Visit
from tests.browser.test_modeler import begun, change_name, edit, put, saved
from tests.conformance.data import unpacked

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
# As the desktop modeler saves it, with what plug-ins, other engines and colleagues' tools leave in it.
DESKTOP = Path(__file__).with_name("desktop.bpmn").read_text()
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"  # hints for readers with a schema
DEFAULTS = {
    "completionQuantity": "1",
    "startQuantity": "1",
    "isForCompensation": "false",
    "triggeredByEvent": "false",
    "parallelMultiple": "false",
    "isCollection": "false",
    "expressionLanguage": "http://www.w3.org/1999/XPath",
    "gatewayDirection": "Unspecified",
    "isInterrupting": "true",
    "cancelActivity": "true",
    "implementation": "##unspecified",
    "textFormat": "text/plain",
    "eventGatewayType": "Exclusive",
    "instantiate": "false",
    "isSequential": "false",
    "testBefore": "false",
    "messageVisibleKind": "initiating",
    "typeLanguage": "http://www.w3.org/2001/XMLSchema",
}
REDRAW = "async (xml) => { const m = window.lianxi.modeler; await m.importXML(xml); return (await m.saveXML()).xml; }"


def gone(before: str | bytes, after: str) -> list[str]:
    """What an earlier state says and the later does not: elements by id, and those without an id by all they say."""
    named, nameless = read(before)
    kept, kept_nameless = read(after)
    kept_nameless += Counter((tag, attributes, text) for (tag, _), (attributes, text) in kept.items())
    lost = [
        f"{key}: {said[0] - kept[key][0]} {said[1]}"
        for key, said in named.items()
        if key in kept and differs(said, kept[key])
    ]
    lost += [f"{key} is gone" for key in named if key not in kept]
    return lost + [str(fact) for fact in (nameless - kept_nameless).elements()]


def read(xml: str | bytes) -> tuple[dict[Any, Any], Counter[Any]]:
    """(tag, id) -> its other attributes and its text; and the same of elements without an id."""
    root = etree.fromstring(xml if isinstance(xml, bytes) else xml.encode())
    named: dict[Any, Any] = {}
    nameless: Counter[Any] = Counter()
    for node in root.iter(etree.Element):
        said = {(str(name), plain(value)) for name, value in node.attrib.items() if says(name, value)}
        text = plain(node.text or "")
        if id_ := node.get("id"):
            named[str(node.tag), id_] = (frozenset(said) - {("id", id_)}, text)
        else:
            nameless[str(node.tag), frozenset(said), text] += 1
    return named, nameless


def differs(said: tuple[frozenset[Any], str], kept: tuple[frozenset[Any], str]) -> bool:
    return not said[0] <= kept[0] or said[1] != kept[1]


def says(name: str | bytes, value: str | bytes) -> bool:
    """Whether an attribute says more than its absence does."""
    return not str(name).startswith(XSI) and DEFAULTS.get(str(name)) != value


def plain(value: str | bytes) -> str:
    """590.0 is 590 to a drawing, and line ends are those of the system that wrote."""
    return " ".join(str(value).split()).removesuffix(".0")


def test_a_file_of_the_desktop_modeler_comes_back_whole(visit: Visit) -> None:
    page = begun(visit("yang")).page
    put(page, "desktop.bpmn", DESKTOP)
    edit(page, "desktop.bpmn")

    change_name(page, "talk", "Hear")
    after = saved(page)

    before = DESKTOP.replace('name="Listen"', 'name="Hear"')
    assert gone(before, after) == []
    assert gone(after, before) == []


def test_diagrams_of_many_tools_come_back_whole(visit: Visit, tmp_path: Path) -> None:
    page = begun(visit("yang")).page
    put(page, "desktop.bpmn", DESKTOP)
    edit(page, "desktop.bpmn")
    lost = {}
    for file in sorted(unpacked("miwg", tmp_path).rglob("*.bpmn")):
        after = page.evaluate(REDRAW, file.read_text("utf-8-sig"))
        if missing := gone(file.read_bytes(), after):
            lost[file.name] = missing
    assert lost == {}
