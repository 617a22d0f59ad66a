"""Due timers fire many at a time, each once; one that can't fire keeps no other from it and becomes an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from engine.access import SYSTEM
from engine.commands.incident import RetryIncident
from engine.commands.instance import CancelInstance
from engine.commands.timer import TriggerTimers
from engine.errors import InvalidState
from engine.jobs.functions import fire_timer, fire_timers, give_up
from engine.jobs.timers import enqueue_due_timers
from engine.model.runtime import Incident, ProcessInstance, Timer
from tests.support.driver import open_driver
from tests.support.models import sequence

A_DAY = """<bpmn:intermediateCatchEvent id="a_day" name="A day"><bpmn:timerEventDefinition>
  <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration></bpmn:timerEventDefinition>
  </bpmn:intermediateCatchEvent>"""
TWO_REMINDERS = """<bpmn:process id="twice" isExecutable="true">
  <bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="wait"/>
  <bpmn:userTask id="wait"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>
  <bpmn:sequenceFlow id="f1" sourceRef="wait" targetRef="end"/><bpmn:endEvent id="end"/>
  <bpmn:boundaryEvent id="after_1" attachedToRef="wait"><bpmn:timerEventDefinition>
    <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration></bpmn:timerEventDefinition>
  </bpmn:boundaryEvent><bpmn:sequenceFlow id="f2" sourceRef="after_1" targetRef="end_1"/><bpmn:endEvent id="end_1"/>
  <bpmn:boundaryEvent id="after_2" attachedToRef="wait"><bpmn:timerEventDefinition>
    <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P2D</bpmn:timeDuration></bpmn:timerEventDefinition>
  </bpmn:boundaryEvent><bpmn:sequenceFlow id="f3" sourceRef="after_2" targetRef="end_2"/><bpmn:endEvent id="end_2"/>
</bpmn:process>"""


@pytest.fixture
def office(any_database, tmp_path):
    office = open_driver(any_database.url, tmp_path)
    office.deploy(sequence(A_DAY, process_id="wait"))
    yield office
    office.service.close()


def queued(office, name):
    with office.service.database.read() as session:
        found = session.execute(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo'"), {"name": name}
        )
        return found.scalar_one()


def timers(office):
    return office.all(select(Timer.id).order_by(Timer.id))


def spoil(office, instance):
    """A state that nobody can read."""
    with office.service.database.write() as session:
        row = session.get_one(ProcessInstance, instance.id)
        kept, row.state = row.state, b"\x01nonsense"
    return kept


def mend(office, instance, state):
    with office.service.database.write() as session:
        session.get_one(ProcessInstance, instance.id).state = state


def test_many_fire_in_one_transaction_each_moving_its_instance(office):
    instances = [office.start("wait") for _ in range(25)]
    office.later(days=1)

    fire_timers(office.service.job_context, timer_ids=timers(office))

    assert {instance.row.status for instance in instances} == {"completed"}
    assert [instance.history.count("timer fired") for instance in instances] == [1] * 25
    fire_timers(office.service.job_context, timer_ids=list(range(1, 26)))  # a second call finds nothing to do
    assert [instance.history.count("timer fired") for instance in instances] == [1] * 25


def test_two_timers_of_one_instance_fire_in_the_order_they_were_due(office):
    office.deploy(TWO_REMINDERS, name="twice")
    instance = office.start("twice")
    office.later(days=3)

    fire_timers(office.service.job_context, timer_ids=timers(office))

    fired = [event.element_id for event in instance.events if event.type == "timer fired"]
    assert fired == ["after_1"], "the first ends the task, and with it the second"
    assert timers(office) == []


def test_one_that_cannot_fire_leaves_the_others_alone(office):
    first, broken, last = (office.start("wait") for _ in range(3))
    office.later(days=1)
    state = spoil(office, broken)

    fire_timers(office.service.job_context, timer_ids=timers(office))
    assert queued(office, "fire_timer") == 3, "now each has a job of its own"
    failures = 0
    for timer_id in timers(office):
        try:
            fire_timer(office.service.job_context, timer_id=timer_id)
        except Exception:
            failures += 1

    assert (first.row.status, broken.row.status, last.row.status) == ("completed", "running", "completed")
    assert failures == 1
    mend(office, broken, state)


def test_a_timer_given_up_is_an_incident_that_an_operator_retries(office):
    instance = office.start("wait")
    office.later(days=1)
    enqueue_due_timers(office.service.jobs, office.clock.now())
    (timer_id,) = timers(office)

    for _ in range(2):  # at least once
        give_up(office.service.job_context, "fire_timer", {"timer_id": timer_id}, "ValueError: no state")

    assert (instance.incident.code, instance.incident.message) == ("TIMER_NOT_FIRED", "ValueError: no state")
    assert instance.history.count("incident raised") == 1
    office.engine.execute(RetryIncident(incident_id=instance.incident.id), actor=SYSTEM)
    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 1
    fire_timers(office.service.job_context, timer_ids=[timer_id])
    assert instance.row.status == "completed"
    assert office.all(select(Incident.id).where(Incident.resolved_at.is_(None))) == []


def test_the_incident_of_a_timer_ends_with_what_it_belonged_to(office):
    instance = office.start("wait")
    give_up(office.service.job_context, "fire_timer", {"timer_id": timers(office)[0]}, "ValueError: no state")

    office.engine.execute(CancelInstance(instance_id=instance.id, reason="withdrawn"), actor=SYSTEM)

    assert office.all(select(Incident.id).where(Incident.resolved_at.is_(None))) == []


def test_what_kills_its_worker_is_separated_from_what_was_beside_it(office):
    for _ in range(3):
        office.start("wait")
    office.later(days=1)
    enqueue_due_timers(office.service.jobs, office.clock.now())

    give_up(office.service.job_context, "fire_timers", {"timer_ids": timers(office)}, "Its worker vanished")

    assert queued(office, "fire_timer") == 3
    assert office.all(select(Incident)) == []


def test_a_clock_set_back_fires_nothing_early_and_nothing_twice(office):
    fired, enqueued = office.start("wait"), office.start("wait")
    office.later(days=1)
    enqueue_due_timers(office.service.jobs, office.clock.now())
    fire_timers(office.service.job_context, timer_ids=timers(office)[:1])

    office.later(hours=-1)
    fire_timers(office.service.job_context, timer_ids=[1, 2])
    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 0
    assert (fired.history.count("timer fired"), enqueued.row.status) == (1, "running")

    office.later(hours=1)
    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 1, "it waits again and is found again"
    fire_timers(office.service.job_context, timer_ids=[1, 2])
    assert enqueued.row.status == "completed"


def test_late_timers_fire_once_and_the_longest_due_first(office):
    instances = []
    for _ in range(3):
        instances.append(office.start("wait"))
        office.later(hours=1)
    office.later(days=30)  # nobody was there

    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 3
    fire_timers(office.service.job_context, timer_ids=list(reversed(timers(office))))

    with office.service.database.read() as session:
        order = session.execute(text("SELECT instance_id FROM history_event WHERE type = 'timer fired' ORDER BY id"))
        assert list(order.scalars()) == [instance.id for instance in instances]


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2026, 3, 28, 11, 30, tzinfo=UTC), datetime(2026, 3, 29, 10, 30, tzinfo=UTC)),  # an hour is missing
        (datetime(2026, 10, 24, 10, 30, tzinfo=UTC), datetime(2026, 10, 25, 11, 30, tzinfo=UTC)),  # one comes twice
    ],
)
def test_a_day_is_a_day_on_the_wall_when_summer_time_begins_and_ends(any_database, tmp_path, start, due):
    office = open_driver(any_database.url, tmp_path, now=start)
    office.service.engine.zone = ZoneInfo("Europe/Berlin")
    office.deploy(sequence(A_DAY, process_id="wait"))
    instance = office.start("wait")

    assert office.one(select(Timer.due_at)) == due
    office.clock.set(due - timedelta(seconds=1))
    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 0
    office.clock.set(due)
    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 1
    fire_timers(office.service.job_context, timer_ids=timers(office))
    assert instance.row.status == "completed"
    office.service.close()


def test_refused_together_is_no_reason_to_forget(office, monkeypatch):
    office.start("wait")
    office.later(days=1)

    def refuse(command, *, actor):
        if isinstance(command, TriggerTimers):
            raise InvalidState("Expected to be the only one to change this, but somebody else was quicker")
        return execute(command, actor=actor)

    execute = office.engine.execute
    monkeypatch.setattr(office.engine, "execute", refuse)

    fire_timers(office.service.job_context, timer_ids=timers(office))

    assert queued(office, "fire_timer") == 1
