"""The stored states are the truth: rows that say otherwise are found and mended, and rows that are right stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.orm import Session

from engine import model
from engine.access import SYSTEM
from engine.commands.clock import ExtendClock, PauseClock
from engine.database import Database
from engine.model.casework import Clock
from engine.model.runtime import (
    Draft,
    HumanTask,
    Incident,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    TaskCandidate,
    Timer,
)
from engine.rebuilding import check, rebuild
from tests.operation.moment import NOW
from tests.support.databases import any_database, sqlite_database  # noqa: F401
from tests.support.driver import Driver, InstanceDriver, open_driver

PROJECTIONS = ("human_task", "job", "timer", "message_subscription", "signal_subscription", "incident")
TASK = """<bpmn:userTask id="reply" name="Reply"><bpmn:extensionElements><zeebe:userTask/>
  <zeebe:assignmentDefinition candidateGroups="clerks, heads"/></bpmn:extensionElements></bpmn:userTask>
<bpmn:boundaryEvent id="late" attachedToRef="reply" cancelActivity="false"><bpmn:timerEventDefinition id="month">
  <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P30D</bpmn:timeDuration></bpmn:timerEventDefinition>
</bpmn:boundaryEvent><bpmn:endEvent id="reminded"/>
<bpmn:sequenceFlow id="to_reminded" sourceRef="late" targetRef="reminded"/>"""
WAITS = {
    "work": '<bpmn:serviceTask id="work"><bpmn:extensionElements><zeebe:taskDefinition type="print" retries="1"/>'
    "</bpmn:extensionElements></bpmn:serviceTask>",
    "letter": '<bpmn:intermediateCatchEvent id="letter"><bpmn:messageEventDefinition id="m1" messageRef="letter_came"/>'
    "</bpmn:intermediateCatchEvent>",
    "bell": '<bpmn:intermediateCatchEvent id="bell"><bpmn:signalEventDefinition id="s1" signalRef="rung"/>'
    "</bpmn:intermediateCatchEvent>",
    "stuck": '<bpmn:intermediateCatchEvent id="stuck"><bpmn:timerEventDefinition id="never"><bpmn:timeDuration'
    ' xsi:type="bpmn:tFormalExpression">=missing</bpmn:timeDuration></bpmn:timerEventDefinition>'
    "</bpmn:intermediateCatchEvent>",
    "reply": TASK,
}
PROCESS = (
    '<bpmn:message id="letter_came" name="letter came"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=number"/></bpmn:extensionElements></bpmn:message>'
    '<bpmn:signal id="rung" name="rung"/><bpmn:process id="errand" isExecutable="true"><bpmn:startEvent id="start"/>'
    '<bpmn:parallelGateway id="fork"/><bpmn:sequenceFlow id="f" sourceRef="start" targetRef="fork"/>'
    + "".join(
        f'{element}<bpmn:endEvent id="end_{id}"/><bpmn:sequenceFlow id="to_{id}" sourceRef="fork" targetRef="{id}"/>'
        f'<bpmn:sequenceFlow id="from_{id}" sourceRef="{id}" targetRef="end_{id}"/>'
        for id, element in WAITS.items()
    )
    + "</bpmn:process>"
)


@pytest.fixture
def errand(any_database: Database, tmp_path: Path) -> Iterator[InstanceDriver]:  # noqa: F811
    """An instance that waits for everything at once; its task is claimed and half typed."""
    office = open_driver(any_database.url, tmp_path, now=NOW)
    office.groups(clerks=("case:read_own",), heads=())
    office.person("omar", "clerks")
    office.deploy(PROCESS, name="errands", manifest__toml='job_types = ["print"]')
    errand = office.start("errand", number="7")
    errand.task("reply").claimed_by("omar").drafted_by("omar", answer="We")
    errand.job.fail("no paper")
    yield errand
    office.service.close()


def rows(office: Driver) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    with office.service.database.read() as session:
        for name in (*PROJECTIONS, "task_candidate", "draft"):
            table: Table = model.metadata.tables[name]
            found[name] = [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key)).all()]
    return found


def test_an_office_at_work_is_right_and_rebuilding_it_changes_nothing(office: Driver, errand: InstanceDriver) -> None:
    for place in (office, errand.driver):
        before = rows(place)

        assert list(check(place.engine)) == []
        assert list(rebuild(place.engine)) == []
        assert rows(place) == before


BREAKING: dict[str, Callable[[Session, int], object]] = {
    "a task is gone": lambda session, task: [
        session.execute(delete(table).where(column == task))
        for table, column in ((TaskCandidate, TaskCandidate.task_id), (Draft, Draft.task_id), (HumanTask, HumanTask.id))
    ],
    "a task is closed": lambda session, task: session.execute(
        update(HumanTask).where(HumanTask.id == task).values(status="completed", completed_by="rita")
    ),
    "a task is of another step": lambda session, task: session.execute(
        update(HumanTask).where(HumanTask.id == task).values(element_id="elsewhere")
    ),
    "nobody may take a task": lambda session, task: (
        session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task)),
        session.execute(update(HumanTask).where(HumanTask.id == task).values(assignee=None)),
    ),
    "a job is gone": lambda session, task: session.execute(delete(Job).where(Job.type == "print")),
    "a job is cancelled": lambda session, task: session.execute(update(Job).values(status="cancelled")),
    "the failure of a job is hidden": lambda session, task: session.execute(
        delete(Incident).where(Incident.code == "JOB_FAILED")
    ),
    "incidents are gone": lambda session, task: session.execute(delete(Incident)),
    "timers are gone": lambda session, task: session.execute(delete(Timer)),
    "a timer is there twice": lambda session, task: session.execute(
        text(
            "INSERT INTO timer (instance_id, element_instance_id, element_id, due_at, status)"
            " SELECT instance_id, element_instance_id, element_id, due_at, status FROM timer"
        )
    ),
    "a subscription is gone": lambda session, task: session.execute(delete(MessageSubscription)),
    "a subscription has another key": lambda session, task: session.execute(
        update(MessageSubscription).values(correlation_key="8")
    ),
    "a signal is not heard": lambda session, task: session.execute(delete(SignalSubscription)),
    "a signal of another name is heard": lambda session, task: session.execute(
        update(SignalSubscription).values(signal_name="other")
    ),
}


@pytest.mark.parametrize("trouble", BREAKING)
def test_what_is_broken_is_found_and_mended(errand: InstanceDriver, trouble: str) -> None:
    office, task = errand.driver, errand.task("reply").id
    due = office.all(select(Timer.due_at).where(Timer.instance_id == errand.id))
    with office.service.database.write() as session:
        BREAKING[trouble](session, task)

    found = list(check(office.engine))
    assert found and {difference.instance_id for difference in found} == {errand.id}
    mended = dict(rebuild(office.engine))

    assert mended[errand.id] == [difference.sentence for difference in found]
    assert list(check(office.engine)) == []
    assert errand.open_tasks == ["reply"]
    assert office.all(select(Timer.due_at).where(Timer.instance_id == errand.id)) == due
    groups = office.all(select(TaskCandidate.name).where(TaskCandidate.task_id == errand.task("reply").id))
    assert set(groups) == {"clerks", "heads"}
    assert office.one(select(MessageSubscription.correlation_key)) == "7"
    if trouble not in ("a task is gone", "nobody may take a task"):
        assert errand.task("reply").row.assignee == "omar", "the claim is kept"
        assert office.one(select(Draft.data)) == {"answer": "We"}
    done = errand.task("reply")
    (done if done.row.assignee else done.claimed_by("omar")).complete("omar")
    assert errand.open_tasks == []


def test_rows_that_nothing_waits_for_are_closed(errand: InstanceDriver) -> None:
    office, task = errand.driver, errand.task("reply")
    done = office.start("errand", number="9")
    with office.service.database.write() as session:
        session.execute(update(ProcessInstance).where(ProcessInstance.id == done.id).values(status="cancelled"))
        session.execute(update(HumanTask).where(HumanTask.id == task.id).values(element_instance_id="4711"))

    sentences = [difference.sentence for difference in check(office.engine)]
    list(rebuild(office.engine))

    assert f"Expected instance {errand.id} to wait for human task {task.id} of reply, but it does not" in sentences
    assert len(sentences) == 2 + 6, "of the cancelled one: task, job, timer, message, signal and incident"
    assert list(check(office.engine)) == []
    assert done.open_tasks == []
    assert task.row.status == "cancelled"
    assert office.all(select(Draft)) == []


def test_a_state_that_cannot_be_read_is_told_and_left_alone(errand: InstanceDriver) -> None:
    office = errand.driver
    with office.service.database.write() as session:
        session.execute(update(ProcessInstance).where(ProcessInstance.id == errand.id).values(state=b"\x09nonsense"))

    found = list(check(office.engine, [errand.id]))
    mended = list(rebuild(office.engine, [errand.id]))

    assert [difference.trouble for difference in found] == ["unreadable"]
    assert mended and "format" in mended[0][1][0]
    assert errand.open_tasks == ["reply"]


def test_one_instance_can_be_asked_for(errand: InstanceDriver) -> None:
    office = errand.driver
    other = office.start("errand", number="8")
    with office.service.database.write() as session:
        session.execute(delete(Timer))

    assert {difference.instance_id for difference in check(office.engine, [other.id])} == {other.id}
    assert [instance_id for instance_id, _ in rebuild(office.engine, [other.id])] == [other.id]
    assert {difference.instance_id for difference in check(office.engine)} == {errand.id}


def test_clocks_are_made_again_as_the_history_tells(office: Driver) -> None:
    running = select(ProcessInstance.id).where(ProcessInstance.status == "running")
    first, second = office.all(
        select(Clock.id).where(Clock.status == "running", Clock.instance_id.in_(running)).order_by(Clock.id)
    )[:2]
    office.engine.execute(ExtendClock(clock_id=first, days=5, reason="a second visit"), actor=SYSTEM)
    office.engine.execute(PauseClock(clock_id=second, reason="the road is cut"), actor=SYSTEM)
    before = clocks(office)
    with office.service.database.write() as session:
        session.execute(delete(Clock).where(Clock.id == first))
        session.execute(update(Clock).where(Clock.id == second).values(status="running", paused_on=None))

    sentences = [str(difference.sentence) for difference in check(office.engine)]
    mended = list(rebuild(office.engine))

    assert any("of which the history tells, but there is none" in sentence for sentence in sentences)
    assert any("status paused" in sentence for sentence in sentences)
    assert len(sentences) == sum(len(each) for _, each in mended) == 2
    assert clocks(office) == before
    assert list(check(office.engine)) == []


def test_a_clock_of_an_older_version_that_is_lost_is_told_of(sqlite_office: Driver) -> None:
    running = select(ProcessInstance.id).where(ProcessInstance.status == "running")
    with sqlite_office.service.database.write() as session:
        instance = session.scalars(select(Clock.instance_id).where(Clock.instance_id.in_(running)).limit(1)).one()
        session.execute(text("UPDATE history_event SET data = json_remove(data, '$.start', '$.rule')"))
        lost = session.execute(delete(Clock).where(Clock.instance_id == instance)).rowcount

    sentences = [difference.sentence for difference in check(sqlite_office.engine)]

    assert len(sentences) == lost
    assert all("too little is told to make it again" in sentence for sentence in sentences)
    assert dict(rebuild(sqlite_office.engine)) == {instance: sentences}


def clocks(office: Driver) -> list[tuple[object, ...]]:
    """Every clock, whatever its number, and whether the numbers in its reasons are texts."""
    columns = [column for column in Clock.__table__.columns if column.name not in ("id", "why")]
    with office.service.database.read() as session:
        return sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)
