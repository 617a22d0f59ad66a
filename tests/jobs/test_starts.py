"""Due start timers become jobs, each turn once and in the order they were due; the worker starts the processes."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from engine.jobs.functions import JOBS, give_up
from engine.jobs.starts import BATCH, enqueue_due_starts
from engine.model.history import AuditEvent
from engine.model.repository import ProcessDefinition
from engine.model.runtime import ProcessInstance
from engine.model.starts import StartTimer
from tests.support.driver import MONDAY, open_driver
from tests.support.models import sequence, user_task

TIMED = """<bpmn:process id="review" isExecutable="true"><bpmn:startEvent id="morning"><bpmn:timerEventDefinition>
<bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:startEvent>
<bpmn:sequenceFlow id="f" sourceRef="morning" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>"""


@pytest.fixture
def office(any_database, tmp_path):
    office = open_driver(any_database.url, tmp_path)
    yield office
    office.service.close()


def add_timers(office, *minutes):
    """Start timers due so many minutes after nine o'clock; their ids in the order given."""
    office.deploy(sequence(user_task("wait", groups="")))
    definition_id = office.one(select(ProcessDefinition.id))
    rows = [
        {
            "definition_id": definition_id,
            "event_id": f"{index}",
            "schedule": {},
            "due_at": MONDAY + timedelta(minutes=minute),
            "status": "open",
        }
        for index, minute in enumerate(minutes)
    ]
    with office.service.database.write() as session:
        return list(session.scalars(insert(StartTimer).returning(StartTimer.id, sort_by_parameter_order=True), rows))


def enqueued(office):
    with office.service.database.read() as session:
        rows = session.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = 'start_by_timer' ORDER BY id")
        ).scalars()
        return [row if isinstance(row, dict) else json.loads(row) for row in rows]


def test_only_due_timers_are_enqueued_the_longest_due_first(office):
    late, future, now, earliest = add_timers(office, -5, 1, 0, -60)

    assert enqueue_due_starts(office.service.jobs, office.clock.now()) == 3
    assert enqueue_due_starts(office.service.jobs, office.clock.now()) == 0

    assert [args["start_timer_id"] for args in enqueued(office)] == [earliest, late, now]
    assert office.all(select(StartTimer.id).where(StartTimer.status == "open")) == [future]


def test_several_that_sweep_at_once_share_the_work(office):
    timers = add_timers(office, *range(-2 * BATCH - 10, 0))

    sweepers = [
        threading.Thread(target=enqueue_due_starts, args=(office.service.jobs, office.clock.now())) for _ in range(3)
    ]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    enqueue_due_starts(office.service.jobs, office.clock.now())

    assert sorted(args["start_timer_id"] for args in enqueued(office)) == sorted(timers)


def test_a_job_done_twice_starts_one_instance_and_the_cycle_goes_on(office):
    office.deploy(TIMED)
    office.later(hours=1)
    enqueue_due_starts(office.service.jobs, office.clock.now())
    (args,) = enqueued(office)

    for _ in range(2):
        JOBS["start_by_timer"](office.service.job_context, **args)

    assert len(office.all(select(ProcessInstance.id))) == 1
    timer = office.one(select(StartTimer))
    assert (timer.status, timer.due_at) == ("open", MONDAY + timedelta(hours=2))


def test_a_start_given_up_is_noted_and_the_cycle_goes_on(office):
    office.deploy(TIMED)
    office.later(hours=1)
    enqueue_due_starts(office.service.jobs, office.clock.now())
    (args,) = enqueued(office)

    give_up(office.service.job_context, "start_by_timer", args, "killed its worker")

    timer = office.one(select(StartTimer))
    assert (timer.status, timer.due_at) == ("open", MONDAY + timedelta(hours=2))
    assert office.one(select(AuditEvent.reason).where(AuditEvent.action == "start failed")) == "killed its worker"


def test_the_look_for_due_timers_uses_the_index_of_open_ones(office):
    from engine.jobs.starts import _due

    with office.service.database.write() as session:
        postgresql = office.service.database.dialect == "postgresql"
        if postgresql:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        statement = _due(office.clock.now()).compile(session.bind, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN" if postgresql else "EXPLAIN QUERY PLAN"
        plan = str(session.execute(text(f"{explain} {statement}")).all())

    assert "ix_start_timer_due_open" in plan
