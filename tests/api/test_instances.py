"""Instances over the API: searched and modified in the shapes that clients of it know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.driver import Driver
from tests.support.models import sequence, user_task
from webui.api.keys import element_key
from webui.app import create_app


@pytest.fixture
def send(office: Driver, token: Callable[[str], str]) -> Callable[..., Any]:
    office.deploy(sequence(user_task("look"), user_task("sign"), process_id="looking"))
    http: FlaskClient = create_app(office.engine, office.service.settings).test_client()
    tokens = {name: token(name) for name in ("robot", "rita")}

    def post(path: str, body: dict[str, Any], by: str = "robot") -> Any:
        return http.post(f"/v2{path}", json=body, headers={"Authorization": f"Bearer {tokens[by]}"})

    return post


def test_a_token_is_moved(office: Driver, send: Callable[..., Any]) -> None:
    looking = office.start("looking")
    look = element_key(looking.id, looking.task("look").row.element_instance_id)
    body = {
        "activateInstructions": [
            {
                "elementId": "sign",
                "ancestorElementInstanceKey": "-1",
                "variableInstructions": [
                    {"variables": {"amount": 5}},
                    {"variables": {"note": "x"}, "scopeId": "sign"},
                ],
            }
        ],
        "terminateInstructions": [{"elementInstanceKey": look}],
    }

    assert send(f"/process-instances/{looking.id}/modification", body).status_code == 204

    assert looking.open_tasks == ["sign"] and looking.variables == {"amount": 5}
    assert send(f"/process-instances/{looking.id}/modification", body, by="rita").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"activateInstructions": [{"elementId": "nowhere"}]}, 404),
        ({"activateInstructions": [{"elementId": "start"}]}, 409),
        ({"activateInstructions": [{}]}, 400),
        ({"terminateInstructions": [{}]}, 400),
        ({"terminateInstructions": [{"elementId": "look"}]}, 409),
        ({"moveInstructions": [{"targetElementId": "sign"}]}, 400),
    ],
)
def test_what_is_refused_changes_nothing(
    office: Driver, send: Callable[..., Any], body: dict[str, Any], status: int
) -> None:
    looking = office.start("looking")

    reply = send(f"/process-instances/{looking.id}/modification", body)

    assert (reply.status_code, looking.open_tasks) == (status, ["look"])
    assert reply.json["detail"].startswith("Expected")


def test_instances_are_searched(office: Driver, send: Callable[..., Any]) -> None:
    one, two = office.start("looking"), office.start("looking")
    two.task("look").done_by("rita")

    def found(**filters: Any) -> list[str]:
        reply = send("/process-instances/search", {"filter": filters, "sort": [{"field": "startDate"}]})
        assert reply.status_code == 200, reply.json
        return [row["processInstanceKey"] for row in reply.json["items"]]

    assert found(processDefinitionId="looking", state="ACTIVE") == [str(one.id), str(two.id)]
    assert found(elementId="sign") == [str(two.id)]
    assert found(hasIncident=True) == [] and len(found(hasIncident=False)) == 2
    assert found(processInstanceKey={"$in": [str(one.id)]}) == [str(one.id)]
    page = send("/process-instances/search", {"page": {"from": 1, "limit": 1}}).json
    assert (page["page"]["totalItems"], len(page["items"])) == (2, 1)
    assert send("/process-instances/search", {"filter": {"colour": "red"}}).status_code == 400
    assert send("/process-instances/search", {"filter": {"hasIncident": "x"}}).status_code == 400
    assert send("/process-instances/search", {}, by="rita").status_code == 403
