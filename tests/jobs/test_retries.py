"""Waits double from half a minute to six hours, and the eighth failure is the last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.jobs import Job

from engine.database_faults import Away, Busy
from engine.errors import NoSpace
from engine.jobs.retries import ATTEMPTS, Patience, TryAgain, wait_after


def queued(attempts: int) -> Job:
    return Job(task_name="run_job", queue="io", lock=None, queueing_lock=None, attempts=attempts)


def seconds_until_retry(error: Exception, attempts: int) -> float | None:
    decision = Patience().get_retry_decision(exception=error, job=queued(attempts))
    return decision and (decision.retry_at - datetime.now(UTC)).total_seconds()


def test_waits_double_up_to_six_hours():
    waits = [wait_after(failures, chance=0.5) for failures in range(1, 13)]

    minutes = [wait.total_seconds() / 60 for wait in waits]
    assert minutes == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert wait_after(10_000, chance=0.5) == timedelta(hours=6)


def test_each_wait_is_up_to_a_fifth_off():
    assert wait_after(1, chance=0).total_seconds() == 24
    assert wait_after(1, chance=1).total_seconds() == 36
    assert len({wait_after(1) for _ in range(20)}) > 10


def test_an_error_is_tried_again_until_the_eighth_time():
    error = ValueError("a bug")

    assert seconds_until_retry(error, attempts=0) == pytest.approx(30, abs=7)
    assert seconds_until_retry(error, attempts=ATTEMPTS - 2) == pytest.approx(32 * 60, rel=0.21)
    assert seconds_until_retry(error, attempts=ATTEMPTS - 1) is None


def test_who_asks_for_another_try_gets_it_when_it_was_asked_for():
    assert seconds_until_retry(TryAgain(timedelta(minutes=5)), attempts=20) == pytest.approx(300, abs=2)


@pytest.mark.parametrize("error", [Away(), Busy(), NoSpace()])
def test_while_the_database_is_away_nothing_is_given_up(error):
    assert seconds_until_retry(error, attempts=0) == pytest.approx(30, abs=7)
    assert seconds_until_retry(error, attempts=100) == pytest.approx(60, abs=2)
