"""Types of a model: what conforms, what is converted, what becomes null and why."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.dmn import parse
from tests.unit.dmn.models import component, decision, input_data, item, knowledge, literal, model, table

APPLICANT = item("tApplicant", "", component("name", "string"), component("age", "number", allowed="[0..150]"))
TYPES = (
    APPLICANT,
    item("tNames", "string", many=True),
    item("tRoute", "string", allowed='"refer", "joint conference"'),
    item("tRoutes", "tRoute", many=True),
    item("tFew", "number", many=True, allowed="> 0", constraint="count(?) <= 2"),
    item("tPair", "tApplicant"),
    item("tTree", "", component("label", "string"), component("children", "tTree", many=True)),
)


def answer(text, type_name, context=None, *parts):
    parsed = parse(model(*TYPES, *parts, decision("answer", literal(text), type_name=type_name)))
    assert parsed.check() == []
    return parsed.evaluate("answer", context or {})


@pytest.mark.parametrize(
    ("text", "type_name", "value"),
    [
        ("57", "number", 57),
        ('"a"', "tNames", ["a"]),  # an item stands for the list of it
        ('["a"]', "string", "a"),  # and the list of one for its item
        ('date("2026-03-02")', "date and time", datetime(2026, 3, 2, tzinfo=UTC)),
        ('date("2026-03-02")', "dateTime", datetime(2026, 3, 2, tzinfo=UTC)),
        ('["a", null]', "tNames", ["a", None]),
        ("null", "number", None),
        ('{name: "Rita", age: 71, street: "Long"}', "tApplicant", {"name": "Rita", "age": 71, "street": "Long"}),
        ('[{name: "Rita", age: null}]', "tPair", {"name": "Rita", "age": None}),
        ('"refer"', "tRoute", "refer"),
        ('["refer", "refer"]', "tRoutes", ["refer", "refer"]),
        ("[1, 2]", "tFew", [1, 2]),
        ('{label: "a", children: [{label: "b", children: []}]}', "tTree",
            {"label": "a", "children": [{"label": "b", "children": []}]}),
        ("function(a, b) a", "Any", ...),
        ("57", "integer", 57),  # as older modelers write it
        ("57", "feel:number", 57),
    ],
)  # fmt: skip
def test_a_value_that_fits_its_type_or_can_be_converted_stays(text, type_name, value):
    result = answer(text, type_name)

    assert value is ... or result.value == value
    assert result.reasons == ()


@pytest.mark.parametrize(
    ("text", "type_name", "reason"),
    [
        ('"57"', "number", "Expected decision answer to be number, but it is the string \"57\""),
        ("[1, 2]", "number", "Expected decision answer to be number, but it is a list"),
        ('["a", 1]', "tNames", "Expected decision answer to be tNames, but of its item 2, it is the number 1"),
        ("1", "tNames", "Expected decision answer to be tNames, but it is the number 1"),
        ('{name: "Rita"}', "tApplicant", "Expected decision answer to be tApplicant, but it has no age"),
        ('"Rita"', "tApplicant", 'but it is the string "Rita"'),
        ('{name: "Rita", age: 200}', "tApplicant", "but of its age, 200 is not among its allowed values [0..150]"),
        ('"on site"', "tRoute", 'but "on site" is not among its allowed values "refer", "joint conference"'),
        ('["refer", "on site"]', "tRoutes", 'but of its item 2, "on site" is not among'),
        ("[1, 2, 3]", "tFew", "but [1, 2, 3] is not among its allowed values count(?) <= 2"),
        ("[1, -2]", "tFew", "but of its item 2, -2 is not among its allowed values > 0"),
        ('{label: "a", children: [{label: 1, children: []}]}', "tTree", "of its children, of its item 1, of its label"),
        ('date("2026-03-02")', "time", "but it is the date 2026-03-02"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_null_with_a_reason(text, type_name, reason):
    result = answer(text, type_name)

    assert result.value is None
    assert any(reason in each for each in result.reasons), result.reasons


def test_input_data_is_checked_and_converted():
    parts = (*TYPES, input_data("who", "tApplicant"), input_data("filed", "date"))
    parsed = parse(model(*parts, decision("answer", literal("[who.age, filed]"), ["input who", "input filed"])))

    good = parsed.evaluate("answer", {"who": {"name": "Rita", "age": 71}, "filed": "2026-03-02"})
    bad = parsed.evaluate("answer", {"who": {"name": "Rita", "age": 171}, "filed": "soon"})

    assert good.value == [Decimal(71), date(2026, 3, 2)]
    assert bad.value == [None, None]
    assert (
        bad.reasons[0] == "Expected who to be tApplicant, but of its age, 171 is not among its allowed values [0..150]"
    )
    assert any(reason.startswith("Expected filed to be date, but it is the string") for reason in bad.reasons)


def test_what_is_declared_and_not_required_is_not_seen():
    parts = (input_data("people"), decision("size", literal("1")), decision("answer", literal("[people, size, free]")))
    parsed = parse(model(*parts))

    assert parsed.check() == []
    assert parsed.warnings() == [
        ("answer", "Expected decision answer to require people, which it reads, but it does not"),
        ("answer", "Expected decision answer to require size, which it reads, but it does not"),
    ]
    assert parsed.evaluate("answer", {"people": 57, "size": 2, "free": 3}).value == [None, None, 3]


def test_arguments_are_of_their_types_or_the_call_is_null():
    functions = knowledge("days left", [("clock", "number"), ("who", "string")], literal("clock + 1", "number"))
    calls = literal('[days left(14, "rita"), days left([14], "rita"), days left("14", "rita"), days left(14)]')
    parsed = parse(model(functions, decision("answer", calls)))

    result = parsed.evaluate("answer", {})

    assert result.value == [15, 15, None, None]
    assert 'Expected clock of days left to be number, but it is the string "14"' in result.reasons
    assert "Expected 2 arguments for 'days left', but got 1" in result.reasons


def test_a_function_gives_what_its_variable_declares():
    typed = item("tLabel", "", '<functionItem outputTypeRef="string"><parameters name="n"/></functionItem>')
    functions = (
        knowledge("by type", ["n"], literal("n"), type_name="tLabel"),
        knowledge("by result", ["n"], literal("n"), type_name="string"),
    )
    parsed = parse(model(typed, *functions, decision("answer", literal('[by type(1), by type("a"), by result(1)]'))))

    assert parsed.check() == []
    assert parsed.evaluate("answer", {}).value == [None, "a", None]


def test_a_function_is_an_argument_where_its_type_says_so():
    typed = item("tMeasure", "", '<functionItem outputTypeRef="number"><parameters name="n"/></functionItem>')
    apply = knowledge("apply", [("f", "tMeasure")], literal("f(2)"))
    text = "[apply(function(n) n * 2), apply(abs), apply(function(a, b) 1), apply(3)]"
    parsed = parse(model(typed, apply, decision("answer", literal(text))))

    result = parsed.evaluate("answer", {})

    assert result.value == [4, 2, None, None]
    assert any("but it is a function of 2 parameters" in reason for reason in result.reasons)


def test_instance_of_knows_the_types_but_not_their_constraints():
    text = '[200 instance of tAge, "a" instance of tAge, [1] instance of tNames, {name: "x", age: 1} instance of tPair]'

    assert answer(text, None, {}, item("tAge", "number", allowed="[0..150]")).value == [True, False, False, True]


def test_entries_and_columns_have_types():
    entries = '<contextEntry><variable name="a" typeRef="number"/>' + literal('"one"') + "</contextEntry>"
    relation = (
        f'<relation><column name="n" typeRef="number"/><row>{literal("1")}</row><row>{literal("true")}</row></relation>'
    )
    parsed = parse(model(decision("entries", f"<context>{entries}</context>"), decision("rows", relation)))

    assert parsed.evaluate("entries", {}).value == {"a": None}
    assert parsed.evaluate("rows", {}).value == [{"n": 1}, {"n": None}]


def test_input_and_output_values_of_a_table_are_checked():
    rules = [('"pension"', '"refer"'), ('"housing"', '"lost"'), ("-", "route")]
    parsed = parse(
        model(
            decision(
                "answer",
                table(
                    ["topic"], ["to"], rules, "FIRST", values='"refer","joint"', allowed='"pension","housing","road"'
                ),
            )
        )
    )

    assert parsed.evaluate("answer", {"topic": "pension"}).value == "refer"
    for topic, route, reason in (
        ("weather", "refer", 'Expected topic of decision answer to be among "pension","housing","road"'),
        ("housing", "refer", 'Expected to of decision answer to be among "refer","joint", but it is "lost"'),
        ("road", "nowhere", 'but it is "nowhere"'),
    ):
        result = parsed.evaluate("answer", {"topic": topic, "route": route})
        assert result.value is None
        assert any(reason in each for each in result.reasons), result.reasons


def test_priorities_come_from_the_type_where_the_table_has_none():
    light = item("tLight", "string", allowed='"red", "amber", "green"')
    rules = [("> 1", '"green"'), ("> 5", '"amber"'), ("> 50", '"red"')]
    parsed = parse(
        model(light, decision("answer", table(["people"], ["light"], rules, "PRIORITY", output_type="tLight")))
    )

    assert parsed.check() == []
    assert parsed.evaluate("answer", {"people": 57}).value == "red"
    assert parsed.evaluate("answer", {"people": 7}).value == "amber"


@pytest.mark.parametrize(
    ("part", "element_id", "sentence"),
    [
        (input_data("who", "tNobody"), "who", "Expected a type that exists, but tNobody does not"),
        (item("tA", "tB") + item("tB", "tA"), "tA", "stand for themselves or too many others, but found tA → tB → tA"),
        (item("tA", "number") + item("tA", "string"), "tA", "Expected one type tA, but there are several"),
        (item("tA", "number", allowed="1 +"), "tA", "Expected FEEL in the allowed values of type tA"),
    ],
)  # fmt: skip
def test_wrong_types_are_found(part, element_id, sentence):
    findings = parse(model(part, decision("d", literal("1")))).check()

    assert any(found == element_id and sentence in message for found, message in findings), findings


def test_a_long_value_is_shortened_in_its_reason():
    reason = answer(f'"{"x" * 200}"', "number").reasons[0]

    assert reason.endswith("…")
    assert len(reason) < 150
