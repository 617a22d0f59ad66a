"""What time it is; the only module that asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Handed to whoever needs the time, so that tests and rehearsals can have their own."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        ...

    def today(self, zone: tzinfo) -> date:
        """The date people in `zone` read on their wall now."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self, zone: tzinfo) -> date:
        return self.now().astimezone(zone).date()


class FixedClock:
    """A clock that stands still until it is moved: for tests, the demo's past and rehearsals."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def now(self) -> datetime:
        return self._now

    def today(self, zone: tzinfo) -> date:
        return self._now.astimezone(zone).date()

    def set(self, now: datetime) -> None:
        """Move to a moment, forwards or back. Raises ValueError for a naive one: nobody knows which moment it is."""
        if now.utcoffset() is None:
            raise ValueError(f"Expected an aware time, but {now.isoformat()} has no time zone")
        self._now = now.astimezone(UTC)

    def advance(self, step: timedelta) -> datetime:
        """Move on by `step` and say what time it is then."""
        self.set(self._now + step)
        return self._now
