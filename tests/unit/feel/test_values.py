"""Going in and out: JSON-like values, named types, functions given by the caller."""

from datetime import date
from decimal import Decimal

import pytest

from engine.feel import Environment, Function, Range, evaluate, expression_text, to_json, to_text


def test_json_like_input_is_read_as_it_is():
    context = {
        "i": 3,
        "f": 2.5,
        "whole": 2.0,
        "b": True,
        "l": (1, 2),
        "n": float("nan"),
        "big": 10**7000,
        "o": object(),
    }

    assert evaluate("i + f", context) == Decimal("5.5")
    assert evaluate("whole", context) == 2
    assert evaluate("b + 1", context) is None
    assert evaluate("l[2]", context) == 2
    assert evaluate("[n, big, o]", context) == [None, None, None]


def test_values_leave_as_json():
    assert to_json(Decimal("3.0")) == 3
    assert to_json(Decimal("3.5")) == 3.5
    assert to_json({"d": date(2025, 5, 1), "r": [Range(start=Decimal(1), end=None)]}) == {
        "d": "2025-05-01",
        "r": ["(>= 1)"],
    }
    assert to_text("plain") == "plain"


def test_the_caller_can_give_functions_and_types():
    twice = Function.of("twice", ("x",), lambda x: x * 2)
    env = Environment(types={"tUnit": lambda value: value in ("tax", "police")})

    assert evaluate("twice(4) + twice(x: 1)", {"twice": twice}) == 10
    assert evaluate("twice(y: 1)", {"twice": twice}) is None
    assert evaluate('"tax" instance of tUnit', env=env) is True


@pytest.mark.parametrize(("text", "feel"), [("=a > 1", "a > 1"), (" = a", "a"), ("PT1H", None), ("", None)])
def test_an_equals_sign_marks_feel(text, feel):
    assert expression_text(text) == feel
