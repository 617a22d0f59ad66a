"""The pack by itself: nothing to find at a deployment, every form drawn and validated, every text in Chinese too."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine import forms
from engine.config import Settings
from engine.dmn import parse
from engine.errors import InvalidInput
from engine.feel import Environment
from engine.forms import Component, FieldView, Form
from engine.packs import CaseType, Pack, read_pack
from engine.service import open_service
from tests.support.server import ROOT, lianxi
from webui.app import create_app

PACKS = sorted(path.parent for path in ROOT.glob("processes/*/manifest.toml"))
FORMS = sorted(ROOT.glob("processes/*/forms/*.form"))
NAMED = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ENVIRONMENT = Environment(now=datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
PROPERTIES_OF_FORMS = ("label", "description", "text", "dateLabel", "timeLabel", "patternErrorMessage")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_there_is_nothing_to_find(pack: Path, tmp_path: Path) -> None:
    said = lianxi("check", str(pack), environment={"LIANXI_DATA": str(tmp_path)})

    assert not re.search("error|warning", said), said


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_every_text_is_in_chinese_too(pack: Path) -> None:
    found = read_pack(pack)

    missing = sorted({text for text in english(found) if "zh" not in found.labels.get(text, {})})

    assert not missing, "Write these into labels.csv"


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_labels_are_said_once_in_chinese_and_are_used(pack: Path) -> None:
    found = read_pack(pack)
    rows = list(csv.DictReader(io.StringIO(found.resources["labels.csv"].decode("utf-8-sig"))))

    assert [key for key, times in Counter(row["key"] for row in rows).items() if times > 1] == []
    assert [text for text, times in Counter(row["en"] for row in rows).items() if times > 1] == []
    shown = [row for row in rows if re.search("[a-z]", re.sub(r"\{\{.*?\}\}", "", row["en"]))]
    assert [row["en"] for row in shown if not CHINESE.search(row["zh"])] == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_drawn_with_all_its_words(path: Path, tmp_path: Path) -> None:
    form = forms.parse_form(path.read_bytes())
    settings = Settings.from_environ({"LIANXI_DATA": str(tmp_path)})
    service = open_service(settings)
    fields = create_app(service.engine, settings).jinja_env.from_string(
        '{% from "forms/fields.html" import form_fields %}{{ form_fields(page) }}'
    )
    page = forms.view(form, {}, context={}, env=ENVIRONMENT)

    with create_app(service.engine, settings).test_request_context():
        html = fields.render(page=page)

    service.close()
    for component in inputs(form.components):
        assert component.label, f"{component.id} has no label"
        assert f'name="{".".join(component.path)}' in html or component.id.startswith("Row"), component.id
    assert "{{" not in html


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_takes_good_answers_and_nothing_else(path: Path) -> None:
    form = forms.parse_form(path.read_bytes())
    required = {".".join(component.path) for component in form.components if component.rules.required}

    with pytest.raises(InvalidInput) as refusal:
        forms.validate(form, {}, context={}, env=ENVIRONMENT)
    assert set(refusal.value.errors) <= required and refusal.value.errors, "something is asked for"
    answers = good_answers(form)
    taken = forms.validate(form, answers, context={}, env=ENVIRONMENT)
    assert set(taken) <= set(forms.keys(form))
    with pytest.raises(InvalidInput):
        forms.validate(form, {**answers, "closing": {"status": "closed"}}, context={}, env=ENVIRONMENT)


def english(pack: Pack) -> Iterator[str]:
    """Every text of the pack that people see."""
    for content in pack.of_kind("process").values():
        yield from of_diagram(content)
    for content in pack.of_kind("form").values():
        yield from of_form(json.loads(content))
    for content in pack.of_kind("decision").values():
        yield from of_decisions(content)
    yield from (group.name for group in pack.groups)
    for case_type in pack.case_types.values():
        yield from of_case_type(case_type)
    diagrams = b"".join(pack.of_kind("process").values()).decode()
    for name, rule in pack.profile.get("clocks", {}).items():
        if rule.get("label"):
            yield rule["label"]
        if f"profile.clocks.{name}" in diagrams and rule.get("basis"):
            yield rule["basis"]


def of_diagram(content: bytes) -> Iterator[str]:
    for element in etree.fromstring(content).iter(f"{NAMED}*"):
        if name := element.get("name"):
            yield " ".join(name.split())
        if element.tag == f"{NAMED}documentation":
            yield (element.text or "").strip()
    for prop in etree.fromstring(content).iter("{*}property"):
        if prop.get("name") == "legalBasis":
            yield prop.get("value") or ""


def of_form(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (
            text for key, text in part.items() if key in PROPERTIES_OF_FORMS and isinstance(text, str) and text.strip()
        )
        for inner in part.values():
            yield from of_form(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from of_form(inner)


def of_decisions(content: bytes) -> Iterator[str]:
    for decision in parse(content).decisions.values():
        yield decision.name
        yield from (column.label for column in (*decision.inputs, *decision.outputs) if column.label)
        yield from (rule.annotation for rule in decision.rules if rule.annotation)


def of_case_type(case_type: CaseType) -> Iterator[str]:
    yield case_type.name
    yield from case_type.statuses.values()
    yield from (found for party in case_type.parties for found in re.findall(r'^"(.*)"$', party.get("role", "")))


def inputs(components: tuple[Component, ...]) -> list[Component]:
    """The components of the form itself that ask for something, rows of lists aside."""
    return [component for component in components if component.type in forms.model.INPUTS]


def good_answers(form: Form) -> dict[str, Any]:
    """An answer for everything the form shows, given to what shows after each answer, as a person would."""
    answers: dict[str, Any] = {}
    while missing := [field for field in shown(form, answers) if field.key not in answers]:
        wanted = {".".join(component.path): component for component in form.components}
        answers |= {field.key: good_answer(wanted[field.key]) for field in missing}
    return answers


def shown(form: Form, answers: dict[str, Any]) -> list[FieldView]:
    page = forms.view(form, answers, context={}, env=ENVIRONMENT)
    return [field for field in page.fields if field.visible and field.kind != "text"]


def good_answer(component: Component) -> Any:
    if component.type == "dynamiclist":
        return [{".".join(inner.path): good_answer(inner) for inner in component.components}]
    choices = [option.value for option in component.options or ()]
    return {
        "textfield": TEXTS.get(".".join(component.path), "text"),
        "textarea": "text",
        "number": 3,
        "checkbox": True,
        "datetime": "2026-03-02",
        "radio": choices[-1:] and choices[0],
        "select": choices[-1:] and choices[-1],
        "checklist": choices[:2],
    }[component.type]


TEXTS = {"phone": "13800001234", "id_number": "211324196001010011"}
