"""How long we wait before we try again, and when we give up."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from engine.errors import Unavailable

ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
WAIT_FOR_DATABASE = timedelta(minutes=1)
JITTER = 0.2


class TryAgain(Exception):
    """Raised by a job's function that has noted its failure itself and wants to be called again after a wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"again in {wait.total_seconds():.0f} s")
        self.wait = wait


class Patience(BaseRetryStrategy):
    """Whether the queue calls a job's function again after an exception.

    TryAgain decides for itself, and what a stopping worker gives back does not wait. While the database is away, full
    or too busy nothing was tried: that is no reason to give up. Anything else is an error of ours: eight attempts, then
    the row stays in the queue as `failed` for an operator.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, TryAgain):
            return _after(exception.wait)
        if isinstance(exception, asyncio.CancelledError):  # The worker stops and gives it back.
            return _after(timedelta(0))
        failures = job.attempts + 1
        if isinstance(exception, Unavailable):
            return _after(min(wait_after(failures), WAIT_FOR_DATABASE))
        return _after(wait_after(failures)) if failures < ATTEMPTS else None


def wait_after(failures: int, *, chance: float | None = None) -> timedelta:
    """The wait after the n-th failure, counted from 1: 30 s, 1 min, 2 min … up to 6 h, each up to 20 % off either way.

    Without the chance, everything that failed when a mail server went down would come back to it in one moment.
    `chance` is from 0 to 1; by default it is drawn.
    """
    doubled = FIRST_WAIT * 2 ** min(max(failures, 1) - 1, 20)
    spread = 1 + JITTER * (2 * (random.random() if chance is None else chance) - 1)
    return min(doubled, LONGEST_WAIT) * spread


def _after(wait: timedelta) -> RetryDecision:
    return RetryDecision(retry_in={"seconds": round(wait.total_seconds())})
