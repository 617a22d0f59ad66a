"""A request that is sent again with its key is answered as the first time, and done once."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.access import SYSTEM
from engine.commands.idempotency import ForgetRequests
from engine.model.requests import AnsweredRequest
from engine.model.runtime import ProcessInstance
from tests.support.driver import BPMN, Driver
from tests.support.models import sequence, user_task
from webui.app import create_app

START = "/v2/process-instances"
BODY = {"processDefinitionId": "steps", "variables": {"number": 1}}


@pytest.fixture
def send(office: Driver, token: Callable[[str], str]) -> Callable[..., Any]:
    office.deploy(sequence(user_task("look")))
    app = create_app(office.engine, office.service.settings)
    tokens = {name: token(name) for name in ("robot", "rita", "omar")}

    def send(path: str, body: Any, key: str | None = "k1", by: str = "robot", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[by]}", **({"Idempotency-Key": key} if key is not None else {})}
        return app.test_client().post(path, json=body, headers=headers, **more)

    return send


def instances(office: Driver) -> int:
    return office.one(select(func.count(ProcessInstance.id)))


def test_a_repeated_request_gets_the_first_answer(office: Driver, send: Callable) -> None:
    first, again = send(START, BODY), send(START, {**BODY, "variables": {"number": 1}})

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert instances(office) == 1


def test_the_key_of_another_request_is_refused(office: Driver, send: Callable) -> None:
    send(START, BODY)

    refused = send(START, {**BODY, "variables": {"number": 2}})

    assert (refused.status_code, refused.json["title"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert "2026-03-02T09:00:00+08:00" in refused.json["detail"]
    assert instances(office) == 1


def test_other_keys_other_accounts_and_no_key_are_other_requests(office: Driver, send: Callable) -> None:
    for key in ("k1", "k2", None, None):
        assert send(START, BODY, key=key).status_code == 200
    office.groups(clerks=("operate",))
    assert send(START, BODY, by="rita").status_code == 200

    assert instances(office) == 5


def test_of_twins_in_flight_one_takes_effect(office: Driver, send: Callable) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(START, BODY), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert instances(office) == 1


def test_a_completion_sent_again_is_no_conflict(office: Driver, send: Callable) -> None:
    task = office.start("steps").task("look")
    path = f"/v2/user-tasks/{task.id}/completion"

    first, again = send(path, {}, by="rita"), send(path, {}, by="rita")

    assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (204, 204, "true")
    loser = send(path, {}, by="omar")
    assert (loser.status_code, loser.json["who"], loser.json["when"]) == (409, "rita", "2026-03-02T09:00:00+08:00")


def test_a_refusal_is_not_kept(office: Driver, send: Callable) -> None:
    task = office.start("steps").task("look")
    task.claimed_by("omar")
    path = f"/v2/user-tasks/{task.id}/completion"
    assert send(path, {}, by="rita").status_code == 403

    task.released_by("omar")

    assert send(path, {}, by="rita").status_code == 204


def test_files_are_compared_by_what_is_in_them(office: Driver, send: Callable) -> None:
    def deploy(text: str) -> Any:
        parts = {"resources": (io.BytesIO(text.encode()), "other.bpmn")}
        return send("/v2/deployments", None, data=parts, content_type="multipart/form-data")

    diagram = BPMN.format(body=sequence(user_task("look"), process_id="other"))
    first, again = deploy(diagram), deploy(diagram)

    assert (again.status_code, again.data) == (200, first.data)
    assert deploy(diagram.replace("Look", "Peek")).status_code == 422


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "日"])
def test_keys_that_are_none(send: Callable, key: str) -> None:
    assert send(START, BODY, key=key.encode("utf-8").decode("latin-1")).status_code == 400


def test_answers_are_forgotten_after_two_days(office: Driver, send: Callable) -> None:
    send(START, BODY)
    office.later(hours=47)
    assert office.engine.execute(ForgetRequests(), actor=SYSTEM) == 0
    office.clock.advance(timedelta(hours=2))

    assert office.engine.execute(ForgetRequests(), actor=SYSTEM) == 1

    assert office.all(select(AnsweredRequest.key)) == []
