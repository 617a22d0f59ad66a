"""Which rules match, and what the hit policy makes of them."""

from decimal import Decimal

import pytest

from engine.dmn import DmnError, parse
from tests.unit.dmn.models import decision, input_data, model, table

ROUTES = [
    (">= 50", "-", '"joint conference"', "more than a department can settle"),
    ("< 50", '"pension","housing"', '"refer"', "a department answers for it"),
    ("< 50", "not(\"pension\",\"housing\")", '"on site"', ""),
]  # fmt: skip


def decide(table_xml, context, decision_id="route", findings=0):
    parsed = parse(model(decision("route", table_xml)))
    assert len(parsed.check()) == findings
    return parsed.evaluate(decision_id, context)


def test_a_unique_rule_gives_the_route_and_tells_why():
    result = decide(table(["people", "topic"], ["route"], ROUTES), {"people": 57, "topic": "pension"})

    assert result.value == "joint conference"
    assert [(rule.index, rule.id, rule.annotation) for rule in result.matched] == [
        (1, "rule_1", "more than a department can settle")
    ]
    assert result.matched[0].outputs == {"route": "joint conference"}
    assert result.inputs == {"people": 57, "topic": "pension"}


def test_overlapping_rules_of_a_unique_table_are_an_error_with_their_numbers():
    overlapping = table(["people"], ["route"], [(">= 5", '"group"'), ("> 1", '"several"'), (">= 50", '"mass"')])

    with pytest.raises(DmnError, match="Expected one rule to match, but rules 1, 2 and 3 match") as error:
        decide(overlapping, {"people": 57}, findings=3)

    assert error.value.element_id == "table"


def test_the_first_rule_wins_where_the_table_says_so():
    rules = [(">= 50", '"red"'), (">= 5", '"amber"'), ("-", '"green"')]

    result = decide(table(["people"], ["light"], rules, "FIRST"), {"people": 7})

    assert result.value == "amber"
    assert [rule.index for rule in result.matched] == [2]


def test_rules_of_an_any_table_may_overlap_when_they_agree():
    rules = [(">= 50", "-", "true"), ("-", '"strike"', "true"), ("-", '"rumour"', "false")]
    any_table = table(["people", "topic"], ["urgent"], rules, "ANY")

    assert decide(any_table, {"people": 57, "topic": "strike"}, findings=1).value is True
    with pytest.raises(DmnError, match="Expected matching rules to agree, but rules 1 and 3 differ"):
        decide(any_table, {"people": 57, "topic": "rumour"}, findings=1)


@pytest.mark.parametrize(
    ("hit_policy", "value", "matched"),
    [
        ("PRIORITY", "decline", [3]),
        ("OUTPUT ORDER", ["decline", "ask", "accept"], [3, 2, 1]),
        ("RULE ORDER", ["accept", "ask", "decline"], [1, 2, 3]),
        ("COLLECT", ["accept", "ask", "decline"], [1, 2, 3]),
    ],
)
def test_several_matching_rules(hit_policy, value, matched):
    rules = [("> 1", '"accept"'), ("> 2", '"ask"'), ("> 3", '"decline"'), ("> 99", '"accept"')]

    result = decide(table(["x"], ["answer"], rules, hit_policy, values='"decline","ask","accept"'), {"x": 7})

    assert result.value == value
    assert [rule.index for rule in result.matched] == matched


@pytest.mark.parametrize(
    ("aggregation", "value", "of_none"),
    [("SUM", 100, None), ("MIN", 20, None), ("MAX", 50, None), ("COUNT", 3, 0)],
)
def test_collected_values_are_folded(aggregation, value, of_none):
    points = table(["x"], ["points"], [("> 1", "20"), ("> 2", "30"), ("> 3", "50")], "COLLECT", aggregation)

    assert decide(points, {"x": 7}).value == value
    assert decide(points, {"x": 0}).value == of_none


def test_several_outputs_are_a_context():
    rules = [("> 1", '"letter"', 'date("2026-03-02")', "by post")]

    result = decide(table(["x"], ["kind", "sent on"], rules), {"x": 2})

    assert result.value["kind"] == "letter"
    assert result.value["sent on"].isoformat() == "2026-03-02"
    assert result.matched[0].annotation == "by post"


@pytest.mark.parametrize(
    ("hit_policy", "value"), [("UNIQUE", None), ("FIRST", None), ("COLLECT", []), ("RULE ORDER", [])]
)
def test_no_rule_matches(hit_policy, value):
    result = decide(table(["x"], ["y"], [("> 1", "1")], hit_policy), {"x": 0})

    assert result.value == value
    assert result.matched == ()


def test_default_outputs_stand_in_when_no_rule_matches():
    rules = [("> 1", "1", '"high"')]

    assert decide(table(["x"], ["y"], [("> 1", "1")], defaults=["0"]), {"x": 0}).value == 0
    assert decide(table(["x"], ["y"], [("> 1", "1")], "COLLECT", defaults=["0"]), {"x": 0}).value == [0]
    assert decide(table(["x"], ["y", "name"], rules, defaults=["0", '"low"']), {"x": 0}).value == {
        "y": 0,
        "name": "low",
    }


def test_empty_cells_mean_anything_and_nothing():
    result = decide(table(["x"], ["y", "z"], [("", "1", "")]), {"x": None})

    assert result.value == {"y": 1, "z": None}


def test_cells_may_compare_with_other_variables_and_use_functions():
    rules = [("> limit", "x - limit"), ("? <= limit and ? > 0", "0")]
    over = table(["x"], ["excess"], rules)

    assert decide(over, {"x": 12, "limit": 10}).value == Decimal(2)
    assert decide(over, {"x": 3, "limit": 10}).value == 0


def test_a_missing_value_matches_nothing_and_the_reason_is_told():
    result = decide(table(["people"], ["route"], [(">= 50", '"joint"')]), {})

    assert result.value is None
    assert any("people" in reason for reason in result.reasons)


def test_true_is_not_one():
    any_table = table(["x"], ["y"], [("> 0", "true"), ("> 1", "1")], "ANY")

    with pytest.raises(DmnError, match="rules 1 and 2 differ"):
        decide(any_table, {"x": 2})


@pytest.mark.parametrize("received", ["2026-03-02", "2026-03-02T09:30:00+08:00"])
def test_a_date_that_a_form_stored_as_text_is_compared_as_a_date(received):
    late = table(
        [("received", "date")], ["late"], [('< date("2026-03-01")', "true"), ('>= date("2026-03-01")', "false")]
    )

    assert decide(late, {"received": received}).value is False


def test_input_data_of_a_date_type_are_dates_for_the_expressions_too():
    xml = model(
        '<itemDefinition name="tDay"><typeRef>tPlainDay</typeRef></itemDefinition>',
        '<itemDefinition name="tPlainDay"><typeRef>date</typeRef></itemDefinition>',
        input_data("received on", "tDay"),
        decision("year", "<literalExpression><text>received on.year</text></literalExpression>", ["input received on"]),
    )

    assert parse(xml).evaluate("year", {"received on": "2026-03-02"}).value == 2026
