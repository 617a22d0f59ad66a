"""What the operators do with each pair of types, in tables; a pair that is missing has no value."""

import decimal
import operator
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.environment import DEFAULT, Run
from engine.feel.errors import FeelLimitExceeded, Undefined
from engine.feel.far import FarDate, FarDateTime
from engine.feel.fine import FineDateTime, FineTime, nanoseconds
from engine.feel.reckoning import (
    add_months,
    elapsed,
    elapsed_time,
    instant,
    nanoseconds_between,
    seconds_between,
    shift,
    shift_time,
)
from engine.feel.temporal import microseconds
from engine.feel.values import NUMBERS, Range, YearsMonthsDuration, kind, read

ORDERED = frozenset({Decimal, str, date, timedelta, YearsMonthsDuration})
PLAIN = ORDERED | {bool, FarDate}
Pair = tuple[type, type]


def add(left: Any, right: Any) -> Any:
    """`left + right` (DMN table 55)."""
    return _operate(ADD, "+", left, right)


def subtract(left: Any, right: Any) -> Any:
    """`left - right`."""
    return _operate(SUBTRACT, "-", left, right)


def multiply(left: Any, right: Any) -> Any:
    """`left * right`."""
    return _operate(MULTIPLY, "*", left, right)


def divide(left: Any, right: Any) -> Any:
    """`left / right`."""
    return _operate(DIVIDE, "/", left, right)


def power(left: Any, right: Any) -> Any:
    """`left ** right`."""
    return _operate(POWER, "**", left, right)


def negate(value: Any) -> Any:
    """`-value`."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if type(value) is timedelta:
        return -value
    if type(value) is YearsMonthsDuration:
        return YearsMonthsDuration(-value.months)
    raise Undefined(f"Expected a number or duration to negate, but got {kind(value)}")


def equal(left: Any, right: Any, run: Run) -> bool:
    """`left = right`; raises Undefined for values of different types (DMN table 53)."""
    kind_of_left = type(left)
    if kind_of_left is type(right):
        if kind_of_left in PLAIN:
            return left == right
        return _equal_parts(left, right, run)
    if left is None or right is None:
        return False
    if kind(left) == kind(right):  # of different classes: one is far, or has nanoseconds
        return (
            not isinstance(left, FarDate) and not isinstance(right, FarDate) and bool(_second(left) == _second(right))
        )
    raise Undefined(f"Expected to compare values of one type, but got {kind(left)} and {kind(right)}")


def same(left: Any, right: Any, run: Run) -> bool:
    """Whether two values are equal; those of different types are not. For searching in lists."""
    try:
        return equal(left, right, run)
    except Undefined:
        return False


def less(left: Any, right: Any) -> bool:
    """`left < right`; raises Undefined where the two have no order."""
    return _order(operator.lt, left, right)


def less_or_equal(left: Any, right: Any) -> bool:
    """`left <= right`."""
    return _order(operator.le, left, right)


def greater(left: Any, right: Any) -> bool:
    """`left > right`."""
    return _order(operator.gt, left, right)


def greater_or_equal(left: Any, right: Any) -> bool:
    """`left >= right`."""
    return _order(operator.ge, left, right)


def contains(bounds: Range, value: Any) -> bool:
    """Whether the value lies in the range; raises Undefined where it can't be compared with the ends."""
    if type(value) is Decimal and type(bounds.start) is Decimal and type(bounds.end) is Decimal:
        above = value >= bounds.start if bounds.start_included else value > bounds.start
        return above and (value <= bounds.end if bounds.end_included else value < bounds.end)
    if value is None or (not bounds.unary and (bounds.start is None or bounds.end is None)):
        raise Undefined("Expected a value and a range with both ends, but got null")
    if bounds.excluded is not None:
        return not equal(value, bounds.excluded, Run(DEFAULT))
    inside = True
    if bounds.start is not None:
        inside = greater_or_equal(value, bounds.start) if bounds.start_included else greater(value, bounds.start)
    if bounds.end is not None:
        inside = (less_or_equal(value, bounds.end) if bounds.end_included else less(value, bounds.end)) and inside
    return inside


def _operate(table: dict[Pair, Callable[[Any, Any], Any]], sign: str, left: Any, right: Any) -> Any:
    operation = table.get((type(left), type(right)))
    if operation is None:
        raise Undefined(f"Expected operands that `{sign}` can take, but got {kind(left)} and {kind(right)}")
    try:
        return operation(left, right)
    except decimal.Overflow:
        raise Undefined(f"Expected a result of `{sign}` below 1E+6145, but it is greater") from None
    except (decimal.DivisionByZero, ZeroDivisionError):
        raise Undefined("Expected to divide by something other than zero") from None
    except (decimal.InvalidOperation, ArithmeticError, ValueError):
        raise Undefined(f"Expected a result of `{sign}`, but there is none for these operands") from None


def _order(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if type(left) is type(right) and type(left) in ORDERED:
        return compare(left, right)
    if kind(left) == kind(right) and kind(left) in ("date", "date and time", "time"):
        try:
            if isinstance(left, FarDate) or isinstance(right, FarDate):
                return compare(nanoseconds_between(left, right), 0)
            return compare(_moment(left), _moment(right))
        except TypeError:
            raise Undefined("Expected both times with or both without an offset, but got one of each") from None
    raise Undefined(f"Expected two values with an order, but got {kind(left)} and {kind(right)}")


def _moment(value: Any) -> tuple[Any, int]:
    """What counts in orders: the instant, to the nanosecond."""
    return instant(value) if isinstance(value, datetime) else value, nanoseconds(value)


def _second(value: Any) -> Any:
    """What counts in equalities: the instant in whole seconds (the value functions of DMN 10.3.2.3, and the TCK)."""
    value = instant(value) if isinstance(value, datetime) else value
    return value.replace(microsecond=0) if value.microsecond or nanoseconds(value) else value


def _equal_parts(left: Any, right: Any, run: Run) -> bool:
    if left is right:
        return True
    run.spend()
    run.charge(left)
    if type(left) is list:
        return len(left) == len(right) and all(
            same(read(one), read(other), run) for one, other in zip(left, right, strict=True)
        )
    if type(left) is dict:
        return left.keys() == right.keys() and all(same(read(left[key]), read(right[key]), run) for key in left)
    if type(left) is Range:
        return (
            left.unary == right.unary
            and left.start_included == right.start_included
            and left.end_included == right.end_included
            and same(left.start, right.start, run)
            and same(left.end, right.end, run)
            and same(left.excluded, right.excluded, run)
        )
    if isinstance(left, datetime | time):
        return bool(_second(left) == _second(right))
    if type(left) is FarDateTime:
        return (left.tzinfo is None) == (right.tzinfo is None) and not seconds_between(left, right)
    return bool(left == right)


def _concatenate(left: str, right: str) -> str:
    if len(left) + len(right) > MAX_STRING:
        raise FeelLimitExceeded("Expected a string of at most {most} characters, but it has more", most=MAX_STRING)
    return left + right


def _scale(duration: timedelta, factor: Decimal) -> timedelta:
    return timedelta(microseconds=int(NUMBERS.multiply(Decimal(microseconds(duration)), factor)))


def _scale_months(duration: YearsMonthsDuration, factor: Decimal) -> YearsMonthsDuration:
    return YearsMonthsDuration(_whole(NUMBERS.multiply(Decimal(duration.months), factor)))


def _whole(months: Decimal) -> int:
    if months.adjusted() > 17:
        raise Undefined("Expected a shorter duration, but it has more than 10^18 months")
    return int(months)


def _ratio(left: timedelta, right: timedelta) -> Decimal:
    return NUMBERS.divide(Decimal(microseconds(left)), Decimal(microseconds(right)))


MAX_STRING = 1_000_000  # beyond any environment's own limit, which is checked where the run is known

DAYS: tuple[type, ...] = (date, datetime, FineDateTime, FarDate, FarDateTime)
CLOCKS: tuple[type, ...] = (time, FineTime)

ADD: dict[Pair, Callable[[Any, Any], Any]] = {
    (Decimal, Decimal): NUMBERS.add,
    (str, str): _concatenate,
    (timedelta, timedelta): operator.add,
    (YearsMonthsDuration, YearsMonthsDuration): lambda a, b: YearsMonthsDuration(a.months + b.months),
    **{(clock, timedelta): shift_time for clock in CLOCKS},
    **{(timedelta, clock): lambda a, b: shift_time(b, a) for clock in CLOCKS},
    **{(day, timedelta): shift for day in DAYS},
    **{(timedelta, day): lambda a, b: shift(b, a) for day in DAYS},
    **{(day, YearsMonthsDuration): add_months for day in DAYS},
    **{(YearsMonthsDuration, day): lambda a, b: add_months(b, a) for day in DAYS},
}
SUBTRACT: dict[Pair, Callable[[Any, Any], Any]] = {
    (Decimal, Decimal): NUMBERS.subtract,
    (timedelta, timedelta): operator.sub,
    (YearsMonthsDuration, YearsMonthsDuration): lambda a, b: YearsMonthsDuration(a.months - b.months),
    **{(clock, other): elapsed_time for clock in CLOCKS for other in CLOCKS},
    **{(clock, timedelta): lambda a, b: shift_time(a, -b) for clock in CLOCKS},
    **{(day, other): elapsed for day in DAYS for other in DAYS},
    **{(day, timedelta): lambda a, b: shift(a, -b) for day in DAYS},
    **{(day, YearsMonthsDuration): lambda a, b: add_months(a, YearsMonthsDuration(-b.months)) for day in DAYS},
}
MULTIPLY: dict[Pair, Callable[[Any, Any], Any]] = {
    (Decimal, Decimal): NUMBERS.multiply,
    (timedelta, Decimal): _scale,
    (Decimal, timedelta): lambda a, b: _scale(b, a),
    (YearsMonthsDuration, Decimal): _scale_months,
    (Decimal, YearsMonthsDuration): lambda a, b: _scale_months(b, a),
}
DIVIDE: dict[Pair, Callable[[Any, Any], Any]] = {
    (Decimal, Decimal): NUMBERS.divide,
    (timedelta, Decimal): lambda a, b: timedelta(microseconds=int(NUMBERS.divide(Decimal(microseconds(a)), b))),
    (timedelta, timedelta): _ratio,
    (YearsMonthsDuration, Decimal): lambda a, b: YearsMonthsDuration(_whole(NUMBERS.divide(Decimal(a.months), b))),
    (YearsMonthsDuration, YearsMonthsDuration): lambda a, b: NUMBERS.divide(Decimal(a.months), Decimal(b.months)),
}
POWER: dict[Pair, Callable[[Any, Any], Any]] = {(Decimal, Decimal): NUMBERS.power}
