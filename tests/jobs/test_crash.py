"""A worker that is killed at any moment loses no job and invents none."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import workers
from engine.model.runtime import Incident, ProcessInstance
from tests.support.driver import open_driver
from tests.support.models import sequence

INSTANCES, KILLS = 30, 3
LETTER = """<bpmn:serviceTask id="letter"><bpmn:extensionElements>
  <zeebe:taskDefinition type="letter"/></bpmn:extensionElements></bpmn:serviceTask>"""
# On SQLite the embedded worker, on PostgreSQL the process; both write each letter's key down before they report it.
WORKER = """
import sys, threading, time
from engine import workers
from engine.config import Settings
from engine.jobs import worker
from engine.service import open_service

def send(variables, tools):
    with open(sys.argv[1], "a") as letters:
        letters.write(tools.key + "\\n")
    time.sleep(0.02)
    return {}

workers.WORKERS["letter"] = send
worker.HEARTBEAT, worker.STALLED, worker.LOST_WORKERS = 0.2, 1.0, 100
worker.PERIODIC["beat"] = worker.Periodic(seconds=0.2, function=worker.beat)
worker.PERIODIC["recover_stalled"] = worker.Periodic(seconds=0.5, function=worker.recover_stalled)
service = open_service(Settings.from_environ())
if service.database.dialect == "sqlite":
    worker.EmbeddedWorker(service.jobs, service.job_context).start()
    threading.Event().wait()
else:
    worker.run_worker(service.jobs, service.job_context)
"""


@pytest.fixture
def office(any_database, tmp_path, monkeypatch):
    monkeypatch.setitem(workers.WORKERS, "letter", lambda variables, tools: {})
    office = open_driver(any_database.url, tmp_path)
    office.deploy(sequence(LETTER, process_id="send"))
    yield office
    office.service.close()


def test_every_letter_of_a_committed_start_is_sent_and_no_other(office, tmp_path):
    letters = tmp_path / "letters"
    environment = {
        **os.environ,
        "LIANXI_DATABASE_URL": office.service.database.url,
        "LIANXI_SECRET_KEY": "a secret for tests only",
    }

    def start_worker():
        command = [sys.executable, "-c", WORKER, str(letters)]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2], env=environment)

    def running():
        return office.one(select(func.count()).where(ProcessInstance.status == "running"))

    def lines():
        return letters.read_text().count("\n") if letters.exists() else 0

    chance = random.Random(7)
    worker = start_worker()
    try:
        started = []
        for _ in range(KILLS):
            before = lines()
            started += [office.start("send").id for _ in range(INSTANCES // KILLS)]
            while lines() == before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0.0, 0.15))
            worker.kill()  # amid a handful of letters
            worker.wait()
            worker = start_worker()
        end = time.monotonic() + 40
        while running() and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        worker.kill()
        worker.wait()

    sent = Counter(letters.read_text().split())
    assert running() == 0
    assert office.all(select(Incident)) == []
    assert {int(key.split("/")[0]) for key in sent} == set(started)
    assert len(sent) == INSTANCES, "a letter sent twice must have the key of the first"
