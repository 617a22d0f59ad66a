"""The job types `clock:open` and `clock:stop`: statutory deadlines computed by the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import InvalidInput
from engine.workers.tools import Tools


def open_clock(variables: Mapping[str, Any], tools: Tools) -> dict[str, Any]:
    """Start a clock.

    Inputs: `clock` its name; `rule` with `count` and `unit` ("calendar_day" or "working_day"), such as an entry of a
    profile; `start` a date or date-time (default: now). Results: name, start, raw_last_day, legal_due, safe_due (ISO
    dates), legal_due_at, safe_due_at (the last second of those days, with offset), provisional, why, reasons (templates
    and parameters of the sentences in why).
    """
    name = variables.get("clock")
    rule = variables.get("rule")
    if not isinstance(name, str) or not name:
        raise InvalidInput({"clock": ["Expected the name of the clock"]}, "Expected the name of the clock to open")
    if not isinstance(rule, Mapping) or not isinstance(rule.get("count"), int):
        raise InvalidInput(
            {"rule": ["Expected a rule with count and unit"]},
            "Expected a rule with count and unit for clock {clock}, but it is {rule}",
            clock=name,
            rule=rule,
        )
    start = _day(variables.get("start"), tools)
    due = tools.calendar.due(start=start, count=rule["count"], unit=rule.get("unit", "calendar_day"))
    return {
        "name": name,
        "start": start.isoformat(),
        "raw_last_day": due.raw_last_day.isoformat(),
        "legal_due": due.legal_due.isoformat(),
        "safe_due": due.safe_due.isoformat(),
        "legal_due_at": end_of_day(due.legal_due, tools).isoformat(),
        "safe_due_at": end_of_day(due.safe_due, tools).isoformat(),
        "provisional": due.provisional,
        "why": due.why,
        "reasons": [{"template": reason.template, "params": _plain(reason.params)} for reason in due.reasons],
    }


def stop_clock(variables: Mapping[str, Any], tools: Tools) -> dict[str, Any]:
    """Stop the running clocks of this name in the instance. Inputs: `clock`. Results: stopped_at."""
    if not isinstance(variables.get("clock"), str):
        raise InvalidInput({"clock": ["Expected the name of the clock"]}, "Expected the name of the clock to stop")
    return {"stopped_at": tools.now.astimezone(tools.zone).isoformat(timespec="seconds")}


def end_of_day(day: date, tools: Tools) -> datetime:
    """The last second of the day where the authority is."""
    return datetime.combine(day, time(23, 59, 59), tools.zone)


def _day(value: Any, tools: Tools) -> date:
    if value is None:
        return tools.now.astimezone(tools.zone).date()
    if isinstance(value, datetime):
        return value.astimezone(tools.zone).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    text, _, zone = str(value).partition("@")  # FEEL writes a named zone behind an @
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=ZoneInfo(zone)) if zone else moment
    except (ValueError, ZoneInfoNotFoundError, OSError):  # OSError: Europe is a folder of zones
        raise InvalidInput(
            {"start": ["Expected a date"]}, "Expected a date as the start of a clock, but it is {value}", value=value
        ) from None
    return moment.astimezone(tools.zone).date() if moment.tzinfo else moment.date()


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, bool | int | str) else str(value) for key, value in params.items()}
