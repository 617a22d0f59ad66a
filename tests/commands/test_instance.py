"""Instances start, wait, get stuck, are helped and end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.incident import RetryIncident
from engine.commands.instance import CancelInstance, StartInstance
from engine.commands.job import ThrowJobError
from engine.commands.message import DeliverBuffered, PublishMessage
from engine.commands.signal import BroadcastSignal
from engine.errors import Forbidden, InvalidState, NotFound
from engine.model.runtime import BufferedMessage, Job, MessageSubscription, Timer
from tests.support.driver import Driver
from tests.support.models import sequence, user_task

SERVICE = """<bpmn:serviceTask id="send_letter" name="Send letter"><bpmn:extensionElements>
<zeebe:taskDefinition type="letter" retries="2"/>
<zeebe:taskHeaders><zeebe:header key="kind" value="receipt"/></zeebe:taskHeaders>
<zeebe:ioMapping><zeebe:input source="=petitioner" target="to"/>
<zeebe:output source="=sent_at" target="letter_sent"/></zeebe:ioMapping>
</bpmn:extensionElements></bpmn:serviceTask>"""
SCRIPT = """<bpmn:scriptTask id="double" name="Double"><bpmn:extensionElements>
<zeebe:script expression="=amount * 2" resultVariable="doubled"/></bpmn:extensionElements></bpmn:scriptTask>"""
WAIT = """<bpmn:intermediateCatchEvent id="wait" name="Wait a week"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P7D</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
RECEIVE = """<bpmn:intermediateCatchEvent id="reply" name="Reply comes"><bpmn:messageEventDefinition messageRef="m"/>
</bpmn:intermediateCatchEvent>"""
MESSAGE = """<bpmn:message id="m" name="Reply"><bpmn:extensionElements><zeebe:subscription correlationKey="=number"/>
</bpmn:extensionElements></bpmn:message>"""
CHOICE = """<bpmn:process id="choice" name="Choice" isExecutable="true"><bpmn:startEvent id="start"/>
<bpmn:exclusiveGateway id="big"/><bpmn:endEvent id="yes"/><bpmn:endEvent id="no"/>
<bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="big"/>
<bpmn:sequenceFlow id="f1" sourceRef="big" targetRef="yes">
<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=amount &gt; 10</bpmn:conditionExpression>
</bpmn:sequenceFlow>
<bpmn:sequenceFlow id="f2" sourceRef="big" targetRef="no">
<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=amount &lt;= 10</bpmn:conditionExpression>
</bpmn:sequenceFlow>
</bpmn:process>"""


def test_a_script_and_a_job_leave_their_results(driver: Driver) -> None:
    driver.deploy(sequence(SCRIPT, SERVICE, process_id="letters"), manifest__toml='job_types = ["letter"]')
    letters = driver.start("letters", amount=21, petitioner="ada")

    job = letters.job

    assert (job.row.type, job.row.headers, job.row.variables) == ("letter", {"kind": "receipt"}, {"to": "ada"})
    job.complete(sent_at="2026-03-02")
    assert letters.row.status == "completed"
    assert letters.variables == {"amount": 21, "petitioner": "ada", "doubled": 42, "letter_sent": "2026-03-02"}


def test_a_job_without_retries_left_is_an_incident_and_can_be_tried_again(driver: Driver) -> None:
    driver.deploy(sequence(SERVICE, process_id="letters"), manifest__toml='job_types = ["letter"]')
    letters = driver.start("letters", petitioner="ada")

    assert letters.job.fail("no paper") == 1
    assert letters.job.fail("no paper") == 0

    incident = letters.incident
    assert (incident.code, incident.message, incident.element_id) == ("JOB_FAILED", "no paper", "send_letter")
    driver.engine.execute(RetryIncident(incident_id=incident.id), actor=SYSTEM)
    letters.job.complete(sent_at="today")
    assert letters.row.status == "completed"
    with pytest.raises(InvalidState, match="but it is resolved"):
        driver.engine.execute(RetryIncident(incident_id=incident.id), actor=SYSTEM)


def test_an_error_nobody_catches_is_an_incident(driver: Driver) -> None:
    driver.deploy(sequence(SERVICE, process_id="letters"), manifest__toml='job_types = ["letter"]')
    letters = driver.start("letters", petitioner="ada")

    driver.engine.execute(ThrowJobError(job_id=letters.job.id, code="NO_ADDRESS", message="who?"), actor=SYSTEM)

    assert letters.incident.element_id == "send_letter"


def test_a_gateway_without_a_way_out_is_an_incident_not_a_crash(driver: Driver) -> None:
    driver.deploy(CHOICE)

    stuck = driver.start("choice")

    assert stuck.row.status == "running"
    assert stuck.incident.element_id == "big"
    assert driver.start("choice", amount=11).row.status == "completed"


def test_a_timer_fires_once_when_it_is_due(driver: Driver) -> None:
    driver.deploy(sequence(WAIT, process_id="waiting"))
    waiting = driver.start("waiting")

    driver.later(days=6)
    assert driver.fire_due_timers() == 0
    driver.later(days=1, minutes=1)
    assert driver.fire_due_timers() == 1

    assert waiting.row.status == "completed"
    assert driver.all(select(Timer)) == []


def test_a_message_reaches_the_instance_with_its_key_and_no_other(driver: Driver) -> None:
    driver.deploy(sequence(RECEIVE, process_id="replies") + MESSAGE)
    mine, other = driver.start("replies", number="A1"), driver.start("replies", number="B2")

    published = driver.engine.execute(
        PublishMessage(name="Reply", correlation_key="A1", variables={"answer": "yes"}), actor=SYSTEM
    )

    assert published.instance_ids == (mine.id,)
    assert (mine.row.status, mine.variables["answer"]) == ("completed", "yes")
    assert other.row.status == "running"
    assert [row.correlation_key for row in driver.all(select(MessageSubscription))] == ["B2"]


def test_a_message_that_comes_early_waits_for_its_receiver(driver: Driver) -> None:
    driver.deploy(sequence(RECEIVE, process_id="replies") + MESSAGE)
    early = PublishMessage(name="Reply", correlation_key="A1", variables={"answer": "early"}, time_to_live_ms=60_000)
    assert driver.engine.execute(early, actor=SYSTEM).buffered_id is not None

    mine = driver.start("replies", number="A1")
    driver.engine.execute(DeliverBuffered(name="Reply", correlation_key="A1"), actor=SYSTEM)

    assert mine.variables["answer"] == "early"
    assert driver.all(select(BufferedMessage.taken_by)) == [["replies"]]


def test_a_message_is_forgotten_after_its_time(driver: Driver) -> None:
    driver.deploy(sequence(RECEIVE, process_id="replies") + MESSAGE)
    early = PublishMessage(name="Reply", correlation_key="A1", time_to_live_ms=60_000)
    driver.engine.execute(early, actor=SYSTEM)

    driver.later(minutes=2)
    mine = driver.start("replies", number="A1")
    driver.engine.execute(DeliverBuffered(name="Reply", correlation_key="A1"), actor=SYSTEM)

    assert mine.row.status == "running"


def test_a_signal_reaches_all_instances_and_starts_others(driver: Driver) -> None:
    signal = '<bpmn:signalEventDefinition signalRef="alarm"/>'
    waits = f'<bpmn:intermediateCatchEvent id="wait">{signal}</bpmn:intermediateCatchEvent>'
    throws = f'<bpmn:intermediateThrowEvent id="ring">{signal}</bpmn:intermediateThrowEvent>'
    begins = sequence(WAIT, process_id="drill").replace('"start"/>', f'"start">{signal}</bpmn:startEvent>', 1)
    named = '<bpmn:signal id="alarm" name="Alarm"/>'
    for process in (sequence(waits, process_id="hear"), sequence(throws, process_id="ring_it"), begins):
        driver.deploy(process + named)
    one, two = driver.start("hear"), driver.start("hear")
    ringer = driver.start("ring_it")

    sent = driver.engine.execute(
        BroadcastSignal(name="Alarm", variables={"loud": True}, thrown_by=ringer.id), actor=SYSTEM
    )
    again = driver.engine.execute(BroadcastSignal(name="Alarm"), actor=SYSTEM)

    assert (one.row.status, two.row.status) == ("completed", "completed") and one.variables == {"loud": True}
    assert sent.instance_ids[:2] == (one.id, two.id) and len(sent.instance_ids) == 3
    assert len(again.instance_ids) == 1, "those who waited have it; the drill begins once more"
    assert driver.all(select(MessageSubscription)) == []


def test_a_cancelled_instance_leaves_nothing_open(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.deploy(sequence(user_task("look"), process_id="looking"))
    looking = driver.start("looking")

    driver.engine.execute(CancelInstance(instance_id=looking.id, reason="opened twice"), actor=SYSTEM)

    assert (looking.row.status, looking.open_tasks) == ("cancelled", [])
    assert "instance cancelled" in looking.history
    with pytest.raises(InvalidState, match="but it is cancelled"):
        driver.engine.execute(CancelInstance(instance_id=looking.id, reason="again"), actor=SYSTEM)


def test_starting_wants_a_process_and_the_permission(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.person("rita", "clerks")

    with pytest.raises(NotFound, match="Expected to find process nothing"):
        driver.engine.execute(StartInstance(process_key="nothing"), actor=SYSTEM)
    with pytest.raises(Forbidden, match="lacks the permission operate"):
        driver.execute(StartInstance(process_key="nothing"), by="rita")


def test_a_failing_projection_leaves_nothing_behind(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import events, projections

    driver.deploy(sequence(WAIT, SERVICE, process_id="letters"), manifest__toml='job_types = ["letter"]')
    letters = driver.start("letters", petitioner="ada")
    before = letters.row.state

    def explode(*_: object) -> None:
        raise RuntimeError("projection failed")

    driver.later(days=8)
    monkeypatch.setitem(projections.WRITERS, events.JobCreated, explode)
    with pytest.raises(RuntimeError):
        driver.fire_due_timers()

    assert letters.row.state == before
    assert driver.all(select(Job)) == []
    assert len(driver.all(select(Timer))) == 1
