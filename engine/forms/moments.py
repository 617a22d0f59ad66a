"""Dates, times and both, between the browser's local clock and what is stored."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timezone, tzinfo
from typing import Any

from marshmallow import ValidationError

from engine import feel
from engine.errors import Message
from engine.forms import messages
from engine.forms.model import Component

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_SOME_DAY = date(2000, 1, 2)  # clocks have no day of their own; the offset of env.now applies


def parse_moment(component: Component, value: Any, env: feel.Environment) -> str:
    """The ISO 8601 text to store. Raises marshmallow.ValidationError.

    A time without an offset is on the clock of `env.now`. timeSerializingFormat: no_timezone stores that clock's
    time, utc_offset adds its offset, utc_normalized is UTC. Without `env.now` there is no such clock, and the text is
    stored as it came.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        if component.subtype == "date":
            return _day(text).isoformat()
        if component.subtype == "time":
            return _clock(_stored_time(component, _time(text), env))
        return _moment(_stored(component, instant(text), env))
    except (ValueError, OverflowError):
        wanted = {"date": messages.DATE, "time": messages.TIME}.get(component.subtype, messages.DATE_AND_TIME)
        raise ValidationError([Message(wanted)]) from None


def local_text(component: Component, value: Any, env: feel.Environment) -> str | None:
    """What the browser's input shows for a stored value: local, without offset. None for what cannot be read."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        if component.subtype == "time":
            return _clock(_stored_time(None, _time(text), env))
        if component.subtype == "datetime":
            return _moment(_stored(None, instant(text), env))
    except (ValueError, OverflowError):
        return None
    return text or None


def instant(value: Any) -> datetime | None:
    """The date and time in an ISO 8601 text (naive where it has no offset), else None."""
    if not isinstance(value, str) or not _DATE_AND_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _time(text: str) -> time:
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return time.fromisoformat(text)


def _stored_time(component: Component | None, clock: time, env: feel.Environment) -> time:
    offset = env.now.utcoffset() if env.now else None
    if offset is None:
        return clock
    moment = datetime.combine(_SOME_DAY, clock)
    return _in_format(component, moment, timezone(offset)).timetz()


def _stored(component: Component | None, moment: datetime | None, env: feel.Environment) -> datetime:
    if moment is None:
        raise ValueError
    zone = env.now.tzinfo if env.now else None
    return moment if zone is None else _in_format(component, moment, zone)


def _in_format(component: Component | None, moment: datetime, zone: tzinfo) -> datetime:
    """The moment as the component stores it; as the local clock shows it where no component is given."""
    local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    form = component.time_format if component else "no_timezone"
    if form == "utc_normalized":
        return local.astimezone(UTC)
    return local if form == "utc_offset" else local.replace(tzinfo=None)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds" if moment.second else "minutes").replace("+00:00", "Z")


def _clock(clock: time) -> str:
    return clock.isoformat(timespec="seconds" if clock.second else "minutes").replace("+00:00", "Z")
