"""FEEL in forms: values that begin with "=", hide rules as unary tests, and {{templates}} in texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine import feel
from engine.errors import Message
from engine.forms.model import FormError

Scope = Mapping[str, Any]

# Between the braces are no further pairs: every place is looked at once, also where thousands of them are never closed.
TEMPLATE = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*+)\}\}", re.DOTALL)


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("=")


def expression_text(value: str) -> str:
    """The FEEL text behind the leading "="; a text without one is taken as it is."""
    return value.lstrip().removeprefix("=").strip()


def value_of(value: Any, scope: Scope, env: feel.Environment, component_id: str = "") -> Any:
    """A literal as it is, an "=expression" evaluated to a JSON-like value.

    Raises FormError where FEEL cannot be run.
    """
    if not is_expression(value):
        return value
    return _evaluate(expression_text(value), scope, env, component_id)


def computed(text: str, scope: Scope, env: feel.Environment, component_id: str = "") -> Any:
    """The value of an expression field, with or without the leading "="."""
    return _evaluate(expression_text(text), scope, env, component_id)


def hides(rule: str, scope: Scope, env: feel.Environment, component_id: str = "") -> bool:
    """Whether a hide rule hides.

    form-js evaluates it as a FEEL unary test of a null input: null counts as true (`? = null`), so a rule over an
    unanswered field hides, and a top-level not(...) negates the test and not the value, so `not(null)` shows.
    """
    text = expression_text(rule)
    negated = _inside_not(text)
    if negated is not None:
        return not hides(negated, scope, env, component_id)
    value = _evaluate(text, scope, env, component_id)
    return value is True or value is None


def interpolate(
    text: str, scope: Scope, env: feel.Environment, component_id: str = "", *, escape: Callable = str
) -> str:
    """A text with its {{expressions}} replaced; a text that begins with "=" is one expression. Values pass `escape`."""
    if is_expression(text):
        return escape(shown(computed(text, scope, env, component_id)))
    return TEMPLATE.sub(lambda found: escape(shown(_evaluate(found[1].strip(), scope, env, component_id))), text)


def shown(value: Any) -> str:
    """A JSON-like value in a sentence: nothing for null, a list with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(item)}" for name, item in value.items())
    return str(value)


def problems_of(text: str) -> Message | None:
    """Why this FEEL text cannot be compiled, else None."""
    negated = _inside_not(text)
    try:
        feel.compile(text if negated is None else negated)
    except feel.FeelError as error:
        return error.message
    return None


def show_rule(rule: str) -> tuple[str, str, tuple[str, ...]] | None:
    """A simple hide rule turned round, for the browser:

    (key, "in" | "notIn", values as text); None if it is not simple.

    Simple are comparisons of one key with text, number or boolean literals: `kind != "land"`, `a != "x" and a !=
    "y"`, `a = "x" or a = "y"`, `list contains(wanted, "sms")`, each also within not(...). The server decides again
    anyway.
    """
    text = expression_text(rule)
    negated = _inside_not(text)
    found = _comparisons(text if negated is None else negated)
    if found is None:
        return None
    key, equal, values = found
    if negated is not None:
        equal = not equal
    if values == ("false",):
        # A box that is not ticked has no value in the browser: "is false" is "is not true".
        return key, "in" if equal else "notIn", ("true",)
    return key, "notIn" if equal else "in", values


_KEY = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_LITERAL = r'"[^"\\]*"|true|false|-?\d+(?:\.\d+)?'
_COMPARISON = re.compile(rf"\s*({_KEY})\s*(!=|=)\s*({_LITERAL})\s*")
_CONTAINS = re.compile(rf"\s*list contains\s*\(\s*({_KEY})\s*,\s*({_LITERAL})\s*\)\s*")


def _comparisons(text: str) -> tuple[str, bool, tuple[str, ...]] | None:
    """`key = v1 or key = v2` -> (key, True, values); `key != v1 and key != v2` -> (key, False, values)."""
    contains = _CONTAINS.fullmatch(text)
    if contains:
        return contains[1], True, (contains[2].strip('"'),)
    for operator, joint in (("=", r"\bor\b"), ("!=", r"\band\b")):
        parts = [_COMPARISON.fullmatch(part) for part in re.split(joint, text)]
        matches = [part for part in parts if part is not None and part[2] == operator]
        if len(matches) == len(parts) and len({part[1] for part in matches}) == 1:
            return matches[0][1], operator == "=", tuple(part[3].strip('"') for part in matches)
    return None


def _evaluate(text: str, scope: Scope, env: feel.Environment, component_id: str) -> Any:
    try:
        return feel.to_json(feel.compile(text).evaluate(scope, env))
    except feel.FeelError as error:
        raise FormError(
            Message(
                "Expected an expression that can be evaluated, but {error}: {text}", error=error.message, text=text
            ),
            component_id,
        ) from error


def _inside_not(text: str) -> str | None:
    """What a top-level not(...) encloses; None where `not` is absent or closes before the end."""
    found = re.match(r"not\s*\(", text)
    if not found or not text.endswith(")"):
        return None
    depth, quoted, position = 1, False, found.end()
    while position < len(text):
        character = text[position]
        if quoted:
            position += character == "\\"
            quoted = character != '"'
        elif character == '"':
            quoted = True
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return text[found.end() : -1].strip() if position == len(text) - 1 else None
        position += 1
    return None
