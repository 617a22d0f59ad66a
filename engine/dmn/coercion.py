"""From a value to the type it is declared to have: DMN's implicit conversions, and texts of dates in JSON."""

from __future__ import annotations

from datetime import UTC, time
from typing import Any

from engine import feel
from engine.dmn.types import Listed, Type
from engine.feel.environment import MAX_REASONS
from engine.feel.errors import Undefined
from engine.feel.far import combine
from engine.feel.values import kind, read


def coerced(value: Any, wanted: Type | None, env: feel.Environment, what: str) -> Any:
    """The value as the declared type, by way of DMN's implicit conversions; raises Undefined where there is none.

    An item stands for the list of it, the list of one item for that item, a date for its midnight in UTC.
    """
    value = read(value)
    if wanted is None or value is None:
        return value
    why = wanted.mismatch(value, env)
    if why is None:
        return value
    for other in _conversions(value, wanted):
        if wanted.mismatch(other, env) is None:
            return other
    raise Undefined(f"Expected {what} to be {wanted.name}, but {why}")


def fitting(value: Any, wanted: Type | None, env: feel.Environment, what: str) -> Any:
    """Like `coerced`, but a value that does not fit becomes null with a reason."""
    try:
        return coerced(value, wanted, env, what)
    except Undefined as reason:
        note(env, str(reason))
        return None


def note(env: feel.Environment, reason: str) -> None:
    """Keep why something became null, for whoever asked to know."""
    if env.reasons is not None and len(env.reasons) < MAX_REASONS:
        env.reasons.append(reason)


def from_text(value: Any, wanted: Type | None, env: feel.Environment) -> Any:
    """A text as the date, time or duration it is declared to be; every other value as it is.

    JSON has no dates, so variables of processes hold them as texts. A moment is also taken for its day, because a
    process that stores "now" should not fail a table that asks for the date.
    """
    if isinstance(value, str) and wanted is not None and (text := _FROM_TEXT.get(wanted.plain().name)):
        converted = feel.compile(text).evaluate({"value": value}, env)
        return value if converted is None else converted
    return value


_FROM_TEXT = {
    "date": "if date(value) != null then date(value) else date(date and time(value))",
    "time": "time(value)",
    "dateTime": "date and time(value)",
    "date and time": "date and time(value)",
    "days and time duration": "duration(value)",
    "dayTimeDuration": "duration(value)",
    "years and months duration": "duration(value)",
    "yearMonthDuration": "duration(value)",
}


def _conversions(value: Any, wanted: Type) -> list[Any]:
    plain = wanted.plain()
    found: list[Any] = []
    if isinstance(plain, Listed):
        found += [[value]] if not isinstance(value, list) else []
    elif isinstance(value, list) and len(value) == 1:
        found.append(read(value[0]))
    if plain.name in ("date and time", "dateTime") and kind(value) == "date":
        found.append(combine(value, time(0, tzinfo=UTC)))
    return found
