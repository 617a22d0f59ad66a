"""The page of a matter, the search, and the pages of designers and operators."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from engine.model.casework import Party
from engine.model.history import AuditEvent
from engine.model.runtime import HumanTask
from engine.queries import cases
from tests.support.driver import Driver

ANSWERS = {"applicant": "Wang Xiaoming", "phone": "13800001234", "subject": "Roof on the corner house"}


@pytest.fixture
def matter(office: Driver) -> int:
    return office.open_case("permit", "rita", **ANSWERS).case_id


def test_a_matter_says_who_has_it_what_happened_and_where_it_stands(
    matter: int, office: Driver, visit: Callable
) -> None:
    hana = visit("hana")

    hana.get(f"/cases/{matter}")

    for words in (
        "Who has it now",
        "Examine",
        "Desk",
        "Registered as P-2026-0001",
        "The same as a table",
        "in progress",
    ):
        assert words in hana.text
    assert 'data-xml="/definitions/1.bpmn?language=en"' in hana.page.text


def test_names_are_masked_for_those_who_need_not_know_them(matter: int, visit: Callable) -> None:
    rita, hana = visit("rita"), visit("hana")

    rita.get(f"/cases/{matter}")
    hana.get(f"/cases/{matter}")

    assert "13800001234" not in rita.page.text and "138****1234" in rita.text
    assert "Wang Xiaoming" in hana.text and "13800001234" in hana.text


def test_texts_of_the_pack_are_said_in_chinese(matter: int, office: Driver, visit: Callable) -> None:
    hana = visit("hana", language="zh-CN")

    hana.get(f"/cases/{matter}")

    assert "审查" in hana.text and "Examine" not in hana.text
    assert "谁在办" in hana.text


def test_what_was_handed_in_is_on_record(matter: int, office: Driver, visit: Callable) -> None:
    task = office.one(select(HumanTask.id))
    rita = visit("rita")
    rita.send(f"/tasks/{task}/claim", lx__place="task")
    rita.send(f"/tasks/{task}/complete", lx__place="task", outcome="grant", reason="The roof leaks")

    rita.get(f"/cases/{matter}")

    assert "What was handed in" in rita.text and "Grant" in rita.text and "The roof leaks" in rita.text


def test_matters_are_found_by_number_words_and_state(matter: int, visit: Callable) -> None:
    hana = visit("hana")

    assert "P-2026-0001" in hana.get("/cases?q=corner").text
    assert "P-2026-0001" in hana.get("/cases?q=2026-0001&state=open").text
    hana.get("/cases?q=2026-0001&state=closed")
    assert "No matter matches" in hana.text


def test_a_matter_one_may_not_read_does_not_exist(matter: int, visit: Callable) -> None:
    assert visit("omar").get(f"/cases/{matter + 1}").status_code == 404


def test_designers_see_what_is_deployed(visit: Callable) -> None:
    dora = visit("dora")

    dora.get("/design")
    assert "Processes" in dora.text and "permit" in dora.text
    assert "Examine" in dora.get("/design/process/1").text
    assert 'name="applicant"' in "".join(dora.get(f"/design/form/{number}").text for number in (1, 2))
    assert dora.get("/design/process/99").status_code == 404
    assert dora.get("/design/nonsense/1").status_code == 404


def test_drawings_are_given_out_as_they_were_deployed(visit: Callable) -> None:
    answer = visit("rita").get("/definitions/1.bpmn")

    assert answer.mimetype == "application/xml" and b"<bpmn:definitions" in answer.data


def test_operators_see_numbers_and_may_retry(visit: Callable) -> None:
    otto = visit("otto")
    otto.get("/operate")
    assert "Nothing is stuck" in otto.text and "Deployments" in otto.text

    answer = otto.send("/operate/incidents/7/retry")

    assert answer.status_code in (404, 409)


def test_unknown_pages_say_so_in_the_readers_language(visit: Callable) -> None:
    rita = visit("rita", language="zh-CN")

    assert rita.get("/nowhere").status_code == 404
    assert "没有这个页面" in rita.text


def test_drawings_speak_the_readers_language_when_asked_to(visit: Callable) -> None:
    rita = visit("rita", language="zh-CN")

    assert 'name="审查"' in rita.get("/definitions/1.bpmn?language=zh").text
    assert 'name="Examine"' in rita.get("/definitions/1.bpmn").text


def test_our_own_mistakes_are_admitted_with_a_reference(
    app: Flask, visit: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita = visit("rita")
    app.testing = False
    monkeypatch.setattr(cases, "search", lambda *_args, **_more: 1 / 0)

    answer = rita.get("/cases")

    assert answer.status_code == 500
    assert "We made a mistake" in rita.text and "If you report this, name" in rita.text
    assert "ZeroDivisionError" not in answer.text


def test_identity_numbers_are_shown_for_a_reason_and_logged(office: Driver, visit: Callable) -> None:
    case_id = office.open_case("permit", "rita", applicant="王小明", subject="A permit").case_id
    with office.service.database.write() as session:
        session.execute(update(Party).values(id_number="211324199001011234"))
    hana = visit("hana")
    hana.get(f"/cases/{case_id}")
    assert "211324199001011234" not in hana.page.text

    assert hana.send(f"/cases/{case_id}/reveal", reason=" ").status_code == 422
    hana.send(f"/cases/{case_id}/reveal", reason="Payment list")

    assert "211324199001011234" in hana.text
    logged = office.one(select(AuditEvent).where(AuditEvent.action == "reveal"))
    assert (logged.actor, logged.reason) == ("hana", "Payment list")
    hana.get(f"/cases/{case_id}")
    assert "211324199001011234" not in hana.page.text
