"""The API of workers outside: take jobs, report them, change them, look for them."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

from engine.commands.job import CompleteJob, FailJob, ThrowJobError
from engine.commands.lease import ActivatedJob, ActivateJobs, UpdateJob
from engine.errors import InvalidInput
from engine.queries import jobs
from webui.api import job_rows, job_schemas, keys, rows, schemas
from webui.api.base import actor, blueprint, engine, execute, page

PATIENCE, LONGEST_PATIENCE = 10.0, 20.0  # seconds that asking for jobs waits for one
LOOK_AGAIN = 1.0  # seconds; jobs that other processes offer are seen this late
MOST_WAITING = 6  # of the server's 16 threads: the others stay free for people
_waiting = threading.BoundedSemaphore(MOST_WAITING)


@blueprint.post("/jobs/activation")
@blueprint.arguments(job_schemas.Activation)
@blueprint.response(200, job_schemas.ActivatedJobs)
def activate_jobs(body: dict[str, Any]) -> Any:
    """Take jobs of a type; where there is none, wait for one up to requestTimeout (0: 10 s; below 0: not at all).

    Needs no Idempotency-Key: what a lost answer held is offered again when its time is over.
    """
    command = ActivateJobs(
        type=body["type"],
        worker=body["worker"] or actor().username,
        timeout=timedelta(milliseconds=body["timeout"]),
        most=body["maxJobsToActivate"],
        fetch=tuple(body["fetchVariable"] or ()),
        with_lease=bool(body["withLease"]),
    )
    wanted = body["requestTimeout"] / 1000
    return {"jobs": [job_rows.activated(job) for job in _taken(command, PATIENCE if wanted == 0 else wanted)]}


@blueprint.post("/jobs/<int:key>/completion")
@blueprint.arguments(job_schemas.JobCompletion, required=False)
@blueprint.response(204)
def complete_job(body: dict[str, Any], key: int) -> None:
    if body.get("result") and body["result"].get("type") not in (None, "none"):
        raise InvalidInput({"result": ["Expected none"]}, "Expected no result, only variables")
    execute(CompleteJob(job_id=key, variables=body.get("variables") or {}, **_holder(body)))


@blueprint.post("/jobs/<int:key>/failure")
@blueprint.arguments(job_schemas.JobFailure, required=False)
@blueprint.response(204)
def fail_job(body: dict[str, Any], key: int) -> None:
    """The work failed; with no retries left an operator must help, else it is offered again after retryBackOff."""
    command = FailJob(
        job_id=key,
        message=body.get("errorMessage") or "",
        retries=body.get("retries", 0),
        back_off=timedelta(milliseconds=body.get("retryBackOff", 0)),
        variables=body.get("variables") or {},
        **_holder(body),
    )
    execute(command)


@blueprint.post("/jobs/<int:key>/error")
@blueprint.arguments(job_schemas.JobError)
@blueprint.response(204)
def throw_job_error(body: dict[str, Any], key: int) -> None:
    """The work ended in a BPMN error, which the diagram may catch by its code."""
    command = ThrowJobError(
        job_id=key,
        code=body["errorCode"],
        message=body.get("errorMessage") or "",
        variables=body.get("variables") or {},
        **_holder(body),
    )
    execute(command)


@blueprint.patch("/jobs/<int:key>")
@blueprint.arguments(job_schemas.Update)
@blueprint.response(204)
def update_job(body: dict[str, Any], key: int) -> None:
    changes = body["changeset"]
    if all(value is None for value in changes.values()):
        raise InvalidInput({"changeset": ["Expected retries, timeout or priority"]}, "Expected something to change")
    timeout = changes.get("timeout")
    command = UpdateJob(
        job_id=key,
        retries=changes.get("retries"),
        priority=changes.get("priority"),
        timeout=None if timeout is None else timedelta(milliseconds=timeout),
        lease_token=body.get("jobLeaseToken"),
    )
    execute(command)


@blueprint.post("/jobs/search")
@blueprint.arguments(schemas.Search, required=False)
@blueprint.response(200, job_schemas.JobPage)
def search_jobs(body: dict[str, Any]) -> Any:
    given = dict(body["filter"])
    element = keys.exactly("elementInstanceKey", given)
    given.pop("elementInstanceKey", None)
    where = rows.search_filter(given, job_rows.FIELDS, job_rows.STATES)
    if element is not None:
        instance_id, element_instance_id = keys.element_of("elementInstanceKey", element)
        where |= {"element_instance_id": {"$eq": element_instance_id}}
        where["instance_id"] = {**where.get("instance_id", {}), "$gte": instance_id, "$lte": instance_id}
    found, total = engine().ask(
        jobs.search,
        actor(),
        where=where,
        sort=rows.search_sort(body["sort"], job_rows.FIELDS),
        offset=body["page"]["from_"],
        limit=body["page"]["limit"],
    )
    return page(map(job_rows.job, found), total)


def _taken(command: ActivateJobs, patience: float) -> tuple[ActivatedJob, ...]:
    """The jobs taken; where there is none, wait for one without holding a connection to the database."""
    taken, known = _take(command)
    if taken or patience <= 0 or not _waiting.acquire(blocking=False):
        return taken
    try:
        end = time.monotonic() + min(patience, LONGEST_PATIENCE)
        while not taken and (left := end - time.monotonic()) > 0:
            engine().offers.wait(command.type, known, min(left, LOOK_AGAIN))
            known = engine().offers.count(command.type)
            if engine().ask(jobs.is_any_offered, command.type):
                taken, known = _take(command)
        return taken
    finally:
        _waiting.release()


def _take(command: ActivateJobs) -> tuple[tuple[ActivatedJob, ...], int]:
    known = engine().offers.count(command.type)
    return engine().execute(command, actor=actor()), known


def _holder(body: dict[str, Any]) -> dict[str, Any]:
    return {"worker": body.get("worker"), "lease_token": body.get("jobLeaseToken")}
