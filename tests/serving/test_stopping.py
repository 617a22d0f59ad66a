"""A server or worker that is told to stop ends what it has begun, and says so while it does."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.driver import Driver, open_driver
from tests.support.models import sequence, user_task
from tests.support.postgres import libpq_url
from tests.support.server import LIANXI, ROOT, free_port, lianxi, wait_until_it_answers, whole

LOG = """<bpmn:serviceTask id="note"><bpmn:extensionElements>
  <zeebe:taskDefinition type="log"/></bpmn:extensionElements></bpmn:serviceTask>"""


def until(what: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "It did not come to be"
        time.sleep(0.05)


@contextmanager
def process(*arguments: str, log: Path, **values: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `lianxi` process; killed at the end if it is still there."""
    with log.open("ab") as output:
        running = subprocess.Popen([*LIANXI, *arguments], env=whole(values), stdout=output, stderr=output, cwd=ROOT)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()


def ask(url: str, token: str = "", body: Any = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def answers_at(url: str) -> bool:
    try:
        return ask(f"{url}/healthz")[0] == 200
    except OSError:
        return False


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Driver]:
    """An office on SQLite with a process of one task that rita may start."""
    driver = open_driver(f"sqlite:///{tmp_path / 'lianxi.db'}", tmp_path)
    driver.groups(desk=("case:open", "case:read_all", "operate", "deploy"))
    driver.person("rita", "desk")
    driver.deploy(sequence(user_task("look", groups="desk"), process_id="permits"))
    yield driver
    driver.service.close()


@contextmanager
def serving(folder: Path, **values: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port, log = str(free_port()), folder / "serve.log"
    with process("serve", log=log, LIANXI_DATA=str(folder), LIANXI_PORT=port, **values) as server:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(f"{url}/healthz", server, log)
        yield url, server


def test_a_stopping_server_answers_what_it_was_asked(office: Driver, tmp_path: Path) -> None:
    token = lianxi("token", "create", "--user", "rita", environment={"LIANXI_DATA": str(tmp_path)}).strip()
    answers: list[tuple[int, Any]] = []
    with serving(tmp_path) as (url, server):
        in_the_way = sqlite3.connect(tmp_path / "lianxi.db", isolation_level=None)
        in_the_way.execute("BEGIN IMMEDIATE")
        order = {"processDefinitionId": "permits"}
        asking = [
            threading.Thread(target=lambda: answers.append(ask(f"{url}/v2/process-instances", token, order)))
            for _ in range(4)
        ]
        for each in asking:
            each.start()
        time.sleep(3)  # they are in the server now, which can't write

        server.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        still_there = server.poll() is None
        in_the_way.rollback()
        for each in asking:
            each.join()

        assert server.wait(40) == 0
    assert still_there
    assert [status for status, _ in answers] == [200] * 4
    with sqlite3.connect(tmp_path / "lianxi.db") as database:
        assert database.execute("SELECT count(*) FROM process_instance").fetchone() == (4,)
        assert database.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (0,)  # it signed off


def test_after_a_killed_server_the_next_one_starts_at_once(office: Driver, tmp_path: Path) -> None:
    with serving(tmp_path) as (url, server):
        server.kill()
        server.wait()
        until(lambda: not answers_at(url), seconds=5)

    with serving(tmp_path) as (url, _):
        assert ask(f"{url}/healthz")[0] == 200


def test_a_draining_server_says_so_and_answers_on(office: Driver, tmp_path: Path) -> None:
    with serving(tmp_path, LIANXI_DRAIN_SECONDS="6") as (url, server):
        until(lambda: ask(f"{url}/readyz?except=disk")[0] == 200)

        server.send_signal(signal.SIGTERM)
        until(lambda: ask(f"{url}/readyz")[1]["status"] == "draining")

        assert ask(f"{url}/healthz") == (200, {"status": "ok"})
        assert server.wait(40) == 0


def test_beside_a_server_one_may_deploy_but_not_serve_again(office: Driver, tmp_path: Path) -> None:
    with serving(tmp_path) as (_, server):
        values = {"LIANXI_DATA": str(tmp_path), "LIANXI_PORT": str(free_port())}
        assert "process" in lianxi("deploy", "processes/petition", environment=values)
        lianxi("migrate", environment=values)

        second = subprocess.run(
            [*LIANXI, "serve"], env=whole(values), capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
        )
        with sqlite3.connect(tmp_path / "lianxi.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '0001'")
        older = subprocess.run(
            [*LIANXI, "migrate"], env=whole(values), capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
        )

        assert server.poll() is None
    for refused in (second, older):
        assert refused.returncode == 1
        assert f"but process {server.pid} is serving it; stop that first" in refused.stderr


@pytest.mark.postgresql
def test_a_stopping_worker_ends_its_job(postgres_url: str, tmp_path: Path) -> None:
    driver = open_driver(postgres_url, tmp_path)
    driver.deploy(sequence(LOG, process_id="notes"))
    instance = driver.start("notes")
    values = {"LIANXI_DATA": str(tmp_path), "LIANXI_DATABASE_URL": postgres_url}
    with (
        psycopg.connect(libpq_url(postgres_url)) as in_the_way,
        psycopg.connect(libpq_url(postgres_url), autocommit=True) as looking,
        process("worker", log=tmp_path / "worker.log", **values) as worker,
    ):
        in_the_way.execute("SELECT 1 FROM process_instance WHERE id = %s FOR UPDATE", (instance.id,))
        doing = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
        until(lambda: looking.execute(doing).fetchone() == (1,))

        worker.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        still_there = worker.poll() is None
        in_the_way.rollback()

        assert worker.wait(40) == 0
        assert still_there
        assert looking.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
    assert instance.row.status == "completed"
    driver.service.close()


def test_who_says_nothing_or_half_of_it_does_not_hold_a_stopping_server_up(office: Driver, tmp_path: Path) -> None:
    with serving(tmp_path) as (url, server):
        port = int(url.rpartition(":")[2])
        silent, halfway = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        time.sleep(1)  # the server has taken them
        halfway.sendall(b"GET /healthz HTTP/1.1\r\nHost: somewhere\r\n")
        kept = http.client.HTTPConnection("127.0.0.1", port)
        kept.request("GET", "/healthz")
        kept.getresponse().read()

        server.send_signal(signal.SIGTERM)

        assert server.wait(20) == 0  # without a rule of ours it would be killed after 35
        for each in (silent, halfway):
            each.close()
        kept.close()
