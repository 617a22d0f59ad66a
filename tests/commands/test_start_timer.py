"""Timers of start events start the newest version of a process, once for every turn, as long as it is the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.message import PublishMessage
from engine.commands.signal import BroadcastSignal
from engine.commands.start_timer import SkipStart, StartByTimer
from engine.errors import Forbidden, InvalidDeployment
from engine.model.casework import Case
from engine.model.history import AuditEvent
from engine.model.runtime import ProcessInstance
from engine.model.starts import StartTimer
from tests.support.driver import MONDAY, Driver, InstanceDriver
from tests.support.models import form, text_field, user_task

TIMED = """<bpmn:process id="review" name="Review" isExecutable="true">
<bpmn:startEvent id="morning"><bpmn:timerEventDefinition><bpmn:{style}>{text}</bpmn:{style}></bpmn:timerEventDefinition>
</bpmn:startEvent>
<bpmn:sequenceFlow id="f" sourceRef="morning" targetRef="look"/>{task}
<bpmn:sequenceFlow id="g" sourceRef="look" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>"""
UNTIMED = """<bpmn:process id="review" isExecutable="true"><bpmn:startEvent id="morning"/>
<bpmn:sequenceFlow id="f" sourceRef="morning" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>"""
CASE_TYPE = """[[case_types]]
key = "review"
process = "review"
form = "review"
number = "R-{year}-{sequence:03d}"
fields = { title = "=subject" }
"""


def timed(text: str, style: str = "timeCycle", task: str = "Look", extra: str = "") -> str:
    return TIMED.format(style=style, text=text, task=user_task("look", task, groups="", extra=extra))


def due(driver: Driver) -> list[timedelta]:
    """How long after nine on Monday the start timers are due."""
    return [at - MONDAY for at in driver.all(select(StartTimer.due_at).order_by(StartTimer.due_at))]


def test_a_process_starts_at_every_turn_of_its_cycle(driver: Driver) -> None:
    driver.deploy(timed("R2/PT1H"))
    assert (due(driver), driver.start_due_processes()) == ([timedelta(hours=1)], [])

    driver.later(hours=1)
    (first,) = driver.start_due_processes()
    driver.later(hours=1)
    (second,) = driver.start_due_processes()

    review = InstanceDriver(driver=driver, id=first)
    assert (review.open_tasks, review.row.started_by) == (["look"], SYSTEM.username)
    assert "timer fired" in review.history
    assert first != second
    assert due(driver) == []  # two turns were drawn


def test_a_turn_that_is_handed_out_twice_starts_once(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H"))
    driver.later(hours=1)
    turn = StartByTimer(start_timer_id=driver.one(select(StartTimer.id)), due_at=driver.one(select(StartTimer.due_at)))

    assert driver.engine.execute(turn, actor=SYSTEM) is not None
    assert driver.engine.execute(turn, actor=SYSTEM) is None
    driver.later(hours=5)
    assert driver.engine.execute(turn, actor=SYSTEM) is None

    assert len(driver.all(select(ProcessInstance.id))) == 1


def test_turns_missed_while_the_service_was_down_start_one_instance(driver: Driver) -> None:
    driver.deploy(timed("R5/P1D"))

    driver.later(days=3, hours=2)
    assert len(driver.start_due_processes()) == 1

    assert due(driver) == [timedelta(days=4)]
    driver.later(days=9)
    assert len(driver.start_due_processes()) == 1
    assert due(driver) == []  # the fifth was the last


def test_a_date_starts_one_instance_also_when_it_has_passed(driver: Driver) -> None:
    driver.deploy(timed("2026-03-01T09:00:00+08:00", style="timeDate"))

    assert len(driver.start_due_processes()) == 1
    assert due(driver) == []


def test_a_passed_date_is_not_served_again_by_the_next_version(driver: Driver) -> None:
    driver.deploy(timed("2026-03-01", style="timeDate"))
    driver.start_due_processes()

    driver.deploy(timed("2026-03-01", style="timeDate", task="Look closely"))

    assert due(driver) == []


def test_a_cycle_that_began_long_ago_goes_on_with_its_next_turn(driver: Driver) -> None:
    """Every day at seven: on Monday at nine the next one is tomorrow's, and nothing was missed."""
    driver.deploy(timed("R/2020-01-01T07:00:00+08:00/P1D"))

    assert due(driver) == [timedelta(hours=22)]


def test_the_newest_version_starts_and_the_older_ones_no_longer(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H", task="Old"))
    driver.later(minutes=30)
    assert not driver.deploy(timed("R/PT1H", task="Old")).is_new
    assert due(driver) == [timedelta(hours=1)]  # nothing was new, so nothing began again

    driver.deploy(timed("R/PT1H", task="New"))
    assert due(driver) == [timedelta(hours=1, minutes=30)]
    driver.later(hours=1)
    (started,) = driver.start_due_processes()

    assert InstanceDriver(driver=driver, id=started).task("look").row.name == "New"


def test_a_version_without_a_timer_ends_the_cycle(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H"))
    driver.later(hours=1)
    turn = StartByTimer(start_timer_id=driver.one(select(StartTimer.id)), due_at=driver.one(select(StartTimer.due_at)))

    driver.deploy(UNTIMED)

    assert due(driver) == []
    assert driver.engine.execute(turn, actor=SYSTEM) is None  # it was on its way


def test_a_start_that_is_stuck_does_not_stop_the_cycle(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H", extra='<zeebe:priorityDefinition priority="=200"/>'))

    driver.later(hours=1)
    (started,) = driver.start_due_processes()

    assert InstanceDriver(driver=driver, id=started).incident.element_id == "look"
    assert due(driver) == [timedelta(hours=2)]


def test_a_start_that_fails_is_left_out_and_noted(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H"))
    driver.later(hours=1)
    timer = driver.one(select(StartTimer))

    skip = SkipStart(start_timer_id=timer.id, due_at=timer.due_at, reason="the disk is full")
    for _ in range(2):
        driver.engine.execute(skip, actor=SYSTEM)

    assert due(driver) == [timedelta(hours=2)]
    noted = driver.one(select(AuditEvent).where(AuditEvent.action == "start failed"))
    assert (noted.subject, noted.reason) == ("review morning", "the disk is full")


def test_a_clock_set_back_starts_nothing_twice(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H"))
    driver.later(hours=1)
    driver.start_due_processes()
    driver.clock.set(MONDAY)

    assert driver.start_due_processes() == []
    assert due(driver) == [timedelta(hours=2)]


def test_a_turn_enqueued_before_the_clock_was_set_back_comes_when_it_is_due(driver: Driver) -> None:
    driver.deploy(timed("R/PT1H"))
    driver.later(hours=1)
    with driver.service.database.write() as session:
        timer = session.scalars(select(StartTimer)).one()
        timer.status = "enqueued"
    driver.clock.set(MONDAY)

    turn = StartByTimer(start_timer_id=timer.id, due_at=timer.due_at)
    assert driver.engine.execute(turn, actor=SYSTEM) is None

    assert driver.one(select(StartTimer.status)) == "open"


def test_where_a_case_type_names_the_process_a_case_is_opened(driver: Driver) -> None:
    driver.deploy(timed("R/P1D"), manifest__toml=CASE_TYPE, review__form=form("review", text_field("subject")))

    driver.later(days=1)
    (started,) = driver.start_due_processes()

    case = driver.one(select(Case))
    instance = InstanceDriver(driver=driver, id=started).row
    assert (case.number, case.opened_by) == ("R-2026-001", SYSTEM.username)
    assert (instance.case_id, instance.business_key) == (case.id, "R-2026-001")


@pytest.mark.parametrize("event", ["message", "signal"])
def test_messages_and_signals_open_cases_too(driver: Driver, event: str) -> None:
    told = TIMED.partition("<bpmn:timerEventDefinition>")[0] + f'<bpmn:{event}EventDefinition {event}Ref="m"/>'
    rest = TIMED.partition("</bpmn:timerEventDefinition>")[2] + f'<bpmn:{event} id="m" name="Called in"/>'
    drawn = (told + rest).format(task=user_task("look", "Look", groups=""))
    driver.deploy(drawn, manifest__toml=CASE_TYPE, review__form=form("review", text_field("subject")))

    call = PublishMessage if event == "message" else BroadcastSignal
    told = driver.engine.execute(call(name="Called in", variables={"subject": "Noise"}), actor=SYSTEM)

    case = driver.one(select(Case))
    instance = InstanceDriver(driver=driver, id=told.instance_ids[0])
    assert (case.number, instance.row.case_id, instance.row.business_key) == ("R-2026-001", case.id, "R-2026-001")
    assert instance.variables == {"subject": "Noise"}


def test_a_timer_that_gives_no_time_is_refused_with_the_event(driver: Driver) -> None:
    with pytest.raises(InvalidDeployment) as refused:
        driver.deploy(timed("=pause", style="timeDuration"))

    (finding,) = refused.value.findings
    assert (finding.element_id, finding.code) == ("morning", "TIMER")
    assert "without any variables" in finding.message
    assert due(driver) == []


def test_an_expression_gives_the_time_when_it_is_deployed(driver: Driver) -> None:
    driver.deploy(timed('=date and time("2026-03-02T12:00:00@Asia/Shanghai")', style="timeDate"))

    assert driver.one(select(StartTimer.due_at)) == datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_people_start_nothing_by_timers(driver: Driver) -> None:
    driver.person("rita")
    driver.deploy(timed("R/PT1H"))
    timer = driver.one(select(StartTimer))

    with pytest.raises(Forbidden, match="rita lacks the permission operate"):
        driver.execute(StartByTimer(start_timer_id=timer.id, due_at=timer.due_at), by="rita")
