"""Rehearsals under way are kept open, so that a further step needs not take all the earlier ones again.

Nothing depends on it: an office that is no longer kept is opened anew and taken to where it was.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from engine.errors import InvalidInput
from engine.packs import Pack
from engine.rehearsal.furnishing import Setup, start_key
from engine.rehearsal.office import Office
from engine.rehearsal.scenario import MOST_STEPS
from engine.rehearsal.steps import Step

MOST_KEPT = 6


class Rehearsals:
    """The offices of one process that are kept open, the latest ones. Each is used by one thread at a time."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Office] = OrderedDict()

    def reach(self, packs: Sequence[Pack], setup: Setup, steps: Sequence[Step]) -> Office:
        """An office where these steps were taken; `keep` it afterwards. Raises what refuses the last step."""
        if len(steps) > MOST_STEPS:
            raise InvalidInput({}, "Expected at most {most} steps, but there are {count}", most=MOST_STEPS,
                               count=len(steps))  # fmt: skip
        for done in range(len(steps), -1, -1):
            office = self._take(_key(packs, setup, steps[:done]))
            if office is not None:
                break
        else:
            office, done = Office(packs, setup), 0
        try:
            for step in steps[done:]:
                office.do(step)
        except BaseException:
            self.keep(packs, office)  # as it was before the refused step
            raise
        return office

    def keep(self, packs: Sequence[Pack], office: Office) -> None:
        """Give an office back for the next step."""
        with self._lock:
            key = _key(packs, office.setup, office.steps)
            dropped = [self._kept.pop(key)] if key in self._kept else []
            self._kept[key] = office
            while len(self._kept) > self._most:
                dropped.append(self._kept.popitem(last=False)[1])
        for other in dropped:
            other.close()

    def close(self) -> None:
        with self._lock:
            offices, self._kept = list(self._kept.values()), OrderedDict()
        for office in offices:
            office.close()

    def _take(self, key: str) -> Office | None:
        with self._lock:
            return self._kept.pop(key, None)


def _key(packs: Sequence[Pack], setup: Setup, steps: Sequence[Step]) -> str:
    return start_key(packs, setup, *(step.as_mapping() for step in steps))
