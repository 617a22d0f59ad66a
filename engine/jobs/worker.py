"""The workers: a thread of the one process on SQLite, processes of their own on PostgreSQL; the same loop in both."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.utils import utcnow
from procrastinate.worker import Worker

from engine import observing, partitions
from engine.access import SYSTEM
from engine.commands.idempotency import ForgetRequests
from engine.errors import Unavailable
from engine.jobs.functions import JOBS, TIME_LIMIT, TIME_LIMITS, JobContext, give_up, take_too_long
from engine.jobs.limits import Overdue, within
from engine.jobs.purge import forget_expired
from engine.jobs.queue import DEFAULT_QUEUE, QUEUES, Jobs
from engine.jobs.reconcile import reconcile
from engine.jobs.retries import ATTEMPTS, Patience, TryAgain
from engine.jobs.starts import enqueue_due_starts
from engine.jobs.timers import enqueue_due_timers

POLLING = 1.0  # seconds; a lost wake-up costs this much
HEARTBEAT, STALLED = 10.0, 30.0  # seconds
GRACE = 30.0  # seconds a stopping worker gives its running jobs
LOST_WORKERS = 3  # a job whose worker vanished so often is suspected of killing it
KEPT_HOURS = 7 * 24
# How many jobs of each queue one worker does at a time.
SLOTS = {DEFAULT_QUEUE: 2, "io": 4, "timers": 2}

logger = logging.getLogger("lianxi.worker")


def make_app(jobs: Jobs, context: JobContext) -> App:
    """Procrastinate's app over JOBS."""
    app = App(connector=jobs.worker_connector())
    for name, function in JOBS.items():
        task = app.task(name=name, queue=QUEUES.get(name, DEFAULT_QUEUE), retry=Patience(), pass_context=True)
        task(_with_context(name, function, context))
    return app


class EmbeddedWorker:
    """The worker as a daemon thread of this process, which must be the only one on its SQLite file."""

    def __init__(
        self, jobs: Jobs, context: JobContext, *, concurrency: int | None = None, queues: list[str] | None = None
    ) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running = threading.Event()
        self._stopping = asyncio.Event()
        self._worker = _Worker(jobs, context, concurrency=concurrency, queues=queues, alone=True)
        self._thread = threading.Thread(target=self._run, name="lianxi-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._running.wait()

    def stop(self, timeout: float = GRACE) -> None:
        """Let running jobs finish, at most `timeout` seconds; what is left is done again after the next start."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout)

    def _run(self) -> None:
        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            self._running.set()
            await self._worker.run(self._stopping)

        asyncio.run(run())


def run_worker(
    jobs: Jobs, context: JobContext, *, concurrency: int | None = None, queues: list[str] | None = None
) -> None:
    """Work in the foreground until SIGTERM or SIGINT, then let running jobs finish: `lianxi worker`.

    Jobs that have not ended after GRACE seconds are given back to the queue for others.
    """

    async def run() -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        await _Worker(jobs, context, concurrency=concurrency, queues=queues).run(stopping)

    asyncio.run(run())


async def beat(work: _Worker) -> None:
    """Give a sign of life. Procrastinate does so too, but never again after one failure."""
    for worker in work.workers:
        if worker.worker_id is not None:
            await work.app.job_manager.update_heartbeat(worker.worker_id)


async def sweep_timers(work: _Worker) -> None:
    """Due timers become jobs."""
    await asyncio.to_thread(enqueue_due_timers, work.jobs, work.context.engine.clock.now())


async def sweep_starts(work: _Worker) -> None:
    """Due timers of process starts become jobs."""
    await asyncio.to_thread(enqueue_due_starts, work.jobs, work.context.engine.clock.now())


async def recover_stalled(work: _Worker) -> None:
    """Do jobs again whose worker gives no sign of life, or that we did and could not note as done."""
    stalled = {job.id: job for job in await work.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED)}
    if ended := work.ended_jobs(seconds_ago=STALLED):
        running = await work.app.job_manager.list_jobs_async(status=Status.DOING.value)
        stalled |= {job.id: job for job in running if (job.id, job.worker_id) in ended}
    for job in stalled.values():
        await _recover(work, job)


async def purge(work: _Worker) -> None:
    """Jobs, answers, sessions and messages whose time is over are forgotten; failed jobs stay for an operator."""
    await asyncio.to_thread(work.context.engine.execute, ForgetRequests(), actor=SYSTEM)
    await asyncio.to_thread(forget_expired, work.jobs, work.context.engine.clock.now())
    await work.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_cancelled=True, include_aborted=True)


async def make_parts(work: _Worker) -> None:
    """The tables of events get the parts of the months to come."""
    await asyncio.to_thread(_make_parts, work)


async def look_for_forgotten(work: _Worker) -> None:
    """Work that waits for a job there isn't gets one, and the alarm is raised."""
    await asyncio.to_thread(reconcile, work.jobs, work.context)


@dataclass(frozen=True, kw_only=True)
class Periodic:
    """Done every so many seconds by every worker; so each must bear being done by two at once."""

    seconds: float
    function: Callable[[_Worker], Awaitable[None]]


PERIODIC = {
    "beat": Periodic(seconds=HEARTBEAT, function=beat),
    "sweep_timers": Periodic(seconds=1, function=sweep_timers),
    "sweep_starts": Periodic(seconds=1, function=sweep_starts),
    "recover_stalled": Periodic(seconds=10, function=recover_stalled),
    "look_for_forgotten": Periodic(seconds=300, function=look_for_forgotten),
    "purge": Periodic(seconds=3600, function=purge),
    "make_parts": Periodic(seconds=6 * 3600, function=make_parts),
}


class _Worker:
    """One worker: Procrastinate's loop and ours beside it, started again when the database was away.

    alone: nobody else works on this queue, so whatever is marked as running when we start is not.
    """

    def __init__(
        self,
        jobs: Jobs,
        context: JobContext,
        *,
        concurrency: int | None = None,
        queues: list[str] | None = None,
        alone: bool = False,
    ) -> None:
        self.jobs = jobs
        self.context = context
        self.app = make_app(jobs, context)
        self._slots = {queue: concurrency or SLOTS.get(queue, 1) for queue in queues or SLOTS}
        self._options: dict[str, Any] = {
            "fetch_job_polling_interval": POLLING,
            "update_heartbeat_interval": 10 * HEARTBEAT,
            "stalled_worker_timeout": STALLED,
            "shutdown_graceful_timeout": GRACE,
            "delete_jobs": "successful",
            "install_signal_handlers": False,
            "worker_middleware": [self._note_end],
        }
        self._alone = alone
        self.workers: list[Worker] = []  # of Procrastinate, one for each queue
        self._ended: dict[tuple[int | None, int | None], float] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                async with self.app.open_async():
                    await self._work_until(stopping)
            except Exception:
                # The database was away. Everything is in there, so nothing is lost by starting again.
                logger.exception("the worker stumbled and starts again")
            await _wait(stopping, seconds=POLLING)

    def ended_jobs(self, *, seconds_ago: float) -> set[tuple[int | None, int | None]]:
        """Jobs, with the worker's id, whose function ended so long ago that it must have been noted; told once."""
        before = time.monotonic() - seconds_ago
        ended = {key for key, moment in self._ended.items() if moment <= before}
        for key in ended:
            del self._ended[key]
        return ended

    async def _note_end(self, call_next: Callable[[], Awaitable[Any]], running: Any, worker: Any) -> Any:
        key = (running.job.id, running.job.worker_id)
        self._ended.pop(key, None)  # from an earlier try
        try:
            return await call_next()
        finally:
            # While the database is away for less than a heartbeat, nobody would miss the note that the job is done.
            self._ended[key] = time.monotonic()

    async def _work_until(self, stopping: asyncio.Event) -> None:
        if self._alone:
            await self._recover_all_running()
        # Everything here ends by an event. A task that is cancelled in the very moment its query is answered would not
        # notice, and go on.
        ending = asyncio.Event()
        self.workers = [
            Worker(app=self.app, name=queue, queues=[queue], concurrency=slots, **self._options)
            for queue, slots in self._slots.items()
        ]
        working = [asyncio.create_task(worker.run()) for worker in self.workers]
        repeated = [asyncio.create_task(self._repeat(name, each, ending)) for name, each in PERIODIC.items()]
        told_to_stop = asyncio.create_task(stopping.wait())
        await asyncio.sleep(0)  # The workers' first step forgets earlier requests to stop.
        try:
            await asyncio.wait([*working, told_to_stop], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told_to_stop.cancel()
            ending.set()
            for worker in self.workers:
                worker.stop()
            await asyncio.gather(*working, *repeated, told_to_stop, return_exceptions=True)
        for each in working:
            each.result()

    async def _repeat(self, name: str, periodic: Periodic, ending: asyncio.Event) -> None:
        while not ending.is_set():
            try:
                await periodic.function(self)
            except Exception:
                logger.exception("%s failed and is done again in %s s", name, periodic.seconds)
            await _wait(ending, seconds=periodic.seconds)

    async def _recover_all_running(self) -> None:
        for job in await self.app.job_manager.list_jobs_async(status=Status.DOING.value):
            await _recover(self, job)


def _make_parts(work: _Worker) -> None:
    with work.jobs.database.write() as session:
        partitions.make_parts(session.connection(), work.context.engine.clock.now())


async def _recover(work: _Worker, job: Job) -> None:
    try:
        if job.attempts + 1 < LOST_WORKERS:
            await work.app.job_manager.retry_job(job, retry_at=utcnow())
            return
        reason = f"Its worker vanished while doing it, {LOST_WORKERS} times"
        await asyncio.to_thread(give_up, work.context, job.task_name, job.task_kwargs, reason)
        await work.app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    except ConnectorException:
        logger.info("job %s of the queue was recovered by somebody else", job.id)


def _with_context(name: str, function: Callable[..., None], context: JobContext) -> Callable[..., Awaitable[None]]:
    limit = TIME_LIMITS.get(name, TIME_LIMIT)

    async def call(running: Any, **args: Any) -> None:
        with observing.job(name, running.job.id, args, again=TryAgain):
            try:
                try:
                    await within(limit, partial(function, context, **args))
                except Overdue:
                    await asyncio.to_thread(take_too_long, context, name, args, limit)
            except (TryAgain, Unavailable):
                raise
            except Exception as error:
                if running.job.attempts + 1 >= ATTEMPTS:  # Patience will say no.
                    await asyncio.to_thread(give_up, context, name, args, f"{type(error).__name__}: {error}")
                raise

    return call


async def _wait(stopping: asyncio.Event, *, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
