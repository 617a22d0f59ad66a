"""Built-in functions over dates and times: calendar, current moment, whole months (DMN 10.3.4.8)."""

from datetime import date, datetime
from decimal import Decimal

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
    """The whole months from one day to another, negative where the end comes first; times of the day don't count."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonthsDuration(months)


DATES = drawer(
    "dates",
    {
        "now": [("", now, "The current date and time")],
        "today": [("", today, "The current date")],
        "day of year": [("date: day", lambda day: Decimal(day.timetuple().tm_yday), "1 to 366")],
        "day of week": [("date: day", lambda day: DAYS[day.weekday()], "Monday to Sunday")],
        "month of year": [("date: day", lambda day: MONTHS[day.month - 1], "January to December")],
        "week of year": [("date: day", lambda day: Decimal(day.isocalendar().week), "The week of ISO 8601, 1 to 53")],
        "years and months duration": [
            ("from: day, to: day", years_and_months, "The whole months from one day to another")
        ],
    },
    with_run=frozenset({now, today}),
)
