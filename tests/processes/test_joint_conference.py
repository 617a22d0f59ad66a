"""T02: fifty people and a pension that one unit can't pay alone; the joint conference decides and sees it done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from engine.errors import Forbidden, InvalidInput
from tests.processes.matters import Matter
from tests.support.driver import Driver

GROUP = {
    "name": "刘建国",
    "phone": "13898210001",
    "address": "六官营子镇",
    "summary": "养老补贴多年未发",
    "claims": "要求补发乡镇企业退休人员养老补贴",
    "category": "LS",
    "place": "六官营子镇",
    "people_present": 5,
    "people_involved": 56,
    "circumstances": ["facts_clear", "unit_reachable"],
    "language": "zh",
    "companions": "五名代表",
}
TOPIC = {
    "tried": "人社局单独无力解决",
    "question": "补发资金由谁承担",
    "member_units": ["hrss", "finance", "civil_affairs"],
}
ITEMS = [
    {"unit": "hrss", "task": "逐乡镇核实人员", "due": "2026-03-20"},
    {"unit": "finance", "task": "安排补发资金", "due": "2026-03-25"},
]
MEETING = {
    "held_on": "2026-03-06",
    "attendance": "人社局、财政局、民政局",
    "decision": "分两批补发",
    "action_items": ITEMS,
}
TOLD = {"told": "分两批补发，月底前到账", "told_on": "2026-03-26", "told_how": "visit"}


@pytest.fixture
def matter(office: Driver) -> Matter:
    return Matter.registered(office, GROUP)


@pytest.fixture
def topic(matter: Matter) -> Matter:
    """The matter with its topic raised and examined: the members are asked."""
    matter.task("confirm_route").done_by("lin", route="escalate")
    matter.task("topic").done_by("shen", **TOPIC)
    matter.task("examine_topic").done_by("jiang", topic_ready="yes")
    return matter


@pytest.fixture
def decided(topic: Matter) -> Matter:
    """The matter after the meeting: the action items are out."""
    for member in ("chen", "sun", "feng"):
        give_opinion(topic, member)
    topic.task("meeting").done_by("jiang", **MEETING)
    topic.task("approve_minutes").done_by("shen", minutes_approval="approve")
    return topic


def test_fifty_people_propose_to_escalate_with_the_rule_s_reason(matter: Matter) -> None:
    assert matter.variables["proposed_route"] == "escalate"
    assert matter.variables["proposed_reason"] == "So many people are involved that the joint conference should decide"
    [said] = [line for line in matter.page.history if line.kind == "decision evaluated"]
    assert said.detail == matter.variables["proposed_reason"]


@pytest.mark.parametrize(("people", "route"), [(49, "onsite"), (50, "escalate")])
def test_the_profile_says_how_many_are_many(office: Driver, people: int, route: str) -> None:
    assert Matter.registered(office, {**GROUP, "people_involved": people}).variables["proposed_route"] == route


def test_another_route_than_proposed_needs_a_reason(matter: Matter) -> None:
    with pytest.raises(InvalidInput) as refusal:
        matter.task("confirm_route").done_by("lin", route="onsite")
    assert list(refusal.value.errors) == ["override_reason"]

    matter.task("confirm_route").complete("lin", route="onsite", override_reason="代表要求先行当面答复")

    assert matter.open_tasks == ["talk"]


def test_the_secretary_returns_an_incomplete_topic(matter: Matter) -> None:
    matter.task("confirm_route").done_by("lin", route="escalate")
    assert matter.page.status == "Before the joint conference"
    matter.task("topic").done_by("qian", **TOPIC)

    matter.task("examine_topic").done_by("jiang", topic_ready="no", topic_remark="请附人员名单")

    assert matter.open_tasks == ["topic"]
    assert matter.known("topic")["question"] == TOPIC["question"]


def test_the_members_give_their_opinions_side_by_side(topic: Matter) -> None:
    assert topic.holders == {
        ("Give the unit's opinion", unit)
        for unit in ("Human resources and social security", "Finance", "Civil affairs")
    }

    give_opinion(topic, "feng")
    give_opinion(topic, "chen", position="conditions")
    assert topic.open_tasks == ["member_opinion"], "the meeting waits for the last"
    give_opinion(topic, "sun")

    assert topic.open_tasks == ["meeting"]
    assert [entry["unit"] for entry in topic.known("meeting")["member_opinions"]] == TOPIC["member_units"]
    assert [entry["position"] for entry in topic.known("meeting")["member_opinions"]] == [
        "agree",
        "conditions",
        "agree",
    ]


def test_a_member_does_not_speak_for_another(topic: Matter) -> None:
    mine = [index for index in range(3) if claimable(topic, index, "chen")]

    assert len(mine) == 1


def test_the_bureau_head_returns_the_minutes(topic: Matter) -> None:
    for member in ("chen", "sun", "feng"):
        give_opinion(topic, member)
    topic.task("meeting").done_by("jiang", **MEETING)

    topic.task("approve_minutes").done_by("shen", minutes_approval="return", minutes_remark="请写明资金来源")

    assert topic.open_tasks == ["meeting"]


def test_the_action_items_run_in_parallel_with_their_own_dates(decided: Matter) -> None:
    due = {holder.unit: holder.due.due_on for holder in decided.page.holders if holder.due}

    assert due == {
        "Human resources and social security": date(2026, 3, 20),
        "Finance": date(2026, 3, 25),
    }


def test_done_is_what_somebody_else_has_verified(decided: Matter) -> None:
    report(decided, "sun", "已核实156人")
    assert sorted(decided.open_tasks) == ["do_item", "verify_item"], "the other unit goes on by itself"

    decided.task("verify_item").done_by("han", verified="no", verification_note="缺六官营子镇名单")
    assert decided.open_tasks == ["do_item", "do_item"]
    told = {known["item"]["unit"]: known["verification_note"] for known in both(decided, "do_item")}
    assert told == {"hrss": "缺六官营子镇名单", "finance": None}, "only the unit that has to do more is told"
    report(decided, "sun", "名单已补齐")
    decided.task("verify_item").done_by("han", verified="yes", verification_note="抽查二十人")
    report(decided, "chen", "已拨付")
    decided.task("verify_item").done_by("qian", verified="yes", verification_note="查看凭证")
    decided.task("inform_petitioner").done_by("jiang", **TOLD)

    page = decided.page
    assert not page.open
    assert (page.status, page.outcome) == ("Closed and recognised", "verified")
    assert [entry["report"] for entry in decided.variables["item_results"]] == ["名单已补齐", "已拨付"]


def test_a_verification_is_about_the_report_of_its_own_item(decided: Matter) -> None:
    report(decided, "sun", "已核实156人")
    report(decided, "chen", "已拨付")

    reports = {known["item"]["unit"]: known["item_report"] for known in both(decided, "verify_item")}

    assert reports == {"hrss": "已核实156人", "finance": "已拨付"}


def test_nobody_verifies_their_own_work(office: Driver, decided: Matter) -> None:
    office.person("su", "hrss", "supervision")
    report(decided, "su", "已核实156人")

    with pytest.raises(Forbidden):
        decided.task("verify_item").claimed_by("su")


def give_opinion(matter: Matter, by: str, position: str = "agree") -> None:
    mine(matter, "member_opinion", by).complete(by, position=position, opinion_text="本单位职责内配合")


def report(matter: Matter, by: str, done: str) -> None:
    mine(matter, "do_item", by).complete(by, item_report=done)


def both(matter: Matter, element_id: str) -> list[Mapping[str, Any]]:
    """What is known at each of two open tasks of one element."""
    return [matter.known(element_id, index=index) for index in (0, 1)]


def mine(matter: Matter, element_id: str, by: str) -> Any:
    """The one of several open tasks that this person may claim, claimed."""
    for index in range(matter.open_tasks.count(element_id)):
        if task := claimable(matter, index, by, element_id):
            return task
    raise AssertionError(f"no {element_id} for {by}: {matter.holders}")


def claimable(matter: Matter, index: int, by: str, element_id: str = "member_opinion") -> Any:
    try:
        return matter.task(element_id, index=index).claimed_by(by)
    except Forbidden:
        return None
