"""What a designer may send to the workshop, made to do harm: refused with a sentence, and nobody else waits for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from engine.commands.workshop import CreateModelPack
from engine.errors import InvalidState
from engine.packs import Pack
from engine.rehearsal import Setup, Step, kept, look, office
from tests.support.driver import BPMN, Driver
from tests.support.models import form, sequence, text_field, user_task

SCENARIO = "title='t'\nnow=2026-03-02T09:00:00\n"
A_MINUTE = (
    '<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="timer">'
    "<bpmn:timeDuration>PT1M</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
)


def drawn(*elements: str) -> bytes:
    return BPMN.format(body=sequence(*elements)).encode()


@pytest.fixture
def dora(office: Driver, app: Flask, visit: Callable) -> Any:
    files = {
        "process.bpmn": drawn(user_task("look", groups="desk")),
        "manifest.toml": b"profile = 'rules.yaml'\n[[groups]]\nkey = 'desk'\n",
        "rules.yaml": b"reply: {days: 15}\n",
    }
    office.execute(CreateModelPack(name="roads", message="Begin", files=files), by="dora")
    app.testing = False  # a failure is a page, as for people
    return visit("dora")


def save(dora: Any, path: str, content: str) -> None:
    dora.get("/workshop")
    headers = {"X-CSRFToken": dora.token}
    assert dora.client.put(f"/workshop/roads/content/{path}", data=content, headers=headers).status_code == 200


@pytest.mark.parametrize("run", ["[" * 50_000, '{"a":' * 50_000, "null", '{"state":[],"path":5}'])
def test_attack_a_run_that_no_page_carries_cannot_be_read(dora: Any, run: str) -> None:
    dora.get("/workshop")

    assert dora.send("/workshop/roads/rehearse", lx__run=run).status_code == 400


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        ({"now": "2026-03-02T09:00", "profile-reply.days": "{0.__class__}"}, "Expected a number for reply.days"),
        ({"now": "0001-01-01T00:00"}, "Expected a beginning in the years 1900 to 2200"),
        ({"now": "2026-03-02T09:00", "days-off": "2026-03-03\n" * 500}, "Expected at most 400 days off"),
    ],
)
def test_attack_a_beginning_is_refused_in_words(dora: Any, sent: dict[str, str], refused: str) -> None:
    dora.get("/workshop")

    assert dora.send("/workshop/roads/rehearse", **sent).status_code == 422
    assert refused in dora.text


def test_attack_what_if_takes_no_more_than_the_page_offers(dora: Any) -> None:
    for asked in ("[" * 30_000, "9" * 5_000, "1e999", '{"a":1}', "null"):
        assert dora.get(f"/workshop/roads/scenarios?if=reply.days={asked}").status_code == 200


def test_attack_halves_of_characters_are_no_text(dora: Any) -> None:
    content = form("talk", text_field("a")).replace('"A"', '"\\ud800"')
    save(dora, "talk.form", content)

    assert dora.get("/workshop/roads/compare?path=talk.form").status_code == 200
    assert dora.send("/workshop/roads/preview", lx__form=content).status_code == 200
    assert "half a character" in dora.text


def test_attack_labels_that_no_table_holds_hide_no_page(dora: Any) -> None:
    save(dora, "labels.csv", 'key,en,zh\na,"' + "x" * 200_000 + '",y\n')

    for page in ("", "/labels", "/rehearse", "/scenarios", "/deploy"):
        assert dora.get(f"/workshop/roads{page}").status_code == 200


def test_attack_a_file_is_no_page_of_this_site(office: Driver, dora: Any) -> None:
    office.deploy(sequence(user_task("examine", groups="desk"), process_id="other"), name="other")

    for path in ("/workshop/roads/content/process.bpmn", "/definitions/1.bpmn", "/definitions/1.bpmn?language=en"):
        answer = dora.client.get(path)
        assert answer.status_code == 200
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "self" not in answer.headers["Content-Security-Policy"]


def test_attack_hundreds_of_refused_steps_are_tried_once(dora: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr(kept, "Office", lambda *given: opened.append(1) or office.Office(*given))
    steps = "[[steps]]\nstart='steps'\n" + "[[steps]]\ntask='nowhere'\n" * 400
    dora.get("/workshop")

    run = json.dumps({"state": "draft", "path": "", "scenario": SCENARIO + steps})
    assert dora.send("/workshop/roads/rehearse", lx__run=run).status_code == 409

    assert "nowhere" in dora.text
    assert len(opened) == 1


def test_attack_a_step_that_is_refused_half_done_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MOST_TIMERS", 1)
    packs = [Pack(name="p", resources={"p.bpmn": drawn(A_MINUTE, A_MINUTE.replace('id="', 'id="again_'))})]
    setup = Setup(now=datetime(2026, 3, 2, tzinfo=UTC))
    rehearsals, begun = kept.Rehearsals(), [Step(verb="start", what="steps")]

    with pytest.raises(InvalidState, match="at most 1 timers"):
        rehearsals.reach(packs, setup, [*begun, Step(verb="wait", what="P1D")])

    found = rehearsals.reach(packs, setup, begun)
    assert [waiting.element_id for waiting in look(found).waiting] == ["wait"]
    found.close()
    rehearsals.close()
