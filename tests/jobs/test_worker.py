"""Service tasks, timers and messages are done by a worker: at least once, however it or the database ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from engine import workers
from engine.access import SYSTEM
from engine.commands.instance import CancelInstance
from engine.errors import Unavailable
from engine.jobs import functions
from engine.jobs import worker as worker_module
from engine.jobs.functions import JobContext, run_job
from engine.jobs.retries import TryAgain
from engine.jobs.worker import EmbeddedWorker
from engine.model.runtime import Incident, Job, Timer
from tests.support.driver import open_driver
from tests.support.loops import in_a_loop
from tests.support.models import sequence
from tests.support.postgres import libpq_url

LETTER = """<bpmn:serviceTask id="letter" name="Send the letter"><bpmn:extensionElements>
  <zeebe:taskDefinition type="letter" retries="2"/></bpmn:extensionElements></bpmn:serviceTask>"""
A_DAY = """<bpmn:intermediateCatchEvent id="a_day"><bpmn:timerEventDefinition>
  <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration></bpmn:timerEventDefinition>
  </bpmn:intermediateCatchEvent>"""

MESSAGE = """<bpmn:message id="paid" name="paid"><bpmn:extensionElements>
  <zeebe:subscription correlationKey="=number"/></bpmn:extensionElements></bpmn:message>"""
UNTIL_PAID = """<bpmn:intermediateCatchEvent id="until_paid"><bpmn:messageEventDefinition messageRef="paid"/>
  </bpmn:intermediateCatchEvent>"""


class Letters:
    """The outside world: counts what it was asked to send, and may be broken."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.error: Exception | None = None
        self.busy = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def send(self, variables, tools):
        self.keys.append(tools.key)
        self.busy.set()
        self.may_go_on.wait(10)
        if self.error:
            raise self.error
        return {"sent_to": variables.get("name")}


@pytest.fixture
def letters(monkeypatch):
    letters = Letters()
    monkeypatch.setitem(workers.WORKERS, "letter", letters.send)
    return letters


@pytest.fixture
def office(any_database, tmp_path, letters):
    office = open_driver(any_database.url, tmp_path)
    office.deploy(sequence(LETTER, process_id="send"), name="letters")
    office.deploy(sequence(A_DAY, process_id="wait"), name="days")
    yield office
    office.service.close()


@contextmanager
def working(office, **options):
    worker = EmbeddedWorker(office.service.jobs, office.service.job_context, **options)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def eventually(fact, seconds=10.0):
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.02)


def queue_rows(office, columns):
    with office.service.database.read() as session:
        return session.execute(text(f"SELECT {columns} FROM procrastinate_jobs ORDER BY id")).all()


def test_a_service_task_is_done_and_the_instance_goes_on(office, letters):
    with working(office):
        instance = office.start("send", name="Wang")

        eventually(lambda: instance.row.status == "completed")

    assert letters.keys == [f"{instance.id}/{office.one(select(Job)).element_instance_id}"]
    assert instance.variables["sent_to"] == "Wang"
    eventually(lambda: queue_rows(office, "id") == [])


def test_a_failed_attempt_waits_and_the_last_one_becomes_an_incident(office, letters):
    letters.error = ConnectionError("no route to the post")
    instance = office.start("send")
    job = office.one(select(Job))

    with pytest.raises(TryAgain) as again:
        run_job(office.service.job_context, job_id=job.id)
    assert timedelta(seconds=24) <= again.value.wait <= timedelta(seconds=36)
    assert instance.job.row.retries == 1

    run_job(office.service.job_context, job_id=job.id)

    assert instance.incident.message == "ConnectionError: no route to the post"
    assert len(set(letters.keys)) == 1, "the outside world must be able to see that it is the same letter"
    run_job(office.service.job_context, job_id=job.id)  # a third call finds nothing to do
    assert len(letters.keys) == 2


def test_the_queue_calls_again_after_the_wait(office, letters, monkeypatch):
    monkeypatch.setattr("engine.jobs.functions.wait_after", lambda failures: timedelta(0))
    letters.error = ConnectionError("no route to the post")

    with working(office):
        instance = office.start("send")
        eventually(lambda: office.all(select(Incident)))

    assert len(letters.keys) == 2
    assert instance.row.status == "running"


def test_work_that_is_no_longer_wanted_is_thrown_away(office, letters):
    letters.may_go_on.clear()
    with working(office):
        instance = office.start("send")
        letters.busy.wait(10)
        office.engine.execute(CancelInstance(instance_id=instance.id, reason="withdrawn"), actor=SYSTEM)
        letters.may_go_on.set()
        eventually(lambda: queue_rows(office, "id") == [])

    assert instance.row.status == "cancelled"
    assert not office.all(select(Incident))


def test_a_job_type_nobody_knows_here_waits_for_a_worker_from_outside(office, letters):
    office.start("send")
    context = JobContext(engine=office.engine, workers={})

    run_job(context, job_id=office.one(select(Job.id)))

    assert office.one(select(Job.status)) == "open"


def test_a_timer_fires_when_its_time_has_come(office, monkeypatch):
    often = worker_module.Periodic(seconds=0.1, function=worker_module.sweep_timers)
    monkeypatch.setitem(worker_module.PERIODIC, "sweep_timers", often)
    with working(office):
        instance = office.start("wait")
        time.sleep(0.3)
        assert instance.row.status == "running"

        office.later(days=1)

        eventually(lambda: instance.row.status == "completed")
    assert office.all(select(Timer)) == []


def test_a_deferred_message_reaches_who_waits_for_it(office):
    office.deploy(MESSAGE + sequence(UNTIL_PAID, process_id="until_paid_process"), name="messages")
    waiting, other = (office.start("until_paid_process", number=number) for number in ("7", "8"))

    with working(office):
        with office.service.database.write() as session:
            office.service.jobs.enqueue(session, "publish_message", {"name": "paid", "correlation_key": "7"})
        eventually(lambda: waiting.row.status == "completed")
        eventually(lambda: queue_rows(office, "id") == [])

    assert other.row.status == "running"


def test_what_was_running_when_the_process_ended_is_done_after_the_next_start(office, letters):
    instance = office.start("send")
    lose_the_worker(office)

    with working(office):
        eventually(lambda: instance.row.status == "completed")

    assert len(letters.keys) == 1


def test_a_job_that_loses_its_worker_three_times_becomes_an_incident(office, letters):
    instance = office.start("send")
    for attempts in (0, 1, 2):
        lose_the_worker(office, attempts=attempts)
    with working(office):
        eventually(lambda: office.all(select(Incident)))

    assert "vanished" in instance.incident.message
    assert letters.keys == []
    eventually(lambda: [row.status for row in queue_rows(office, "status")] == ["failed"])


def test_an_error_of_ours_becomes_an_incident_after_the_eighth_time(office, monkeypatch):
    def stumble(context, **args):
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(functions.JOBS, "run_job", stumble)
    instance = office.start("send")
    with office.service.database.write() as session:
        session.execute(text("UPDATE procrastinate_jobs SET attempts = 7"))

    with working(office):
        eventually(lambda: office.all(select(Incident)))
        eventually(lambda: [row.status for row in queue_rows(office, "status")] == ["failed"])

    assert instance.incident.message == "ZeroDivisionError: a bug"


def test_a_job_we_did_but_could_not_note_is_done_again(office, letters, monkeypatch):
    monkeypatch.setattr(worker_module, "STALLED", 0.1)
    monkeypatch.setitem(
        worker_module.PERIODIC,
        "recover_stalled",
        worker_module.Periodic(seconds=0.2, function=worker_module.recover_stalled),
    )
    notes = []

    async def forget_the_first(manager, *args, **kwargs):
        notes.append(args)
        if len(notes) > 1:
            await finish_job(manager, *args, **kwargs)

    from procrastinate.manager import JobManager

    finish_job = JobManager.finish_job
    monkeypatch.setattr(JobManager, "finish_job", forget_the_first)
    with working(office):
        office.start("send")
        eventually(lambda: queue_rows(office, "id") == [])

    assert len(notes) == 2
    assert len(letters.keys) == 1, "the second call finds that the job is completed"


def test_a_worker_gives_signs_of_life(office, monkeypatch):
    often = worker_module.Periodic(seconds=0.05, function=worker_module.beat)
    monkeypatch.setitem(worker_module.PERIODIC, "beat", often)

    def last_sign():
        with office.service.database.read() as session:
            return session.execute(text("SELECT max(last_heartbeat) FROM procrastinate_workers")).scalar_one()

    with working(office):
        eventually(last_sign)
        first = last_sign()
        eventually(lambda: last_sign() > first)


def test_a_worker_stops_after_the_job_in_hand(office, letters):
    letters.may_go_on.clear()
    with working(office) as worker:
        instance = office.start("send")
        letters.busy.wait(10)
        threading.Timer(0.3, letters.may_go_on.set).start()
        worker.stop()

    assert instance.row.status == "completed"
    assert queue_rows(office, "id") == []


def test_a_job_that_hangs_fails_and_takes_no_place_from_others(office, letters, monkeypatch):
    monkeypatch.setitem(functions.TIME_LIMITS, "run_job", 0.2)
    monkeypatch.setattr("engine.jobs.functions.wait_after", lambda failures: timedelta(0))
    letters.may_go_on.clear()
    with working(office, concurrency=1):
        stuck = office.start("send")
        eventually(lambda: office.all(select(Incident)))
        letters.may_go_on.set()
        after = office.start("send")
        eventually(lambda: after.row.status == "completed")

    assert stuck.incident.message == "It took longer than 0.2 s"


def test_a_stopping_worker_gives_back_what_does_not_end(office, letters, monkeypatch):
    monkeypatch.setattr(worker_module, "GRACE", 0.2)
    letters.may_go_on.clear()
    with working(office) as worker:
        instance = office.start("send")
        letters.busy.wait(10)
        worker.stop(timeout=10)
        assert [row.status for row in queue_rows(office, "status")] == ["todo"]
    letters.may_go_on.set()

    with working(office):
        eventually(lambda: instance.row.status == "completed")
    assert len(set(letters.keys)) == 1


def test_many_timers_do_not_keep_letters_waiting(office, letters, monkeypatch):
    order, gate = [], threading.Event()

    def fire_slowly(context, **args):
        gate.wait(10)
        order.append("timers")

    monkeypatch.setitem(functions.JOBS, "fire_timers", fire_slowly)
    with office.service.database.write() as session:
        for number in range(20):
            office.service.jobs.enqueue(session, "fire_timers", {"timer_ids": [number]})
    with working(office):
        instance = office.start("send")
        eventually(lambda: instance.row.status == "completed")
        assert order == [], "the letter, enqueued last, was sent while all timers waited"
        gate.set()
        eventually(lambda: len(order) == 20)


def test_a_worker_may_do_only_some_queues(office, letters):
    with working(office, queues=["timers"]):
        instance = office.start("send")
        office.start("wait")
        office.later(days=1)
        eventually(lambda: office.all(select(Timer)) == [])

    assert instance.row.status == "running"
    assert letters.keys == []


def test_stopping_a_worker_that_never_started_is_no_trouble(office):
    EmbeddedWorker(office.service.jobs, office.service.job_context).stop()


def test_old_finished_jobs_are_purged(office):
    async def purge():
        worker = worker_module._Worker(office.service.jobs, office.service.job_context, concurrency=1)
        async with worker.app.open_async():
            job_id = await worker.app.configure_task("fire_timer").defer_async(timer_id=1)
            await worker.app.job_manager.cancel_job_by_id_async(job_id)
            await worker_module.purge(worker)
            return queue_rows(office, "status")

    assert [row.status for row in in_a_loop(purge())] == ["cancelled"]  # a week has not passed


@pytest.fixture
def postgres_office(postgres_url, tmp_path, letters):
    office = open_driver(postgres_url, tmp_path)
    office.deploy(sequence(LETTER, process_id="send"))
    yield office
    office.service.close()


@pytest.mark.postgresql
def test_a_worker_survives_that_the_server_ends_all_its_connections(postgres_office, letters):
    with working(postgres_office):
        first = postgres_office.start("send")
        eventually(lambda: first.row.status == "completed")
        with psycopg.connect(libpq_url(postgres_office.service.database.url), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        with suppress(Unavailable):  # A connection that was used within the last second is not tried first.
            postgres_office.start("send")
        second = postgres_office.start("send")

        eventually(lambda: second.row.status == "completed", seconds=15)


@pytest.mark.postgresql
def test_a_worker_listens_again_when_the_server_is_back(postgres_office):
    url = make_url(libpq_url(postgres_office.service.database.url))
    elsewhere = url.set(database="postgres").render_as_string(hide_password=False)
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%%' AND datname = %s"
    with working(postgres_office), psycopg.connect(elsewhere, autocommit=True) as connection:

        def listeners():
            return connection.execute(listening, [url.database]).fetchone()[0]

        eventually(lambda: listeners() == 3)
        connection.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
        time.sleep(1)  # so that each has tried and was refused
        connection.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')

        eventually(lambda: listeners() == 3, seconds=15)


@pytest.mark.postgresql
def test_a_worker_process_does_jobs_and_ends_gracefully(postgres_office):
    script = (
        "import sys; from pathlib import Path; from engine import workers\n"
        "from engine.config import Settings; from engine.service import open_service\n"
        "from engine.jobs.worker import run_worker\n"
        "workers.WORKERS['letter'] = lambda variables, tools: {'sent_to': 'Wang'}\n"
        "service = open_service(Settings.from_environ())\n"
        "run_worker(service.jobs, service.job_context); print('ended')"
    )
    environment = {
        **os.environ,
        "LIANXI_DATABASE_URL": postgres_office.service.database.url,
        "LIANXI_SECRET_KEY": "a secret for tests only",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        instance = postgres_office.start("send")
        eventually(lambda: instance.row.status == "completed", seconds=20)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()

    assert (process.returncode, output) == (0, "ended\n")
    with postgres_office.service.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM procrastinate_workers")).scalar_one() == 0


def lose_the_worker(office, attempts=0):
    """As if a process had taken the job and ended."""
    with office.service.database.write() as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing', attempts = :n"), {"n": attempts})
