"""What machines that watch are told, and who may read it."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from engine import logs
from engine.jobs.worker import EmbeddedWorker
from engine.model.history import Upkeep
from tests.support.driver import PASSWORD, Driver
from webui.app import create_app
from webui.health import start_draining

TOKEN = "a token for whoever watches"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    logs.configure("json", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def worker(office: Driver) -> Iterator[None]:
    embedded = EmbeddedWorker(office.service.jobs, office.service.job_context)
    embedded.start()
    yield
    embedded.stop()


def found(app: Flask, query: str = "") -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get(f"/readyz{query}")
    return answer.status_code, answer.get_json()


def test_a_process_is_alive_whatever_the_database_does(app: Flask, office: Driver) -> None:
    office.service.database.dispose()
    (office.service.settings.data_folder / "lianxi.db").unlink()

    assert app.test_client().get("/healthz").get_json() == {"status": "ok"}
    status, body = found(app, "?except=worker,disk")
    assert (status, body["status"]) == (503, "not ready")


def test_without_a_worker_it_is_not_ready(app: Flask) -> None:
    status, body = found(app, "?except=disk")

    assert (status, body["failing"]) == (503, ["worker"])
    assert body["checks"]["worker"] == {"ok": False, "found": "none is at work"}
    assert body["checks"]["schema"]["ok"] and body["checks"]["database"]["ok"]
    assert found(app, "?except=worker,disk")[0] == 200


def test_a_worker_makes_it_ready_and_stopping_ends_that(app: Flask, office: Driver, worker: None) -> None:
    end = time.monotonic() + 20
    while "worker" in found(app)[1]["failing"] and time.monotonic() < end:
        time.sleep(0.05)

    assert found(app, "?except=disk")[0] == 200

    start_draining(app)

    status, body = found(app, "?except=disk")
    assert (status, body["status"]) == (503, "draining")
    assert app.test_client().get("/login").status_code == 200


@pytest.mark.parametrize(("revision", "good"), [("0001", False), ("a newer one", True)])
def test_old_tables_are_not_ready_but_newer_ones_are(app: Flask, office: Driver, revision: str, good: bool) -> None:
    with sqlite3.connect(office.service.settings.data_folder / "lianxi.db") as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    checks = found(app)[1]["checks"]

    assert checks["schema"]["ok"] is good
    assert revision in checks["schema"]["found"]


def test_metrics_count_requests_and_read_the_rest_from_the_database(app: Flask, visit: Callable) -> None:
    visit("rita").send("/register/permit", applicant="Ann", subject="A shed")

    text = app.test_client().get("/metrics").text

    assert 'lianxi_requests_total{endpoint="cases.start",method="POST",status="' in text
    assert 'lianxi_commands_total{command="OpenCase",outcome="done"}' in text
    assert "\nlianxi_open_tasks 1\n" in text
    assert "\nlianxi_running_instances 1\n" in text
    assert "\nlianxi_database_up 1\n" in text
    assert "\nlianxi_open_incidents 0\n" in text
    assert "\nlianxi_forgotten_work 0\n" in text


def test_metrics_tell_of_upkeep_and_of_forgotten_work(app: Flask, office: Driver) -> None:
    with office.service.database.write() as session:
        for name, data in (("backup", {}), ("work_without_job", {"total": 3})):
            session.add(Upkeep(name=name, done_at=office.clock.now(), data=data))

    text = app.test_client().get("/metrics").text

    assert f'lianxi_upkeep_timestamp_seconds{{name="backup"}} {office.clock.now().timestamp()}' in text
    assert "\nlianxi_forgotten_work 3\n" in text


def test_metrics_are_for_this_machine_or_the_token(office: Driver) -> None:
    settings = dataclasses.replace(office.service.settings, metrics_token=TOKEN)
    client = create_app(office.engine, settings).test_client()
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}

    assert client.get("/metrics").status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={header: "10.0.0.9"}).status_code == 403
    assert client.get("/metrics", environ_base=elsewhere).status_code == 403
    for given, status in ((TOKEN, 200), ("another", 403), ("", 403)):
        headers = {"Authorization": f"Bearer {given}"}
        assert client.get("/metrics", headers=headers, environ_base=elsewhere).status_code == status


def test_without_a_token_set_none_is_good(app: Flask) -> None:
    answer = app.test_client().get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_base={"REMOTE_ADDR": "10.0.0.9"}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("proxy-0123456789", True),
        ("short", False),
        ("has space in it", False),
        ("x" * 65, False),
        ("王小明王小明王小明", False),
    ],
)
def test_a_well_formed_request_id_is_kept(app: Flask, given: str, kept: bool) -> None:
    headers = {"X-Request-ID": given.encode().decode("latin-1")}
    answered = app.test_client().get("/login", headers=headers).headers["X-Request-ID"]

    assert (answered == given) is kept
    assert len(answered) >= 8


def test_a_request_is_logged_by_its_route_and_its_command_with_the_same_id(
    app: Flask, visit: Callable, logged: io.StringIO
) -> None:
    visitor = visit("rita")
    visitor.send("/register/permit", applicant="Ann", subject="A shed")

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (command,) = [line for line in lines if line.get("command") == "OpenCase"]
    (request,) = [line for line in lines if line.get("route") == "/register/<case_type>" and line["method"] == "POST"]
    assert command["request_id"] == request["request_id"]
    assert (command["actor"], command["outcome"], request["actor"]) == ("rita", "done", "rita")
    assert command["case_id"] == 1 and command["instance_id"] == 1


def test_nothing_that_people_entered_is_in_the_log(
    app: Flask, office: Driver, visit: Callable, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, phone, subject, reason = "王小明 Wang Xiaoming", "13812345678", "Zaun am Bach", "Grenzstein fehlt"
    app.testing = False
    stranger = visit()
    stranger.send("/login", username="rita", password="not her password")
    visitor = visit("rita")
    visitor.send("/register/permit", applicant=name, phone=phone, subject=subject)
    visitor.send("/register/permit/similar", applicant=name, phone=phone, subject=subject)
    visitor.get(f"/cases?q={subject}")
    visitor.get(f"/nothing/{subject}?name={name}")
    visitor.send("/tasks/1/claim")
    visitor.send("/tasks/1/complete", outcome="wrong", reason=reason)
    visitor.send("/tasks/1/complete", outcome="grant", reason=reason)
    monkeypatch.setitem(app.view_functions, "cases.search", lambda: {}[f"{name} {phone}"])
    assert visitor.get(f"/cases?q={name}").status_code == 500

    written = logged.getvalue()
    assert '"KeyError"' in written and '"CompleteTask"' in written
    for word in (*name.split(), phone, *subject.split()[:1], *reason.split(), PASSWORD, "not her password"):
        assert word not in written, word
