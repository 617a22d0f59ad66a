"""Hostile bodies and addresses are the sender's mistake: always a 4xx, never a failure of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.driver import Driver
from webui.app import create_app

HUGE = str(2**70)
TASKS = "/v2/user-tasks/search"
START = "/v2/process-instances"
MESSAGE = "/v2/messages/publication"
VARIABLES = "/v2/variables/search"


@pytest.fixture
def send(office: Driver, token: Callable[[str], str]) -> Callable[..., Any]:
    http = create_app(office.engine, office.service.settings).test_client()
    headers = {"Authorization": f"Bearer {token('robot')}"}

    def send(method: str, path: str, data: bytes | None = None) -> Any:
        return http.open(path, method=method, data=data, headers=headers, content_type="application/json")

    return send


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v2/user-tasks/{HUGE}"),
        ("GET", f"/v2/user-tasks/{HUGE}/form"),
        ("POST", f"/v2/user-tasks/{HUGE}/completion"),
        ("POST", f"/v2/user-tasks/{HUGE}/variables/search"),
        ("DELETE", f"/v2/user-tasks/{HUGE}/assignee"),
        ("GET", f"/v2/process-instances/{HUGE}"),
        ("POST", f"/v2/process-instances/{HUGE}/cancellation"),
    ],
)
def test_no_row_has_a_number_that_large(send: Callable, method: str, path: str) -> None:
    assert send(method, path, b"{}" if method == "POST" else None).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"userTaskKey": HUGE},
        {"userTaskKey": "²"},
        {"userTaskKey": "9" * 5000},
        {"userTaskKey": {"$in": 5}},
        {"userTaskKey": {"$exists": 5}},
        {"assignee": {"$like": 5}},
        {"priority": 2**31},
        {"priority": {"$gt": -(2**63)}},
        {"assignee": {"$eq": {"a": 1}}},
        {"assignee": {"$eq": [1]}},
        {"assignee": {"$in": "x"}},
        {"assignee": {"$in": [{}]}},
        {"assignee": "\ud800"},
        {"assignee": "a\0b"},
        {"priority": 10**30},
        {"priority": "x"},
        {"creationDate": 5},
        {"creationDate": "0001-01-01T00:00:00+14:00"},
        {"creationDate": {"$gt": "9999-12-31T23:59:59-14:00"}},
        {"state": {"$eq": []}},
        {"name": {"$in": ["x"] * 40_000}},
    ],
    ids=lambda given: str(given)[:40],
)
def test_filters_of_another_kind(send: Callable, given: dict[str, Any]) -> None:
    assert send("POST", TASKS, json.dumps({"filter": given}).encode()).status_code == 400


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (TASKS, b"[" * 100_000),
        (TASKS, b'{"filter":' * 50_000),
        (TASKS, b'{"filter":{"priority":NaN}}'),
        (TASKS, b'{"filter":{"priority":1e400}}'),
        (TASKS, b'{"filter":{"priority":' + b"9" * 5000 + b"}}"),
        (TASKS, b"\xff\xfe"),
        (TASKS, json.dumps({"page": {"from": 10**30}}).encode()),
        (TASKS, json.dumps({"sort": [{"field": "priority"}] * 5000}).encode()),
        (START, b'{"processDefinitionKey":"\xc2\xb2"}'),
        (START, b'{"processDefinitionId":"x","processDefinitionVersion":99999999999}'),
        (START, b'{"processDefinitionId":"x\\ud800"}'),
        (START, b'{"processDefinitionId":"x","variables":{"a":' + b"[" * 900 + b"]" * 900 + b"}}"),
        (START, b'{"processDefinitionId":"x","variables":{"a":-Infinity}}'),
        (START, b'{"processDefinitionId":"x","variables":{"a":' + b"9" * 400 + b"}}"),
        (START, b'{"processDefinitionId":"x","variables":{"a\\u0000":1}}'),
        (MESSAGE, b'{"name":"x","timeToLive":100000000000000000}'),
        (MESSAGE, b'{"name":"\\ud800","timeToLive":1000}'),
        (MESSAGE, b'{"name":"x","correlationKey":"' + b"k" * 100_000 + b'"}'),
        (VARIABLES, b'{"filter":{"processInstanceKey":"\xc2\xb2"}}'),
        (VARIABLES, b'{"filter":{"processInstanceKey":{"$eq":"' + b"9" * 5000 + b'"}}}'),
    ],
    ids=lambda part: str(part)[:40],
)
def test_bodies_nobody_means(send: Callable, path: str, data: bytes) -> None:
    reply = send("POST", path, data)

    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")


def test_a_version_that_does_not_exist_is_not_found(send: Callable) -> None:
    assert send("POST", START, b'{"processDefinitionKey":"999999999999999999"}').status_code == 404
