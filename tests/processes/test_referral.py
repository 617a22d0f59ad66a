"""T03: the housing matter goes to the department, which accepts, hears, drafts, approves and serves; or objects."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.errors import Forbidden, InvalidInput
from tests.processes.conftest import HOUSING
from tests.processes.matters import SERVED, Matter
from tests.support.driver import Driver


def test_one_competent_unit_is_proposed_by_the_category(office: Driver) -> None:
    matter = Matter.registered(office, HOUSING)

    assert matter.variables["proposed_route"] == "refer"
    assert matter.variables["proposed_unit"] == "housing"


def test_the_unit_finds_it_with_the_date_to_object_by(housing: Matter) -> None:
    assert housing.page.status == "With a department"
    assert housing.holders == {("Receive and check competence", "Housing and urban-rural construction")}
    [holder] = housing.page.holders
    assert holder.due is not None and holder.due.due_on == date(2026, 3, 9)
    clocks = housing.clocks
    assert clocks["C01_bureau_disposal"].state == "stopped"
    assert (clocks["C03_unit_notice"].state, clocks["C03_unit_notice"].legal_due) == ("running", date(2026, 3, 17))
    assert (clocks["C04_objection"].state, clocks["C04_objection"].legal_due) == ("running", date(2026, 3, 9))


def test_only_the_unit_sees_it(office: Driver, housing: Matter) -> None:
    with pytest.raises(Forbidden):
        housing.task("receive_and_check").claimed_by("sun")

    assert housing.task("receive_and_check").claimed_by("wu").row.assignee == "wu"


def test_a_referred_matter_is_accepted_handled_approved_and_served(housing: Matter) -> None:
    housing.task("receive_and_check").done_by("wu", unit_decision="accept", contact="吴强 0421-4821234")

    handling = housing.clocks["C06_handling"]
    assert {name for name, clock in housing.clocks.items() if clock.state == "running"} == {"C06_handling"}
    assert handling.raw_last_day == date(2026, 5, 1), "sixty days from acceptance end on Labour Day"
    assert (handling.legal_due, handling.safe_due) == (date(2026, 5, 6), date(2026, 4, 30))
    assert housing.page.next_date == date(2026, 4, 30)

    housing.task("handle").done_by("wu", heard_on="2026-03-05", heard_statement="三年未交房", findings="工程停工两年")
    housing.task("draft_opinion").done_by(
        "wu",
        opinion_claims=[{"claim": "交房", "facts": "停工", "basis": "民法典第577条", "result": "support"}],
        opinion_summary="支持",
    )
    housing.task("approve_opinion").done_by("zheng", approval="approve")
    assert housing.open_tasks == ["serve_opinion"]
    housing.task("serve_opinion").done_by("wu", **SERVED)

    page = housing.page
    assert not page.open
    assert (page.status, page.outcome) == ("Handling opinion served", "done_unverified")
    assert {clock.state for clock in page.clocks} == {"stopped"}


def test_whoever_drafted_does_not_approve(housing: Matter) -> None:
    housing.handled_and_drafted(by="zheng")  # the unit's head did the work herself

    with pytest.raises(Forbidden):
        housing.task("approve_opinion").claimed_by("zheng")

    assert housing.holders == {("Approve the handling opinion", "Housing and urban-rural construction: head")}


def test_another_unit_s_head_does_not_approve(housing: Matter) -> None:
    housing.handled_and_drafted(by="wu")

    with pytest.raises(Forbidden):
        housing.task("approve_opinion").claimed_by("zhou")


def test_the_head_returns_a_draft_with_a_reason(housing: Matter) -> None:
    housing.handled_and_drafted(by="wu")

    with pytest.raises(InvalidInput) as refusal:
        housing.task("approve_opinion").done_by("zheng", approval="return")
    assert list(refusal.value.errors) == ["return_reason"]
    housing.task("approve_opinion").complete("zheng", approval="return", return_reason="请补充工程监理意见")

    assert housing.open_tasks == ["draft_opinion"]
    assert housing.known("draft_opinion")["return_reason"] == "请补充工程监理意见"


def test_an_opinion_that_supports_nothing_says_so_at_the_end(housing: Matter) -> None:
    claim = {"claim": "交房", "facts": "合同未到期", "basis": "民法典第577条", "result": "not_support"}
    housing.handled_and_drafted(by="wu", opinion_claims=[claim])
    housing.task("approve_opinion").done_by("zheng", approval="approve")

    housing.task("serve_opinion").done_by("wu", **SERVED)

    assert housing.page.outcome == "not_supported"


def test_an_objection_names_the_better_unit_and_gives_reasons(housing: Matter) -> None:
    with pytest.raises(InvalidInput) as refusal:
        housing.task("receive_and_check").done_by("wu", unit_decision="object")

    assert set(refusal.value.errors) == {"objection_reason", "better_unit"}


def test_a_unit_that_is_not_competent_hands_it_on(office: Driver, housing: Matter) -> None:
    object_to(housing, by="wu")
    assert housing.holders == {("Rule on the objection", "Intake supervisor")}
    office.later(days=1)

    housing.task("rule_on_objection").done_by(
        "qian", ruling="agree", new_unit="natural_resources", ruling_reason="属实"
    )

    assert housing.holders == {("Receive and check competence", "Natural resources")}
    running = {clock.name: clock.legal_due for clock in housing.page.clocks if clock.state == "running"}
    assert running == {"C03_unit_notice": date(2026, 3, 18), "C04_objection": date(2026, 3, 10)}, "counted anew"
    housing.task("receive_and_check").done_by("chu", unit_decision="accept")
    assert housing.open_tasks == ["handle"]


def test_a_rejected_objection_sends_it_back_to_the_unit(housing: Matter) -> None:
    object_to(housing, by="wu")

    housing.task("rule_on_objection").done_by("qian", ruling="reject", ruling_reason="三定规定由住建局负责")

    [holder] = housing.page.holders
    assert (holder.step, holder.unit) == ("Receive and check competence", "Housing and urban-rural construction")
    assert holder.due is not None and holder.due.due_on == date(2026, 3, 17), "the notice is due as if never objected"
    housing.task("receive_and_check").done_by("wu", unit_decision="accept")
    assert housing.open_tasks == ["handle"]


def test_disputed_competence_goes_to_the_joint_conference(housing: Matter) -> None:
    object_to(housing, by="wu")

    housing.task("rule_on_objection").done_by("qian", ruling="escalate", ruling_reason="两部门职责不清")

    assert housing.page.status == "Before the joint conference"
    assert housing.open_tasks == ["topic"]
    assert {clock.name for clock in housing.page.clocks if clock.state == "running"} == set(), "no unit has to notify"


@pytest.mark.parametrize(("hours_later", "light"), [(0, "orange"), (24, "red")], ids=["in time", "a day late"])
def test_an_objection_counts_on_the_day_it_is_made(office: Driver, hours_later: int, light: str) -> None:
    """T04: received on 10 February, a make-up Saturday and Spring Festival between; 24 February is the last day."""
    office.clock.set(datetime(2026, 2, 10, 1, 0, tzinfo=UTC))
    matter = Matter.registered(office, HOUSING)
    matter.task("confirm_route").done_by("lin", route="refer", unit="housing")
    assert matter.clocks["C04_objection"].legal_due == date(2026, 2, 24)
    office.clock.set(datetime(2026, 2, 24, 1, 0, tzinfo=UTC))
    office.later(hours=hours_later)

    object_to(matter, by="wu")
    office.later(days=2)  # however long the ruling takes

    assert (matter.clocks["C04_objection"].state, matter.clocks["C04_objection"].light) == ("stopped", light)


def test_lights_come_nearer_with_the_working_days(office: Driver, housing: Matter) -> None:
    housing.task("receive_and_check").done_by("wu", unit_decision="accept")

    seen = []
    for month, day in ((3, 3), (4, 1), (4, 27), (4, 29), (5, 4), (5, 7)):
        office.clock.set(datetime(2026, month, day, 1, 0, tzinfo=UTC))
        seen.append(housing.clocks["C06_handling"].light)

    assert seen == ["green", "blue", "amber", "orange", "yellow", "red"]


def object_to(matter: Matter, by: str) -> None:
    matter.task("receive_and_check").done_by(
        by, unit_decision="object", objection_reason="土地权属问题，不属我局职责", better_unit="natural_resources"
    )
