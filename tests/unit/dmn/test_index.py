"""Rules found by the index are those that would be found by asking each."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.dmn import parse
from tests.unit.dmn.models import decision, model, table

CELLS = [
    *("-", "1", "2.50", "-1", "> 1", "<= 2", "[1..2]", "(1..2.5)", "]1..2[", "1, 3", "not(1)", "not([1..2])", "!= 2"),
    *("= 1", "null", "not(null)", '"a"', '"b", "c"', 'not("a")', '> "a"', "true", "false", "not(true)", "[1, 2]"),
    *('date("2026-03-02")', '> @"2026-03-01"', 'not(date("2026-03-02"))', '@"P1D"', '> @"P1Y"', "> limit", "? > 1"),
    *('starts with(?, "a")', "list contains(?, 1)", "@\"2026-03-02T10:00:00\"", "1, \"a\""),
]  # fmt: skip
VALUES = [
    *(None, True, False, 1, 2, 2.5, -1, 3, Decimal("1.0"), "a", "b", "abc", "", [1], ["a"], [1, 2], {"a": 1}),
    *(date(2026, 3, 2), date(2026, 3, 1), timedelta(days=1), feel.YearsMonthsDuration(18)),
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    rules=st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(CELLS)), min_size=1, max_size=12),
    left=st.sampled_from(VALUES),
    right=st.sampled_from(VALUES),
)
def test_the_index_agrees_with_the_cells(rules, left, right):
    rows = [(*cells, str(number)) for number, cells in enumerate(rules, 1)]
    parsed = parse(model(decision("d", table(["left", "right"], ["m"], rows, "RULE ORDER"))))
    context = {"left": left, "right": right, "limit": 2}

    expected = [
        number
        for number, cells in enumerate(rules, 1)
        if all(feel.unary_test(cell, value, context) is True for cell, value in zip(cells, (left, right), strict=True))
    ]

    assert [rule.index for rule in parsed.evaluate("d", context).matched] == expected


@pytest.mark.parametrize(("topic", "people", "number"), [("t700", 12, 701), ("t3", 9_000, 4), ("nothing", 1, None)])
def test_of_a_thousand_rules_only_those_that_may_match_are_asked(topic, people, number):
    rows = [(f'"t{n}"', "> 5", "extra(n)", str(n + 1)) for n in range(1000)]
    asked = []
    env = feel.Environment(functions={"extra": lambda n: asked.append(n) or n})
    parsed = parse(model(decision("d", table(["topic", "people", "n"], ["m"], rows))))

    result = parsed.evaluate("d", {"topic": topic, "people": people, "n": 1}, env)

    assert result.value == number
    assert len(asked) == (number is not None)
