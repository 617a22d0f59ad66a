"""Reading parts of values: members of contexts and temporal values, elements and filters of lists."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.environment import Frame, Run
from engine.feel.errors import Undefined
from engine.feel.far import FarDate, FarDateTime
from engine.feel.fine import FineDateTime, FineTime
from engine.feel.temporal import microseconds
from engine.feel.values import NUMBERS, Range, YearsMonthsDuration, kind, read


def member(value: Any, name: str, run: Run) -> Any:
    """`value.name`; of a list, that of each element."""
    if type(value) is list:
        run.spend(len(value))
        return [_member_or_null(read(item), name, run) for item in value]
    if type(value) is dict:
        if name in value:
            return read(value[name])
        raise Undefined(f"Expected an entry {name!r} in the context, but there is none")
    if value is None:
        raise Undefined(f"Expected something with {name!r}, but got null")
    properties = PROPERTIES.get(type(value), {})
    if name not in properties:
        raise Undefined(f"Expected a value with {name!r}, but {kind(value)} has none")
    return properties[name](value)


def filtered(source: Any, condition: Callable[[Frame], Any], is_position: bool, frame: Frame) -> Any:
    """`source[condition]`: the elements for which the condition is true, or the one at a position counted from 1.

    Negative positions count from the end; a value that is no list stands for the list of it.
    """
    values = source if type(source) is list else [] if source is None else [source]
    if is_position:
        return element(values, condition(frame))
    run = frame.run
    chosen = []
    for index, item in enumerate(values):
        run.spend()
        item = read(item)
        inner = Frame({"item": item}, frame, run)
        verdict = condition(Frame(item, inner, run) if type(item) is dict else inner)
        if verdict is True:
            chosen.append(item)
        elif index == 0 and type(verdict) is Decimal:
            return element(values, verdict)
    if not values and type(position := condition(frame)) is Decimal:
        return element(values, position)
    return chosen


def element(values: list[Any], position: Any) -> Any:
    """The element at a position; raises Undefined where there is none."""
    if type(position) is not Decimal or position != position.to_integral_value():
        raise Undefined(f"Expected a whole number as position, but got {kind(position)}")
    if abs(position) > len(values) or not position:
        raise Undefined(f"Expected an element at position {position:f}, but the list has {len(values)}")
    index = int(position)
    return read(values[index - 1 if index > 0 else index])


def _member_or_null(value: Any, name: str, run: Run) -> Any:
    try:
        return member(value, name, run)
    except Undefined as reason:
        return run.note(reason)


def _number(value: int) -> Decimal:
    return Decimal(value)


def _offset(value: datetime | time) -> timedelta | None:
    return value.utcoffset()


def _zone(value: datetime | time) -> str | None:
    return getattr(value.tzinfo, "key", None)


def _part(divisor: int, modulus: int | None) -> Callable[[timedelta], Decimal]:
    """A part of a duration, with the sign of the whole."""

    def part(value: timedelta) -> Decimal:
        total = microseconds(value)
        amount = abs(total) // divisor
        amount = amount % modulus if modulus else amount
        return Decimal(-amount if total < 0 else amount)

    return part


def _seconds(value: timedelta) -> Decimal:
    total = microseconds(value)
    whole = Decimal(abs(total) % 60_000_000) / 1_000_000
    return NUMBERS.minus(whole) if total < 0 else whole


def _months_part(modulo: bool) -> Callable[[YearsMonthsDuration], Decimal]:
    def part(value: YearsMonthsDuration) -> Decimal:
        years, months = divmod(abs(value.months), 12)
        amount = months if modulo else years
        return Decimal(-amount if value.months < 0 else amount)

    return part


# DMN 10.3.2.3, tables 60 and 61.
_DAY: dict[str, Callable[[Any], Any]] = {
    "year": lambda value: _number(value.year),
    "month": lambda value: _number(value.month),
    "day": lambda value: _number(value.day),
    "weekday": lambda value: _number(value.isoweekday()),
}
_CLOCK: dict[str, Callable[[Any], Any]] = {
    "hour": lambda value: _number(value.hour),
    "minute": lambda value: _number(value.minute),
    "second": lambda value: _number(value.second),
    "time offset": _offset,
    "timezone": _zone,
}
PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    date: _DAY,
    FarDate: _DAY,
    datetime: {**_DAY, **_CLOCK},
    FarDateTime: {**_DAY, **_CLOCK},
    FineDateTime: {**_DAY, **_CLOCK},
    time: _CLOCK,
    FineTime: _CLOCK,
    timedelta: {
        "days": _part(86_400_000_000, None),
        "hours": _part(3_600_000_000, 24),
        "minutes": _part(60_000_000, 60),
        "seconds": _seconds,
    },
    YearsMonthsDuration: {"years": _months_part(False), "months": _months_part(True)},
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
