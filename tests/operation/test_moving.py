"""An office that outgrew one machine: everything moves to PostgreSQL, is proved, and goes on there."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, text

from engine.database import open_database, sole_process
from engine.errors import InvalidInput, InvalidState
from engine.model.casework import NumberSequence
from engine.model.runtime import ProcessInstance
from engine.moving import move
from tests.support.driver import Driver, InstanceDriver, open_driver
from tests.support.models import sequence, user_task

pytestmark = pytest.mark.postgresql


def test_an_office_in_the_middle_of_its_work_moves_and_goes_on(sqlite_office, empty_postgres_url, tmp_path):
    office: Driver = sqlite_office
    office.groups(clerks=("case:read_own",))
    office.deploy(sequence(WAIT, user_task("reply"), user_task("file"), process_id="errand"), name="errands")
    office.person("omar", "clerks")
    waiting, working = office.start("errand", subject="井水"), office.start("errand")
    office.later(hours=2)
    office.fire_due_timers()
    waiting = office.start("errand", subject="井水")
    working.task("reply").claimed_by("omar").drafted_by("omar", answer="We")

    moved = move(office.service.database, empty_postgres_url)

    assert all(each.same for each in moved)
    counts = {each.table: each.target.rows for each in moved}
    assert counts["process_instance"] > 30 and counts["history_event"] > 300 and counts["timer"] == 1
    there = open_driver(empty_postgres_url, tmp_path, now=office.clock.now())
    waiting, working = (InstanceDriver(driver=there, id=instance.id) for instance in (waiting, working))
    assert working.task("reply").complete("omar", answer="We looked").next_task_id is None
    assert working.open_tasks == ["file"]
    there.later(hours=2)
    assert there.fire_due_timers() == 1
    assert waiting.open_tasks == ["reply"] and waiting.variables["subject"] == "井水"
    matter = there.open_case("matter", "lin", **NEW)
    known = counts["process_instance"]
    assert there.case_instance(matter.case_id).id == known + 1, "numbers go on"
    assert there.case_instance(matter.case_id).task("confirm_route").claimed_by("lin").row.assignee == "lin"
    there.service.close()


def test_jobs_that_wait_move_with_their_order_and_those_in_hand_are_to_be_done_again(
    sqlite_office, empty_postgres_url, tmp_path
):
    database = sqlite_office.service.database
    with database.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        for name in ("first", "second", "third"):
            sqlite_office.service.jobs.enqueue(session, "deliver_buffered", {"name": name, "correlation_key": "鍵"})
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing', attempts = 2 WHERE id % 2 = 0"))

    move(database, empty_postgres_url)

    there = open_database(empty_postgres_url)
    with there.read() as session:
        rows = session.execute(text("SELECT args->>'name', status::text FROM procrastinate_jobs ORDER BY id")).all()
        events = session.scalar(text("SELECT count(*) FROM procrastinate_events WHERE type = 'deferred'"))
    assert rows == [("first", "todo"), ("second", "todo"), ("third", "todo")]
    with database.read() as session:
        deferred = text("SELECT count(*) FROM procrastinate_events WHERE type = 'deferred'")
        assert events == session.scalar(deferred), "the trigger must not have written them twice"
    there.dispose()


def test_it_is_refused_while_the_office_is_served(sqlite_office, empty_postgres_url):
    with sole_process(sqlite_office.service.database), pytest.raises(InvalidState, match="is serving it"):
        move(sqlite_office.service.database, empty_postgres_url)


def test_a_database_with_rows_is_left_alone(sqlite_office, postgres_url):
    target = open_database(postgres_url)
    with target.write() as session:
        session.execute(insert(NumberSequence).values(key="XF-2026", value=7))

    with pytest.raises(InvalidState, match="number_sequence has rows"):
        move(sqlite_office.service.database, postgres_url)

    with target.read() as session:
        assert session.scalar(select(func.count()).select_from(ProcessInstance)) == 0
    target.dispose()


def test_what_failed_halfway_leaves_nothing_and_is_simply_done_again(sqlite_office, empty_postgres_url):
    database = sqlite_office.service.database
    with database.write() as session:
        session.execute(text("UPDATE audit_event SET reason = 'a' || char(0) || 'b' WHERE id = 1"))
    with pytest.raises(InvalidState, match="refused some near 1"):
        move(database, empty_postgres_url)
    target = open_database(empty_postgres_url)
    with target.read() as session:
        assert session.scalar(select(func.count()).select_from(ProcessInstance)) == 0

    with database.write() as session:
        session.execute(text("UPDATE audit_event SET reason = 'a b' WHERE id = 1"))
    assert move(database, empty_postgres_url)
    target.dispose()


def test_a_loss_on_the_way_is_noticed(sqlite_office, empty_postgres_url, monkeypatch):
    from engine import moving

    copy = moving._copy

    def lose_one(here, original, there, table):
        copy(here, original, there, table)
        if table.name == "party":
            there.execute(text("UPDATE party SET name = name || ' ' WHERE id = (SELECT min(id) FROM party)"))

    monkeypatch.setattr(moving, "_copy", lose_one)

    with pytest.raises(InvalidState, match="party differ"):
        move(sqlite_office.service.database, empty_postgres_url)


def test_only_sqlite_moves_and_only_to_postgresql(sqlite_office, postgres_url):
    with pytest.raises(InvalidInput, match="to a PostgreSQL"):
        move(sqlite_office.service.database, "sqlite:///elsewhere.db")
    there = open_database(postgres_url)
    with pytest.raises(InvalidInput, match="from an SQLite"):
        move(there, postgres_url)
    there.dispose()


WAIT = """<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="hour"><bpmn:timeDuration
  xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
NEW = {
    "name": "张志远",
    "phone": "138 4210 1188",
    "address": "大城子镇平房村",
    "summary": "已交房款，三年未交房",
    "claims": "要求开发商按合同交房并办理产权证",
    "category": "UC",
    "place": "滨河小区",
    "people_present": 2,
    "circumstances": [],
    "language": "zh",
}
