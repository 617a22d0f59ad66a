"""Cells of decision tables: does the input pass?"""

import pytest

from engine.feel import (
    Environment,
    Evaluation,
    FeelLimitExceeded,
    Limits,
    compile,
    compile_unary,
    evaluate,
    unary_test,
)

CELLS = [
    ("-", None, True),
    ("", "an empty cell", True),
    ("> 3", 4, True),
    ("> 3", 3, False),
    ("> 3", None, None),
    ("<= limit", 5, True),
    ("= 3", 3, True),
    ("!= 3", 3, False),
    ('"on site", "referred"', "referred", True),
    ('"on site", "referred"', "escalated", False),
    ('not("on site", "referred")', "escalated", True),
    ("not(> 3)", None, None),
    ("[1..10]", 10, True),
    ("[1..10)", 10, False),
    ("< 3, > 10", 11, True),
    ("null", None, True),
    ("null", 1, False),
    ("true", True, True),
    ("true", None, False),
    ("false", False, True),
    ("limit", 5, True),
    ("units", "tax", True),
    ("units", "water", False),
    ("[1, 2], [3]", [3], True),
    ("? > 3 and ? < 5", 4, True),
    ('starts with(?, "王")', "王芳", True),
    ("string length(?) > 2", "王芳", False),
    ("limit > 4", "anything", True),
    ("not(true)", False, True),
    ('"a"', 1, None),
    ("-5", -5, True),
    ('< date("2025-01-01")', "2024-01-01", None),
    ("not(3) = false", True, False),
]


@pytest.mark.parametrize(("cell", "value", "verdict"), CELLS)
def test_a_cell_judges_its_input(cell, value, verdict):
    assert unary_test(cell, value, {"limit": 5, "units": ["tax", "police"]}) is verdict


def test_a_compiled_cell_tells_what_it_reads():
    tests = compile_unary('[low..high], f("x")')

    assert tests.names == {"low", "high"}
    assert tests.functions == {"f"}
    assert repr(tests) == "UnaryTests('[low..high], f(\"x\")')"


def test_a_table_shares_one_budget():
    table = Evaluation({"limit": 3}, Environment(limits=Limits(steps=100)))

    assert table.value(compile("limit + 1")) == 4
    assert table.test(compile_unary("< limit"), 2) is True
    with pytest.raises(FeelLimitExceeded, match="100 steps"):
        for _ in range(20):
            table.value(compile("for i in 1..10 return i"))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("5 in (!= 10)", True),
        ("10 in (!= 10)", False),
        ('"a" in (!= "b")', True),
        ("(!= 10) = (!= 10)", True),
        ("(!= 10) = (!= 11)", False),
        ("(!= 10) = (= 10)", False),
        ("includes((!= 10), 10)", False),
        ("string((!= 10))", "(!= 10)"),
        ("(!= null)", None),
        ('5 in (!= "a")', None),
        ("before((!= 10), 5)", None),
    ],
)
def test_a_range_of_everything_but_one(text, result):
    assert evaluate(text) == result


def test_a_back_reference_is_refused_with_the_reason():
    reasons: list[str] = []

    assert evaluate('matches("aa", "(a)\\\\1")', env=Environment(reasons=reasons)) is None
    assert "back-references" in reasons[0]


def test_by_name_the_order_tells_which_of_point_and_range_comes_first():
    assert evaluate("before(point: 0, range: [1..5])") is True
    assert evaluate("before(range: [1..5], point: 0)") is False


def test_a_function_that_calls_itself_is_not_unknown():
    assert compile("{f: function(x) if x = 0 then 1 else x * f(x - 1), r: f(5)}.r").functions == frozenset()
