"""Arithmetic of dates, times and durations: moving them, and what lies between them (DMN 10.3.2.13, table 55)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engine.feel.errors import Undefined
from engine.feel.far import CYCLE_DAYS, FarDate, FarDateTime, join, split
from engine.feel.fine import combine_finely, nanoseconds
from engine.feel.values import YearsMonthsDuration

DAY = date(2000, 1, 2)  # any day to reckon times on
CYCLE = timedelta(days=CYCLE_DAYS)
CYCLE_SECONDS = CYCLE_DAYS * 86_400
MICROSECOND = timedelta(microseconds=1)


def instant(value: datetime) -> datetime:
    """The moment in UTC; a local date and time stays what it is. Python would compare wall clocks within a zone."""
    if value.tzinfo is None or value.tzinfo is UTC:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise Undefined(f"Expected a moment that UTC has in the years 1 to 9999, but got {value}") from None


def midnight(value: date | FarDate) -> Any:
    """A date as the date and time it stands for in subtractions: midnight UTC (DMN 10.3.2.3.5)."""
    if isinstance(value, FarDate):
        return FarDateTime(value.cycles, midnight(value.near))
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def shift(value: Any, duration: timedelta) -> Any:
    """A date, or date and time, that much later. A date forgets the hours."""
    if not isinstance(value, FarDate):
        try:
            return _shift_near(value, duration)
        except OverflowError:
            pass  # beyond Python's years
    cycles, near = split(value)
    whole, rest = divmod(duration, CYCLE)
    return join(cycles + whole, _shift_near(near, rest))


def shift_time(moment: time, duration: timedelta) -> time:
    """A time that much later, perhaps of another day."""
    within_day = timedelta(microseconds=duration // MICROSECOND % 86_400_000_000)
    shifted: time = (combine_finely(DAY, moment.replace(tzinfo=None)) + within_day).timetz()
    return shifted.replace(tzinfo=moment.tzinfo)


def add_months(value: Any, duration: YearsMonthsDuration) -> Any:
    """The same day so many months later, or the last day of that month if it is shorter."""
    index = value.year * 12 + value.month - 1 + duration.months
    year, month = divmod(index, 12)
    cycles, rest = divmod(year - 2000, 400)
    day = min(value.day, days_in_month(year, month + 1))
    return join(cycles, split(value)[1].replace(year=2000 + rest, month=month + 1, day=day))


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def elapsed(left: Any, right: Any) -> timedelta:
    """The time from right to left, dates and times or dates as their midnights."""
    one, other = _date_and_time(left), _date_and_time(right)
    if (one.tzinfo is None) != (other.tzinfo is None):
        raise Undefined("Expected both date and times with or both without an offset, but got one of each")
    if isinstance(one, FarDate) or isinstance(other, FarDate):
        (cycles, near), (other_cycles, other_near) = split(one), split(other)
        return (cycles - other_cycles) * CYCLE + (instant(near) - instant(other_near))
    return instant(one) - instant(other)


def elapsed_time(left: time, right: time) -> timedelta:
    """The time from right to left on one day."""
    if (left.utcoffset() is None) != (right.utcoffset() is None):
        raise Undefined("Expected both times with or both without an offset, but got one of each")
    return datetime.combine(DAY, left) - datetime.combine(DAY, right)


def seconds_between(left: Any, right: Any) -> int:
    """Whole seconds from right to left, however far apart; raises TypeError where only one has an offset."""
    (cycles, near), (other_cycles, other_near) = split(left), split(right)
    if isinstance(near, datetime):
        near, other_near = instant(near.replace(microsecond=0)), instant(other_near.replace(microsecond=0))
    return (cycles - other_cycles) * CYCLE_SECONDS + int((near - other_near).total_seconds())


def nanoseconds_between(left: Any, right: Any) -> int:
    """The same to the nanosecond."""
    (cycles, near), (other_cycles, other_near) = split(left), split(right)
    if isinstance(near, datetime):
        near, other_near = instant(near), instant(other_near)
    between = (near - other_near) // MICROSECOND * 1000 + nanoseconds(left) - nanoseconds(right)
    return (cycles - other_cycles) * CYCLE_SECONDS * 10**9 + between


def _date_and_time(value: Any) -> Any:
    return value if isinstance(value, datetime | FarDateTime) else midnight(value)


def _shift_near(value: Any, duration: timedelta) -> Any:
    if not isinstance(value, datetime):
        return (datetime(value.year, value.month, value.day) + duration).date()
    # Through UTC: 24 hours are 24 hours, also over a change of the clocks, where Python would add to the wall clock.
    return value + duration if value.tzinfo is None else (instant(value) + duration).astimezone(value.tzinfo)
