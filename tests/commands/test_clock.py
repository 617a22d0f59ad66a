"""Deadlines are extended, paused and resumed by those who may, and their dates follow."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.casework import LinkCases, RevealPersonalData
from engine.commands.clock import ExtendClock, PauseClock, ResumeClock, SetLocalDay
from engine.errors import Forbidden, InvalidInput, InvalidState, NotFound
from engine.model.casework import Clock, LocalDay
from engine.model.history import AuditEvent
from engine.model.runtime import Timer
from engine.queries import cases
from tests.support.driver import Driver
from tests.support.models import sequence, user_task

RULES = "clocks: {reply: {count: 5, unit: working_day, label: Reply, basis: Art. 23}}"
MANIFEST = """
profile = "rules.yaml"
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
"""
CLOCK = """<bpmn:serviceTask id="{do}_clock"><bpmn:extensionElements>
<zeebe:taskDefinition type="clock:{do}"/><zeebe:ioMapping>
<zeebe:input source="=&quot;reply&quot;" target="clock"/><zeebe:input source="=profile.clocks.reply" target="rule"/>
</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""


@pytest.fixture
def office(driver: Driver) -> Driver:
    """Rita's complaint of Monday, 2 March, which is to be answered within five working days."""
    driver.groups(desk=("case:open", "case:read_all", "case:assign"), clerks=())
    driver.person("rita", "desk", "clerks")
    driver.person("omar", "clerks")
    body = sequence(CLOCK.format(do="open"), user_task("reply"), CLOCK.format(do="stop"), process_id="complaint")
    driver.deploy(body, manifest__toml=MANIFEST, rules__yaml=RULES)
    driver.open_case("complaint", "rita")
    return driver


def clock(office: Driver) -> Clock:
    return office.one(select(Clock))


def test_working_days_are_extended_from_the_start(office: Driver) -> None:
    assert clock(office).legal_due == date(2026, 3, 9)

    office.execute(ExtendClock(clock_id=clock(office).id, days=2, reason="Hearing"), by="rita")
    office.execute(ExtendClock(clock_id=clock(office).id, days=1, reason="Another"), by="rita")

    extended = clock(office)
    assert (extended.legal_due, extended.extension_days) == (date(2026, 3, 12), 3)
    row = office.engine.ask(cases.detail, office.actor("rita"), 1).clocks[0]
    assert (row.label, row.basis, row.extended_by, row.working_days) == ("Reply", "Art. 23", 3, 8)
    assert "The extension makes it 8 days from the same start." in row.why


REMINDER = """<bpmn:intermediateCatchEvent id="last_day"><bpmn:timerEventDefinition>
  <bpmn:timeDate xsi:type="bpmn:tFormalExpression">=safe_due_at</bpmn:timeDate></bpmn:timerEventDefinition>
  </bpmn:intermediateCatchEvent>"""


def test_a_timer_of_the_clock_s_day_moves_with_the_clock(office: Driver) -> None:
    body = sequence(CLOCK.format(do="open"), REMINDER, process_id="complaint")
    office.deploy(body, manifest__toml=MANIFEST, rules__yaml=RULES)
    case = office.open_case("complaint", "rita")
    reminded = office.one(select(Clock).where(Clock.case_id == case.case_id))
    before = office.one(select(Timer.due_at))
    assert before.astimezone(office.service.engine.zone).date() == reminded.safe_due

    office.execute(ExtendClock(clock_id=reminded.id, days=3, reason="Hearing"), by="rita")

    after = office.one(select(Timer.due_at))
    moved = office.one(select(Clock.safe_due).where(Clock.id == reminded.id))
    assert after.astimezone(office.service.engine.zone).date() == moved > reminded.safe_due
    office.clock.set(before)
    assert office.fire_due_timers() == 0
    office.clock.set(after)
    assert office.fire_due_timers() == 1


@pytest.mark.parametrize(
    ("days", "reason", "told"),
    [(0, "Hearing", "extend by at least one day"), (-3, "Hearing", "at least one day"), (3, "", "Expected a reason")],
)
def test_an_extension_wants_days_and_a_reason(office: Driver, days: int, reason: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        office.execute(ExtendClock(clock_id=clock(office).id, days=days, reason=reason), by="rita")

    assert clock(office).extension_days == 0


def test_a_clock_is_paused_once(office: Driver) -> None:
    office.execute(PauseClock(clock_id=clock(office).id, reason="Hearing"), by="rita")

    with pytest.raises(InvalidState, match="Expected to pause clock reply, but it is paused"):
        office.execute(PauseClock(clock_id=clock(office).id, reason="Hearing"), by="rita")


def test_a_stopped_clock_is_neither_moved_nor_held(office: Driver) -> None:
    office.case_instance(1).task("reply").done_by("omar")

    for command in (
        ExtendClock(clock_id=1, days=1, reason="Late"),
        PauseClock(clock_id=1, reason="Late"),
        ResumeClock(clock_id=1),
    ):
        with pytest.raises(InvalidState, match="clock reply, but it is stopped"):
            office.execute(command, by="rita")
    declare = SetLocalDay(day=date(2026, 3, 9), working=False, name="Flood")
    assert office.engine.execute(declare, actor=SYSTEM) == 0


def test_the_calendar_is_changed_and_changed_back_by_those_who_may(office: Driver) -> None:
    day = date(2026, 3, 4)
    with pytest.raises(Forbidden, match="lacks the permission accounts:manage"):
        office.execute(SetLocalDay(day=day, working=False, name="Flood"), by="rita")

    for working, due in ((False, date(2026, 3, 10)), (True, date(2026, 3, 9)), (None, date(2026, 3, 9))):
        office.engine.execute(SetLocalDay(day=day, working=working, name="Flood"), actor=SYSTEM)
        assert clock(office).legal_due == due

    assert office.all(select(LocalDay)) == []
    assert office.all(select(AuditEvent.subject).where(AuditEvent.action == "calendar")) == ["2026-03-04"] * 3
    assert office.engine.execute(SetLocalDay(day=day, working=None), actor=SYSTEM) == 0


def test_links_and_looks_want_cases_that_exist(office: Driver) -> None:
    with pytest.raises(NotFound, match="Expected to find case 99, but there is none"):
        office.execute(LinkCases(case_id=99, other_case_id=1, kind="related"), by="rita")
    with pytest.raises(NotFound, match="Expected to find case 99, but there is none"):
        office.execute(LinkCases(case_id=1, other_case_id=99, kind="related"), by="rita")
    with pytest.raises(NotFound, match="Expected to find case 99, but there is none"):
        office.engine.execute(RevealPersonalData(case_id=99, reason="Payment"), actor=SYSTEM)
