"""Any expression over any variables has a value, null with a reason, or exceeds a limit: tried on thousands."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock_time
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from engine.feel import (
    BUILTINS,
    Environment,
    FeelLimitExceeded,
    FeelSyntaxError,
    Limits,
    YearsMonthsDuration,
    evaluate,
    to_json,
    to_text,
    unary_test,
)
from engine.feel.values import READY

many = settings(max_examples=400, deadline=None)
NAMES = ("a", "b", "c", "with space", "with-sign", "日期")
LIMITS = Limits(steps=5_000, size=5_000, seconds=0.5)

offsets = some.integers(-17 * 60, 17 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
scalars = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(),
    some.decimals(allow_nan=False, allow_infinity=False, places=3),
    some.sampled_from([Decimal("1E6144"), Decimal("-1E-6143"), 10**4000, Decimal(0), Decimal("-0.0")]),
    some.text(max_size=8),
    some.dates(),
    some.times(timezones=some.none() | offsets),
    some.datetimes(timezones=some.none() | offsets),
    some.timedeltas(),
    some.integers(-(10**18), 10**18).map(YearsMonthsDuration),
)
values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
contexts = some.dictionaries(some.sampled_from(NAMES), values, max_size=5)

atoms = some.sampled_from(
    [
        *NAMES, "item", "?", "partial", "null", "true", "0", "1", "-1", "2.5", "1e6144", "1e-6143",
        '""', '"a"', '"P1D"', '"2025-05-01"', '"[1..2]"', '"(a+)\\\\1"', '"%"', "[]", "{}", "[1, null, 2]", "[[1], 2]",
        '@"2025-05-01"', '@"9999-12-31"', '@"-999999999-01-01"', '@"0001-01-01T00:00:00@Asia/Shanghai"',
        '@"10:00:00.123456789"', '@"23:59:60"', '@"2025-05-01T10:00:00.000000001+08:00"', '@"P999999999D"', '@"-P1M"',
        '@"P999999999999999999Y"', '@"12025-01-31T10:00:00Z"', "[1..5]", "(!= 3)", "(< 5)", '["a".."c"]',
        "{a: 1, b: {c: [1]}}", "99999999999999999999",
        "function(x) x", "function(x, y) x < y", "function(a: number) a + 1", "abs", "now()", "today()",
    ]
)  # fmt: skip


def _combined(inner: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    two = some.tuples(inner, inner)
    three = some.tuples(inner, inner, inner)
    operators = some.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
    members = some.sampled_from([*NAMES, "year", "months", "start", "end included", "time offset", "timezone"])
    types = some.sampled_from(["number", "list<string>", "context<a: Any>", "function<number> -> number", "nonsense"])
    calls = some.tuples(some.sampled_from(sorted(BUILTINS)), some.lists(inner, max_size=4))
    return some.one_of(
        some.tuples(inner, operators, inner).map(" ".join),
        two.map(lambda it: f"({it[0]})[{it[1]}]"),
        some.tuples(inner, members).map(lambda it: f"({it[0]}).{it[1]}"),
        three.map(lambda it: f"if {it[0]} then {it[1]} else {it[2]}"),
        three.map(lambda it: f"({it[0]}) between ({it[1]}) and ({it[2]})"),
        two.map(lambda it: f"for a in {it[0]} return {it[1]}"),
        three.map(lambda it: f"for a in ({it[0]})..({it[1]}) return {it[2]}"),
        two.map(lambda it: f"some a in {it[0]} satisfies {it[1]}"),
        two.map(lambda it: f"every a in {it[0]} satisfies {it[1]}"),
        two.map(lambda it: f"[({it[0]})..({it[1]})]"),
        two.map(lambda it: f"{{a: {it[0]}, b: {it[1]}}}"),
        two.map(lambda it: f"({it[0]})({it[1]})"),
        some.tuples(inner, types).map(lambda it: f"({it[0]}) instance of {it[1]}"),
        calls.map(lambda it: f"{it[0]}({', '.join(it[1])})"),
        inner.map(lambda it: f"-({it})"),
    )


expressions = some.recursive(atoms, _combined, max_leaves=8)
# For calls that reach their functions more often than random arguments would.
calls = some.tuples(some.sampled_from(sorted(BUILTINS)), some.lists(some.sampled_from(NAMES[:3]), max_size=4))


def tried(text: str, context: dict[str, Any]) -> tuple[Any, list[str]]:
    """The value and the reasons; limits and slips of grammar, which say what they expected, count as no value."""
    reasons: list[str] = []
    env = Environment(now=datetime(2025, 5, 1, tzinfo=timezone.utc), limits=LIMITS, reasons=reasons)  # noqa: UP017
    try:
        return evaluate(text, context, env), reasons
    except (FeelLimitExceeded, FeelSyntaxError) as error:
        assert str(error).startswith("Expected")
        return None, [str(error)]


@many
@given(expressions, contexts)
def test_an_expression_never_fails(text: str, context: dict[str, Any]) -> None:
    began = time.thread_time()
    value, _ = tried(text, context)

    assert type(value) in READY or getattr(value, "is_feel_function", False)
    assert time.thread_time() - began < 10
    try:
        to_json(value)
        to_text(value)
    except FeelLimitExceeded as error:
        assert str(error).startswith("Expected")


@many
@given(calls, some.lists(values, min_size=3, max_size=3))
def test_a_function_never_fails(call: tuple[str, list[str]], arguments: list[Any]) -> None:
    context = dict(zip("abc", arguments, strict=True))

    value, _ = tried(f"{call[0]}({', '.join(call[1])})", context)

    assert type(value) in READY


@many
@given(expressions, values, contexts)
def test_a_cell_of_a_table_never_fails(text: str, value: Any, context: dict[str, Any]) -> None:
    try:
        assert unary_test(text, value, context, Environment(limits=LIMITS)) in (True, False, None)
    except (FeelLimitExceeded, FeelSyntaxError) as error:
        assert str(error).startswith("Expected")


OPERATORS = ("+", "-", "*", "/", "**", "=", "<", ">=", "and", "or")
given_values = values.filter(lambda value: value is not None and value == value)


@many
@given(given_values, some.sampled_from(OPERATORS), given_values)
def test_a_null_of_an_operator_has_a_reason(left: Any, operator: str, right: Any) -> None:
    value, reasons = tried(f"a {operator} b", {"a": left, "b": right})

    assert value is not None or reasons


@many
@given(given_values, given_values, some.sampled_from(["a in b", "a[b]", "a.b", "a between b and b", "not(a)", "-a"]))
def test_a_null_of_a_construct_has_a_reason(left: Any, right: Any, text: str) -> None:
    context = {"a": left, "b": right}

    value, reasons = tried(text, context)

    assert value is not None or reasons or _holds_null(left)


def _holds_null(value: Any) -> bool:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return abs(value) > 1e6000 if isinstance(value, int) else value in (float("inf"), float("-inf"))
    if isinstance(value, dict):
        value = list(value.values())
    return value is None or (isinstance(value, list) and (not value or any(map(_holds_null, value))))


def test_the_values_of_the_contexts_are_of_all_kinds() -> None:
    kinds = {type(evaluate("a", {"a": value})) for value in (1, True, "x", 1.5, [], {}, date.min, clock_time(1))}

    assert kinds == {Decimal, bool, str, list, dict, date, clock_time}
