"""Signals and conditions over the API: whoever waits goes on, and what they start is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaClient
from camunda_orchestration_sdk.models import ConditionalEvaluationInstruction, SignalBroadcastRequest
from flask.testing import FlaskClient

from engine.commands.human_task import CompleteTask
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import user_task
from webui.app import create_app

SIGNAL = '<bpmn:signalEventDefinition signalRef="alarm"/>'
CONDITION = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>=level &gt; 3</bpmn:condition></bpmn:conditionalEventDefinition>"
)
DRAWN = (
    '<bpmn:signal id="alarm" name="alarm"/><bpmn:process id="watch" isExecutable="true"><bpmn:startEvent id="start"/>'
    f'<bpmn:startEvent id="high">{CONDITION}</bpmn:startEvent><bpmn:intermediateCatchEvent id="wait">{SIGNAL}'
    f'</bpmn:intermediateCatchEvent>{user_task("look")}<bpmn:sequenceFlow id="a" sourceRef="start" targetRef="wait"/>'
    '<bpmn:sequenceFlow id="b" sourceRef="wait" targetRef="look"/>'
    '<bpmn:sequenceFlow id="c" sourceRef="high" targetRef="look"/></bpmn:process>'
)


@pytest.fixture
def send(office: Driver, token: Callable[[str], str]) -> Callable[..., Any]:
    office.deploy(DRAWN)
    http: FlaskClient = create_app(office.engine, office.service.settings).test_client()
    tokens = {name: token(name) for name in ("robot", "rita")}

    def post(path: str, body: dict[str, Any], by: str = "robot") -> Any:
        return http.post(f"/v2{path}", json=body, headers={"Authorization": f"Bearer {tokens[by]}"})

    return post


def test_a_signal_reaches_all_who_wait(office: Driver, send: Callable[..., Any]) -> None:
    waiting = [office.start("watch") for _ in range(2)]

    reply = send("/signals/broadcast", {"signalName": "alarm", "variables": {"level": 5}})

    assert reply.status_code == 200 and reply.json["signalKey"] == "0"
    assert [(each.open_tasks, each.variables) for each in waiting] == [(["look"], {"level": 5})] * 2


def test_conditions_start_instances(office: Driver, send: Callable[..., Any]) -> None:
    assert send("/conditionals/evaluation", {"variables": {"level": 2}}).json["processInstances"] == []

    (begun,) = send("/conditionals/evaluation", {"variables": {"level": 5}}).json["processInstances"]

    instance = InstanceDriver(driver=office, id=int(begun["processInstanceKey"]))
    assert (instance.open_tasks, instance.variables) == (["look"], {"level": 5})
    office.execute(CompleteTask(task_id=instance.task("look").id, data={}, claim=True), by="rita")
    assert instance.row.status == "completed"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/signals/broadcast", {}, 400),
        ("/signals/broadcast", {"signalName": ""}, 400),
        ("/signals/broadcast", {"signalName": "alarm", "variables": {"not a name": 1}}, 400),
        ("/conditionals/evaluation", {}, 400),
        ("/conditionals/evaluation", {"variables": {"level": 5}, "processDefinitionKey": "999"}, 404),
        ("/conditionals/evaluation", {"variables": {"level": 5}, "tenantId": "other"}, 400),
    ],
)
def test_what_is_refused(send: Callable[..., Any], path: str, body: dict[str, Any], status: int) -> None:
    assert send(path, body).status_code == status


def test_they_are_for_operators(send: Callable[..., Any]) -> None:
    assert send("/signals/broadcast", {"signalName": "alarm"}, by="rita").status_code == 403
    assert send("/conditionals/evaluation", {"variables": {}}, by="rita").status_code == 403


def test_the_sdk_does_both(office: Driver, send: Callable[..., Any], client: Callable[[str], CamundaClient]) -> None:
    waiting, camunda = office.start("watch"), client("robot")

    camunda.broadcast_signal(data=SignalBroadcastRequest.from_dict({"signalName": "alarm"}))
    assert waiting.open_tasks == ["look"]

    given = ConditionalEvaluationInstruction.from_dict({"variables": {"level": 9}})
    assert len(camunda.evaluate_conditionals(data=given).process_instances) == 1
