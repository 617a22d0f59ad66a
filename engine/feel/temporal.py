"""Dates, times and durations: reading their ISO 8601 texts, writing them."""

import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.feel.errors import Undefined
from engine.feel.far import FarDate, FarDateTime, combine, make_date
from engine.feel.fine import fine, fraction, nanoseconds
from engine.feel.reckoning import shift
from engine.feel.values import YearsMonthsDuration

_DATE = r"(?P<year>-?\d{4,9})-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = (
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,30}))?"
    r"(?P<zone>Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][A-Za-z0-9_+\-/]{0,60})?"
)
DATE = re.compile(_DATE, re.ASCII)
TIME = re.compile("T?" + _TIME, re.ASCII)
DATE_AND_TIME = re.compile(_DATE + "T" + _TIME, re.ASCII)
END_OF_DAY = re.compile(r"T24:00:00(?:\.0+)?(?:$|[Z@+-])", re.ASCII)
YEARS_MONTHS = re.compile(r"(-)?P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)
DAYS_TIME = re.compile(
    r"(-)?P(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{0,18}))?S)?)?", re.ASCII
)
MAX_OFFSET = timedelta(hours=18)
ZERO = timedelta(0)
CACHED_TEXTS = 1024  # of each kind: the same dates and durations are read again and again


@lru_cache(maxsize=CACHED_TEXTS)
def parse_date(text: str) -> date | FarDate:
    """`2025-05-01`, also with years such as `-0044` and `12025`."""
    return _date(_match(DATE, text, "date"))


@lru_cache(maxsize=CACHED_TEXTS)
def parse_time(text: str) -> time:
    """`10:30:00`, with an offset, `Z`, or a zone such as `@Asia/Shanghai`."""
    return _time(_match(TIME, text, "time"))


@lru_cache(maxsize=CACHED_TEXTS)
def parse_date_and_time(text: str) -> datetime | FarDateTime:
    """`2025-05-01T10:30:00` with the zones of a time; a date alone means its midnight, `T24:00:00` the next."""
    if DATE.fullmatch(text):
        return combine(parse_date(text), time())
    found = _match(DATE_AND_TIME, text, "date and time")
    if found["hour"] == "24" and END_OF_DAY.search(text):
        next_day: datetime | FarDateTime = shift(parse_date_and_time(text.replace("T24:", "T00:")), timedelta(days=1))
        return next_day
    return combine(_date(found), _time(found))


@lru_cache(maxsize=CACHED_TEXTS)
def parse_duration(text: str) -> YearsMonthsDuration | timedelta:
    """`P1Y2M` or `P3DT4H5M6.7S`; years and days don't mix (DMN 10.3.2.3.6 and .7)."""
    if text[-1:] not in ("P", "T") and (found := YEARS_MONTHS.fullmatch(text)):
        sign, years, months = found.groups()
        return YearsMonthsDuration((int(years or 0) * 12 + int(months or 0)) * (-1 if sign else 1))
    if text[-1:] not in ("P", "T") and (found := DAYS_TIME.fullmatch(text)):
        sign, days, hours, minutes, seconds, fraction = found.groups()
        try:
            length = timedelta(
                days=int(days or 0),
                hours=int(hours or 0),
                minutes=int(minutes or 0),
                seconds=int(seconds or 0),
                microseconds=int((fraction or "").ljust(6, "0")[:6]),
            )
        except OverflowError:
            raise Undefined(f"Expected a shorter duration than {text!r}") from None
        return -length if sign else length
    raise Undefined(f"Expected a duration such as P3D or P1Y, but got {text!r}")


def parse_literal(text: str) -> Any:
    """The value of `@"text"`: whichever of date, date and time, time and duration the text is."""
    for parse in (parse_date, parse_date_and_time, parse_time, parse_duration):
        try:
            return parse(text)
        except Undefined:
            continue
    raise Undefined(f"Expected a date, time, date and time or duration, but got {text!r}")


def temporal_text(value: Any) -> str:
    """The ISO 8601 text of a temporal value, readable again by the functions above."""
    if isinstance(value, datetime | FarDateTime):
        return f"{_date_text(value)}T{_clock_text(value)}{_zone_text(value)}"
    if isinstance(value, date | FarDate):
        return _date_text(value)
    if isinstance(value, time):
        return _clock_text(value) + _zone_text(value)
    if isinstance(value, YearsMonthsDuration):
        return _years_months_text(value.months)
    return _days_time_text(value)


def microseconds(value: timedelta) -> int:
    """A days and time duration in whole microseconds, exactly."""
    return value // timedelta(microseconds=1)


def seconds(value: timedelta) -> Decimal:
    """A days and time duration in seconds."""
    return Decimal(microseconds(value)).scaleb(-6).normalize()


def offset_zone(offset: timedelta) -> tzinfo:
    """A fixed offset from UTC, at most 18 hours."""
    if abs(offset) > MAX_OFFSET:
        raise Undefined(f"Expected an offset of at most 18 hours, but got {_days_time_text(offset)}")
    return timezone(offset) if offset else UTC


def zone(text: str) -> tzinfo | None:
    """The zone of `Z`, `+08:00` or `@Asia/Shanghai`; nothing for an empty text."""
    if not text:
        return None
    if text == "Z":
        return UTC
    if text[0] == "@":
        try:
            return zoneinfo.ZoneInfo(text[1:])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise Undefined(f"Expected a known time zone, but got {text[1:]!r}") from None
    hours, minutes, *rest = (int(part) for part in text[1:].split(":"))
    if minutes > 59 or (rest and rest[0] > 59):
        raise Undefined(f"Expected an offset such as +08:00, but got {text!r}")
    offset = timedelta(hours=hours, minutes=minutes, seconds=rest[0] if rest else 0)
    return offset_zone(-offset if text[0] == "-" else offset)


def _match(pattern: re.Pattern[str], text: str, wanted: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if not found:
        raise Undefined(f"Expected a {wanted}, but got {text[:60]!r}")
    return found


def _date(found: re.Match[str]) -> date | FarDate:
    year = found["year"]
    if len(year.lstrip("-")) > 4 and year.lstrip("-")[0] == "0":
        raise Undefined(f"Expected a year without leading zeros, but got {year}")
    try:
        return make_date(int(year), int(found["month"]), int(found["day"]))
    except (ValueError, OverflowError) as error:
        raise Undefined(f"Expected a date of the calendar, but got {found[0]!r}: {error}") from None


def _time(found: re.Match[str]) -> time:
    micro, nano = fraction(found["fraction"] or "")
    try:
        clock = time(
            int(found["hour"]), int(found["minute"]), int(found["second"]), micro, tzinfo=zone(found["zone"] or "")
        )
        return fine(clock, nano) if nano else clock
    except ValueError as error:
        raise Undefined(f"Expected a time of the day, but got {found[0]!r}: {error}") from None


def _date_text(value: date | FarDate) -> str:
    return f"{'-' if value.year < 0 else ''}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def _clock_text(value: datetime | FarDateTime | time) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    nano = value.microsecond * 1000 + nanoseconds(value)
    return f"{text}.{nano:09}".rstrip("0") if nano else text


def _zone_text(value: datetime | FarDateTime | time) -> str:
    if value.tzinfo is None:
        return ""
    name = getattr(value.tzinfo, "key", None)
    if name:
        return f"@{name}"
    offset = value.utcoffset() or ZERO
    if not offset:
        return "Z"
    sign, total = ("-", -offset) if offset < ZERO else ("+", offset)
    whole = int(total.total_seconds())
    text = f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}"
    return f"{text}:{whole % 60:02}" if whole % 60 else text


def _years_months_text(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    text = (f"{years}Y" if years else "") + (f"{rest}M" if rest else "")
    return f"{'-' if months < 0 else ''}P{text or '0M'}"


def _days_time_text(value: timedelta) -> str:
    total = abs(microseconds(value))
    whole, fraction = divmod(total, 1_000_000)
    days, hours, minutes, rest = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    second = f"{rest}.{fraction:06}".rstrip("0") if fraction else str(rest)
    clock = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{second}S" if second != "0" else "")
    )
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{'-' if value < ZERO else ''}P{text or 'T0S'}"
