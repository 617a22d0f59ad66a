"""Messages that start processes: one open instance for a correlation key, and whoever is for later is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select, text

from engine.access import SYSTEM
from engine.commands.instance import CancelInstance
from engine.commands.message import DeliverBuffered, Published, PublishMessage
from engine.errors import InvalidInput, InvalidState
from engine.jobs.functions import JOBS
from engine.model.runtime import BufferedMessage, ProcessInstance
from engine.model.starts import MessageStart
from tests.commands.test_locking import at_once
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import sequence, user_task

ORDERS = """<bpmn:process id="orders" isExecutable="true">
<bpmn:startEvent id="come"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
<bpmn:sequenceFlow id="f" sourceRef="come" targetRef="look"/>{task}
<bpmn:sequenceFlow id="g" sourceRef="look" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>
<bpmn:message id="m" name="Order"/>"""
RECEIVE = """<bpmn:process id="answers" isExecutable="true">
<bpmn:receiveTask id="come" messageRef="m" instantiate="true"/>
<bpmn:sequenceFlow id="f" sourceRef="come" targetRef="look"/>{task}
<bpmn:sequenceFlow id="g" sourceRef="look" targetRef="end"/><bpmn:endEvent id="end"/></bpmn:process>
<bpmn:message id="m" name="Order"/>"""
EITHER = """<bpmn:process id="either" isExecutable="true"><bpmn:eventBasedGateway id="x" instantiate="true"/>
<bpmn:sequenceFlow id="a" sourceRef="x" targetRef="one"/><bpmn:sequenceFlow id="b" sourceRef="x" targetRef="two"/>
<bpmn:intermediateCatchEvent id="one"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
<bpmn:intermediateCatchEvent id="two"><bpmn:messageEventDefinition messageRef="n"/></bpmn:intermediateCatchEvent>
<bpmn:sequenceFlow id="c" sourceRef="one" targetRef="look"/>
<bpmn:sequenceFlow id="d" sourceRef="two" targetRef="call"/>{look}{call}
<bpmn:sequenceFlow id="e" sourceRef="look" targetRef="end"/><bpmn:endEvent id="end"/>
<bpmn:sequenceFlow id="g" sourceRef="call" targetRef="end"/></bpmn:process>
<bpmn:message id="m" name="Order"/><bpmn:message id="n" name="Complaint"/>"""
THROW = """<bpmn:intermediateThrowEvent id="tell"><bpmn:messageEventDefinition messageRef="m"/>
</bpmn:intermediateThrowEvent>"""
CATCH = (
    '<bpmn:intermediateCatchEvent id="hear"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>'
)
KEYED = """<bpmn:message id="m" name="Order"><bpmn:extensionElements><zeebe:subscription correlationKey="=number"/>
</bpmn:extensionElements></bpmn:message>"""
LOOK = user_task("look", groups="")


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.deploy(ORDERS.format(task=LOOK))
    return driver


def publish(driver: Driver, key: str = "A", keep: int = 0, name: str = "Order", **rest: Any) -> Published:
    command = PublishMessage(name=name, correlation_key=key, time_to_live_ms=keep * 1000, **rest)
    return driver.engine.execute(command, actor=SYSTEM)


def do_jobs(driver: Driver) -> None:
    """What the worker does with the jobs about messages that were deferred so far, and with those that follow."""
    done = "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = :id"
    wanted = "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
    while True:
        with driver.service.database.read() as session:
            waiting = session.execute(text(wanted)).all()
        if not waiting:
            return
        for id, name, args in waiting:
            JOBS[name](driver.service.job_context, **(args if isinstance(args, dict) else json.loads(args)))
            with driver.service.database.write() as session:
                session.execute(text(done), {"id": id})


def open_instances(driver: Driver) -> list[int]:
    running = select(ProcessInstance.id).where(ProcessInstance.status == "running")
    return driver.all(running.order_by(ProcessInstance.id))


def test_a_key_has_one_open_instance_at_a_time(office: Driver) -> None:
    (first,) = publish(office, "A").instance_ids

    assert publish(office, "A").instance_ids == ()
    assert len(publish(office, "B").instance_ids) == 1

    office.engine.execute(CancelInstance(instance_id=first, reason="sent twice"), actor=SYSTEM)
    assert len(publish(office, "A").instance_ids) == 1


def test_a_message_without_a_key_always_starts(office: Driver) -> None:
    assert [len(publish(office, "").instance_ids) for _ in range(3)] == [1, 1, 1]
    assert office.all(select(MessageStart)) == []


def test_a_newer_version_starts_no_second_one_either(office: Driver) -> None:
    publish(office, "A")

    office.deploy(ORDERS.format(task=user_task("look", "Look closely", groups="")))

    assert publish(office, "A").instance_ids == ()


def test_a_message_that_comes_meanwhile_starts_the_next_instance_when_the_first_ends(office: Driver) -> None:
    office.groups(clerks=())
    office.person("rita", "clerks")
    office.deploy(ORDERS.format(task=user_task("look")))
    (first,) = publish(office, "A", variables={"amount": 1}).instance_ids
    for amount in (2, 3):
        assert publish(office, "A", keep=60, variables={"amount": amount}).buffered_id is not None
    do_jobs(office)
    assert open_instances(office) == [first]

    InstanceDriver(driver=office, id=first).task("look").done_by("rita")
    do_jobs(office)

    (second,) = open_instances(office)
    assert InstanceDriver(driver=office, id=second).variables == {"amount": 2}
    InstanceDriver(driver=office, id=second).task("look").done_by("rita")
    do_jobs(office)
    assert InstanceDriver(driver=office, id=open_instances(office)[0]).variables == {"amount": 3}


def test_a_message_that_waited_too_long_starts_nothing(office: Driver) -> None:
    (first,) = publish(office, "A").instance_ids
    publish(office, "A", keep=60)
    office.later(minutes=2)

    office.engine.execute(CancelInstance(instance_id=first, reason="test"), actor=SYSTEM)
    do_jobs(office)

    assert open_instances(office) == []


def test_instances_that_end_at_once_leave_the_key_free(driver: Driver) -> None:
    driver.deploy(ORDERS.format(task='<bpmn:task id="look"/>'))

    assert [len(publish(driver, "A").instance_ids) for _ in range(2)] == [1, 1]
    assert driver.all(select(MessageStart)) == []


def test_of_messages_published_at_once_one_starts(office: Driver) -> None:
    outcomes = at_once([lambda: publish(office, "A").instance_ids] * 6)

    assert sorted(len(started) for started in outcomes) == [0, 0, 0, 0, 0, 1]
    assert len(open_instances(office)) == 1


def test_kept_messages_published_at_once_start_one_after_the_other(office: Driver) -> None:
    at_once([lambda: publish(office, "A", keep=60).instance_ids] * 4)

    for _ in range(4):
        (running,) = open_instances(office)
        office.engine.execute(CancelInstance(instance_id=running, reason="next"), actor=SYSTEM)
        do_jobs(office)

    assert open_instances(office) == []


def test_a_message_id_counts_once_while_the_message_is_remembered(office: Driver) -> None:
    publish(office, "A", keep=60, message_id="letter 7")

    with pytest.raises(InvalidState, match="Expected to publish message Order with id letter 7 once, but it exists"):
        publish(office, "A", keep=60, message_id="letter 7")

    assert len(open_instances(office)) == 1
    assert len(publish(office, "B", message_id="letter 7").instance_ids) == 1  # ids are told apart by their keys
    office.later(minutes=2)
    assert publish(office, "A", keep=60, message_id="letter 7").buffered_id is not None


def test_every_process_takes_a_kept_message_once(office: Driver) -> None:
    office.deploy(sequence(CATCH, process_id="listeners") + KEYED, name="listeners")
    (order,) = publish(office, "A", keep=60, variables={"amount": 1}).instance_ids

    early, late = office.start("listeners", number="A"), office.start("listeners", number="A")
    do_jobs(office)

    assert (early.row.status, late.row.status) == ("completed", "running")
    assert open_instances(office) == [order, late.id]
    assert office.all(select(BufferedMessage.taken_by)) == [["listeners", "orders"]]


def test_nobody_overtakes_a_kept_message(driver: Driver) -> None:
    driver.deploy(sequence(CATCH, process_id="listeners") + KEYED)
    publish(driver, "A", keep=60, variables={"amount": 1})
    first, second = driver.start("listeners", number="A"), driver.start("listeners", number="A")

    publish(driver, "A", variables={"amount": 2})  # before the worker gave out the first

    assert [each.variables["amount"] for each in (first, second)] == [1, 2]


def test_a_receive_task_that_begins_a_process_keeps_to_the_key_too(driver: Driver) -> None:
    driver.deploy(RECEIVE.format(task=LOOK))

    (first,) = publish(driver, "A", variables={"amount": 1}).instance_ids

    assert InstanceDriver(driver=driver, id=first).open_tasks == ["look"]
    assert publish(driver, "A").instance_ids == ()


def test_of_the_events_behind_a_gateway_that_begins_a_process_the_first_starts_it(driver: Driver) -> None:
    driver.deploy(EITHER.format(look=LOOK, call=user_task("call", groups="")))

    (first,) = publish(driver, "A", name="Complaint").instance_ids

    assert InstanceDriver(driver=driver, id=first).open_tasks == ["call"]
    assert publish(driver, "A", name="Order").instance_ids == ()  # the key is the process's, whichever message it was
    assert len(publish(driver, "B", name="Order").instance_ids) == 1


def test_pools_deploy_as_processes_of_their_own_and_talk_to_each_other(driver: Driver) -> None:
    pools = """<bpmn:collaboration id="c"><bpmn:participant id="p1" processRef="customer"/>
    <bpmn:participant id="p2" processRef="orders"/><bpmn:participant id="p3" processRef="listeners"/>
    <bpmn:messageFlow id="mf" sourceRef="tell" targetRef="come"/></bpmn:collaboration>"""
    customer = sequence(THROW, process_id="customer")
    for id in ("start", "end", "flow_"):  # ids are unique in a file
        customer = customer.replace(f'"{id}', f'"customer_{id}')
    listeners = sequence(CATCH, process_id="listeners").replace('"end"', '"listeners_end"')
    orders = ORDERS.format(task=LOOK).replace('<bpmn:message id="m" name="Order"/>', KEYED)
    deployed = driver.deploy(pools + customer + listeners + orders)
    assert sorted(each.key for each in deployed.definitions) == ["customer", "listeners", "orders"]

    customer = driver.start("customer", number="A")
    do_jobs(driver)
    listener = driver.start("listeners", number="A")  # comes a moment later, and hears it all the same
    do_jobs(driver)

    assert (customer.row.status, listener.row.status) == ("completed", "completed")
    (order,) = open_instances(driver)
    assert InstanceDriver(driver=driver, id=order).open_tasks == ["look"]


def test_a_time_to_live_without_end_is_refused(driver: Driver) -> None:
    for seconds in (-1, 10**12):
        with pytest.raises(InvalidInput, match="Expected message Order to be kept for 0 to 3650 days"):
            publish(driver, keep=seconds)


def test_variables_that_nobody_could_take_are_not_kept(driver: Driver) -> None:
    with pytest.raises(InvalidInput, match="1st is no name"):
        publish(driver, keep=60, variables={"1st": 1})

    assert driver.all(select(BufferedMessage)) == []


def test_delivering_what_is_not_there_changes_nothing(office: Driver) -> None:
    office.engine.execute(DeliverBuffered(name="Order", correlation_key="A"), actor=SYSTEM)

    assert open_instances(office) == []
