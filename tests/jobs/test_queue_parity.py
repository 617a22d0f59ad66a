"""Procrastinate does the same on our SQLite connector as on its own PostgreSQL one."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import procrastinate
import pytest
from procrastinate import exceptions, sql
from procrastinate.jobs import Job, Status
from sqlalchemy import text

from engine.database import Database
from engine.jobs.queue import Jobs
from engine.jobs.sqlite_connector import QUERIES
from tests.support.loops import in_a_loop

NOT_ANSWERED = {"listen_queue"}  # the connector's own listen_notify does that


class Queue:
    """An app on one of the databases, with jobs that write down what they did."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs = Jobs(database)
        self.app = procrastinate.App(connector=self.jobs.worker_connector())
        self.done: list[object] = []
        retry = procrastinate.RetryStrategy(max_attempts=2)
        self.app.task(name="note", queue="engine")(self._note)
        self.app.task(name="slow", queue="engine")(self._slow)
        self.app.task(name="fail", queue="engine", retry=retry)(self._fail)

    def run(self, *steps, seconds=None, **options):
        """Take the steps, then work until nothing is ready, or for some seconds; the jobs that are left, by id."""
        options = {
            "concurrency": 4,
            "install_signal_handlers": False,
            "fetch_job_polling_interval": 0.05,
            "wait": seconds is not None,
            **options,
        }

        async def main():
            async with self.app.open_async():
                for step in steps:
                    await step()
                worker = asyncio.create_task(self.app.run_worker_async(**options))
                await asyncio.wait([worker], timeout=seconds)
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)
                return {job.id: job for job in await self.app.job_manager.list_jobs_async()}

        return in_a_loop(main())

    def ask(self, question):
        """Answer a question put to the job manager, without a worker."""

        async def main():
            async with self.app.open_async():
                return await question(self.app.job_manager)

        return in_a_loop(main())

    def _note(self, n):
        self.done.append(n)

    async def _slow(self, n):
        self.done.append(("begins", n))
        await asyncio.sleep(0.05)
        self.done.append(("ends", n))

    def _fail(self, n):
        self.done.append(n)
        raise ValueError("not today")


@pytest.fixture
def queue(any_database):
    return Queue(any_database)


def deferring(queue, name, /, *numbers, **options):
    async def step():
        for n in numbers:
            await queue.app.configure_task(name, **options).defer_async(n=n)

    return step


def test_every_named_query_is_answered():
    assert set(sql.queries) - NOT_ANSWERED == set(QUERIES)
    assert len(sql.queries) == 22


def test_jobs_are_done_by_priority_and_then_in_order(queue):
    left = queue.run(
        deferring(queue, "note", 1), deferring(queue, "note", 2, priority=5), deferring(queue, "note", 3), concurrency=1
    )

    assert queue.done == [2, 1, 3]
    assert [(job.status, job.attempts) for job in left.values()] == [("succeeded", 1)] * 3


def test_finished_jobs_can_be_forgotten_at_once(queue):
    assert queue.run(deferring(queue, "note", 1), delete_jobs="successful") == {}


def test_a_failing_job_is_tried_again_and_then_kept_as_failed(queue):
    left = queue.run(deferring(queue, "fail", 1), seconds=0.8)

    [job] = left.values()
    assert (job.status, job.attempts, queue.done) == ("failed", 3, [1, 1, 1])

    async def once_more():
        await queue.app.job_manager.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))

    [job] = queue.run(once_more).values()
    assert (job.status, queue.done) == ("failed", [1, 1, 1, 1])


def test_a_job_for_later_waits(queue):
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    [job] = queue.run(deferring(queue, "note", 1, schedule_at=soon)).values()
    assert (job.status, job.scheduled_at, queue.done) == ("todo", soon, [])

    queue.run(seconds=0.8)

    assert queue.done == [1]


def test_jobs_of_one_lock_never_overlap(queue):
    queue.run(deferring(queue, "slow", 1, 2, 3, lock="instance 7"), seconds=0.8)

    assert queue.done == [(what, n) for n in (1, 2, 3) for what in ("begins", "ends")]


def test_a_job_for_later_holds_up_its_lock_which_is_why_we_use_none(queue):
    left = queue.run(
        deferring(queue, "note", 1, lock="instance 7", schedule_in={"days": 1}),
        deferring(queue, "note", 2, lock="instance 7"),
    )

    assert [job.status for job in left.values()] == ["todo", "todo"]


def test_one_key_waits_once(queue):
    async def again():
        with pytest.raises(exceptions.AlreadyEnqueued):
            await queue.app.configure_task("note", queueing_lock="k").defer_async(n=2)

    queue.run(deferring(queue, "note", 1, queueing_lock="k"), again)

    assert queue.done == [1]


def test_a_worker_takes_from_its_queues_only(queue):
    left = queue.run(deferring(queue, "note", 1, queue="io"), deferring(queue, "note", 2), queues=["engine"])

    assert queue.done == [2]
    assert [job.status for job in left.values()] == ["todo", "succeeded"]


def test_a_periodic_job_is_deferred_once_per_moment(queue):
    job = Job(task_name="note", queue="engine", lock=None, queueing_lock=None, task_kwargs={"timestamp": 60})

    async def defer(manager):
        first = await manager.defer_periodic_job(job, "p", 60)
        second = await manager.defer_periodic_job(job, "p", 60)
        later = await manager.defer_periodic_job(job.evolve(task_kwargs={"timestamp": 120}), "p", 120)
        return first, second, later

    first, second, later = queue.ask(defer)

    assert second is None
    assert later > first > 0


def test_periodic_jobs_run(queue):
    ticks = []
    task = queue.app.task(name="tick", queue="engine")(lambda timestamp: ticks.append(timestamp))
    queue.app.periodic(cron="* * * * * */1", periodic_id="p")(task)

    queue.run(seconds=1.7)

    assert 1 <= len(ticks) <= 3
    assert ticks == sorted(set(ticks))


def test_jobs_of_a_worker_without_sign_of_life_are_found(queue):
    async def take(manager):
        worker = await manager.register_worker()
        job = await manager.fetch_job(None, worker)
        assert job.status == "doing" and job.worker_id == worker
        assert list(await manager.get_stalled_jobs(seconds_since_heartbeat=5)) == []
        await asyncio.sleep(0.2)
        late = [each.id for each in await manager.get_stalled_jobs(seconds_since_heartbeat=0.1)]
        await manager.update_heartbeat(worker)
        revived = list(await manager.get_stalled_jobs(seconds_since_heartbeat=0.1))
        await asyncio.sleep(0.2)
        pruned = await manager.prune_stalled_workers(0.1)
        orphaned = [each.id for each in await manager.get_stalled_jobs(seconds_since_heartbeat=5)]
        for each in await manager.get_stalled_jobs():
            await manager.retry_job(each)
        return job.id, worker, late, revived, pruned, orphaned

    queue.ask(lambda manager: deferring(queue, "note", 1)())
    job_id, worker, late, revived, pruned, orphaned = queue.ask(take)

    assert (late, revived, pruned, orphaned) == ([job_id], [], [worker], [job_id])
    [job] = queue.run().values()
    assert (job.status, job.attempts, queue.done) == ("succeeded", 2, [1])


def test_jobs_that_began_long_ago_are_found(queue):
    async def take(manager):
        await deferring(queue, "note", 1)()
        job = await manager.fetch_job(None, await manager.register_worker())
        await asyncio.sleep(1.1)
        with pytest.warns(DeprecationWarning):
            return job.id, [
                [each.id for each in await manager.get_stalled_jobs(nb_seconds=seconds)] for seconds in (1, 60)
            ]

    job_id, found = queue.ask(take)

    assert found == [[job_id], []]


def test_a_waiting_job_can_be_cancelled_once(queue):
    async def cancel(manager):
        job_id = await queue.app.configure_task("note").defer_async(n=1)
        return [await manager.cancel_job_by_id_async(job_id) for _ in range(2)], await manager.get_job_status_async(
            job_id
        )

    answers, status = queue.ask(cancel)

    assert (answers, status) == ([True, False], Status.CANCELLED)


def test_a_waiting_job_can_be_removed(queue):
    async def cancel(manager):
        job_id = await queue.app.configure_task("note").defer_async(n=1)
        await manager.cancel_job_by_id_async(job_id, delete_job=True)
        return await manager.list_jobs_async()

    assert queue.ask(cancel) == []


def test_a_running_job_can_be_asked_to_stop_and_is_not_tried_again(queue):
    async def abort(manager):
        job_id = await queue.app.configure_task("note").defer_async(n=1)
        job = await manager.fetch_job(None, await manager.register_worker())
        assert await manager.cancel_job_by_id_async(job_id, abort=True)
        asked = list(await manager.list_jobs_to_abort_async())
        await manager.retry_job(job, retry_at=datetime.now(UTC))
        return job_id, asked, await manager.get_job_status_async(job_id)

    job_id, asked, status = queue.ask(abort)

    assert (asked, status) == ([job_id], Status.FAILED)


def test_a_job_that_is_finished_cannot_be_finished_or_tried_again(queue):
    async def finish(manager):
        await deferring(queue, "note", 1)()
        job = await manager.fetch_job(None, await manager.register_worker())
        await manager.finish_job(job, status=Status.SUCCEEDED, delete_job=False)
        with pytest.raises(exceptions.ConnectorException):
            await manager.finish_job(job, status=Status.SUCCEEDED, delete_job=False)
        with pytest.raises(exceptions.ConnectorException):
            await manager.retry_job(job)

    queue.ask(finish)


def test_old_finished_jobs_are_forgotten_and_failed_ones_kept(queue):
    queue.run(
        deferring(queue, "note", 1), deferring(queue, "fail", 2), deferring(queue, "note", 3, schedule_in={"days": 1})
    )
    queue.run(seconds=0.4)

    async def forget(manager):
        await manager.delete_old_jobs(nb_hours=1)
        before = len(list(await manager.list_jobs_async()))
        await manager.delete_old_jobs(nb_hours=-1)
        return before, [job.status for job in await manager.list_jobs_async()]

    assert queue.ask(forget) == (3, ["failed", "todo"])


def test_the_queue_can_be_counted(queue):
    async def count(manager):
        await deferring(queue, "note", 1, 2, lock="instance 7")()
        await deferring(queue, "slow", 3, queue="io")()
        await manager.fetch_job(["io"], await manager.register_worker())
        return (
            [{**each, "jobs_count": int(each["jobs_count"])} for each in await manager.list_queues_async()],
            list(await manager.list_tasks_async(queue="io")),
            [each["name"] for each in await manager.list_locks_async()],
            [job.task_kwargs for job in await manager.list_jobs_async(task="note")],
            await queue.app.check_connection_async(),
        )

    queues, tasks, locks, notes, connected = queue.ask(count)

    assert [(each["name"], each["jobs_count"]) for each in queues] == [("engine", 2), ("io", 1)]
    assert [(each["name"], each["doing"], each["todo"]) for each in tasks] == [("slow", 1, 0)]
    assert (locks, notes, connected) == (["instance 7"], [{"n": 1}, {"n": 2}], True)


def test_a_job_exists_if_and_only_if_its_transaction_was_committed(queue):
    with pytest.raises(ZeroDivisionError), queue.database.write() as session:
        queue.jobs.enqueue(session, "note", {"n": "rolled back"})
        raise ZeroDivisionError
    with queue.database.write() as session:
        queue.jobs.enqueue(session, "note", {"n": "联席"})

    queue.run()

    assert queue.done == ["联席"]


def test_the_same_key_again_is_no_trouble_for_the_transaction(queue):
    for attempt in (1, 2):
        with queue.database.write() as session:
            session.execute(text("INSERT INTO number_sequence VALUES (:key, 1)"), {"key": f"XF-{attempt}"})
            queue.jobs.enqueue(session, "note", {"n": attempt}, key="reminder of case 7")

    queue.run()

    assert queue.done == [1]
    with queue.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM number_sequence")).scalar_one() == 2


def test_a_commit_wakes_the_worker_long_before_it_looks_by_itself(queue):
    async def main():
        async with queue.app.open_async():
            worker = asyncio.create_task(
                queue.app.run_worker_async(install_signal_handlers=False, fetch_job_polling_interval=30)
            )
            await asyncio.sleep(0.4)
            before = time.monotonic()

            def change():
                with queue.database.write() as session:
                    queue.jobs.enqueue_all(session, "note", [{"n": 1}, {"n": 2}])
                queue.jobs.wake()

            await asyncio.to_thread(change)
            while len(queue.done) < 2 and time.monotonic() - before < 25:
                await asyncio.sleep(0.01)
            waited = time.monotonic() - before
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            return waited

    assert in_a_loop(main()) < 25  # it looks by itself after 30 seconds
    assert queue.done == [1, 2]


def test_waking_without_a_worker_is_no_trouble(queue):
    queue.jobs.wake()
