"""Built-in functions that make a value of another kind (DMN 10.3.4.1), and `not` and `is`."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.builtins.table import drawer
from engine.feel.environment import Run
from engine.feel.errors import FeelSyntaxError, Undefined
from engine.feel.far import FarDate, FarDateTime, combine, make_date
from engine.feel.fine import fine
from engine.feel.operators import equal, greater
from engine.feel.reckoning import midnight
from engine.feel.values import NUMBERS, Range, kind

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)
SEPARATORS = (" ", ",", ".")


def number(text: str, grouping: str | None = None, point: str | None = None) -> Decimal:
    """A text of digits; the grouping separator is dropped and the decimal separator read as a point."""
    if grouping is not None and grouping not in SEPARATORS:
        raise Undefined(f"Expected a blank, comma or point as grouping separator, but got {grouping!r}")
    if point is not None and (point not in (",", ".") or point == grouping):
        raise Undefined(f"Expected another decimal separator, but got {point!r}")
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if len(plain) > 10_000 or not _NUMBER.fullmatch(plain):
        raise Undefined(f"Expected the text of a number, but got {text[:60]!r}")
    try:
        return NUMBERS.create_decimal(plain)
    except ArithmeticError:
        raise Undefined(f"Expected a number below 1E+6145, but got {text[:60]!r}") from None


def date_from(value: datetime) -> date:
    """The day of a date and time, in its own zone."""
    return value.date()


def date_of(year: Decimal, month: Decimal, day: Decimal) -> date | FarDate:
    """A day of the calendar."""
    try:
        return make_date(_whole(year), _whole(month), _whole(day))
    except (ValueError, OverflowError) as error:
        raise Undefined(f"Expected a day of the calendar: {error}") from None


def time_from(value: datetime) -> time:
    """The time of a date and time, with its zone."""
    return value.timetz()


def time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None) -> time:
    """A time of the day; seconds may have a fraction."""
    whole = int(second)
    micro, nano = divmod(int((second - whole).scaleb(9)), 1000) if second >= 0 else (-1, 0)
    zone = None if offset is None else temporal.offset_zone(offset)
    try:
        clock = time(_whole(hour), _whole(minute), whole, micro, tzinfo=zone)
    except (ValueError, OverflowError) as error:
        raise Undefined(f"Expected a time of the day: {error}") from None
    return fine(clock, nano) if nano else clock


def date_and_time(day: date | FarDate, clock: time) -> datetime | FarDateTime:
    """That day at that time; the time's zone counts."""
    return combine(make_date(day.year, day.month, day.day), clock)


def negation(value: Any) -> bool:
    """The opposite of a boolean; null of anything else."""
    if type(value) is not bool:
        raise Undefined(f"Expected true or false, but got {kind(value)}")
    return not value


def is_same(run: Run, one: Any, other: Any) -> bool:
    """Whether two values are of the same type and the same to the letter: 10:00Z is not 10:00+00:00@Europe/London."""
    if type(one) is not type(other):
        return False
    if isinstance(one, datetime | time):
        return (
            one.replace(tzinfo=None) == other.replace(tzinfo=None)
            and (one.tzinfo is None) == (other.tzinfo is None)
            and temporal.temporal_text(one) == temporal.temporal_text(other)
        )
    return equal(one, other, run)


def range_from(text: str) -> Range:
    """A range of literals, such as `[1..10)` or `(date("2025-01-01")..date("2025-12-31")]`."""
    from engine.feel import nodes
    from engine.feel.compiler import compile_node  # which needs this table
    from engine.feel.environment import DEFAULT, Frame
    from engine.feel.parser import known_names, parse

    try:
        tree = parse(text, known_names())
    except FeelSyntaxError as error:
        raise Undefined(f"Expected the text of a range, but got {text[:60]!r}: {error}") from None
    if not isinstance(tree, nodes.RangeOf) or not all(_is_literal(end) for end in (tree.start, tree.end)):
        raise Undefined(f"Expected the text of a range with literals as ends, but got {text[:60]!r}")
    bounds = compile_node(tree)(Frame({}, None, Run(DEFAULT)))
    if type(bounds) is not Range:
        raise Undefined(f"Expected the start of the range not to come after its end, but got {text[:60]!r}")
    if bounds.start is not None and bounds.end is not None and greater(bounds.start, bounds.end):
        raise Undefined(f"Expected the start of the range not to come after its end, but got {text[:60]!r}")
    return bounds


def _is_literal(node: Any) -> bool:
    from engine.feel import nodes

    match node:
        case nodes.Negation(nodes.Literal(Decimal())):
            return True
        case nodes.Call(nodes.Name(name), arguments, _):
            return name in CONVERSION and all(isinstance(argument, nodes.Literal) for argument in arguments)
        case nodes.Literal(value):
            return value is not None
    return node is None


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value() or abs(value) > 10**12:
        raise Undefined(f"Expected a whole number, but got {value}")
    return int(value)


CONVERSION = drawer(
    "conversion",
    {
        "number": [
            (
                "from: string, grouping separator?: string or null, decimal separator?: string or null",
                number,
                "A number from its text",
            ),
            ("from: number", lambda value: value, "The number itself"),
        ],
        "date": [
            ("from: string", temporal.parse_date, "A date from its text"),
            ("from: date and time", date_from, "The date of a date and time"),
            ("from: date", lambda value: value, "The date itself"),
            ("year: number, month: number, day: number", date_of, "A date from its parts"),
        ],
        "time": [
            ("from: string", temporal.parse_time, "A time from its text"),
            ("from: date and time", time_from, "The time of a date and time"),
            ("from: time", lambda value: value, "The time itself"),
            ("from: date", lambda value: midnight(value).timetz(), "Midnight UTC"),
            (
                "hour: number, minute: number, second: number, offset?: days and time duration or null",
                time_of,
                "A time from its parts",
            ),
        ],
        "date and time": [
            ("from: string", temporal.parse_date_and_time, "A date and time from its text"),
            ("date: day, time: time", date_and_time, "A date and a time put together"),
            ("from: date and time", lambda value: value, "The date and time itself"),
            ("from: date", midnight, "Midnight UTC of the date"),
        ],
        "duration": [
            ("from: string", temporal.parse_duration, "A duration from its text"),
            ("from: duration", lambda value: value, "The duration itself"),
        ],
        "range": [("from: string", range_from, "A range from its text")],
        "not": [("negand: any", negation, "The opposite of a boolean")],
        "is": [("value1: any, value2: any", is_same, "Whether two values are the same, zone included")],
    },
    with_run=frozenset({is_same}),
)
