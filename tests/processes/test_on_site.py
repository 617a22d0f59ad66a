"""T01: a pensioner asks at the desk why the card was not paid; a call to the unit, and it is solved in one sitting."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.errors import InvalidInput
from engine.forms import Component, parse_form
from tests.processes.conftest import PACK
from tests.processes.matters import Matter
from tests.support.driver import Driver

PENSIONER = {
    "name": "王秀兰",
    "phone": "13530246633",
    "address": "大城子街道",
    "summary": "本月养老金未到账",
    "claims": "养老金没有到账，请帮助查明原因",
    "category": "LS",
    "place": "大城子街道",
    "people_present": 1,
    "circumstances": ["facts_clear", "unit_reachable"],
    "language": "zh",
}
TALK: dict[str, Any] = {
    "called_in": ["hrss"],
    "statements": "本月没有领到养老金",
    "answer": "社保卡未激活，已当场激活",
    "commitments": [],
    "satisfaction": "satisfied",
    "onsite_outcome": "resolved",
    "read_back": True,
}
PROMISE = {"what": "三日内补发", "who": "hrss", "by_when": "2026-03-05"}


@pytest.fixture
def pensioner(office: Driver) -> Matter:
    matter = Matter.registered(office, PENSIONER)
    matter.task("confirm_route").done_by("lin", route="onsite")
    return matter


def test_the_desk_asks_for_ten_things_at_most() -> None:
    form = parse_form((PACK / "forms" / "quick_desk.form").read_bytes())

    required = [component.label for component in inputs(form.components) if component.rules.required]

    assert 1 <= len(required) <= 10, required


def test_clear_facts_and_a_unit_at_hand_propose_to_resolve_it_now(office: Driver) -> None:
    matter = Matter.registered(office, PENSIONER)

    assert matter.open_tasks == ["confirm_route"]
    assert matter.variables["proposed_route"] == "onsite"
    assert matter.variables["proposed_reason"].startswith("The facts are clear")
    assert matter.task("confirm_route").row.assignee == "lin", "whoever registers goes on, without a queue"
    first_disposal = matter.clocks["C01_bureau_disposal"]
    assert (first_disposal.state, first_disposal.legal_due) == ("running", date(2026, 3, 17))


def test_a_matter_is_registered_and_closed_in_one_sitting(office: Driver, pensioner: Matter) -> None:
    talk = pensioner.task("talk")
    assert talk.row.assignee == "lin"
    assert pensioner.page.status == "Being worked on at the desk"

    talk.complete("lin", **TALK)

    page = pensioner.page
    assert not page.open and page.closed_at == office.clock.now(), "closed the same day"
    assert (page.status, page.outcome) == ("Resolved on site", "verified")
    assert pensioner.clocks["C01_bureau_disposal"].state == "stopped"
    assert [record.step for record in page.records][:2] == ["Talk, answer and record", "Confirm the route"]


@pytest.mark.parametrize(
    ("talk", "problem"),
    [({"commitments": [PROMISE]}, "promised"), ({"satisfaction": "dissatisfied"}, "explained")],
    ids=["a commitment is open", "the petitioner is dissatisfied"],
)
def test_the_problem_is_not_called_solved_when_only_the_procedure_is_over(
    pensioner: Matter, talk: dict[str, Any], problem: str
) -> None:
    pensioner.task("talk").complete("lin", **{**TALK, **talk})

    assert not pensioner.page.open
    assert pensioner.page.outcome == problem


def test_the_record_has_to_be_read_back(pensioner: Matter) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pensioner.task("talk").complete("lin", **{**TALK, "read_back": False})

    assert list(refusal.value.errors) == ["read_back"]


@pytest.mark.parametrize(
    ("outcome", "where_to", "step"),
    [("refer", {"unit": "hrss"}, "receive_and_check"), ("escalate", {}, "topic")],
    ids=["to a department", "to the joint conference"],
)
def test_what_is_not_resolved_goes_on_with_its_record(
    pensioner: Matter, outcome: str, where_to: dict[str, str], step: str
) -> None:
    pensioner.task("talk").complete("lin", **{**TALK, "onsite_outcome": outcome, **where_to})

    assert pensioner.page.open
    assert pensioner.open_tasks == [step]
    assert pensioner.variables["statements"] == TALK["statements"], "the petitioner repeats nothing"
    assert "Talk, answer and record" in [record.step for record in pensioner.page.records]


def test_a_unit_is_needed_to_refer(pensioner: Matter) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pensioner.task("talk").complete("lin", **{**TALK, "onsite_outcome": "refer"})

    assert list(refusal.value.errors) == ["unit"]


def inputs(components: tuple[Component, ...]) -> list[Component]:
    return [one for component in components for one in (component, *inputs(component.components))]
