"""Somebody sets the service's clock back: what has fired does not fire again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine.model.runtime import Timer
from tests.support.driver import MONDAY, Driver
from tests.support.models import user_task

REMINDED = """<bpmn:process id="steps" isExecutable="true"><bpmn:startEvent id="start"/>
<bpmn:sequenceFlow id="f" sourceRef="start" targetRef="look"/>{task}
<bpmn:sequenceFlow id="g" sourceRef="look" targetRef="end"/><bpmn:endEvent id="end"/>
<bpmn:boundaryEvent id="remind" attachedToRef="look" cancelActivity="false"><bpmn:timerEventDefinition>
<bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
<bpmn:sequenceFlow id="h" sourceRef="remind" targetRef="told"/><bpmn:endEvent id="told"/></bpmn:process>"""


def test_a_reminder_is_not_given_twice_and_its_cycle_does_not_go_back(driver: Driver) -> None:
    driver.deploy(REMINDED.format(task=user_task("look", groups="")))
    steps = driver.start("steps")
    driver.later(hours=1)
    driver.fire_due_timers()

    driver.clock.set(MONDAY)
    driver.fire_due_timers()
    driver.later(hours=1, minutes=30)
    driver.fire_due_timers()

    assert steps.history.count("timer fired") == 1
    assert driver.one(select(Timer.due_at)) == MONDAY + timedelta(hours=2)
    driver.later(hours=1)
    driver.fire_due_timers()
    assert steps.history.count("timer fired") == 2
