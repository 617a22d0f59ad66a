"""What is said of a table before it is deployed: overlaps, gaps, rules without effect, wrong types."""

import time

import pytest

from engine.dmn import parse
from tests.unit.dmn.models import component, decision, item, knowledge, literal, model, table


def check(*arguments, types=(), **options):
    parsed = parse(model(*types, decision("route", table(*arguments, **options))))
    return parsed.check(), parsed.warnings()


def test_a_table_that_answers_everything_once_is_without_findings():
    rules = [
        ("< 5", "-", '"on site"'),
        ("[5..50)", "true", '"refer"'),
        ("[5..50)", "false", '"on site"'),
        (">= 50", "-", '"joint conference"'),
    ]

    assert check([("people", "number"), ("again", "boolean")], ["route"], rules) == ([], [])


def test_overlaps_are_errors_with_an_example():
    rules = [(">= 5", "-", '"a"'), ("-", '"pension"', '"b"'), ("< 5", 'not("pension")', '"c"')]

    errors, _ = check(["people", "topic"], ["route"], rules)

    assert errors == [
        (
            "rule_2",
            "Expected rules 1 and 2 of decision route not to match together, "
            'but both match people = 5 and topic = "pension"',
        )
    ]


def test_rules_of_an_any_table_may_overlap_as_long_as_they_agree():
    rules = [(">= 5", '"refer"'), (">= 50", '"refer"'), ("< 9", '"on site"')]

    errors, _ = check(["people"], ["route"], rules, "ANY")

    assert errors == [("rule_3", "Expected rules 1 and 3 of decision route to agree, but both match people = 5")]


@pytest.mark.parametrize("policy", ["FIRST", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_other_tables_may_overlap(policy):
    assert check(["n"], ["m"], [("> 1", "1"), ("-", "2")], policy, values="1, 2") == ([], [])


@pytest.mark.parametrize(
    ("column", "cells", "example"),
    [
        (("people", "number"), ["< 5", "> 5"], "people = 5"),
        (("people", "number"), ["[1..10]", "[11..20]"], "people = 0; people = 10.5; people = 21"),
        (("people", "number"), ["< 0", "[0..1)", "> 1.5"], "people = 1"),
        (("topic", "string"), ['"pension"', '"housing"'], "topic = any other text"),
        (("again", "boolean"), ["true"], "again = false"),
        (("filed", "date"), ['< date("2026-03-01")', '> @"2026-03-01"'], "filed = 2026-03-01"),
        (("filed", "date"), ['<= date("2026-03-01")', '>= @"2026-03-05"'], "filed = 2026-03-02"),
        (("left", "dayTimeDuration"), ['>= duration("P1D")'], "left = PT0S"),
        (("left", "yearMonthDuration"), ['<= @"P1Y"', '> @"P1Y1M"'], "left = P1Y1M"),
        (("at", "dateTime"), ['< @"2026-03-01T10:00:00"', '> @"2026-03-01T10:00:00"'], "at = 2026-03-01T10:00:00"),
        (("n", "number"), ["not(1, 2)", "2"], "n = 1"),
        (("n", "number"), ["!= 3"], "n = 3"),
        (("n", "number"), ["(1..2]", "<= 1", "[3..9]", "> 9"], "n = 2.5"),
    ],
)
def test_gaps_are_told_with_examples(column, cells, example):
    errors, warnings = check([column], ["m"], [(cell, "1") for cell in cells])

    assert errors == []
    assert warnings == [("table", f"Expected decision route to answer every input, but no rule matches {example}")]


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (("filed", "date"), ['<= date("2026-03-01")', '>= @"2026-03-02"']),  # there is nothing between two days
        (("left", "yearMonthDuration"), ['<= @"P1Y"', '>= @"P1Y1M"']),
        (("again", "boolean"), ["true", "false"]),
        (("n", "number"), ["< 3", "not(< 3)"]),
        (("n", "number"), ["3", "!= 3"]),
        (("n", "number"), ["> limit", "<= limit"]),  # what a variable will be is not known
        (("n", "number"), ["< 3", "? >= 3"]),
    ],
)
def test_there_is_no_gap(column, cells):
    assert check([column], ["m"], [(cell, "1") for cell in cells]) == ([], [])


def test_a_default_fills_the_gaps_and_lists_need_no_match():
    assert check(["n"], ["m"], [("> 1", "1")], defaults=["0"]) == ([], [])
    assert check(["n"], ["m"], [("> 1", "1")], "COLLECT") == ([], [])


def test_declared_values_are_all_there_is():
    light = item("tLight", "string", allowed='"red", "green"')
    rules = [('"red"', "1"), ('"green"', "2")]

    assert check([("light", "tLight")], ["m"], rules, types=[light]) == ([], [])
    assert check(["light"], ["m"], rules, allowed='"red", "green"') == ([], [])
    assert check(["light"], ["m"], rules, allowed='"red", "green", "blue"')[1] == [
        ("table", 'Expected decision route to answer every input, but no rule matches light = "blue"')
    ]
    _, warnings = check(["light"], ["m"], [*rules, ('"grey"', "3")], allowed='"red", "green"')
    assert warnings == [("rule_3", "Expected rule 3 of decision route to match some input, but its light never does")]


def test_columns_of_the_same_input_are_looked_at_together():
    rules = [(">= 5", "< 50", "1"), (">= 50", "-", "2"), ("-", "< 5", "3"), ("> 9", "< 9", "4")]

    errors, warnings = check(["people", "people"], ["m"], rules)

    assert errors == []
    assert warnings == [("rule_4", "Expected rule 4 of decision route to match some input, but its people never does")]


def test_a_rule_below_others_that_take_everything_is_dead():
    rules = [("< 50", "-", "1"), (">= 50", "true", "2"), ("> 60", "true", "3"), ("-", "-", "4"), ("7", "-", "5")]

    _, warnings = check(["people", ("again", "boolean")], ["m"], rules, "FIRST")

    assert warnings == [
        ("rule_3", "Expected rule 3 of decision route to be reached, but the rules above match all of it"),
        ("rule_5", "Expected rule 5 of decision route to be reached, but the rules above match all of it"),
    ]


def test_cells_of_another_type_than_the_column_are_errors():
    rules = [('"many"', '"a"'), ("> 5", "7"), ("-", '"b"'), ("-", "null"), ("-", "other")]

    errors, _ = check([("people", "number")], ["m"], rules, "FIRST", output_type="string")

    assert errors == [
        ("rule_1", 'Expected number in condition 1 of rule 1 of decision route, but "many" is string'),
        ("rule_2", "Expected a value of type string, but found 7 in result 1 of rule 2 of decision route"),
    ]


def test_results_that_are_not_among_the_declared_ones_are_errors():
    errors, _ = check(["n"], ["m"], [("1", '"red"'), ("not(1)", '"blue"')], values='"red", "green"')

    assert errors == [
        ("rule_2", 'Expected a value among "red", "green", but found "blue" in result 1 of rule 2 of decision route')
    ]


def test_tables_within_boxes_and_knowledge_are_checked_too():
    inner = table(["n"], ["m"], [("> 1", "1"), ("> 2", "1")])
    entry = f'<context><contextEntry><variable name="a"/>{inner}</contextEntry></context>'
    parsed = parse(model(decision("d", entry), knowledge("k", ["n"], inner), decision("l", literal("1"))))

    assert [message.partition(" not ")[0] for _, message in parsed.check()] == [
        "Expected rules 1 and 2 of a of decision d",
        "Expected rules 1 and 2 of business knowledge k",
    ]


def test_many_mistakes_are_told_in_part():
    errors, warnings = check(["n"], ["m"], [("-", "1")] * 40)
    _, dead = check(["n"], ["m"], [("-", "1")] * 40, "FIRST")

    assert (len(errors), len(warnings), len(dead)) == (10, 0, 10)


def test_a_large_table_is_checked_in_a_moment():
    rules = [(f"[{n}0..{n}5]", f'"t{n % 7}"', f"> {n}", "1") for n in range(700)]
    parsed = parse(model(decision("d", table(["a", "b", "c"], ["m"], rules))))

    begin = time.thread_time()
    assert parsed.check() == []
    assert time.thread_time() - begin < 10


def test_a_component_of_a_record_is_an_input_like_any_other():
    who = item("tWho", "", component("age", "number"))
    assert check([("who.age", "number")], ["m"], [("< 18", "1"), (">= 18", "2")], types=[who]) == ([], [])
