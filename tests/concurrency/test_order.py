"""Commands that lock several instances take them in id order, so that two of them can't wait in a ring."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.message import PublishMessage
from engine.commands.signal import BroadcastSignal
from engine.database import Database
from engine.errors import Unavailable
from engine.model.runtime import ProcessInstance
from tests.support.driver import Driver, open_driver

WAITS = """<bpmn:process id="{id}" isExecutable="true"><bpmn:startEvent id="start"/>
<bpmn:parallelGateway id="both"/><bpmn:endEvent id="end"/>
<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="both"/>{branches}</bpmn:process>"""
BRANCH = """<bpmn:intermediateCatchEvent id="wait_{name}">{event}</bpmn:intermediateCatchEvent>
<bpmn:sequenceFlow id="to_{name}" sourceRef="both" targetRef="wait_{name}"/>
<bpmn:sequenceFlow id="from_{name}" sourceRef="wait_{name}" targetRef="end"/>"""
MESSAGE = """<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements>
<zeebe:subscription correlationKey="=&quot;k&quot;"/></bpmn:extensionElements></bpmn:message>"""
SIGNAL = '<bpmn:signal id="s_{name}" name="{name}"/>'
NAMES = ("one", "two", "three", "four")


@pytest.fixture
def office(any_database: Database, tmp_path: Path) -> Any:
    opened = open_driver(any_database.url, tmp_path)
    yield opened
    opened.service.close()


def test_messages_signals_and_their_opposite_order(office: Driver) -> None:
    """Eight processes wait for four messages and four signals each; all eight come to all of them at once."""
    messages = [
        BRANCH.format(name=name, event=f'<bpmn:messageEventDefinition messageRef="m_{name}"/>') for name in NAMES
    ]
    signals = [
        BRANCH.format(name=f"s{name}", event=f'<bpmn:signalEventDefinition signalRef="s_{name}"/>') for name in NAMES
    ]
    declared = "".join(MESSAGE.format(name=name) + SIGNAL.format(name=name) for name in NAMES)
    keys = [f"waits_{number}" for number in range(8)]
    for number, key in enumerate(keys):
        # Every other process draws its branches, and so subscribes, in the opposite order.
        branches = [*messages, *signals][:: -1 if number % 2 else 1]
        body = WAITS.format(id=key, branches="".join(branches)) + declared
        office.deploy(body, name=key)
    for key in [*keys, *reversed(keys)]:
        office.start(key)
    commands = [PublishMessage(name=name, correlation_key="k") for name in NAMES * 2]
    commands += [BroadcastSignal(name=name) for name in NAMES]

    with ThreadPoolExecutor(len(commands)) as pool:
        failures = [failure for failure in pool.map(lambda command: refused(office, command), commands) if failure]

    assert failures == []
    assert set(office.all(select(ProcessInstance.status))) == {"completed"}


def refused(office: Driver, command: Any) -> Exception | None:
    try:
        office.engine.execute(command, actor=SYSTEM)
    except Unavailable as failure:
        return failure
    return None
