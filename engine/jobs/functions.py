"""What jobs do: each function takes what was deferred and enters by the same door as everybody, Engine.execute.

A job is done at least once, so every function must bear being called again: what was done already is refused as such.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.access import SYSTEM, Actor
from engine.commands.instance_migration import MigrateItem, NoteFailedItem
from engine.commands.job import CompleteJob, FailJob
from engine.commands.message import DeliverBuffered, PublishMessage
from engine.commands.signal import BroadcastSignal
from engine.commands.start_timer import SkipStart, StartByTimer
from engine.commands.timer import FailTimer, SeparateTimers, TriggerTimers
from engine.context import load_calendar
from engine.errors import Rejection, Unavailable
from engine.executor import Engine
from engine.jobs.retries import TryAgain, wait_after
from engine.model.runtime import Job
from engine.queries import instance_migrations
from engine.workers import WORKERS, Outside, Tools, Worker

TIMERS_TOGETHER = 50  # in one transaction: more gain little and hold up who else wants to write on SQLite
# Seconds a function may take; then it counts as failed, and whatever hangs hangs alone.
TIME_LIMITS = {"run_job": 300.0}
TIME_LIMIT = 600.0

logger = logging.getLogger("lianxi.jobs")


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """What the functions work with. `workers`: the job types done here, by name; `outside`: what these may reach."""

    engine: Engine
    workers: Mapping[str, Worker] = field(default_factory=lambda: WORKERS)
    outside: Outside = field(default_factory=Outside)


def run_job(context: JobContext, *, job_id: int) -> None:
    """Do a service task's work and report it. A failure is reported too, and tried again while there are retries left.

    Raises TryAgain, and whatever says that the database can't be reached: then nothing was reported.
    """
    found = _work(context, job_id)
    if found is None:
        return
    job, worker, tools = found
    try:
        result = worker(job.variables, tools)
        _execute(context, CompleteJob(job_id=job_id, variables=result))
    except Exception as error:
        if isinstance(error, Unavailable):
            raise
        logger.warning("job %s of type %s failed", job_id, job.type, exc_info=True)
        retries = _execute(context, FailJob(job_id=job_id, message=f"{type(error).__name__}: {error}"))
        if retries:
            raise TryAgain(wait_after(job.attempts + 1)) from error


def fire_timers(context: JobContext, *, timer_ids: list[int]) -> None:
    """Fire them in the order they were due, some in one transaction. Whom that keeps back gets a job of its own."""
    for begin in range(0, len(timer_ids), TIMERS_TOGETHER):
        some = tuple(timer_ids[begin : begin + TIMERS_TOGETHER])
        try:
            context.engine.execute(TriggerTimers(timer_ids=some), actor=SYSTEM)
        except Unavailable:
            raise
        except Exception:
            logger.warning("timers %s can't fire together and are fired one by one", some, exc_info=True)
            _execute(context, SeparateTimers(timer_ids=some))


def fire_timer(context: JobContext, *, timer_id: int) -> None:
    """Fire one. Raises what keeps it from firing."""
    context.engine.execute(TriggerTimers(timer_ids=(timer_id,)), actor=SYSTEM)


def start_by_timer(context: JobContext, *, start_timer_id: int, due_at: str) -> None:
    """A start that is refused is left out, so that the cycle goes on; what fails is tried again first."""
    turn = datetime.fromisoformat(due_at)
    try:
        context.engine.execute(StartByTimer(start_timer_id=start_timer_id, due_at=turn), actor=SYSTEM)
    except Unavailable:
        raise
    except Rejection as refusal:
        logger.warning("start timer %s could not start its process: %s", start_timer_id, refusal.message)
        _execute(context, SkipStart(start_timer_id=start_timer_id, due_at=turn, reason=refusal.message))


def publish_message(context: JobContext, *, name: str, correlation_key: str = "", **rest: Any) -> None:
    _execute(context, PublishMessage(name=name, correlation_key=correlation_key, **rest))


def broadcast_signal(context: JobContext, *, name: str, **rest: Any) -> None:
    _execute(context, BroadcastSignal(name=name, **rest))


def deliver_buffered(context: JobContext, *, name: str, correlation_key: str = "") -> None:
    _execute(context, DeliverBuffered(name=name, correlation_key=correlation_key))


def migrate_instances(context: JobContext, *, batch_id: int, first: int, last: int) -> None:
    """Migrate the instances of these items, one after the other; what fails is noted and does not stop the rest."""
    ordered_by, items = context.engine.ask(instance_migrations.waiting, batch_id, first, last)
    actor = _operator(ordered_by)
    for item_id in items:
        try:
            context.engine.execute(MigrateItem(item_id=item_id), actor=actor)
        except Unavailable:
            raise
        except Exception as error:
            logger.exception("item %s of migration %s failed", item_id, batch_id)
            context.engine.execute(
                NoteFailedItem(item_id=item_id, message=f"{type(error).__name__}: {error}"), actor=actor
            )


def give_up(context: JobContext, name: str, args: Mapping[str, Any], reason: str) -> None:
    """A job of the queue won't be tried again: where a process waits for it, an operator must see that."""
    logger.error("gave up %s", name)  # its arguments and the reason may hold somebody's data
    if name == "run_job":
        _execute(context, FailJob(job_id=args["job_id"], message=reason, retries=0))
    elif name == "fire_timer":
        _execute(context, FailTimer(timer_id=args["timer_id"], message=reason))
    elif name == "fire_timers":
        _execute(context, SeparateTimers(timer_ids=tuple(args["timer_ids"])))
    elif name == "start_by_timer":
        due_at = datetime.fromisoformat(args["due_at"])
        _execute(context, SkipStart(start_timer_id=args["start_timer_id"], due_at=due_at, reason=reason))
    elif name == "migrate_instances":
        ordered_by, items = context.engine.ask(
            instance_migrations.waiting, args["batch_id"], args["first"], args["last"]
        )
        for item_id in items:
            context.engine.execute(NoteFailedItem(item_id=item_id, message=reason), actor=_operator(ordered_by))


def take_too_long(context: JobContext, name: str, args: Mapping[str, Any], seconds: float) -> None:
    """A function has not come back in time: that is a failure of the job it does. Raises TryAgain while it may be."""
    logger.error("%s took longer than %g s", name, seconds)
    reason = f"It took longer than {seconds:g} s"
    if name != "run_job":
        raise TimeoutError(reason)
    with context.engine.database.read() as session:
        job = session.get(Job, args["job_id"])
    if job is not None and _execute(context, FailJob(job_id=job.id, message=reason)):
        raise TryAgain(wait_after(job.attempts + 1))


# A row in the queue names its function and arguments. Renaming one would orphan the rows that wait: keep the old name
# as a second line until none is left.
JOBS: dict[str, Callable[..., None]] = {
    "run_job": run_job,
    "fire_timer": fire_timer,
    "fire_timers": fire_timers,
    "start_by_timer": start_by_timer,
    "publish_message": publish_message,
    "broadcast_signal": broadcast_signal,
    "deliver_buffered": deliver_buffered,
    "migrate_instances": migrate_instances,
}


def _operator(username: str) -> Actor:
    """Who ordered a batch; whether they might was checked then."""
    return Actor(username=username, permissions=frozenset({"operate"}))


def _work(context: JobContext, job_id: int) -> tuple[Job, Worker, Tools] | None:
    engine = context.engine
    with engine.database.read() as session:
        job = session.get(Job, job_id)
        if job is None or job.status != "open":
            logger.info("job %s is no longer wanted", job_id)
            return None
        worker = context.workers.get(job.type)
        if worker is None:
            logger.warning("job %s waits for a worker from outside: there is none of type %s here", job_id, job.type)
            return None
        tools = Tools(
            now=engine.clock.now(),
            zone=engine.zone,
            calendar=load_calendar(session),
            key=f"{job.instance_id}/{job.element_instance_id}",  # the same at every attempt
            outside=context.outside,
        )
    return job, worker, tools


def _execute(context: JobContext, command: Any) -> Any:
    """A refusal is an answer: what was wanted is done already or no longer wanted. Raises Unavailable: that is none."""
    try:
        return context.engine.execute(command, actor=SYSTEM)
    except Unavailable:
        raise
    except Rejection as refusal:
        logger.info("%s was refused: %s", type(command).__name__, refusal.message)
        return None
