"""Trying out what is not saved yet, and the texts of a pack beside their translations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.commands.workshop import CreateModelPack
from engine.packs import read_pack
from tests.support.driver import Driver

FILES = dict(read_pack(Path(__file__).parents[2] / "processes" / "petition").resources)
ROUTING = FILES["decisions/routing.dmn"].decode()


@pytest.fixture
def dora(office: Driver, visit: Callable) -> Any:
    office.execute(CreateModelPack(name="desk", message="Begin", files=FILES), by="dora")
    visitor = visit("dora")
    visitor.get("/workshop")
    return visitor


def asked(dora: Any, **body: Any) -> dict[str, Any]:
    path = "/workshop/desk/try/decisions/routing.dmn"
    return dora.client.post(path, json=body, headers={**dora.headers, "X-CSRFToken": dora.token}).json


def test_a_decision_says_what_it_needs(dora: Any) -> None:
    found = {each["id"]: each for each in asked(dora, text=ROUTING)["decisions"]}

    asks = {ask["path"]: ask for ask in found["routing"]["asks"]}
    assert asks["category"]["type"] == "string"
    assert "LS" in asks["category"]["suggested"]  # of the decision below, from its cells
    assert {"people", "circumstances", "people_present"} <= set(asks)


def test_an_unsaved_decision_answers_with_the_rules_that_matched(dora: Any) -> None:
    changed = ROUTING.replace('"hrss"', '"labour"')
    given = {"category": "LS", "people": "3", "escalate_from_people": "5", "circumstances": '["funding"]'}

    rows = {row["id"]: row for row in asked(dora, text=changed, decision="routing", given=given)["trace"]["decisions"]}

    assert rows["duty_unit"]["value"] == "labour"
    assert [rule["rule"] for rule in rows["routing"]["matched"]] == [3]
    assert dora.client.get("/workshop/desk/content/decisions/routing.dmn").data.decode() == ROUTING


def test_what_is_no_decision_is_said(dora: Any) -> None:
    assert asked(dora, text="<a/>")["error"].startswith("Expected DMN")
    assert "Expected a decision nowhere" in asked(dora, text=ROUTING, decision="nowhere")["error"]


def previewed(dora: Any, form: dict[str, Any], **fields: str) -> str:
    sent = {"lx-csrf": dora.token, "lx-form": json.dumps(form), **fields}
    return dora.client.post("/workshop/desk/preview", data=sent, headers=dora.headers).text


FORM = {
    "id": "talk",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "id": "a", "key": "who", "label": "Who", "validate": {"required": True}},
        {"type": "textfield", "id": "b", "key": "why", "label": "Why", "conditional": {"hide": '=kind != "long"'}},
    ],
}


def test_an_unsaved_form_is_drawn_over_sample_data(dora: Any) -> None:
    assert 'name="why"' not in previewed(dora, FORM, **{"lx-variables": '{"kind": "short"}'})
    assert 'name="why"' in previewed(dora, FORM, **{"lx-variables": '{"kind": "long"}'})
    assert "Expected variables as JSON" in previewed(dora, FORM, **{"lx-variables": "{kind"})


def test_answers_are_checked_as_staff_s_would_be(dora: Any) -> None:
    assert "error-summary" in previewed(dora, FORM, **{"lx-check": "1", "who": ""})
    accepted = previewed(dora, FORM, **{"lx-check": "1", "who": "<b>王</b>"})
    assert "error-summary" not in accepted
    assert "<b>" not in accepted
    assert "&lt;b&gt;王" in accepted  # as it was typed, not \\u738b


def test_a_form_that_cannot_be_drawn_says_why(dora: Any) -> None:
    assert "Expected" in previewed(dora, {"components": 5})
    assert "Expected" in previewed(dora, {"schemaVersion": 99})


def test_feel_tells_the_result_or_why_there_is_none(dora: Any) -> None:
    assert "<output>14</output>" in dora.get("/workshop/feel?expression=people*2&variables=" + '{"people":7}').text
    assert "null" in dora.get("/workshop/feel?expression=nobody%2B1").text
    assert "(at character" in dora.get("/workshop/feel?expression=1%2B").text
    assert "<output>true</output>" in dora.send("/workshop/feel", expression="> 5", value="7").text


def test_what_the_parser_says_is_said_in_the_language_of_the_reader(dora: Any, visit: Callable) -> None:
    reader = visit("dora", language="zh")

    assert "此处应为值，但文本到此结束（第 3 个字符处）" in reader.get("/workshop/feel?expression=1%2B").text
    found = reader.client.post(
        "/workshop/desk/check?path=decisions/routing.dmn",
        data=ROUTING.replace('"LS"', "1 +").encode(),
        headers={"X-CSRFToken": reader.token},
    )
    assert any("此处应为值" in finding["message"] for finding in found.json["findings"])


def test_texts_of_the_pack_are_translated_side_by_side(dora: Any) -> None:
    page = dora.get("/workshop/desk/labels?q=Talk, answer and record").text
    assert "接谈、答复、记录" in page
    assert "resolve_on_site.bpmn" in page

    tag = dora.get("/workshop/desk/labels").text.split('name="tag" value="')[1].split('"')[0]
    fields = {"tag": tag, "text-1": "Talk, answer and record", "said-1-zh": "接谈、答复和记录"}
    dora.send("/workshop/desk/labels", **fields)
    assert "接谈、答复和记录" in dora.client.get("/workshop/desk/content/labels.csv").data.decode()

    fields["said-1-zh"] = "我改的"
    stale = dora.client.post("/workshop/desk/labels", data={"lx-csrf": dora.token, **fields})
    assert stale.status_code == 409
    assert "我改的" in stale.text  # what was typed stays on the page


def test_a_text_without_translation_comes_first(dora: Any) -> None:
    drawn = FILES["resolve_on_site.bpmn"].replace(b"Talk, answer and record", b"Talk <b>longer".replace(b"<", b"&lt;"))
    tag = dora.client.get("/workshop/desk/content/resolve_on_site.bpmn").headers["ETag"]
    headers = {"X-CSRFToken": dora.token, "If-Match": tag}
    dora.client.put("/workshop/desk/content/resolve_on_site.bpmn", data=drawn, headers=headers)

    page = dora.get("/workshop/desk/labels?view=missing").text

    assert "Talk &lt;b&gt;longer" in page
    assert page.count('scope="row"') == 1


def test_a_language_is_added_and_removed(dora: Any) -> None:
    tag = dora.get("/workshop/desk/labels").text.split('name="tag" value="')[1].split('"')[0]
    dora.send("/workshop/desk/labels", tag=tag, add="1", language="mn")
    head = dora.client.get("/workshop/desk/content/labels.csv").data.decode().splitlines()[0]
    assert head == "key,en,zh,mn"

    dora.get("/workshop/desk/labels")
    refused = dora.client.post(
        "/workshop/desk/labels", data={"lx-csrf": dora.token, "tag": tag, "add": "1", "language": "no language"}
    )
    assert refused.status_code == 422

    tag = dora.get("/workshop/desk/labels").text.split('name="tag" value="')[1].split('"')[0]
    dora.send("/workshop/desk/labels", tag=tag, remove="mn")
    assert dora.client.get("/workshop/desk/content/labels.csv").data == FILES["labels.csv"]
