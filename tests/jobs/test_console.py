"""Procrastinate's own command line knows our queue: whoever operates it retries there what was given up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from engine.database import Database
from tests.support.driver import open_driver
from tests.support.server import ROOT, whole


def test_a_job_that_was_given_up_is_retried_in_the_shell_of_the_queue(any_database: Database, tmp_path: Path) -> None:
    office = open_driver(any_database.url, tmp_path)
    with office.service.database.write() as session:
        office.service.jobs.enqueue(session, "publish_message", {"name": "paid", "correlation_key": "7"})
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
        number = session.scalar(text("SELECT id FROM procrastinate_jobs"))
    office.service.close()

    done = subprocess.run(
        [sys.executable, "-m", "procrastinate", "--app", "engine.jobs.console.app", "shell"],
        input=f"list_jobs\nretry {number}\nexit\n",
        env=whole({"LIANXI_DATA": str(tmp_path), "LIANXI_DATABASE_URL": any_database.url}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert f"#{number} publish_message" in done.stdout, done.stderr
    with office.service.database.read() as session:
        assert session.execute(text("SELECT id, status FROM procrastinate_jobs")).all() == [(number, "todo")]
