"""FEEL values in Python: what counts as which kind, reading JSON-like input, writing JSON-like output."""

import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from typing import TYPE_CHECKING, Any

from engine.feel.errors import FeelLimitExceeded
from engine.feel.far import FarDate, FarDateTime
from engine.feel.fine import FineDateTime, FineTime

if TYPE_CHECKING:
    from engine.feel.environment import Run

# DMN 10.3.2.3.1: IEEE 754-2008 decimal128, 34 digits, ties to even.
NUMBERS = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
EXACT = 10**34  # integers up to here need no rounding
MAX_INTEGER_BITS = 20_500  # about the largest number of decimal128
MAX_NODES = 250_000  # of a value turned into JSON; a small expression can share one list many times


@dataclass(frozen=True, order=True, slots=True)
class YearsMonthsDuration:
    """A years and months duration, in months. (A days and time duration is a timedelta.)"""

    months: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """All values between two ends. In a `unary` range such as `(< 5)` an end that is None is open, else unknown.

    `(!= 5)` has no ends: everything but the `excluded`.
    """

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    unary: bool = False
    excluded: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function value: defined in FEEL, or given by the caller within the variables."""

    name: str
    parameters: tuple[str, ...]
    invoke: Callable[["Run", list[Any]], Any]

    @classmethod
    def of(cls, name: str, parameters: tuple[str, ...], function: Callable[..., Any]) -> "Function":
        """Wrap a Python function that takes FEEL values by position."""
        return cls(name=name, parameters=parameters, invoke=lambda _run, arguments: function(*arguments))


KIND_NAMES: dict[type, str] = {
    NoneType: "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    date: "date",
    FarDate: "date",
    datetime: "date and time",
    FarDateTime: "date and time",
    FineDateTime: "date and time",
    time: "time",
    FineTime: "time",
    timedelta: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    Range: "range",
    Function: "function",
}
READY = frozenset(KIND_NAMES)


def kind(value: Any) -> str:
    """The name of the value's FEEL type, for messages and `instance of`."""
    return KIND_NAMES.get(type(value), "function")


def read(value: Any) -> Any:
    """A FEEL value from a JSON-like one. Elements of lists and contexts are converted when they are read."""
    return value if type(value) in READY else _convert(value)


def items(values: Any) -> list[Any]:
    """The elements of a list as FEEL values."""
    return [value if type(value) in READY else _convert(value) for value in values]


def _convert(value: Any) -> Any:
    if type(value) is int and -EXACT < value < EXACT:
        return Decimal(value)
    if isinstance(value, int):
        return NUMBERS.create_decimal(value) if value.bit_length() < MAX_INTEGER_BITS else None
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        return Decimal(int(value)) if value.is_integer() and abs(value) < 1e15 else Decimal(repr(value))
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value if is_function(value) or isinstance(value, date | time) else None


def is_function(value: Any) -> bool:
    """Whether the value can be called from FEEL."""
    return isinstance(value, Function) or getattr(value, "is_feel_function", False) is True


def to_json(value: Any) -> Any:
    """A FEEL value as None, bool, int, float, str, list, dict; temporal values in ISO 8601, zones as `@Area/City`.

    Raises FeelLimitExceeded for a value of more than 250,000 parts, or nested too deeply.
    """
    try:
        return _jsonable(value, [MAX_NODES])
    except RecursionError:
        raise FeelLimitExceeded("Expected a value with less nesting") from None


def _jsonable(value: Any, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise FeelLimitExceeded("Expected a value of at most {most} parts, but it has more", most=MAX_NODES)
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 400 else float(value)
    if isinstance(value, dict):
        return {str(key): _jsonable(part, left) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(part, left) for part in value]
    from engine.feel.text import to_text  # text.py builds on this module

    return to_text(value)
