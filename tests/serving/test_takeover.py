"""A worker that dies amid a job is replaced within a minute, with the settings everybody has."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from engine.jobs.worker import PERIODIC, STALLED
from tests.serving.test_stopping import LOG, process, until
from tests.support.driver import open_driver
from tests.support.models import sequence
from tests.support.postgres import libpq_url

LIMIT = 60.0  # seconds


@pytest.mark.postgresql
@pytest.mark.timeout(180)
def test_the_job_of_a_dead_worker_is_taken_over_within_a_minute(postgres_url: str, tmp_path: Path) -> None:
    driver = open_driver(postgres_url, tmp_path)
    driver.deploy(sequence(LOG, process_id="notes"))
    instance = driver.start("notes")
    values = {"LIANXI_DATA": str(tmp_path), "LIANXI_DATABASE_URL": postgres_url}
    with (
        psycopg.connect(libpq_url(postgres_url)) as in_the_way,
        psycopg.connect(libpq_url(postgres_url), autocommit=True) as looking,
        process("worker", log=tmp_path / "first.log", **values) as first,
    ):
        in_the_way.execute("SELECT 1 FROM process_instance WHERE id = %s FOR UPDATE", (instance.id,))
        doing = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
        until(lambda: looking.execute(doing).fetchone() == (1,))

        first.kill()
        died = time.monotonic()
        in_the_way.rollback()
        with process("worker", log=tmp_path / "second.log", **values) as second:
            until(lambda: instance.row.status == "completed", seconds=LIMIT)
            taken_over = time.monotonic() - died
            second.terminate()
            assert second.wait(40) == 0

        assert taken_over < LIMIT
        assert instance.history.count("job completed") <= 1
        assert looking.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
    driver.service.close()


def test_the_settings_leave_room_within_the_minute() -> None:
    assert STALLED + PERIODIC["recover_stalled"].seconds + PERIODIC["beat"].seconds < LIMIT
