"""What a cell of constants accepts: points and spans of one kind of value, told without evaluating it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine import feel
from engine.feel import nodes
from engine.feel.compiler import compile_node
from engine.feel.environment import DEFAULT, Frame, Run
from engine.feel.names import free_names
from engine.feel.parser import known_names, parse_tests
from engine.feel.values import Range, YearsMonthsDuration

# Kinds whose values have one order and no zones, so that Python compares them as FEEL does.
KINDS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    date: "date",
    timedelta: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    datetime: "date and time",
}
CONSTRUCTORS = frozenset({"date", "date and time", "duration", "number"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """All values between two ends; an end that is None is open for ever. A point begins and ends with itself."""

    low: Any = None
    high: Any = None
    low_included: bool = False
    high_included: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """Accepts the values of one kind within the spans, or if negated those of that kind without."""

    kind: str
    spans: tuple[Span, ...]
    negated: bool = False


def read_cell(text: str) -> Cell | None:
    """The cell of a text of unary tests; None where it needs a variable, accepts null or is no table's business."""
    try:
        tree = parse_tests(text, known_names(frozenset()))
    except feel.FeelError:
        return None
    spans: list[Span] = []
    negated = tree.negated
    for test in tree.tests:
        found = _spans_of(test)
        if found is None:
            return None
        spans += found
        if test.operator == "!=":
            if len(tree.tests) > 1:
                return None
            negated = not negated
    kinds = {kind_of(end) for span in spans for end in (span.low, span.high) if end is not None}
    kind = kinds.pop() if len(kinds) == 1 else None
    return None if kind is None else Cell(kind=kind, spans=tuple(spans), negated=negated)


def constant(node: nodes.Node) -> Any:
    """The value of an expression that needs no variables; None where it does."""
    names, functions = free_names(node)
    if names or not functions <= CONSTRUCTORS:
        return None
    try:
        return compile_node(node)(Frame({}, None, Run(DEFAULT)))
    except (feel.FeelError, RecursionError):
        return None


def kind_of(value: Any) -> str | None:
    if type(value) is datetime and value.tzinfo is not None:
        return None  # moments of different zones are a question of their own
    return KINDS.get(type(value))


def _spans_of(test: nodes.Test) -> list[Span] | None:
    value = constant(test.operand)
    if value is None:
        return None
    if test.operator in ("", "=", "!="):
        if isinstance(value, list):
            items = [_span(item) for item in value] if test.operator == "" else [None]
            return [item for item in items if item is not None] if all(items) else None
        span = _span(value) if test.operator == "" or kind_of(value) else None
        return None if span is None else [span]
    if kind_of(value) in (None, "boolean"):
        return None
    return [_compared(test.operator, value)]


def _span(value: Any) -> Span | None:
    if isinstance(value, Range):
        if not value.unary and (value.start is None or value.end is None):
            return None
        return Span(
            low=value.start,
            high=value.end,
            low_included=value.start_included,
            high_included=value.end_included,
        )
    return None if kind_of(value) is None else Span(low=value, high=value, low_included=True, high_included=True)


def _compared(operator: str, value: Any) -> Span:
    if operator in ("<", "<="):
        return Span(high=value, high_included=operator == "<=")
    return Span(low=value, low_included=operator == ">=")
