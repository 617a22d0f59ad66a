"""Decision services: asked by themselves, called like functions, closed against what is around them."""

import pytest

from engine.dmn import DmnError, parse
from tests.unit.dmn.models import decision, input_data, item, knowledge, literal, model, service

ROUTING = (
    input_data("people", "number"),
    input_data("topic", "string"),
    decision("size", literal('"asked for " + string(people)'), ["input people"], type_name="string"),
    decision("route", literal('size + " " + topic'), ["size", "input topic"]),
    decision("days", literal("people * 2"), ["input people"]),
)


def test_a_service_takes_its_inputs_and_decisions_from_the_caller():
    parsed = parse(model(*ROUTING, service("routing", ["route"], ["topic"], ["size"])))

    result = parsed.evaluate("routing", {"topic": "pension", "size": "mass"})

    assert parsed.check() == []
    assert result.value == "mass pension"
    assert result.inputs == {"topic": "pension", "size": "mass"}
    assert [each.decision_name for each in result.required] == ["route"]


def test_several_outputs_are_a_context():
    parsed = parse(model(*ROUTING, service("all", ["route", "days"], ["people", "topic"])))

    result = parsed.evaluate("all", {"people": 3, "topic": "road"})

    assert result.value == {"route": "asked for 3 road", "days": 6}


def test_inputs_that_do_not_fit_are_null_with_a_reason():
    parsed = parse(model(*ROUTING, service("routing", ["route"], ["topic"], ["size"])))

    result = parsed.evaluate("routing", {"topic": 7, "size": "mass"})

    assert result.value is None
    assert "Expected topic to be string, but it is the number 7" in result.reasons


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ('routing("pension", "mass")', "mass pension"),  # input data come first
        ('routing(size: "mass", topic: "pension")', "mass pension"),
        ('routing(["pension"], "mass")', "mass pension"),
        ('routing("pension")', None),
        ('routing("pension", 57)', None),
        ('routing(scale: "mass", topic: "pension")', None),
        ('routing("pension", "mass", 1)', None),
        ("constant()", 5),
        ("constant(1)", None),
    ],
)
def test_a_service_is_called_like_a_function(call, value):
    parts = (*ROUTING, service("routing", ["route"], ["topic"], ["size"]))
    parts += (decision("five", literal("5")), service("constant", ["five"]))
    parsed = parse(model(*parts, decision("answer", literal(call), ["knowledge routing", "knowledge constant"])))

    result = parsed.evaluate("answer", {"topic": "of the caller"})

    assert parsed.check() == []
    assert result.value == value
    assert bool(result.reasons) == (value is None)


def test_what_a_service_is_given_stays_within():
    around = decision(
        "answer", literal('[size, topic, routing("road", "mass"), size]'), ["size", "input topic", "knowledge routing"]
    )
    parsed = parse(model(*ROUTING, service("routing", ["route"], ["topic"], ["size"]), around))

    result = parsed.evaluate("answer", {"people": 3, "topic": "pension"})

    assert result.value == ["asked for 3", "pension", "mass road", "asked for 3"]


def test_a_service_is_an_argument_like_any_function():
    twice = knowledge("twice", ["f"], literal("f(2) + f(3)"))
    parsed = parse(
        model(*ROUTING, service("doubled", ["days"], ["people"]), twice, decision("answer", literal("twice(doubled)")))
    )

    assert parsed.evaluate("answer", {}).value == 10


def test_the_answer_of_a_service_has_the_type_of_its_variable():
    typed = item("tText", "", '<functionItem outputTypeRef="string"/>')
    parsed = parse(model(typed, *ROUTING, service("wrong", ["days"], ["people"], type_name="tText")))

    result = parsed.evaluate("wrong", {"people": 3})

    assert result.value is None
    assert result.reasons == ("Expected decision service wrong to be string, but it is the number 6",)


def test_an_input_decision_needs_no_logic_of_its_own():
    parsed = parse(
        model(
            decision("judgement", ""),
            decision("letter", literal('"Dear Rita, " + judgement'), ["judgement"]),
            service("writing", ["letter"], (), ["judgement"]),
        )
    )

    assert parsed.check() == []
    assert parsed.warnings() == [("judgement", "Expected decision judgement to have logic, but it is empty")]
    assert parsed.evaluate("writing", {"judgement": "well done"}).value == "Dear Rita, well done"
    with pytest.raises(DmnError, match="to have logic"):
        parsed.evaluate("letter", {})


def test_business_knowledge_is_asked_by_itself():
    parsed = parse(model(knowledge("interest", [("sum", "number"), "rate"], literal("sum * rate / 100"))))

    assert parsed.evaluate("interest", {"sum": 2000, "rate": 3}).value == 60
    assert parsed.evaluate("interest", {"sum": "much", "rate": 3}).value is None


def test_a_service_that_calls_itself_for_ever_is_stopped():
    parsed = parse(model(decision("d", literal("again()")), service("again", ["d"])))

    with pytest.raises(DmnError, match="Expected at most 32 calls within each other"):
        parsed.evaluate("d", {})


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (service("s", []), "Expected decision service s to have an output decision, but it has none"),
        (service("s", ["nobody"]), "Expected an output decision of service s that exists here, but #nobody does not"),
        (service("s", ["size"], ["nobody"]), "Expected an input of service s that exists here"),
        (service("s", ["size"], (), ["people"]), "Expected an input decision of service s that exists here"),
    ],
)
def test_wrong_services_are_found(part, sentence):
    findings = parse(model(*ROUTING, part)).check()

    assert any(sentence in message for _, message in findings), findings
