"""Suites of scenarios run beside the requests that ask for them: one after the other, the latest results kept."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence

import msgspec

from engine.errors import InvalidState
from engine.packs import Pack, digest
from engine.rehearsal.suite import Result, Suite, Tried, run_suite, scenarios_of

MOST_KEPT = 32
MOST_WAITING = 8

logger = logging.getLogger("lianxi.rehearsal")


class Run:
    """A suite that is run or was: `results` so far of `total`, and `suite` when it has ended."""

    def __init__(self, pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack], tried: Tried | None) -> None:
        self.total = len(scenarios_of(files))
        self.results: list[Result] = []
        self.suite: Suite | None = None
        self.failure: Exception | None = None
        self._asked = (pack, files, tuple(others), tried)
        self._ended = threading.Event()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it has ended, after at most so long."""
        return self._ended.wait(seconds)

    def do(self) -> None:
        pack, files, others, tried = self._asked
        del self._asked  # the results are kept longer
        try:
            self.suite = run_suite(pack, files, others, tried=tried, came=self.results.append)
        except Exception as error:  # a mistake of ours, which belongs to whoever looks for the result
            logger.exception("a suite of scenarios ended with a mistake")
            self.failure = error
        finally:
            self._ended.set()


class Suites:
    """The runs of one process. Another process that is asked for the same runs it too, which costs time and no more."""

    def __init__(self, most: int = MOST_KEPT, most_waiting: int = MOST_WAITING) -> None:
        self._most, self._most_waiting = most, most_waiting
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._waiting: deque[Run] = deque()
        self._busy = False

    def known(
        self, pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack] = (), *, tried: Tried | None = None
    ) -> Run | None:
        """The run of exactly these files, if one was asked for here."""
        with self._lock:
            return self._runs.get(_key(pack, files, others, tried))

    def begin(
        self, pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack] = (), *, tried: Tried | None = None
    ) -> Run:
        """Have these files run beside, unless they were or are. Raises InvalidState where too many wait."""
        key = _key(pack, files, others, tried)
        with self._lock:
            run = self._runs.get(key)
            if run is None or run.failure is not None:
                if len(self._waiting) >= self._most_waiting:
                    raise InvalidState(
                        "Expected to run the scenarios, but {count} other runs wait; try again in a moment",
                        count=len(self._waiting),
                    )
                run = self._runs[key] = Run(pack, files, others, tried)
                self._waiting.append(run)
                if not self._busy:
                    self._busy = True
                    threading.Thread(target=self._work, name="lianxi-scenarios", daemon=True).start()
            self._runs.move_to_end(key)
            while len(self._runs) > self._most:
                self._runs.popitem(last=False)
        return run

    def run(self, pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack] = ()) -> Suite:
        """What comes of these files, run unless they were; the caller waits."""
        run = self.begin(pack, files, others)
        run.wait()
        if run.suite is None:
            raise run.failure or RuntimeError("the suite has no result")
        return run.suite

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                run = self._waiting.popleft()
            run.do()


suites = Suites()


def _key(pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack], tried: Tried | None) -> str:
    scenarios = (part for path, content in scenarios_of(files).items() for part in (path.encode(), content))
    days = [(str(day.date), day.working, day.name) for day in tried.local_days] if tried else []
    otherwise = msgspec.json.encode([tried is not None, dict(tried.changes) if tried else {}, days])
    return digest(pack.sha256.encode(), *scenarios, *(other.sha256.encode() for other in others), otherwise)
