"""Times with nanoseconds, which FEEL has (DMN 10.3.2.3.4: any fraction of a second) and Python has not."""

from datetime import date, datetime, time, timedelta
from typing import Any


class FineTime(time):
    """A time with nanoseconds beyond its microseconds, 1 to 999. Made by `fine`; everything else is a plain time."""

    nanoseconds = 0

    def replace(self, *positional: Any, **changes: Any) -> Any:
        """As of a time; the nanoseconds stay unless the microseconds go."""
        return fine(super().replace(*positional, **changes), _kept(self, changes))


class FineDateTime(datetime):
    """A date and time with nanoseconds beyond its microseconds, 1 to 999. Made by `fine`, kept by all that moves it.

    Compared by Python it is its microseconds: operators.py looks at the rest.
    """

    nanoseconds = 0

    def replace(self, *positional: Any, **changes: Any) -> Any:
        """As of a datetime; the nanoseconds stay unless the microseconds go."""
        return fine(super().replace(*positional, **changes), _kept(self, changes))

    def astimezone(self, tz: Any = None) -> Any:
        """The same moment elsewhere."""
        return fine(super().astimezone(tz), self.nanoseconds)

    def timetz(self) -> Any:
        """The time of the day, with its zone."""
        return fine(super().timetz(), self.nanoseconds)

    def __add__(self, other: timedelta) -> Any:
        return fine(super().__add__(other), self.nanoseconds)

    __radd__ = __add__


def fine(value: Any, nanoseconds: int) -> Any:
    """A time or datetime with these nanoseconds beyond its microseconds; one of Python's own where there are none."""
    clock = (value.hour, value.minute, value.second, value.microsecond)
    finer: Any
    if isinstance(value, datetime):
        make = FineDateTime if nanoseconds else datetime
        finer = make(value.year, value.month, value.day, *clock, tzinfo=value.tzinfo, fold=value.fold)
    else:
        finer = (FineTime if nanoseconds else time)(*clock, tzinfo=value.tzinfo, fold=value.fold)
    if nanoseconds:
        finer.nanoseconds = nanoseconds
    return finer


def nanoseconds(value: Any) -> int:
    """The nanoseconds beyond the microseconds of any date or time."""
    return int(getattr(value, "nanoseconds", 0))


def fraction(digits: str) -> tuple[int, int]:
    """Microseconds and the nanoseconds beyond, of the digits behind a second's point; further digits are cut off."""
    return divmod(int(digits.ljust(9, "0")[:9]), 1000)


def combine_finely(day: date, clock: time) -> datetime:
    """`datetime.combine`, which would forget the nanoseconds."""
    combined = datetime.combine(day, clock)
    return fine(combined, nanoseconds(clock)) if type(clock) is FineTime else combined


def _kept(value: FineTime | FineDateTime, changes: dict[str, Any]) -> int:
    return 0 if "microsecond" in changes else value.nanoseconds
