"""When a timer is due: ISO 8601 texts and FEEL values to aware instants.

A schedule is what a passage remembers of its timer, JSON-like: {"due"}, and for cycles also base, turn, every, left.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from engine import feel
from engine.bpmn.stuck import Stuck
from engine.errors import Message

_DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d{1,15})Y)?(?:(?P<months>\d{1,15})M)?(?:(?P<weeks>\d{1,15})W)?"
    r"(?:(?P<days>\d{1,15})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,15})H)?(?:(?P<minutes>\d{1,15})M)?(?:(?P<seconds>\d{1,15}(?:\.\d{1,15})?)S)?)?\Z"
)
_CYCLE = re.compile(r"R(?P<times>-1|\d{0,15})/(?:(?P<start>[^P][^/]*)/)?(?P<every>P[^/]+)\Z")


@dataclass(frozen=True, kw_only=True)
class Duration:
    """ISO 8601 duration: months follow the calendar, days the wall clock, the rest the stopwatch."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0

    def after(self, start: datetime, times: int = 1) -> datetime:
        """`start` plus this duration so many times; the 31st becomes the last day of a shorter month."""
        years, month = divmod(start.month - 1 + self.months * times, 12)
        year, month = start.year + years, month + 1
        day = min(start.day, calendar.monthrange(year, month)[1])
        moved = start.replace(year=year, month=month, day=day) + timedelta(days=self.days * times)
        return (moved.astimezone(UTC) + timedelta(seconds=self.seconds * times)).astimezone(start.tzinfo)


def parse_duration(text: str) -> Duration | None:
    """PnYnMnWnDTnHnMnS, or None where the text is no such duration."""
    match = _DURATION.match(text)
    if match is None:
        return None
    part = {name: float(value) for name, value in match.groupdict().items() if value and name != "sign"}
    sign = -1 if match["sign"] else 1
    return Duration(
        months=sign * int(part.get("years", 0) * 12 + part.get("months", 0)),
        days=sign * int(part.get("weeks", 0) * 7 + part.get("days", 0)),
        seconds=sign * (part.get("hours", 0) * 3600 + part.get("minutes", 0) * 60 + part.get("seconds", 0)),
    )


def literal_problem(style: str, text: str) -> Message | None:
    """What is wrong with a timer text that is no expression, as the end of a sentence; None when it is right."""
    if style == "date":
        return None if _parse_instant(text) else Message("is not an ISO 8601 date or date and time")
    if style == "duration":
        return None if parse_duration(text) else Message("is not an ISO 8601 duration such as P3D")
    match = _CYCLE.match(text)
    if (
        match is None
        or parse_duration(match["every"]) is None
        or (match["start"] and not _parse_instant(match["start"]))
    ):
        return Message("is not a repeating interval such as R3/P1D")
    return None


def instant(value: Any, env: feel.Environment, *, end_of_day: bool = False) -> datetime | None:
    """A date or date and time (ISO 8601 text) as an aware instant in the environment's zone; None for None.

    A date without a time is its first second, or its last where it is the last day to do something.
    """
    if value is None:
        return None
    parsed = _parse_instant(value) if isinstance(value, str) else None
    if parsed is None:
        raise Stuck("TIMER_FAILED", f"Expected a date or a date and time, but it is {value!r}")
    if not isinstance(parsed, datetime):
        parsed = datetime.combine(parsed, time(23, 59, 59) if end_of_day else time())
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=_zone(env))


def schedule(style: str, value: Any, env: feel.Environment) -> dict[str, Any]:
    """The schedule of a timer that starts now; Stuck where the value gives none."""
    if style == "date":
        due = instant(value, env)
        if due is None:
            raise Stuck("TIMER_FAILED", "Expected a date or a date and time, but it is null")
        return {"due": due.isoformat()}
    if not isinstance(value, str):
        raise Stuck("TIMER_FAILED", f"Expected a {style} in ISO 8601, but it is {value!r}")
    if style == "duration":
        duration = parse_duration(value)
        if duration is None:
            raise Stuck("TIMER_FAILED", f"Expected a duration in ISO 8601 such as P3D, but it is {value!r}")
        return {"due": _after(duration, _now(env)).isoformat()}
    return _cycle(value, env)


def following(fired: dict[str, Any], env: feel.Environment) -> dict[str, Any]:
    """The schedule of the next turn of a cycle, counted from where the cycle began, whatever the clock says."""
    return _turn(fired, fired["turn"] + 1, env)


def upcoming(fired: dict[str, Any], env: feel.Environment) -> dict[str, Any] | None:
    """The schedule of the cycle's first turn after now; those missed are used up. None where none is left."""
    turn = fired["turn"] + 1
    if _turn_due(fired, turn, env) <= _now(env):
        step = 1
        while _turn_due(fired, turn + step, env) <= _now(env):
            turn, step = turn + step, step * 2
        while step:  # `turn` has passed, and all behind turn + 2 * step - 1 have not
            if _turn_due(fired, turn + step, env) <= _now(env):
                turn += step
            else:
                step //= 2
        turn += 1
    return _turn(fired, turn, env) if fired["left"] < 0 or fired["left"] >= turn - fired["turn"] else None


def due_at(schedule: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(schedule["due"])


def has_passed(schedule: dict[str, Any], env: feel.Environment) -> bool:
    return due_at(schedule) <= _now(env)


def _cycle(value: str, env: feel.Environment) -> dict[str, Any]:
    match = _CYCLE.match(value)
    every = parse_duration(match["every"]) if match else None
    if match is None or every is None:
        raise Stuck("TIMER_FAILED", f"Expected a repeating interval such as R3/P1D, but it is {value!r}")
    times = int(match["times"]) if match["times"] else -1
    if times == 0:
        raise Stuck("TIMER_FAILED", f"Expected an interval that is repeated, but it is {value!r}")
    base, turn = _now(env), 1
    if match["start"]:
        start = instant(match["start"], env)
        assert start is not None
        base, turn = start, 0
    try:
        is_longer = _after(every, base).astimezone(UTC) > base.astimezone(UTC)  # on the wall an hour may come twice
    except OverflowError:
        raise Stuck("TIMER_FAILED", f"Expected a beginning in the years 1 to 9999, but it is {value!r}") from None
    if not is_longer:
        raise Stuck("TIMER_FAILED", f"Expected an interval longer than nothing, but it is {value!r}")
    left = -1 if times < 0 else times - 1
    due = _after(every, base, turn)
    return {"due": due.isoformat(), "base": base.isoformat(), "turn": turn, "every": match["every"], "left": left}


def _turn(fired: dict[str, Any], turn: int, env: feel.Environment) -> dict[str, Any]:
    left = fired["left"] if fired["left"] < 0 else fired["left"] - (turn - fired["turn"])
    every, base = _course(fired, env)
    return {**fired, "turn": turn, "left": left, "due": _after(every, base, turn).isoformat()}


def _turn_due(fired: dict[str, Any], turn: int, env: feel.Environment) -> datetime:
    every, base = _course(fired, env)
    try:
        return every.after(base, turn).astimezone(UTC)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)


def _course(fired: dict[str, Any], env: feel.Environment) -> tuple[Duration, datetime]:
    every = parse_duration(fired["every"])
    assert every is not None
    return every, datetime.fromisoformat(fired["base"]).astimezone(_zone(env))


def _after(duration: Duration, start: datetime, times: int = 1) -> datetime:
    try:
        return duration.after(start, times)
    except (OverflowError, ValueError):
        raise Stuck("TIMER_FAILED", "Expected a date before the year 10000, but the duration is longer") from None


def _parse_instant(text: str) -> date | datetime | None:
    try:
        # FEEL writes zones as 2026-03-02T09:00:00@Asia/Shanghai
        if "@" in text:
            from zoneinfo import ZoneInfo

            local, _, zone = text.partition("@")
            return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except (ValueError, KeyError, OSError):
        return None


def _now(env: feel.Environment) -> datetime:
    if env.now is None:
        raise Stuck("TIMER_FAILED", "Expected to know the time, but the environment has none")
    return env.now


def _zone(env: feel.Environment) -> tzinfo:
    return env.now.tzinfo if env.now is not None and env.now.tzinfo is not None else UTC
