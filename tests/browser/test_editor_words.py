"""The editors in Chinese: every element and field is drawn, opened and pressed, and nothing is left in English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError

from engine.bpmn import registry
from engine.forms.model import CONTAINERS, DISPLAY, INPUTS
from tests.browser.staff import Visit
from tests.browser.test_modeler import PROCESS, begun, edit, put

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LONGEST = 90_000  # ms for a step of the walk
WALK = Path(__file__).with_name("walk.js").read_text()
# What is drawn for readers, beside what is executed.
DRAWN = ("group", "textAnnotation", "dataObjectReference", "dataStoreReference")
TYPES = ("string", "number", "boolean", "date", "time", "dateTime", "dayTimeDuration", "yearMonthDuration", "Any")


def walked(visit: Visit, path: str, content: str, *steps: str) -> list[str]:
    """Open a file in Chinese, do the steps of walk.js, and return what was said in English."""
    page = begun(visit("yang", locale="zh-CN")).page
    put(page, path, content)
    edit(page, path)
    page.evaluate(f"() => {{ window.walk = {WALK}; }}")
    for step in steps:
        take(page, step)
    page.wait_for_timeout(1200)  # findings about all of it
    return said_in_english(page)


def take(page: Page, step: str) -> None:
    """A step of walk.js; one that does not end, whatever it waits for, fails here and does not hold up the tests."""
    page.evaluate(
        "() => { window.walked = null;"
        f" window.walk.{step}.then(() => (window.walked = 'done'), (error) => (window.walked = error.stack)); }}"
    )
    try:
        page.wait_for_function("() => window.walked", timeout=LONGEST)
    except TimeoutError as error:
        raise AssertionError(f"Expected {step} to end within {LONGEST // 1000} s, but it is still going on") from error
    assert page.evaluate("() => window.walked") == "done"


def said_in_english(page: Page) -> list[str]:
    found: list[str] = page.evaluate("() => window.walk.scan()")
    return found


def test_the_process_editor_speaks_chinese(visit: Visit) -> None:
    tags = json.dumps([*registry.ACTIVITIES, *registry.GATEWAYS, *DRAWN])

    assert walked(visit, "words.bpmn", PROCESS, f"process({tags})", "tools()") == []


def test_the_form_editor_speaks_chinese(visit: Visit) -> None:
    components = [component(type_) for type_ in sorted(INPUTS | CONTAINERS | DISPLAY | {"expression"})]
    form = {"type": "default", "id": "biaodan", "schemaVersion": 19, "components": components}

    assert walked(visit, "words.form", json.dumps(form), "form()") == []


def test_the_decision_editor_speaks_chinese(visit: Visit) -> None:
    assert walked(visit, "words.dmn", decisions(), "decisions()") == []


def component(type_: str) -> dict[str, object]:
    found: dict[str, object] = {"type": type_, "id": f"one_{type_}", "label": "字段"}
    if type_ in CONTAINERS:
        return {**found, "path": f"in_{type_}", "components": []}
    if type_ in DISPLAY:
        return {**found, "text": "文字"}
    more: dict[str, dict[str, object]] = {
        "datetime": {"subtype": "datetime", "dateLabel": "日期"},
        "expression": {"expression": "=1"},
    }
    return {**found, "key": f"key_{type_}", "values": [{"label": "甲", "value": "a"}], **more.get(type_, {})}


def decisions() -> str:
    """A table with a column of each type, an expression and a piece of business knowledge."""
    inputs = "".join(
        f'<input id="in_{name}" label="列"><inputExpression id="ine_{name}" typeRef="{name}"><text>x</text>'
        "</inputExpression></input>"
        for name in TYPES
    )
    outputs = "".join(f'<output id="out_{name}" name="列_{name}" typeRef="{name}" />' for name in TYPES)
    cells = "".join(f'<inputEntry id="ic_{name}"><text></text></inputEntry>' for name in TYPES)
    cells += "".join(f'<outputEntry id="oc_{name}"><text></text></outputEntry>' for name in TYPES)
    shapes = "".join(
        f'<dmndi:DMNShape id="s_{id_}" dmnElementRef="{id_}"><dc:Bounds height="80" width="180" x="{x}" y="80" />'
        "</dmndi:DMNShape>"
        for id_, x in (("table", 150), ("text", 400), ("known", 650))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="words" name="模型" namespace="n" '
        'xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/">'
        f'<decision id="table" name="表"><decisionTable id="t1" hitPolicy="UNIQUE">{inputs}{outputs}'
        f'<rule id="r1">{cells}</rule></decisionTable></decision>'
        '<decision id="text" name="式"><variable id="v" name="text" typeRef="string" />'
        '<literalExpression id="l1"><text>1</text></literalExpression></decision>'
        '<businessKnowledgeModel id="known" name="知识"><encapsulatedLogic id="f1" kind="FEEL">'
        '<formalParameter id="p1" name="数" typeRef="number" />'
        '<literalExpression id="l2"><text>数</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>'
        f'<dmndi:DMNDI><dmndi:DMNDiagram id="d">{shapes}</dmndi:DMNDiagram></dmndi:DMNDI></definitions>'
    )
