"""Messages start processes, are kept for who comes later, and are forgotten in time."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.message import DeliverBuffered, Published, PublishMessage
from engine.errors import Forbidden, InvalidState
from engine.model.runtime import BufferedMessage
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import sequence, user_task

STARTED_BY_MESSAGE = """<bpmn:process id="{id}" name="Answer" isExecutable="true">
<bpmn:startEvent id="come"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
<bpmn:sequenceFlow id="f" sourceRef="come" targetRef="look"/>{task}
<bpmn:sequenceFlow id="g" sourceRef="look" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>"""
RECEIVE = """<bpmn:intermediateCatchEvent id="reply"><bpmn:messageEventDefinition messageRef="m"/>
</bpmn:intermediateCatchEvent>"""
MESSAGE = """<bpmn:message id="m" name="Reply"><bpmn:extensionElements><zeebe:subscription correlationKey="=number"/>
</bpmn:extensionElements></bpmn:message>"""
KEPT = PublishMessage(name="Reply", correlation_key="A", message_id="letter 7", time_to_live_ms=60_000)


def publish(driver: Driver, command: PublishMessage) -> Published:
    return driver.engine.execute(command, actor=SYSTEM)


def test_a_message_starts_the_newest_version_of_the_process_it_names(driver: Driver) -> None:
    driver.groups(clerks=())
    for task in ("old", "look"):
        body = STARTED_BY_MESSAGE.format(id="answers", task=user_task("look", task))
        driver.deploy(body + MESSAGE)

    started = publish(driver, PublishMessage(name="Reply", variables={"answer": "yes"}))

    (instance_id,) = started.instance_ids
    answers = InstanceDriver(driver=driver, id=instance_id)
    assert (answers.variables, answers.task("look").row.name) == ({"answer": "yes"}, "look")
    assert publish(driver, PublishMessage(name="Other")).instance_ids == ()


def test_a_message_nobody_waits_for_is_kept_once(driver: Driver) -> None:
    assert publish(driver, KEPT).buffered_id is not None

    with pytest.raises(InvalidState, match="it exists already"):
        publish(driver, KEPT)

    assert len(driver.all(select(BufferedMessage))) == 1


def test_its_id_may_come_again_when_it_is_forgotten(driver: Driver) -> None:
    publish(driver, KEPT)
    driver.later(minutes=2)

    again = publish(driver, KEPT)

    assert driver.one(select(BufferedMessage.id)) == again.buffered_id
    assert driver.one(select(BufferedMessage.published_at)) == driver.clock.now()


def test_a_message_without_time_to_live_is_not_kept(driver: Driver) -> None:
    assert publish(driver, PublishMessage(name="Reply", correlation_key="A")) == Published(instance_ids=())
    assert driver.all(select(BufferedMessage)) == []


def test_what_was_kept_is_given_out_in_order_to_who_waits_for_it(driver: Driver) -> None:
    driver.deploy(sequence(RECEIVE, process_id="replies") + MESSAGE)
    for number, answer in (("A", "first"), ("A", "second"), ("B", "other")):
        kept = PublishMessage(
            name="Reply", correlation_key=number, variables={"answer": answer}, time_to_live_ms=60_000
        )
        publish(driver, kept)

    waiting = [driver.start("replies", number="A") for _ in range(2)]
    for _ in waiting:
        driver.engine.execute(DeliverBuffered(name="Reply", correlation_key="A"), actor=SYSTEM)

    assert [replies.variables["answer"] for replies in waiting] == ["first", "second"]
    assert driver.all(select(BufferedMessage.correlation_key).where(BufferedMessage.taken_by.is_(None))) == ["B"]


def test_publishing_wants_the_permission(driver: Driver) -> None:
    driver.person("rita")

    with pytest.raises(Forbidden, match="Expected to publish message Reply, but rita lacks the permission operate"):
        driver.execute(KEPT, by="rita")
