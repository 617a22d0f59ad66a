"""Built-in functions over dates and times: the calendar, the current moment, durations between (DMN 10.3.4.8 and .9)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.feel.builtins.table import drawer
from engine.feel.environment import Run
from engine.feel.errors import Undefined
from engine.feel.values import YearsMonthsDuration

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def now(run: Run) -> datetime:
    """The moment the caller gave as now, with its zone."""
    if run.env.now is None:
        raise Undefined("Expected to know the current time, but this evaluation was given none")
    return run.env.now


def today(run: Run) -> date:
    """The day of now, in its zone."""
    return now(run).date()


def years_and_months(start: date, end: date) -> YearsMonthsDuration:
    """The whole months from start to end, negative where the end comes first."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and _within_month(end) < _within_month(start):
        months -= 1
    elif months < 0 and _within_month(end) > _within_month(start):
        months += 1
    return YearsMonthsDuration(months)


def _within_month(value: date) -> tuple[Any, ...]:
    return (value.day, value.time()) if isinstance(value, datetime) else (value.day,)


def _between(start: date, end: date) -> YearsMonthsDuration:
    if type(start) is not type(end):
        start, end = date(start.year, start.month, start.day), date(end.year, end.month, end.day)
    return years_and_months(start, end)


DATES = drawer(
    "dates",
    {
        "now": [("", now, "The current date and time")],
        "today": [("", today, "The current date")],
        "day of year": [("date: day", lambda day: Decimal(day.timetuple().tm_yday), "1 to 366")],
        "day of week": [("date: day", lambda day: DAYS[day.weekday()], "Monday to Sunday")],
        "month of year": [("date: day", lambda day: MONTHS[day.month - 1], "January to December")],
        "week of year": [("date: day", lambda day: Decimal(day.isocalendar().week), "The week of ISO 8601, 1 to 53")],
        "years and months duration": [("from: day, to: day", _between, "The whole months from one day to another")],
    },
    with_run=frozenset({now, today}),
)
