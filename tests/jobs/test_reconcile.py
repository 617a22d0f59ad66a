"""Work that waits for a job there isn't is found, done after all, and raises the alarm; other work is left alone."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select, text

from engine import workers
from engine.access import SYSTEM
from engine.commands.instance_migration import StartMigrationBatch
from engine.jobs.functions import JobContext, give_up, migrate_instances
from engine.jobs.purge import forget_expired
from engine.jobs.reconcile import ALARM, reconcile
from engine.jobs.starts import enqueue_due_starts
from engine.jobs.timers import enqueue_due_timers
from engine.model.history import Upkeep
from engine.model.instance_migration import InstanceMigrationItem
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Job, Timer
from tests.support.driver import open_driver
from tests.support.models import sequence

LETTER = """<bpmn:serviceTask id="letter"><bpmn:extensionElements>
  <zeebe:taskDefinition type="letter"/></bpmn:extensionElements></bpmn:serviceTask>"""
A_DAY = """<bpmn:intermediateCatchEvent id="a_day"><bpmn:timerEventDefinition>
  <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration></bpmn:timerEventDefinition>
  </bpmn:intermediateCatchEvent>"""

EVERY_DAY = """<bpmn:process id="report" isExecutable="true"><bpmn:startEvent id="daily"><bpmn:timerEventDefinition>
  <bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:startEvent>
  <bpmn:sequenceFlow id="f" sourceRef="daily" targetRef="done"/><bpmn:endEvent id="done"/></bpmn:process>"""


@pytest.fixture
def office(any_database, tmp_path, monkeypatch):
    monkeypatch.setitem(workers.WORKERS, "letter", lambda variables, tools: {})
    office = open_driver(any_database.url, tmp_path)
    office.deploy(sequence(LETTER, process_id="send"), name="letters")
    office.deploy(sequence(A_DAY, process_id="wait"), name="days")
    yield office
    office.service.close()


def look(office):
    return reconcile(office.service.jobs, office.service.job_context)


def run_sql(office, statement):
    with office.service.database.write() as session:
        session.execute(text(statement))


def queue(office):
    with office.service.database.read() as session:
        return session.execute(text("SELECT task_name FROM procrastinate_jobs ORDER BY id")).scalars().all()


def test_where_every_work_has_its_job_nothing_happens(office):
    office.start("send")
    office.start("wait")
    office.start("wait")
    office.later(days=1)
    enqueue_due_timers(office.service.jobs, office.clock.now())
    before = queue(office)

    assert look(office) == {}

    assert queue(office) == before
    assert office.all(select(Upkeep).where(Upkeep.name == ALARM)) == []


def test_a_job_that_runs_or_waits_for_its_next_try_is_not_missing(office):
    office.start("send")
    run_sql(office, "UPDATE procrastinate_jobs SET status = 'doing'")

    assert look(office) == {}


def test_lost_jobs_are_deferred_again_and_the_alarm_counts_them(office, caplog):
    office.start("send")
    for _ in range(2):
        office.start("wait")
    office.later(days=1)
    enqueue_due_timers(office.service.jobs, office.clock.now())
    run_sql(office, "DELETE FROM procrastinate_jobs")

    with caplog.at_level(logging.ERROR, logger="lianxi.jobs"):
        assert look(office) == {"timers": 2, "jobs": 1}

    assert sorted(queue(office)) == ["fire_timer", "fire_timer", "run_job"]
    assert [record.event for record in caplog.records] == [ALARM, ALARM]
    assert look(office) == {}, "they have their jobs now"
    alarm = office.one(select(Upkeep).where(Upkeep.name == ALARM))
    assert (alarm.done_at, alarm.data["total"], alarm.data["timers"]) == (office.clock.now(), 3, 2)
    assert alarm.data["last"] == {"kind": "jobs", "ids": office.all(select(Job.id))}


def test_lost_jobs_of_starts_and_migrations_are_deferred_again(office):
    office.deploy(EVERY_DAY, name="reports")
    for _ in range(3):
        office.start("wait")
    office.deploy(sequence(A_DAY, LETTER, process_id="wait"), name="days")
    old, new = office.all(
        select(ProcessDefinition.id).where(ProcessDefinition.key == "wait").order_by(ProcessDefinition.version)
    )
    office.engine.execute(StartMigrationBatch(source_id=old, target_id=new, reason="New rules"), actor=SYSTEM)
    office.later(days=1)
    enqueue_due_starts(office.service.jobs, office.clock.now())
    assert look(office) == {}
    run_sql(office, "DELETE FROM procrastinate_jobs")

    assert look(office) == {"starts": 1, "migrations": 3}

    assert sorted(queue(office)) == ["migrate_instances"] * 3 + ["start_by_timer"]
    assert look(office) == {}
    for item in office.all(select(InstanceMigrationItem)):
        migrate_instances(office.service.job_context, batch_id=item.batch_id, first=item.id, last=item.id)
    assert set(office.all(select(InstanceMigrationItem.status))) == {"migrated"}
    assert look(office) == {}


def test_a_portion_of_a_migration_that_is_given_up_says_so(office):
    office.start("wait")
    office.deploy(sequence(A_DAY, LETTER, process_id="wait"), name="days")
    old, new = office.all(
        select(ProcessDefinition.id).where(ProcessDefinition.key == "wait").order_by(ProcessDefinition.version)
    )
    batch = office.engine.execute(StartMigrationBatch(source_id=old, target_id=new, reason="New rules"), actor=SYSTEM)
    item = office.one(select(InstanceMigrationItem.id))

    args = {"batch_id": batch, "first": item, "last": item}
    give_up(office.service.job_context, "migrate_instances", args, "Its worker vanished")

    row = office.one(select(InstanceMigrationItem))
    assert (row.status, row.reasons[0][1]["params"]) == ("failed", {"error": "Its worker vanished"})


def test_timers_that_are_not_due_and_work_of_others_are_none_of_its_business(office):
    office.start("send")
    office.start("wait")
    run_sql(office, "DELETE FROM procrastinate_jobs")

    assert reconcile(office.service.jobs, JobContext(engine=office.engine, workers={})) == {}
    assert office.one(select(Timer.status)) == "open"


def test_what_is_over_is_forgotten(office):
    office.person("rita")
    with office.service.database.write() as session:
        for number, days in enumerate((-1, 1)):
            at = office.clock.now().replace(day=office.clock.now().day + days if days > 0 else 1)
            values = {"token": str(number), "at": at}
            session.execute(
                text(
                    "INSERT INTO login_session (token_sha256, user_id, created_at, seen_at, expires_at)"
                    " SELECT :token, id, :at, :at, :at FROM user_account"
                ),
                values,
            )

    forget_expired(office.service.jobs, office.clock.now())

    with office.service.database.read() as session:
        assert session.execute(text("SELECT token_sha256 FROM login_session")).scalars().all() == ["1"]
