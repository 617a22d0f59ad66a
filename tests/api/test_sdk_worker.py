"""A worker written for another engine does the work of service tasks here: the published SDK's own loop, unmodified."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient, WorkerConfig, models
from camunda_orchestration_sdk.runtime.job_worker import JobError, JobFailure
from sqlalchemy import select

from engine.model.runtime import Incident, Job
from tests.api.conftest import Bearer
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import sequence

CHARGE = """<bpmn:serviceTask id="charge"><bpmn:extensionElements><zeebe:taskDefinition type="charge" retries="2"/>
</bpmn:extensionElements></bpmn:serviceTask>"""
CAUGHT = """<bpmn:boundaryEvent id="refused" attachedToRef="charge"><bpmn:errorEventDefinition errorRef="e"/>
</bpmn:boundaryEvent><bpmn:endEvent id="unpaid"/>
<bpmn:sequenceFlow id="to_unpaid" sourceRef="refused" targetRef="unpaid"/>"""
ERROR = '<bpmn:error id="e" name="Refused" errorCode="NO_MONEY"/>'


@pytest.fixture
def shop(office: Driver) -> Driver:
    office.groups(workers=("jobs:work",))
    office.person("till", "workers")
    office.deploy(
        sequence(CHARGE, between=CAUGHT, process_id="payment") + ERROR, manifest__toml='job_types = ["charge"]'
    )
    return office


@pytest.mark.parametrize("with_lease", [False, True])
def test_the_sdk_runs_a_worker(shop: Driver, address: str, token: Callable[[str], str], with_lease: bool) -> None:
    amounts = {"paid": 5, "refused": 500, "broken": -1}
    started = {name: shop.start("payment", amount=amount) for name, amount in amounts.items()}

    async def charge(job: Any) -> dict[str, Any]:
        amount = job.variables.to_dict()["amount"]
        if amount > 100:
            raise JobError("NO_MONEY", "The account is empty")
        if amount < 0:
            raise JobFailure("The till is jammed", retries=0)
        return {"receipt": f"R-{amount}"}

    async def work() -> None:
        client = CamundaAsyncClient(
            configuration={"CAMUNDA_REST_ADDRESS": address}, auth_provider=Bearer(token=token("till"))
        )
        config = WorkerConfig(
            job_type="charge",
            job_timeout_milliseconds=60_000,
            request_timeout_milliseconds=2_000,
            worker_name="till-1",
            with_lease=with_lease,
        )
        worker = client.create_job_worker(config, charge)
        try:
            await asyncio.wait_for(_all_done(shop), 30)
        finally:
            worker.stop()
            await client.aclose()

    asyncio.run(work())

    assert_ended(started["paid"], receipt="R-5")
    assert_ended(started["refused"])
    assert started["broken"].incident.message == "The till is jammed"


def test_the_sdk_finds_and_changes_jobs(shop: Driver, client: Callable[[str], CamundaClient], office: Driver) -> None:
    shop.start("payment", amount=1)
    till = client("till")
    asked = models.JobActivationRequest(
        type_="charge", timeout=60_000, max_jobs_to_activate=1, worker="till-1", request_timeout=-1
    )

    [job] = till.activate_jobs(data=asked).jobs
    till.update_job(job.job_key, data=models.JobUpdateRequest(changeset=models.JobChangeset(timeout=120_000)))
    found = till.search_jobs(data=models.JobSearchQuery.from_dict({"filter": {"worker": "till-1"}}))

    assert [(row.job_key, row.state, row.retries) for row in found.items] == [(job.job_key, "CREATED", 2)]
    assert found.items[0].deadline.timestamp() == shop.clock.now().timestamp() + 120


async def _all_done(shop: Driver) -> None:
    while shop.all(select(Job.id).where(Job.status == "open")) or not shop.all(select(Incident.id)):
        await asyncio.sleep(0.05)


def assert_ended(instance: InstanceDriver, **expected: Any) -> None:
    assert instance.row.status == "completed"
    assert expected.items() <= instance.variables.items()
