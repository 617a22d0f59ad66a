"""Workers outside: each job is one worker's at a time, and who loses one is told who has it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.incident import RetryIncident
from engine.model.runtime import Incident, Job
from tests.support.driver import Driver
from tests.support.models import sequence
from webui.app import create_app

LETTER = """<bpmn:serviceTask id="letter" name="Write"><bpmn:extensionElements><zeebe:taskDefinition type="letter"/>
<zeebe:taskHeaders><zeebe:header key="tone" value="kind"/></zeebe:taskHeaders></bpmn:extensionElements>
</bpmn:serviceTask>"""
CAUGHT = """<bpmn:boundaryEvent id="unknown" attachedToRef="letter"><bpmn:errorEventDefinition errorRef="e"/>
</bpmn:boundaryEvent><bpmn:endEvent id="lost"/>
<bpmn:sequenceFlow id="to_lost" sourceRef="unknown" targetRef="lost"/>"""
ERROR = '<bpmn:error id="e" name="Unknown" errorCode="ADDRESS_UNKNOWN"/>'
MANIFEST = 'job_types = ["letter"]'


@pytest.fixture
def letters(office: Driver) -> Driver:
    office.groups(writers=("jobs:work",), readers=())
    for name in ("ada", "bob"):
        office.person(name, "writers")
    office.person("eve", "readers")
    office.deploy(sequence(LETTER, between=CAUGHT, process_id="letters") + ERROR, manifest__toml=MANIFEST)
    return office


@pytest.fixture
def http(letters: Driver) -> FlaskClient:
    return create_app(letters.engine, letters.service.settings).test_client()


@pytest.fixture
def send(http: FlaskClient, token: Callable[[str], str]) -> Callable[..., Any]:
    tokens: dict[str, str] = {}

    def send(by: str, path: str, method: str = "POST", headers: dict[str, str] | None = None, **body: Any) -> Any:
        bearer = tokens.setdefault(by, token(by) if by not in tokens else "")
        return http.open(
            path, method=method, json=body, headers={"Authorization": f"Bearer {bearer}", **(headers or {})}
        )

    return send


@pytest.fixture
def take(send: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    def take(by: str, most: int = 1, **more: Any) -> list[dict[str, Any]]:
        body = {"type": "letter", "timeout": 60_000, "maxJobsToActivate": most, "requestTimeout": -1, "worker": by}
        return send(by, "/v2/jobs/activation", **{**body, **more}).json["jobs"]

    return take


def test_a_job_is_taken_once_with_what_its_worker_needs(letters: Driver, take: Callable) -> None:
    letters.start("letters", to="Zhang", secret="x")

    [job] = take("ada", fetchVariable=["to"])

    assert (job["variables"], job["customHeaders"], job["retries"]) == ({"to": "Zhang"}, {"tone": "kind"}, 3)
    assert (job["worker"], job["elementId"], job["processDefinitionId"]) == ("ada", "letter", "letters")
    assert job["deadline"] == int((letters.clock.now().timestamp() + 60) * 1000)
    assert take("bob") == []


def test_the_oldest_is_offered_first_unless_another_is_more_urgent(
    letters: Driver, take: Callable, send: Callable
) -> None:
    keys = [str(letters.start("letters").job.id) for _ in range(3)]
    assert send("ada", f"/v2/jobs/{keys[2]}", "PATCH", changeset={"priority": 10}).status_code == 204

    assert [job["jobKey"] for job in take("ada", most=10)] == [keys[2], keys[0], keys[1]]


def test_a_completed_job_moves_the_process_on_once(letters: Driver, take: Callable, send: Callable) -> None:
    instance = letters.start("letters")
    [job] = take("ada")

    assert send("ada", f"/v2/jobs/{job['jobKey']}/completion", variables={"sent": True}).status_code == 204

    assert (instance.row.status, instance.variables) == ("completed", {"sent": True})
    again = send("bob", f"/v2/jobs/{job['jobKey']}/completion")
    assert again.status_code == 409
    assert "already completed by ada at 2026-03-02T09:00:00+08:00" in again.json["detail"]
    assert (again.json["who"], again.json["when"]) == ("ada", "2026-03-02T09:00:00+08:00")


def test_who_does_not_report_in_time_loses_the_job_to_the_next(letters: Driver, take: Callable, send: Callable) -> None:
    letters.start("letters")
    [job] = take("ada")
    letters.later(seconds=61)

    [same] = take("bob")

    assert same["jobKey"] == job["jobKey"]
    late = send("ada", f"/v2/jobs/{job['jobKey']}/completion")
    assert late.status_code == 409
    assert "worker bob has it until 2026-03-02T09:02:01+08:00" in late.json["detail"]
    assert send("bob", f"/v2/jobs/{job['jobKey']}/completion").status_code == 204


def test_who_is_late_may_still_report_while_nobody_else_took_the_job(
    letters: Driver, take: Callable, send: Callable
) -> None:
    instance = letters.start("letters")
    [job] = take("ada", withLease=True)
    letters.later(hours=1)

    done = send("ada", f"/v2/jobs/{job['jobKey']}/completion", jobLeaseToken=job["jobLeaseToken"])

    assert (done.status_code, instance.row.status) == (204, "completed")


def test_a_token_tells_two_workers_of_one_account_apart(letters: Driver, take: Callable, send: Callable) -> None:
    letters.start("letters")
    [old] = take("ada", withLease=True)
    letters.later(seconds=61)
    [new] = take("ada", withLease=True, worker="ada-2")

    path = f"/v2/jobs/{old['jobKey']}/completion"
    for token in (old["jobLeaseToken"], None):
        refused = send("ada", path, jobLeaseToken=token)
        assert (refused.status_code, refused.json["who"]) == (409, "ada-2")
    letters.later(seconds=61)
    assert send("ada", path, jobLeaseToken=old["jobLeaseToken"]).status_code == 409
    assert send("ada", path, jobLeaseToken=new["jobLeaseToken"]).status_code == 204


def test_more_time_keeps_the_job(letters: Driver, take: Callable, send: Callable) -> None:
    letters.start("letters")
    [job] = take("ada")
    letters.later(seconds=50)

    assert send("ada", f"/v2/jobs/{job['jobKey']}", "PATCH", changeset={"timeout": 60_000}).status_code == 204

    letters.later(seconds=50)
    assert take("bob") == []
    assert send("bob", f"/v2/jobs/{job['jobKey']}", "PATCH", changeset={"timeout": 60_000}).status_code == 409


def test_a_failure_waits_and_comes_again_and_the_last_one_is_an_incident(
    letters: Driver, take: Callable, send: Callable
) -> None:
    instance = letters.start("letters")
    [job] = take("ada")
    path = f"/v2/jobs/{job['jobKey']}/failure"

    send("ada", path, retries=1, errorMessage="no paper", retryBackOff=30_000, variables={"tried": 1})

    assert take("bob") == []
    letters.later(seconds=31)
    [job] = take("bob")
    assert (job["retries"], job["variables"]["tried"]) == (1, 1)
    assert send("bob", path, errorMessage="no ink").status_code == 204
    assert instance.incident.message == "no ink"
    letters.engine.execute(RetryIncident(incident_id=letters.one(select(Incident.id))), actor=SYSTEM)
    assert [job["retries"] for job in take("ada")] == [3]


def test_an_error_of_the_diagram_is_caught_by_its_code(letters: Driver, take: Callable, send: Callable) -> None:
    instance = letters.start("letters")
    [job] = take("ada")

    assert send("ada", f"/v2/jobs/{job['jobKey']}/error", errorCode="ADDRESS_UNKNOWN").status_code == 204

    assert (instance.row.status, letters.one(select(Job.status))) == ("completed", "completed")


def test_search_finds_jobs_by_state_and_worker(letters: Driver, take: Callable, send: Callable) -> None:
    for _ in range(3):
        letters.start("letters")
    [job] = take("ada")

    def found(**filter: Any) -> list[str]:
        return [row["jobKey"] for row in send("ada", "/v2/jobs/search", filter=filter).json["items"]]

    assert found(worker="ada") == [job["jobKey"]]
    assert len(found(state="CREATED", type={"$in": ["letter"]}, retries={"$gte": 3})) == 3
    assert found(jobKey=job["jobKey"], deadline={"$gt": "2026-03-02T01:00:30Z"}) == [job["jobKey"]]
    assert send("ada", "/v2/jobs/search", filter={"colour": "red"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/v2/jobs/activation", "POST", {"type": "letter", "timeout": 1, "maxJobsToActivate": 1}),
        ("/v2/jobs/1/completion", "POST", {}),
        ("/v2/jobs/1/failure", "POST", {}),
        ("/v2/jobs/1/error", "POST", {"errorCode": "X"}),
        ("/v2/jobs/1", "PATCH", {"changeset": {"retries": 1}}),
        ("/v2/jobs/search", "POST", {}),
    ],
)
def test_jobs_are_for_workers(letters: Driver, send: Callable, path: str, method: str, body: dict[str, Any]) -> None:
    letters.start("letters")

    refused = send("eve", path, method, **body)

    assert refused.status_code == 403
    assert "jobs:work" in refused.json["detail"]


def test_types_that_are_built_in_are_not_offered(letters: Driver, send: Callable) -> None:
    refused = send("ada", "/v2/jobs/activation", type="log", timeout=1, maxJobsToActivate=1)

    assert (refused.status_code, "those are done here" in refused.json["detail"]) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        {"timeout": 0},
        {"timeout": 2**62},
        {"maxJobsToActivate": 0},
        {"maxJobsToActivate": 10**9},
        {"type": ""},
        {"requestTimeout": "x"},
    ],
)
def test_askings_that_nobody_means(send: Callable, body: dict[str, Any]) -> None:
    whole = {"type": "letter", "timeout": 1, "maxJobsToActivate": 1, **body}

    assert send("ada", "/v2/jobs/activation", **whole).status_code == 400
    assert send("ada", "/v2/jobs/99/completion").status_code == 404


def test_who_waits_gets_the_job_that_comes(letters: Driver, take: Callable) -> None:
    got: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: got.extend(take("ada", requestTimeout=15_000)))
    waiting.start()

    letters.start("letters", to="Zhang")

    waiting.join(15)
    assert [job["variables"] for job in got] == [{"to": "Zhang"}]
