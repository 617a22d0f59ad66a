"""Built-in functions over numbers (DMN 10.3.4.5)."""

import decimal
from collections.abc import Callable
from decimal import Decimal

from engine.feel.builtins.table import drawer
from engine.feel.errors import Undefined
from engine.feel.values import NUMBERS

MIN_SCALE, MAX_SCALE = -6111, 6176


def _rounding(mode: str) -> Callable[..., Decimal]:
    def rounded(n: Decimal, scale: Decimal | None = None) -> Decimal:
        return round_to(n, scale if scale is not None else Decimal(0), mode)

    return rounded


def round_to(n: Decimal, scale: Decimal, mode: str) -> Decimal:
    """n with so many digits behind the point; a negative scale rounds to tens, hundreds and so on."""
    places = int(scale) if abs(scale) < 10_000 else MAX_SCALE + 1
    if not MIN_SCALE <= places <= MAX_SCALE:
        raise Undefined(f"Expected a scale from {MIN_SCALE} to {MAX_SCALE}, but got {scale}")
    exponent = n.as_tuple().exponent
    if isinstance(exponent, int) and -places <= exponent and places >= 0:
        return n
    try:
        result = n.quantize(Decimal(1).scaleb(-places), rounding=mode, context=NUMBERS)
    except decimal.InvalidOperation:
        return n  # all its 34 digits are in front of the place to round at
    return NUMBERS.add(result, 0) if result else Decimal(0)


def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """dividend - divisor * floor(dividend / divisor): the sign is that of the divisor."""
    if not divisor:
        raise Undefined("Expected a divisor other than zero")
    try:
        rest = NUMBERS.remainder(dividend, divisor)
    except decimal.InvalidOperation:
        raise Undefined("Expected a quotient of at most 34 digits") from None
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def square_root(number: Decimal) -> Decimal:
    """Of a number that is not negative."""
    if number < 0:
        raise Undefined(f"Expected a number from 0 on for sqrt, but got {number}")
    return NUMBERS.sqrt(number)


def logarithm(number: Decimal) -> Decimal:
    """To the base e, of a positive number."""
    if number <= 0:
        raise Undefined(f"Expected a positive number for log, but got {number}")
    return NUMBERS.ln(number)


def exponential(number: Decimal) -> Decimal:
    """e to the power of the number."""
    try:
        return NUMBERS.exp(number)
    except decimal.Overflow:
        raise Undefined(f"Expected a smaller number for exp, but got {number}") from None


def odd(number: Decimal) -> bool:
    """Whether a whole number is odd."""
    return _whole(number) % 2 == 1


def even(number: Decimal) -> bool:
    """Whether a whole number is even."""
    return _whole(number) % 2 == 0


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise Undefined(f"Expected a whole number, but got {number}")
    return abs(int(number))


NUMERIC = drawer(
    "numbers",
    {
        "decimal": [("n: number, scale: number", _rounding(decimal.ROUND_HALF_EVEN), "Round, ties to even")],
        "floor": [("n: number, scale?: number", _rounding(decimal.ROUND_FLOOR), "Round down, below zero too")],
        "ceiling": [("n: number, scale?: number", _rounding(decimal.ROUND_CEILING), "Round up, below zero too")],
        "round up": [("n: number, scale?: number", _rounding(decimal.ROUND_UP), "Round away from zero")],
        "round down": [("n: number, scale?: number", _rounding(decimal.ROUND_DOWN), "Round towards zero")],
        "round half up": [
            ("n: number, scale?: number", _rounding(decimal.ROUND_HALF_UP), "Round, ties away from zero")
        ],
        "round half down": [
            ("n: number, scale?: number", _rounding(decimal.ROUND_HALF_DOWN), "Round, ties towards zero")
        ],
        "abs": [
            ("n: number", NUMBERS.abs, "Without the sign"),
            (
                "n: duration",
                lambda n: max(n, -n) if not hasattr(n, "months") else type(n)(abs(n.months)),
                "Without the sign",
            ),
        ],
        "modulo": [("dividend: number, divisor: number", modulo, "The rest, with the sign of the divisor")],
        "sqrt": [("number: number", square_root, "The square root")],
        "log": [("number: number", logarithm, "The natural logarithm")],
        "exp": [("number: number", exponential, "e to the power of the number")],
        "odd": [("number: number", odd, "Whether the number is odd")],
        "even": [("number: number", even, "Whether the number is even")],
    },
)
