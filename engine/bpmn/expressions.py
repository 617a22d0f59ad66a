"""Texts of a diagram: a FEEL expression behind "=", or just what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine import feel
from engine.bpmn.stuck import Stuck

LONGEST_SHOWN = 200  # characters of a value in the message of an incident


class Text:
    """An attribute such as assignee: `=author` is evaluated when it is needed, `rita` stands for itself.

    Compiled on first use: a deployed diagram was compiled by the checks, and most elements of a case are never reached.
    """

    __slots__ = ("_expression", "raw")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self._expression: feel.Expression | None = None

    @property
    def is_expression(self) -> bool:
        return feel.expression_text(self.raw) is not None

    @property
    def expression(self) -> feel.Expression:
        """The compiled FEEL text; engine.feel.FeelSyntaxError where it is not FEEL."""
        if self._expression is None:
            text = feel.expression_text(self.raw)
            self._expression = feel.compile(self.raw if text is None else text)
        return self._expression

    def evaluate(self, variables: Mapping[str, Any], env: feel.Environment) -> Any:
        """The FEEL value, or the text itself; Stuck where FEEL fails."""
        if not self.is_expression:
            return self.raw
        return evaluate(self, variables, env)

    def json(self, variables: Mapping[str, Any], env: feel.Environment) -> Any:
        """Like evaluate, as a JSON-like value that may be stored."""
        return json(self, self.evaluate(variables, env))


def text(raw: str | None) -> Text | None:
    """A Text, or None for an attribute that is missing or empty."""
    return Text(raw.strip()) if raw and raw.strip() else None


def evaluate(source: Text, variables: Mapping[str, Any], env: feel.Environment) -> Any:
    """The value of a text that is FEEL with or without "=", such as a condition; Stuck where FEEL fails."""
    try:
        return source.expression.evaluate(variables, env)
    except feel.FeelError as error:
        raise Stuck("EXPRESSION_FAILED", f"Expected {source.raw} to have a value, but {_reason(error)}") from error


def json(source: Text, value: Any) -> Any:
    """The value of the text as one that may be stored; Stuck where it is too large or nested too deeply for that."""
    try:
        return feel.to_json(value)
    except feel.FeelError as error:
        raise Stuck("EXPRESSION_FAILED", f"Expected {source.raw} to have a value, but {_reason(error)}") from error


def is_true(source: Text, variables: Mapping[str, Any], env: feel.Environment) -> bool:
    """Whether a condition holds. Null is not true; anything that is no boolean is a mistake and Stuck."""
    value = evaluate(source, variables, env)
    if value is None or isinstance(value, bool):
        return value is True
    raise Stuck("CONDITION_FAILED", f"Expected {source.raw} to be true or false, but it is {_shown(source, value)}")


def names(source: Text, variables: Mapping[str, Any], env: feel.Environment) -> tuple[str, ...]:
    """Users or groups: `a, b` or FEEL giving a list or a text; Stuck for other values."""
    value = source.evaluate(variables, env)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise Stuck("EXPRESSION_FAILED", f"Expected {source.raw} to give names, but it is {_shown(source, value)}")
    found = []
    for name in value:
        if name is None:
            continue
        if not isinstance(name, str):
            raise Stuck("EXPRESSION_FAILED", f"Expected {source.raw} to give names, but {_shown(source, name)} is none")
        if name.strip():
            found.append(name.strip())
    return tuple(dict.fromkeys(found))


def _shown(source: Text, value: Any) -> str:
    shown = repr(json(source, value))
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


def _reason(error: Exception) -> str:
    reason = str(error)
    return reason[:1].lower() + reason[1:] if reason else type(error).__name__
