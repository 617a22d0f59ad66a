"""Rehearsals under way are kept open, so that a further step needs not take all the earlier ones again.

Nothing depends on it: an office that is no longer kept is opened anew and taken to where it was.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter

import msgspec

from engine.errors import InvalidInput, InvalidState, Rejection
from engine.packs import Pack, digest
from engine.rehearsal.furnishing import Setup, start_key
from engine.rehearsal.office import Office
from engine.rehearsal.scenario import MOST_STEPS
from engine.rehearsal.steps import Step
from engine.rehearsal.view import look

MOST_KEPT = 16
MOST_EACH = 3  # of one designer: more than one window is rare
IDLE_SECONDS = 30 * 60.0
MOST_SECONDS = 20.0  # of one request; what was taken is kept, and the next request goes on


@dataclass(frozen=True, kw_only=True)
class _Kept:
    office: Office
    owner: str
    since: float


class Rehearsals:
    """The offices of one process that are kept open: the latest ones of each owner, until nobody comes back for long.

    Each is used by one thread at a time.
    """

    def __init__(
        self, most: int = MOST_KEPT, *, each: int = MOST_EACH, idle_seconds: float = IDLE_SECONDS,
        ticks: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        self._most, self._each, self._idle_seconds, self._ticks = most, each, idle_seconds, ticks
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def reach(self, packs: Sequence[Pack], setup: Setup, steps: Sequence[Step], owner: str = "") -> Office:
        """An office where these steps were taken; `keep` it afterwards. Raises what refuses a step."""
        office, refusal = self.go(packs, setup, steps, owner)
        if refusal is not None:
            self.keep(packs, office, owner)
            raise refusal
        return office

    def go(
        self, packs: Sequence[Pack], setup: Setup, steps: Sequence[Step], owner: str = ""
    ) -> tuple[Office, Rejection | None]:
        """An office where these steps were taken as far as they can be, and what refuses the next. `keep` it."""
        if len(steps) > MOST_STEPS:
            raise InvalidInput({}, "Expected at most {most} steps, but there are {count}", most=MOST_STEPS,
                               count=len(steps))  # fmt: skip
        keys = _keys(packs, setup, steps, owner)
        for done in range(len(steps), -1, -1):
            office = self._take(keys[done])
            if office is not None:
                break
        else:
            office, done = Office(packs, setup), 0
        began = perf_counter()
        try:
            for number, step in enumerate(steps[done:], done + 1):
                if perf_counter() - began > MOST_SECONDS:
                    raise InvalidState("Expected an end after {seconds} s, but there are more steps",
                                       seconds=round(MOST_SECONDS))  # fmt: skip
                if number == len(steps):
                    take(office, step)
                else:
                    office.do(step)
        except Rejection as refusal:
            if office.torn:
                taken = tuple(office.steps)
                office.close()
                return self.go(packs, setup, taken, owner)[0], refusal
            return office, refusal
        except BaseException:
            office.close()
            raise
        return office, None

    def keep(self, packs: Sequence[Pack], office: Office, owner: str = "") -> None:
        """Give an office back for the next step."""
        key = _keys(packs, office.setup, office.steps, owner)[-1]
        with self._lock:
            dropped = [self._kept.pop(key)] if key in self._kept else []
            self._kept[key] = _Kept(office=office, owner=owner, since=self._ticks())
            dropped += [self._kept.pop(old) for old in self._aged(owner)]
        for other in dropped:
            other.office.close()

    def close(self) -> None:
        with self._lock:
            kept, self._kept = list(self._kept.values()), OrderedDict()
        for one in kept:
            one.office.close()

    def _aged(self, owner: str) -> list[str]:
        """What is kept too long or too much, oldest first."""
        latest = self._ticks() - self._idle_seconds
        old = [key for key, kept in self._kept.items() if kept.since < latest]
        own = [key for key, kept in self._kept.items() if kept.owner == owner and key not in old]
        old += own[: max(0, len(own) - self._each)]
        rest = [key for key in self._kept if key not in old]
        return old + rest[: max(0, len(rest) - self._most)]

    def _take(self, key: str) -> Office | None:
        with self._lock:
            kept = self._kept.pop(key, None)
        return kept.office if kept is not None else None


def take(office: Office, step: Step) -> None:
    """Take a step, and remember how it was before. Raises what refuses it."""
    before = look(office)
    office.do(step)
    office.before = before


def _keys(packs: Sequence[Pack], setup: Setup, steps: Sequence[Step], owner: str) -> list[str]:
    """What each of these rehearsals is kept under: without a step, after the first, after the second..."""
    found = [start_key(packs, setup, owner)]
    for step in steps:
        found.append(digest(found[-1].encode(), msgspec.json.encode(step.as_mapping())))
    return found
