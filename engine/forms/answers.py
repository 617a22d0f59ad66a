"""One answer to one component: its options, its initial value, and how what was submitted is read."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError

from engine import feel
from engine.errors import Message
from engine.forms import messages
from engine.forms.expressions import Scope, value_of
from engine.forms.model import MULTIPLE, Component, Option, option_of
from engine.forms.moments import parse_moment
from engine.forms.records import MISSING, get

MAX_TEXT = 20_000
MAX_OPTIONS = 500


def refuse(template: str, **params: Any) -> ValidationError:
    return ValidationError([Message(template, **params)])


def options_of(component: Component, scope: Scope, context: Scope, env: feel.Environment) -> tuple[Option, ...]:
    """The choices now: written in the form, read from a variable (valuesKey), or computed (valuesExpression)."""
    if component.options_expression:
        items = value_of(component.options_expression, scope, env, component.id)
    elif component.options_key:
        items = get(context, tuple(component.options_key.split(".")))
    else:
        return component.options or ()
    if not isinstance(items, list | tuple):
        return ()
    return tuple(option for option in map(option_of, items[:MAX_OPTIONS]) if option is not None)


def choice_text(value: Any) -> str:
    """An option's value as a browser sends it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, but 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def empty(component: Component) -> Any:
    """The value of a field nobody has answered."""
    if component.type == "checkbox":
        return False
    return [] if component.type in MULTIPLE or component.type == "dynamiclist" else None


def initial(component: Component, stored: Any, scope: Scope, env: feel.Environment) -> Any:
    """What the field shows at first: the stored value, else the form's default, else nothing."""
    if stored is not MISSING:
        return stored
    if component.default is not None:
        return value_of(component.default, scope, env, component.id)
    return empty(component)


def coerced(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> Any:
    """The value as it will be stored where it can be read, else as it was given (validation will refuse it)."""
    try:
        return parse(component, value, options, env)
    except ValidationError:
        return value


def parse(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> Any:
    """The value to store. Nothing, blank text and null are the same. Raises marshmallow.ValidationError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return empty(component)
    return PARSERS[component.type](component, value, options, env)


_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # control characters, halves of letters


def _text(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> str:
    if not isinstance(value, str):
        raise refuse(messages.TEXT)
    text = value.replace("\r\n", "\n").strip()
    if _UNWRITTEN.search(text):
        raise refuse(messages.CONTROL_CHARACTERS)
    if len(text) > MAX_TEXT:
        raise refuse(messages.TOO_LONG, max=MAX_TEXT, length=len(text))
    return text


_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)


def _number(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> int | float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refuse(messages.NUMBER)
    # Chinese input methods type full-width digits; people mean the same number.
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if not _NUMBER.fullmatch(text):
        raise refuse(messages.NUMBER)
    try:
        number = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern above admits numbers only
        raise refuse(messages.NUMBER) from None
    if component.as_text:
        return format(number, "f")
    return int(number) if number == number.to_integral_value() else float(number)


def _boolean(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise refuse(messages.BOOLEAN)


def _choice(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> Any:
    for option in options:
        if same(option.value, value):
            return option.value
    for option in options:
        if isinstance(value, str) and choice_text(option.value) == value:
            return option.value
    raise refuse(messages.CHOICE)


def _choices(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > MAX_OPTIONS:
        raise refuse(messages.CHOICES)
    chosen: list[Any] = []
    for item in value:
        choice = _choice(component, item, options, env)
        if not any(same(choice, other) for other in chosen):
            chosen.append(choice)
    return chosen


def _temporal(component: Component, value: Any, options: Sequence[Option], env: feel.Environment) -> str:
    return parse_moment(component, value, env)


PARSERS: dict[str, Callable[[Component, Any, Sequence[Option], feel.Environment], Any]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "checkbox": _boolean,
    "radio": _choice,
    "select": _choice,
    "checklist": _choices,
    "taglist": _choices,
    "datetime": _temporal,
}
