"""Due timers become jobs, each once and in the order they were due."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from engine.jobs.timers import BATCH, enqueue_due_timers
from engine.model.runtime import Timer
from tests.support.driver import MONDAY, open_driver
from tests.support.models import sequence, user_task


@pytest.fixture
def office(any_database, tmp_path):
    office = open_driver(any_database.url, tmp_path)
    yield office
    office.service.close()


def add_timers(office, *minutes):
    """Timers of an instance, due so many minutes after nine o'clock; their ids in the order given."""
    office.deploy(sequence(user_task("wait", groups="")))
    instance = office.start("steps")
    rows = [
        {
            "instance_id": instance.id,
            "element_id": "timer",
            "element_instance_id": f"{index}",
            "due_at": MONDAY + timedelta(minutes=minute),
            "status": "open",
        }
        for index, minute in enumerate(minutes)
    ]
    with office.service.database.write() as session:
        return list(session.scalars(insert(Timer).returning(Timer.id, sort_by_parameter_order=True), rows))


def enqueued(office):
    with office.service.database.read() as session:
        rows = session.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = 'fire_timers' ORDER BY id")
        ).scalars()
        parsed = [row if isinstance(row, dict) else json.loads(row) for row in rows]
    return [timer_id for args in parsed for timer_id in args["timer_ids"]]


def test_only_due_timers_are_enqueued_the_longest_due_first(office):
    late, future, now, earliest = add_timers(office, -5, 1, 0, -60)

    assert enqueue_due_timers(office.service.jobs, office.clock.now()) == 3

    assert enqueued(office) == [earliest, late, now]
    assert office.all(select(Timer.id).where(Timer.status == "open")) == [future]


def test_a_timer_is_enqueued_once(office):
    add_timers(office, 0)

    assert [enqueue_due_timers(office.service.jobs, office.clock.now()) for _ in range(2)] == [1, 0]


def test_several_that_sweep_at_once_share_the_work(office):
    timers = add_timers(office, *range(-3 * BATCH - 10, 0))

    sweepers = [
        threading.Thread(target=enqueue_due_timers, args=(office.service.jobs, office.clock.now())) for _ in range(3)
    ]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    enqueue_due_timers(office.service.jobs, office.clock.now())

    assert sorted(enqueued(office)) == sorted(timers)


def test_the_look_for_due_timers_uses_the_index_of_open_ones(office):
    from engine.jobs.timers import _due

    with office.service.database.write() as session:
        postgresql = office.service.database.dialect == "postgresql"
        if postgresql:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        statement = _due(office.clock.now()).compile(session.bind, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN" if postgresql else "EXPLAIN QUERY PLAN"
        plan = str(session.execute(text(f"{explain} {statement}")).all())

    assert "ix_timer_due_open" in plan
