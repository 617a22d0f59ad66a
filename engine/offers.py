"""Who waits for jobs in this process is told of new ones; other processes' jobs are found by looking now and then."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable


class Offers:
    """How often jobs of each type were offered here. Waiting holds no database connection."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: Counter[str] = Counter()

    def count(self, job_type: str) -> int:
        """To be asked before looking for jobs, so that one offered while looking is not missed."""
        return self._counts[job_type]

    def announce(self, job_types: Iterable[str]) -> None:
        with self._changed:
            self._counts.update(set(job_types))
            self._changed.notify_all()

    def wait(self, job_type: str, known: int, seconds: float) -> None:
        """Wait until the count is no longer the known one, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._counts[job_type] != known, seconds)
