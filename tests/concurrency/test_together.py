"""People who act in the same moment, over the real server: one wins, nobody waits for ever, nothing fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import func, select

from engine.model.runtime import Job, ProcessInstance
from tests.concurrency import crowds, pairs
from tests.concurrency.offices import Office, counted, together
from tests.support.models import sequence

LETTER = """<bpmn:serviceTask id="letter"><bpmn:extensionElements><zeebe:taskDefinition type="letter"/>
</bpmn:extensionElements></bpmn:serviceTask>"""


def test_of_two_who_complete_one_task_one_wins_and_the_other_is_told_who_and_when(office: Office) -> None:
    figures = pairs.run(office)

    assert (figures["one_winner_one_409"], figures["others"]) == (100, [])
    assert (figures["completed_instances"], figures["completions_in_history"]) == (100, 100)


def test_two_hundred_starts_and_claims_at_once(office: Office) -> None:
    figures = crowds.run(office)

    assert (figures["requests"], figures["starts"], figures["claims"]) == (200, {200: 100}, {204: 50, 409: 50})
    assert (figures["started"], figures["claimed"]) == (100, 50)


def test_no_two_workers_get_the_same_job(office: Office) -> None:
    office.driver.groups(clerks=("operate", "jobs:work"))
    office.driver.deploy(
        sequence(LETTER, process_id="letters"), name="letters", manifest__toml='job_types = ["letter"]'
    )
    for _ in range(40):
        office.driver.start("letters")
    body = {"type": "letter", "timeout": 60_000, "maxJobsToActivate": 7, "requestTimeout": -1}
    take = partial(office.send, "rita", "POST", "/v2/jobs/activation", body)

    with ThreadPoolExecutor(8) as pool:
        replies = together([take] * 8, pool)
        keys = [job["jobKey"] for reply in replies for job in reply.body["jobs"]]
        assert counted(replies) == {200: 8}
        assert len(keys) == len(set(keys)) == 40
        done = list(pool.map(lambda key: office.send("rita", "POST", f"/v2/jobs/{key}/completion", {}), keys * 2))

    assert counted(done) == {204: 40, 409: 40}
    assert office.driver.all(select(Job.status).distinct()) == ["completed"]


def test_of_twins_with_one_key_one_takes_effect(office: Office) -> None:
    start = partial(office.start, **{"Idempotency-Key": "twins"})

    with ThreadPoolExecutor(16) as pool:
        replies = together([start] * 16, pool)

    assert counted(replies) == {200: 16}
    assert len({str(reply.body) for reply in replies}) == 1
    assert sum("idempotency-replayed" in reply.headers for reply in replies) == 15
    assert office.driver.one(select(func.count(ProcessInstance.id))) == 1
