"""Element instances over the API: each has a key of its own, by which it is found and its variables are set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaClient
from camunda_orchestration_sdk.models import ElementInstanceSearchQuery, SetVariableRequest
from flask.testing import FlaskClient

from tests.support.driver import Driver, InstanceDriver
from tests.support.models import sequence, user_task
from webui.app import create_app

EACH = (
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]"'
    ' inputElement="item"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
)


@pytest.fixture
def send(office: Driver, token: Callable[[str], str]) -> Callable[..., Any]:
    several = user_task("sign").replace("</bpmn:userTask>", EACH)
    office.deploy(sequence(user_task("look"), several, process_id="looking"))
    http: FlaskClient = create_app(office.engine, office.service.settings).test_client()
    tokens = {name: token(name) for name in ("robot", "rita")}

    def ask(method: str, path: str, body: dict[str, Any] | None = None, by: str = "robot") -> Any:
        return http.open(f"/v2{path}", method=method, json=body, headers={"Authorization": f"Bearer {tokens[by]}"})

    return ask


@pytest.fixture
def search(send: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    def found(sort: str = "elementInstanceKey", **filters: Any) -> list[dict[str, Any]]:
        reply = send("POST", "/element-instances/search", {"filter": filters, "sort": [{"field": sort}]})
        assert reply.status_code == 200, reply.json
        return reply.json["items"]

    return found


def signing(office: Driver) -> InstanceDriver:
    """An instance after its first step: two people are to sign."""
    instance = office.start("looking")
    instance.task("look").done_by("rita")
    return instance


def test_what_is_under_way_and_what_was_done_is_listed(office: Driver, search: Callable[..., Any]) -> None:
    one, two = signing(office), office.start("looking")

    found = search(processInstanceKey=str(one.id))

    assert [(row["type"], row["elementId"], row["state"]) for row in found] == [
        ("PROCESS", "looking", "ACTIVE"),
        ("USER_TASK", "look", "COMPLETED"),
        ("MULTI_INSTANCE_BODY", "sign", "ACTIVE"),
        ("USER_TASK", "sign", "ACTIVE"),
        ("USER_TASK", "sign", "ACTIVE"),
    ]
    assert found[0]["elementInstanceKey"] == str(one.id)
    assert found[1]["endDate"] and found[2]["endDate"] is None and not any(row["hasIncident"] for row in found)
    others = {row["elementInstanceKey"] for row in search(processInstanceKey=str(two.id))}
    assert others.isdisjoint(row["elementInstanceKey"] for row in found)


def test_filters(office: Driver, search: Callable[..., Any], send: Callable[..., Any]) -> None:
    instance = signing(office)

    def count(**filters: Any) -> int:
        return len(search(processInstanceKey=str(instance.id), **filters))

    body = search(processInstanceKey=str(instance.id), type="MULTI_INSTANCE_BODY")[0]["elementInstanceKey"]
    assert (count(type="USER_TASK"), count(type={"$in": ["USER_TASK", "PROCESS"]})) == (3, 4)
    assert (count(state="ACTIVE"), count(state={"$neq": "ACTIVE"}), count(hasIncident=True)) == (4, 1, 0)
    assert (count(elementId={"$like": "s*"}), count(endDate={"$exists": True})) == (3, 1)
    assert (count(elementInstanceScopeKey=body), count(elementInstanceScopeKey=str(instance.id))) == (2, 1)
    assert [row["elementId"] for row in search(elementInstanceKey=body)] == ["sign"]

    def refused(**filters: Any) -> int:
        return send("POST", "/element-instances/search", {"filter": filters}).status_code

    assert refused() == refused(elementId="sign") == refused(processInstanceKey="x") == 400
    assert refused(processInstanceKey=str(instance.id), colour="red") == 400
    assert refused(processInstanceKey=str(instance.id), elementInstanceKey=str(10**9 * 77 + 1)) == 400
    assert refused(processInstanceKey="999") == 404


def test_one_is_asked_for_by_its_key(office: Driver, search: Callable[..., Any], send: Callable[..., Any]) -> None:
    instance = signing(office)
    key = search(processInstanceKey=str(instance.id), elementId="look")[0]["elementInstanceKey"]

    assert send("GET", f"/element-instances/{key}").json["elementName"] == "Look"
    assert send("GET", f"/element-instances/{instance.id}").json["type"] == "PROCESS"
    assert send("GET", f"/element-instances/{int(key) + 500}").status_code == 404
    assert send("GET", f"/element-instances/{key}", by="rita").status_code == 404


def test_an_ended_instance_keeps_its_work(office: Driver, search: Callable[..., Any]) -> None:
    instance = signing(office)
    for _ in range(2):
        instance.task("sign").done_by("omar")

    found = search(processInstanceKey=str(instance.id))

    assert {(row["elementId"], row["state"]) for row in found} == {
        ("looking", "COMPLETED"), ("look", "COMPLETED"), ("sign", "COMPLETED"),
    }  # fmt: skip
    assert len(found) == 4 and all(row["endDate"] for row in found)


def test_variables_are_set_where_the_element_would_or_in_its_very_scope(
    office: Driver, search: Callable[..., Any], send: Callable[..., Any]
) -> None:
    instance = signing(office)
    _, one, _ = search(processInstanceKey=str(instance.id), elementId="sign")
    address = f"/element-instances/{one['elementInstanceKey']}/variables"

    assert send("PUT", address, {"variables": {"amount": 5}}).status_code == 204
    assert send("PUT", address, {"variables": {"note": "mine"}, "local": True}).status_code == 204
    assert send("PUT", f"/element-instances/{instance.id}/variables", {"variables": {"all": 1}}).status_code == 204

    assert instance.variables == {"amount": 5, "all": 1}
    told = send("POST", "/variables/search", {"filter": {"processInstanceKey": str(instance.id)}}).json["items"]
    scopes = {row["name"]: row["scopeKey"] for row in told}
    assert (scopes["note"], scopes["amount"]) == (one["elementInstanceKey"], str(instance.id))
    assert instance.history[-1] == "variables set"


def test_what_is_refused_sets_nothing(office: Driver, search: Callable[..., Any], send: Callable[..., Any]) -> None:
    instance = signing(office)
    done = search(processInstanceKey=str(instance.id), elementId="look")[0]["elementInstanceKey"]
    root = f"/element-instances/{instance.id}/variables"

    assert send("PUT", root, {"variables": {"a": 1}}, by="rita").status_code == 403
    assert send("PUT", root, {"variables": {"not a name": 1}}).status_code == 400
    assert send("PUT", root, {"variables": {"case": 1}}).status_code == 400
    assert send("PUT", root, {}).status_code == 400
    assert send("PUT", f"/element-instances/{done}/variables", {"variables": {"a": 1}}).status_code == 409
    assert send("PUT", "/element-instances/999/variables", {"variables": {"a": 1}}).status_code == 404
    assert instance.variables == {}


def test_keys_of_tasks_are_those_of_element_instances(
    office: Driver, search: Callable[..., Any], send: Callable[..., Any]
) -> None:
    instance = signing(office)
    body, one, two = search(processInstanceKey=str(instance.id), elementId="sign")
    tasks = send("POST", "/user-tasks/search", {"filter": {"elementId": "sign"}}).json["items"]
    assert {task["elementInstanceKey"] for task in tasks} == {one["elementInstanceKey"], two["elementInstanceKey"]}

    modify = f"/process-instances/{instance.id}/modification"
    stranger = {"terminateInstructions": [{"elementInstanceKey": str(10**9 * 77 + 5)}]}
    assert send("POST", modify, stranger).status_code == 400
    cancel = {"terminateInstructions": [{"elementInstanceKey": one["elementInstanceKey"]}]}
    assert send("POST", modify, cancel).status_code == 204

    assert len(instance.open_tasks) == 1
    assert [row["state"] for row in search(elementInstanceKey=one["elementInstanceKey"])] == ["TERMINATED"]
    assert [row["state"] for row in search(elementInstanceKey=body["elementInstanceKey"])] == ["ACTIVE"]


def test_the_sdk_finds_elements_and_sets_their_variables(
    office: Driver, send: Callable[..., Any], client: Callable[[str], CamundaClient]
) -> None:
    instance = signing(office)
    camunda = client("robot")

    wanted = ElementInstanceSearchQuery.from_dict({"filter": {"processInstanceKey": str(instance.id)}})
    found = camunda.search_element_instances(data=wanted).items
    signs = [each for each in found if each.element_id == "sign" and each.type_ == "USER_TASK"]
    assert {each.state for each in signs} == {"ACTIVE"} and len(signs) == 2
    again = camunda.get_element_instance(element_instance_key=signs[0].element_instance_key)
    assert again.element_id == "sign"

    given = SetVariableRequest.from_dict({"variables": {"amount": 7}})
    camunda.create_element_instance_variables(element_instance_key=again.element_instance_key, data=given)
    assert instance.variables == {"amount": 7}
