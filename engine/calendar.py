"""Working days, and the due dates that are counted with them."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, Literal

import holidays

from engine import masking
from engine.clocks import DEFAULT_WARNINGS, LIGHTS, Light, light, light_changes
from engine.errors import InvalidInput, Message

__all__ = [
    "DEFAULT_WARNINGS",
    "LIGHTS",
    "UNITS",
    "Calendar",
    "DueDate",
    "Light",
    "LocalDay",
    "deadline_json",
    "feel_functions",
    "light",
    "light_changes",
]

Unit = Literal["calendar_day", "working_day"]

UNITS: tuple[Unit, ...] = ("calendar_day", "working_day")

# Countries whose days off are arranged anew every year by a notice: before it is out, the library can only estimate.
YEARLY_NOTICE = {"CN"}

LONGEST = 36_500  # days; a longer period is a slip of the pen
YEARS = range(1950, 2200)


@dataclass(frozen=True, kw_only=True)
class LocalDay:
    """A day the office decides about itself, against the national calendar: a county's holiday, a weekend it works."""

    date: date
    working: bool
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class DueDate:
    """When a period ends.

    `raw_last_day` is the last day as counted; `legal_due` is it or, when it is a rest day, the next working day
    (Civil Code Art. 203); `safe_due` is it or the working day before it, which staff aim for because other systems may
    not roll. `provisional`: the days off of a year it rests on are not published yet.
    """

    raw_last_day: date
    legal_due: date
    safe_due: date
    provisional: bool
    reasons: tuple[Message, ...] = field(default=(), compare=False)

    @property
    def why(self) -> str:
        return " ".join(self.reasons)


class Calendar:
    """The working days of a country, with make-up working days, changed by the days an office enters itself.

    `published_years` are years the office has entered completely, so that they are no longer provisional although the
    library does not know them yet.
    """

    def __init__(self, local_days: Iterable[LocalDay] = (), country: str = "CN", published_years: Iterable[int] = ()):
        self.country = country
        self._local = {day.date: day for day in local_days}
        self._published = frozenset(published_years)

    def is_working_day(self, day: date) -> bool:
        if local := self._local.get(day):
            return local.working

        return _national_year(self.country, day.year).is_working_day(day)

    def is_provisional(self, year: int) -> bool:
        """Whether nobody has published the days off of this year yet."""
        return not (year in self._published or _national_year(self.country, year).published)

    def next_working_day(self, day: date) -> date:
        """The day itself or the first working day after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def previous_working_day(self, day: date) -> date:
        """The day itself or the last working day before it."""
        while not self.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after the day, which is not counted itself; before it for a negative count."""
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative when `end` is the earlier one."""
        if end < start:
            return -self.working_days_between(end, start)
        years = [_national_year(self.country, year) for year in range(start.year, end.year + 1)]
        whole = sum(year.elapsed[-1] for year in years[:-1])
        national = whole + years[-1].elapsed[end.timetuple().tm_yday] - years[0].elapsed[start.timetuple().tm_yday]
        decided = [day for day in self._local.values() if start < day.date <= end]
        return national + sum(
            day.working - _national_year(self.country, day.date.year).is_working_day(day.date) for day in decided
        )

    def due(self, *, start: date, count: int, unit: Unit, excluded_days: int = 0, extension: int = 0) -> DueDate:
        """When a period of `count` days from `start` ends (Civil Code Arts. 201 and 203).

        An extension is counted from the same start, not from a last day that had moved over a weekend; days of a pause
        (`excluded_days`, in the same unit) lengthen the period. Raises `InvalidInput`.
        """
        _refuse_bad_period(start, count, unit, excluded_days, extension)

        total = count + extension + excluded_days
        if unit == "working_day":
            raw = self.add_working_days(start, total)
            rests_on_years = range(start.year, raw.year + 1)
        else:
            raw = start + timedelta(days=total)
            rests_on_years = range(raw.year, raw.year + 1)
        legal, safe = self.next_working_day(raw), self.previous_working_day(raw)

        years = sorted({year for year in (*rests_on_years, legal.year, safe.year) if self.is_provisional(year)})
        return DueDate(
            raw_last_day=raw,
            legal_due=legal,
            safe_due=safe,
            provisional=bool(years),
            reasons=(
                *_explain_count(start, count, unit, excluded_days, extension),
                *(self._explain_skipped(start, raw) if unit == "working_day" else ()),
                *self._explain_last_day(raw, legal, safe),
                *(
                    Message("The days off of {year} are not published yet, so this is provisional.", year=y)
                    for y in years
                ),
            ),
        )

    def _explain_skipped(self, start: date, end: date) -> Iterable[Message]:
        days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
        names = sorted({name for day in days if day.weekday() < 5 and (name := self._day_off_name(day))})
        made_up = [day for day in days if day.weekday() >= 5 and self.is_working_day(day)]
        if names:
            yield Message("Days off in between are not counted: {names}.", names=", ".join(names))
        if made_up:
            yield Message("Working weekend days are counted: {days}.", days=", ".join(map(str, made_up)))

    def _explain_last_day(self, raw: date, legal: date, safe: date) -> Iterable[Message]:
        if raw == legal:
            yield Message("The last day is {day}, a working day.", day=raw)
            return

        if name := self._day_off_name(raw):
            yield Message("The last day would be {day}, a day off ({name}).", day=raw, name=name)
        else:
            yield Message("The last day would be {day}, a weekend day.", day=raw)
        if legal.weekday() >= 5:
            yield Message("It moves to {day}, a weekend day that is worked.", day=legal)
        else:
            yield Message("It moves to the next working day, {day}.", day=legal)
        yield Message("The last working day before it is {day}.", day=safe)

    def _day_off_name(self, day: date) -> str | None:
        if self.is_working_day(day):
            return None
        if local := self._local.get(day):
            return local.name or "local holiday"
        return _national_year(self.country, day.year).off.get(day)


def deadline_json(
    start: str | date,
    count: int,
    unit: str,
    excluded_days: int = 0,
    local_holidays: Iterable[str | date] = (),
) -> dict[str, Any]:
    """A due date as `lianxi deadline` prints it; dates are ISO 8601. Raises `InvalidInput` with a sentence."""
    days = [LocalDay(date=_day("local_holidays", day), working=False, name="local holiday") for day in local_holidays]
    if unit not in UNITS:
        raise _invalid("unit", "Expected the unit to be calendar_day or working_day, but it is {value}", value=unit)

    due = Calendar(days).due(start=_day("start", start), count=count, unit=unit, excluded_days=excluded_days)

    return {
        "raw_last_day": due.raw_last_day.isoformat(),
        "legal_due": due.legal_due.isoformat(),
        "safe_due": due.safe_due.isoformat(),
        "provisional": due.provisional,
        "why": due.why,
    }


def feel_functions(calendar: Calendar) -> Mapping[str, Callable[..., Any]]:
    """What diagrams and tables may call beyond the FEEL specification; anything unfit gives null, as FEEL's own do."""

    def add_working_days(day: Any, count: Any) -> date | None:
        return calendar.add_working_days(_plain(day), int(count)) if _is_day(day) and _is_count(count) else None

    def is_working_day(day: Any) -> bool | None:
        return calendar.is_working_day(_plain(day)) if _is_day(day) else None

    def working_days_between(start: Any, end: Any) -> Decimal | None:
        if not (_is_day(start) and _is_day(end)) or abs((_plain(end) - _plain(start)).days) > LONGEST:
            return None
        return Decimal(calendar.working_days_between(_plain(start), _plain(end)))

    return {
        "add working days": add_working_days,
        "is working day": is_working_day,
        "working days between": working_days_between,
        "mask name": lambda name: masking.mask_name(name) if isinstance(name, str) else None,
        "mask phone": lambda number: masking.mask_phone(number) if isinstance(number, str) else None,
        "mask id": lambda number: masking.mask_id(number) if isinstance(number, str) else None,
    }


@dataclass(frozen=True, kw_only=True)
class _NationalYear:
    year: int
    off: Mapping[date, str]
    made_up: frozenset[date]
    published: bool

    def is_working_day(self, day: date) -> bool:
        return day in self.made_up if day.weekday() >= 5 else day not in self.off

    @cached_property
    def elapsed(self) -> tuple[int, ...]:
        """How many working days the year has had at the end of its n-th day; the first entry is before any."""
        first = date(self.year, 1, 1)
        days = (first + timedelta(days=n) for n in range(365 + isleap(self.year)))
        return tuple(accumulate(map(self.is_working_day, days), initial=0))


@lru_cache(maxsize=512)
def _national_year(country: str, year: int) -> _NationalYear:
    # A notice for one year may rule over days at the end of the year before: both are asked.
    days = holidays.country_holidays(country, years=(year, year + 1), language="en_US" if country == "CN" else None)
    noticed = getattr(days, "special_public_holidays", {})
    return _NationalYear(
        year=year,
        off={day: _plain_name(name) for day, name in days.items() if day.year == year},
        made_up=frozenset(day for day in days.weekend_workdays if day.year == year),
        published=country not in YEARLY_NOTICE or year in noticed,
    )


def _plain_name(name: str) -> str:
    return "exchanged for a worked weekend day" if name.startswith("Day off") else name


def _explain_count(start: date, count: int, unit: Unit, excluded_days: int, extension: int) -> Iterable[Message]:
    if unit == "working_day":
        yield Message(
            "{count} working days are counted after {start}, which is not counted itself.", count=count, start=start
        )
    else:
        yield Message(
            "{count} calendar days are counted after {start}, which is not counted itself.", count=count, start=start
        )
    if extension:
        yield Message("The extension makes it {total} days from the same start.", total=count + extension)
    if excluded_days:
        yield Message("{days} days that do not count are added.", days=excluded_days)


def _refuse_bad_period(start: date, count: int, unit: str, excluded_days: int, extension: int) -> None:
    if unit not in UNITS:
        raise _invalid("unit", "Expected the unit to be calendar_day or working_day, but it is {value}", value=unit)
    for name, value, least in (("count", count, 1), ("excluded_days", excluded_days, 0), ("extension", extension, 0)):
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LONGEST:
            template = "Expected {name} to be a whole number from {least} to {most}, but it is {value}"
            raise _invalid(name, template, name=name, least=least, most=LONGEST, value=value)
    if start.year not in YEARS:
        template = "Expected start to be between {first} and {last}, but it is {value}"
        raise _invalid("start", template, first=YEARS[0], last=YEARS[-1], value=start)


def _day(name: str, value: str | date) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        template = "Expected {name} to hold dates like 2026-03-02, but it holds {value}"
        raise _invalid(name, template, name=name, value=value) from None


def _invalid(field_key: str, template: str, **params: Any) -> InvalidInput:
    return InvalidInput({field_key: [Message(template, **params)]}, template, **params)


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and value.year in YEARS


def _is_count(value: Any) -> bool:
    number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return number and abs(value) <= LONGEST and value == int(value)


def _plain(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day
