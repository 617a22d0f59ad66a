"""Dates before year 1 and after year 9999, which FEEL has and Python has not."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from engine.feel.errors import Undefined
from engine.feel.fine import combine_finely

# The calendar repeats itself every 400 years, weekdays and leap years included.
CYCLE_YEARS = 400
CYCLE_DAYS = 146_097
FIRST_YEAR = 2000
MAX_YEAR = 999_999_999


@dataclass(frozen=True, slots=True)
class FarDate:
    """A date as one of the years 2000 to 2399, `near`, so many 400-year cycles away. Reads like Python's date."""

    cycles: int
    near: Any

    @property
    def year(self) -> int:
        return int(self.near.year) + CYCLE_YEARS * self.cycles

    @property
    def month(self) -> int:
        return int(self.near.month)

    @property
    def day(self) -> int:
        return int(self.near.day)

    def weekday(self) -> int:
        return int(self.near.weekday())

    def isoweekday(self) -> int:
        return int(self.near.isoweekday())

    def isocalendar(self) -> Any:
        return self.near.isocalendar()

    def timetuple(self) -> Any:
        return self.near.timetuple()


@dataclass(frozen=True, slots=True)
class FarDateTime(FarDate):
    """A date and time so many cycles away. Reads like Python's datetime."""

    @property
    def hour(self) -> int:
        return int(self.near.hour)

    @property
    def minute(self) -> int:
        return int(self.near.minute)

    @property
    def second(self) -> int:
        return int(self.near.second)

    @property
    def microsecond(self) -> int:
        return int(self.near.microsecond)

    @property
    def nanoseconds(self) -> int:
        return int(getattr(self.near, "nanoseconds", 0))

    @property
    def tzinfo(self) -> tzinfo | None:
        zone: tzinfo | None = self.near.tzinfo
        return zone

    def utcoffset(self) -> timedelta | None:
        offset: timedelta | None = self.near.utcoffset()
        return offset

    def date(self) -> FarDate:
        return FarDate(self.cycles, self.near.date())

    def timetz(self) -> time:
        clock: time = self.near.timetz()
        return clock


def make_date(year: int, month: int, day: int) -> date | FarDate:
    """The day of the proleptic Gregorian calendar; raises ValueError where there is none."""
    if 1 <= year <= 9999:
        return date(year, month, day)
    cycles, rest = divmod(year - FIRST_YEAR, CYCLE_YEARS)
    joined: date | FarDate = join(cycles, date(FIRST_YEAR + rest, month, day))
    return joined


def combine(day: date | FarDate, clock: time) -> datetime | FarDateTime:
    """That day at that time; the time's zone counts."""
    if isinstance(day, FarDate):
        return FarDateTime(day.cycles, combine_finely(day.near, clock))
    return combine_finely(day, clock)


def split(value: Any) -> tuple[int, Any]:
    """The cycles, and the date or date and time within the years 2000 to 2399."""
    if isinstance(value, FarDate):
        return value.cycles, value.near
    cycles, rest = divmod(value.year - FIRST_YEAR, CYCLE_YEARS)
    return cycles, value.replace(year=FIRST_YEAR + rest)


def join(cycles: int, near: Any) -> Any:
    """The opposite of split; a Python date where Python has it."""
    year = near.year + CYCLE_YEARS * cycles
    if abs(year) > MAX_YEAR:
        raise Undefined(f"Expected a year of at most nine digits, but got {year}")
    if 1 <= year <= 9999:
        return near.replace(year=year)
    more, rest = divmod(near.year - FIRST_YEAR, CYCLE_YEARS)
    far = FarDateTime if isinstance(near, datetime) else FarDate
    return far(cycles + more, near.replace(year=FIRST_YEAR + rest))
