"""The API without the SDK: tokens, bad bodies, its description."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.driver import BPMN, Driver
from tests.support.models import sequence, user_task
from webui.app import create_app


@pytest.fixture
def http(office: Driver) -> FlaskClient:
    return create_app(office.engine, office.service.settings).test_client()


@pytest.fixture
def bearer(token: Callable[[str], str]) -> Callable[[str], dict[str, str]]:
    return lambda username: {"Authorization": f"Bearer {token(username)}"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer lx_guess"}, {"Authorization": "Basic cml0YQ=="}])
def test_without_a_good_token_nothing_is_told(http: FlaskClient, headers: dict[str, str]) -> None:
    reply = http.post("/v2/user-tasks/search", json={}, headers=headers)

    assert (reply.status_code, reply.mimetype) == (401, "application/problem+json")
    assert reply.json["detail"].startswith("Expected a bearer token")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/v2/user-tasks/search", {"filter": {"colour": "red"}}, "colour"),
        ("/v2/user-tasks/search", {"filter": {"assignee": {"$near": "rita"}}}, "$near"),
        ("/v2/user-tasks/search", {"sort": [{"field": "colour"}]}, "sort"),
        ("/v2/user-tasks/search", {"page": {"limit": 100000}}, "limit"),
        ("/v2/user-tasks/search", {"filter": {"dueDate": {"$lt": "tomorrow"}}}, "dueDate"),
        ("/v2/user-tasks/search", {"filter": {"processInstanceKey": "x"}}, "processInstanceKey"),
        ("/v2/variables/search", {}, "processInstanceKey"),
        ("/v2/process-instances", {}, "processDefinitionId"),
        ("/v2/process-instances", {"processDefinitionId": "a", "awaitCompletion": True}, "awaitCompletion"),
        ("/v2/messages/publication", {}, "name"),
    ],
)
def test_bad_bodies_are_refused_with_what_was_wanted(
    http: FlaskClient, bearer: Callable[[str], dict[str, str]], path: str, body: dict[str, object], told: str
) -> None:
    reply = http.post(path, json=body, headers=bearer("robot"))

    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")
    assert told in reply.text


def test_a_bad_deployment_names_element_and_reason(http: FlaskClient, bearer: Callable[[str], dict[str, str]]) -> None:
    diagram = BPMN.format(body=sequence(user_task("look", form="nowhere")))
    parts = {"resources": (io.BytesIO(diagram.encode()), "broken.bpmn")}

    reply = http.post("/v2/deployments", data=parts, headers=bearer("robot"))

    assert reply.status_code == 400
    assert "broken.bpmn:look" in reply.json["detail"]
    assert http.post("/v2/deployments", data={}, headers=bearer("robot")).status_code == 400
    assert (
        http.post(
            "/v2/deployments", data=parts | {"resources": (io.BytesIO(b"x"), "x.bpmn")}, headers=bearer("rita")
        ).status_code
        == 403
    )


def test_an_address_that_is_not_served_says_so(http: FlaskClient, bearer: Callable[[str], dict[str, str]]) -> None:
    reply = http.post("/v2/no/such/address", json={}, headers=bearer("robot"))

    assert (reply.status_code, reply.mimetype) == (404, "application/problem+json")


def test_the_api_describes_itself(http: FlaskClient) -> None:
    described = http.get("/v2/openapi.json").json

    assert described["openapi"].startswith("3.")
    assert "/v2/user-tasks/search" in described["paths"]


def test_search_compares_and_pages(http: FlaskClient, bearer: Callable[[str], dict[str, str]], office: Driver) -> None:
    office.deploy(sequence(user_task("look")))
    for _ in range(5):
        office.start("steps")

    def search(**body: object) -> dict[str, object]:
        return http.post("/v2/user-tasks/search", json=body, headers=bearer("rita")).json

    page = search(page={"from": 3, "limit": 10}, sort=[{"field": "creationDate", "order": "DESC"}])
    assert (len(page["items"]), page["page"]["totalItems"]) == (2, 5)
    assert search(filter={"candidateGroup": {"$in": ["clerks"]}})["page"]["totalItems"] == 5
    assert search(filter={"candidateGroup": "heads"})["page"]["totalItems"] == 0
    assert search(filter={"assignee": {"$exists": True}})["page"]["totalItems"] == 0
    assert search(filter={"name": {"$like": "Lo*"}, "priority": {"$gte": 50}})["page"]["totalItems"] == 5
