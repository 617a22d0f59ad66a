"""The rules of one field: lengths, bounds, patterns, digits and days, as functions that raise."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from engine import feel
from engine.errors import Message
from engine.forms import messages, patterns
from engine.forms.answers import refuse
from engine.forms.expressions import value_of
from engine.forms.model import MULTIPLE, Component
from engine.forms.moments import instant
from engine.forms.settling import Place

Check = Callable[[Any], None]


def checks_of(component: Component, place: Place, env: feel.Environment) -> list[Check]:
    """The rules of a component as functions that raise.

    Null is not checked; bounds that evaluate to null do not bind.
    """
    rules = component.rules
    checks: list[Check] = []

    def bound(value: Any) -> Decimal | None:
        value = value_of(value, place.scope, env, component.id)
        if isinstance(value, str):
            value = value.strip()
        try:
            number = Decimal(str(value)) if value is not None and not isinstance(value, bool) else None
        except ArithmeticError:
            return None
        return number if number is not None and number.is_finite() else None

    if rules.required and component.type == "checkbox":
        checks.append(_ticked)
    if rules.required and component.type in MULTIPLE:
        checks.append(_some)
    if component.type in ("textfield", "textarea"):
        checks += _length_checks(bound(rules.min_length), bound(rules.max_length))
        checks += _pattern_checks(component)
    if component.type == "number":
        checks += _number_checks(component, bound(rules.minimum), bound(rules.maximum))
    if component.type == "datetime" and component.no_past and env.now:
        checks.append(lambda value: _not_past(component, value, env))
    return checks


def _ticked(value: Any) -> None:
    if value is not True:
        raise refuse(messages.REQUIRED)


def _some(value: Any) -> None:
    if not value:
        raise refuse(messages.REQUIRED)


def utf16_length(text: str) -> int:
    """The length of the trimmed text as browsers count it, in UTF-16 units."""
    return len(text.strip().encode("utf-16-le", "surrogatepass")) // 2


def _length_checks(shortest: Decimal | None, longest: Decimal | None) -> list[Check]:
    def check(text: Any) -> None:
        length = utf16_length(text)
        if shortest is not None and length < shortest:
            raise refuse(messages.TOO_SHORT, min=int(shortest), length=length)
        if longest is not None and length > longest:
            raise refuse(messages.TOO_LONG, max=int(longest), length=length)

    return [_unless_blank(check)]


def _pattern_checks(component: Component) -> list[Check]:
    rules = component.rules
    wanted: list[tuple[str, str]] = []
    if rules.pattern:
        wanted.append((rules.pattern, rules.pattern_message or Message(messages.PATTERN)))
    if rules.kind == "email":
        wanted.append((patterns.EMAIL, Message(messages.EMAIL)))
    if rules.kind == "phone":
        wanted.append((patterns.PHONE, Message(messages.PHONE)))

    def check(text: Any) -> None:
        for pattern, sentence in wanted:
            if not patterns.matches(pattern, text):
                raise ValidationError([sentence])

    return [_unless_blank(check)] if wanted else []


def _number_checks(component: Component, least: Decimal | None, most: Decimal | None) -> list[Check]:
    increment = None if component.increment is None else Decimal(str(component.increment))

    def check(value: Any) -> None:
        number = Decimal(str(value))
        if least is not None and number < least:
            raise refuse(messages.TOO_SMALL, min=_plain(least))
        if most is not None and number > most:
            raise refuse(messages.TOO_LARGE, max=_plain(most))
        digits = component.decimal_digits
        exponent = number.normalize().as_tuple().exponent
        if digits is not None and isinstance(exponent, int) and -exponent > digits:
            raise refuse(messages.DECIMAL_DIGITS, digits=digits)
        if increment and number % increment:
            raise refuse(messages.INCREMENT, increment=_plain(increment))

    return [_unless_blank(check)]


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _not_past(component: Component, value: Any, env: feel.Environment) -> None:
    if not env.now or not value or component.subtype == "time":
        return
    moment = instant(value)
    if moment is None:
        day = value
    else:
        day = (moment.astimezone(env.now.tzinfo) if moment.tzinfo else moment).date().isoformat()
    if day < env.now.date().isoformat():
        raise refuse(messages.PAST)


def _unless_blank(check: Check) -> Check:
    return lambda value: None if value is None else check(value)
