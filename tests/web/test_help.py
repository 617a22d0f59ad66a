"""The designers' help: nothing of the registries is missing, examples run, words are found, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from babel.messages.pofile import read_po
from flask import Flask

from engine.bpmn import extensions, registry
from engine.clocks import LIGHTS
from engine.commands.workshop import CreateModelPack
from engine.dmn.tables import AGGREGATIONS, HIT_POLICIES
from engine.feel import BUILTINS, evaluate
from engine.queries import feel_functions, help
from engine.rehearsal import EXPECTATIONS
from engine.rehearsal.steps import VERBS
from engine.workers import INLINE, WORKERS
from tests.support.driver import Driver
from tools import workshop_pages
from tools.workshop_pages import ROOT
from webui.workshop import help_words
from webui.workshop.help import TOPICS
from webui.workshop.help_search import found_in
from webui.workshop.help_tutorial import STEPS

SCREENS = (*(ROOT / "webui" / "static" / "dist").rglob("*.js"), ROOT / "processes" / "petition" / "labels.csv")
CATALOGUE = ROOT / "webui" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
KEYS = {"Ctrl A", "Del", "Amount", "0 个错误，0 个提醒"}  # not translated, or with numbers in them
WORDS: list[tuple[str, Mapping[Any, Any], set[Any]]] = [
    ("families", help_words.FAMILIES, set(help.FAMILIES)),
    ("elements", help_words.ELEMENTS, {tag for family in help.FAMILIES.values() for tag in family}),
    ("events", help_words.EVENTS, set(registry.EVENTS)),
    ("positions", help_words.POSITIONS, set(registry.EXECUTED_EVENTS)),
    ("settings", help_words.SETTINGS, set(extensions.EXTENSIONS)),
    ("limits", help_words.LIMITS, set(help.LIMITS)),
    ("fields", help_words.FIELDS, set(help.field_types())),
    ("hit policies", help_words.HIT_POLICIES, set(HIT_POLICIES)),
    ("aggregations", help_words.AGGREGATIONS, set(AGGREGATIONS)),
    ("lights", help_words.LIGHTS, set(LIGHTS)),
    ("verbs", help_words.VERBS, set(VERBS)),
    ("expectations", help_words.EXPECTATIONS, set(EXPECTATIONS)),
]


@pytest.fixture
def dora(visit: Callable) -> Any:
    return visit("dora")


def page(dora: Any, topic: str, **given: str) -> str:
    answer = dora.get(f"/workshop/help/{topic}?{urlencode(given)}")
    assert answer.status_code == 200
    return unescape(answer.text)


@pytest.mark.parametrize(("what", "words", "known"), WORDS, ids=[what for what, _, _ in WORDS])
def test_whatever_a_registry_has_is_explained(what: str, words: Mapping[Any, Any], known: set[Any]) -> None:
    assert set(words) == known


def test_every_element_is_on_its_page_with_what_it_does(dora: Any) -> None:
    shown = page(dora, "elements")

    rows = {row.tag for row in registry.rows() if row.tag not in registry.POSITIONS}
    assert {tag for tag in rows if f'<tr id="{tag}"' not in shown} == set()
    assert {event for event in registry.EVENTS if f'<tr id="event-{event}"' not in shown} == set()
    assert {name for name in extensions.EXTENSIONS if f'<tr id="setting-{name}"' not in shown} == set()
    assert registry.ACTIVITIES["adHocSubProcess"] in shown


def test_every_job_type_is_on_its_page_with_its_inputs(dora: Any) -> None:
    shown = page(dora, "jobs")

    assert {name for name in (*INLINE, *WORKERS) if f"<code>{name}</code>" not in shown} == set()
    assert ">safe_due_at<" in shown


def test_every_field_is_drawn_by_the_renderer_of_staff_s_pages(dora: Any) -> None:
    shown = page(dora, "forms")

    assert {name for name in help.field_types() if f'id="field-{name}"' not in shown} == set()
    assert 'class="note bad"' not in shown
    assert '<textarea id="f-said"' in shown
    assert "<strong>4</strong>" in shown  # a text with a FEEL value


def test_every_function_has_an_example_whose_result_is_shown(dora: Any) -> None:
    shown = page(dora, "feel")

    assert {name for name in BUILTINS if f"<code>{name}(" not in shown} == set()
    assert "<code>mask name(" in shown
    assert '<code>"R*** N****"</code>' in shown


def test_the_results_shown_are_those_the_examples_promise() -> None:
    env = feel_functions.environment()

    for _, _, example in feel_functions.examples():
        call, promised = example.rsplit(" = ", 1)
        assert evaluate(call, env=env) == evaluate(promised, env=env), example


def test_examples_of_operators_have_values(dora: Any) -> None:
    shown = dora.get("/workshop/help/feel").text

    found = re.findall(r'(?s)<tr id="operator-\d+" data-entry="(.*?)">.*?</th><td><code>(.*?)</code>', shown)
    rows = {unescape(text): unescape(value) for text, value in found}
    assert len(rows) == len(help_words.OPERATORS)
    assert rows["people * 2 + 1"] == "15"
    assert rows["units[1]"] == '"roads"'
    assert "Expected" not in "".join(rows.values())


def test_a_reader_tries_an_expression_on_the_page(dora: Any) -> None:
    answer = dora.send("/workshop/help/feel", expression="people * 6", variables='{"people": 7}')

    assert "<output><code>42</code></output>" in answer.text


@pytest.mark.parametrize(
    ("expression", "variables"), [("people *", "{}"), ("1", "[]"), ("1", "{"), ("<script>", ""), ("(" * 5000, "")]
)
def test_what_is_no_expression_is_said_so(dora: Any, expression: str, variables: str) -> None:
    answer = dora.send("/workshop/help/feel", expression=expression, variables=variables)

    assert answer.status_code == 200
    assert 'class="note bad" role="alert"' in answer.text
    assert "<script>" not in answer.text


def test_deadlines_are_counted_by_the_calendar_of_the_office(dora: Any) -> None:
    shown = page(dora, "clocks")

    assert "5 working days are counted after" in shown


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_speaks_chinese(visit: Callable, topic: str) -> None:
    shown = page(visit("dora", language="zh"), topic)

    assert 'lang="zh-CN"' in shown
    assert "下载" in shown or "帮助" in shown
    for english in ("What it does here", "Where it may stand", "What you see:", "Other pages"):
        assert english not in shown


@pytest.mark.parametrize(
    ("sought", "place"),
    [
        ("user task", "elements#userTask"),
        ("working days", "feel#function-add-working-days-"),
        ("SAFE_DUE", "jobs#job-clock-open"),
        ("priority", "decisions#policy-priority"),
        ("deadline settled", "tutorial#step-"),
        ("business error", "scenarios#verb-error"),
    ],
)
def test_words_are_found_where_they_stand(dora: Any, sought: str, place: str) -> None:
    answer = dora.get(f"/workshop/help?{urlencode({'q': sought})}")

    assert f'href="/workshop/help/{place}' in answer.text


def test_what_is_nowhere_is_said_so_and_words_stay_text(dora: Any) -> None:
    answer = dora.get("/workshop/help?q=<b>zzz")

    assert "Nothing has all these words" in answer.text
    assert "<b>zzz" not in answer.text


def test_no_pack_takes_the_address_of_the_help(dora: Any) -> None:
    dora.get("/workshop")

    assert dora.send("/workshop", how="first", name="help").status_code == 422


def test_an_editor_leads_to_the_page_about_what_is_edited(office: Driver, dora: Any) -> None:
    office.execute(CreateModelPack(name="roads", message="Begin"), by="dora")

    for path, topic in (("roads.bpmn", "elements"), ("forms/roads_request.form", "forms")):
        dora.get(f"/workshop/roads/files/{path}")
        assert f'href="/workshop/help/{topic}"' in dora.page.text


def test_an_unknown_page_is_not_found(dora: Any) -> None:
    assert dora.get("/workshop/help/nonsense").status_code == 404


def test_the_tutorial_has_ten_steps_with_their_ids(dora: Any) -> None:
    shown = page(dora, "tutorial")

    assert re.findall(r'data-step="(\w+)"', shown) == [step.id for step in STEPS]
    assert len(STEPS) == 10


def test_chinese_readers_find_the_words_of_the_tutorial_on_their_screen(app: Flask) -> None:
    with CATALOGUE.open("rb") as file:
        pages = [str(message.string) for message in read_po(file) if not _is_help(message.locations)]
    on_screen = "\n".join([*pages, *(path.read_text(encoding="utf-8") for path in SCREENS)])
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        told = [str(text) for step in STEPS for text in (*step.do, step.see)]

    named = {word for text in told for word in re.findall(r"\*\*([^*]+)\*\*", text)} - KEYS
    assert {word for word in named if word not in on_screen} == set()


def test_entries_are_read_whole_and_headings_come_first() -> None:
    html = '<p data-entry="Other" id="b">a <b>clock<br>here</b></p><ul><li data-entry="Clock" id="a">x</li></ul>'

    found = list(found_in(html, "clock", topic="t", page="T"))

    assert [(place.anchor, place.excerpt) for place in found] == [("a", "x"), ("b", "a clock here")]


@pytest.mark.parametrize("language", workshop_pages.PAGES)
def test_the_page_in_the_documentation_is_up_to_date(language: str) -> None:
    written = (workshop_pages.ROOT / workshop_pages.PAGES[language]).read_text(encoding="utf-8")

    assert written == workshop_pages.page(language), "expected it as `python -m tools.workshop_pages` writes it"


def _is_help(locations: list[tuple[str, int]]) -> bool:
    return all("workshop/help" in name for name, _ in locations)
