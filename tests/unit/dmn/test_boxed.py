"""Decisions drawn as boxes: contexts, lists, relations, choices, iterations, calls and functions."""

import pytest

from engine import feel
from engine.dmn import DmnError, budget, parse
from tests.unit.dmn.models import decision, knowledge, literal, model, table


def answer(logic, context=None, *others, env=None):
    parsed = parse(model(decision("answer", logic), *others))
    assert parsed.check() == []
    return parsed.evaluate("answer", context or {}, env)


def entry(name, logic):
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def iteration(kind, collection, body, variable=' iteratorVariable="each unit"'):
    inner = {"for": "return", "filter": "match"}.get(kind, "satisfies")
    return f'<{kind} id="loop"{variable}><in>{literal(collection)}</in><{inner}>{literal(body)}</{inner}></{kind}>'


def function(parameters, logic, kind=""):
    formal = "".join(f'<formalParameter name="{each}"/>' for each in parameters)
    return f'<functionDefinition id="fn"{kind}>{formal}{logic}</functionDefinition>'


def invocation(called, **arguments):
    bindings = "".join(
        f'<binding><parameter name="{name.replace("_", " ")}"/>{logic}</binding>' for name, logic in arguments.items()
    )
    return f'<invocation id="call">{literal(called)}{bindings}</invocation>'


def test_entries_of_a_context_see_those_above_them():
    logic = f"<context>{entry('group size', literal('people'))}{entry('large', literal('group size > 50'))}</context>"

    assert answer(logic, {"people": 57}).value == {"group size": 57, "large": True}


def test_an_entry_without_a_name_is_the_result_and_its_rules_are_told():
    route = table(["large"], ["route"], [("true", '"joint conference"', "many"), ("false", '"refer"')])
    logic = f"<context>{entry('large', literal('people > 50'))}{entry(None, route)}</context>"

    result = answer(logic, {"people": 57})

    assert result.value == "joint conference"
    assert [rule.annotation for rule in result.matched] == ["many"]


def test_lists_and_relations():
    rows = "".join(f"<row>{literal(name)}{literal(days)}</row>" for name, days in [('"a"', "15"), ('"b"', "60")])
    relation = f'<relation><column name="clock"/><column name="days"/>{rows}</relation>'

    assert answer(f"<list>{literal('1')}{literal('1 + 1')}</list>").value == [1, 2]
    assert answer(relation).value == [{"clock": "a", "days": 15}, {"clock": "b", "days": 60}]


@pytest.mark.parametrize(("flag", "expected"), [(True, "yes"), (False, "no"), (None, "no"), ("odd", None)])
def test_a_choice(flag, expected):
    yes, no = literal('"yes"'), literal('"no"')
    choice = f"<conditional><if>{literal('flag')}</if><then>{yes}</then><else>{no}</else></conditional>"

    assert answer(choice, {"flag": flag}).value == expected


@pytest.mark.parametrize(
    ("kind", "collection", "body", "expected"),
    [
        ("for", "[1, 2, 3]", "each unit * 10", [10, 20, 30]),
        ("for", "[1, 2, 3]", "count(partial) + each unit", [1, 3, 5]),
        ("for", "[1..3]", "each unit", [1, 2, 3]),
        ("for", "null", "each unit", None),
        ("some", "[1, 2]", "each unit > 1", True),
        ("every", "[1, 2]", "each unit > 1", False),
        ("every", "[]", "false", True),
        ("filter", "[1, 2, 3]", "item > 1", [2, 3]),
        ("filter", "[{late: true, n: 1}, {late: false, n: 2}]", "late", [{"late": True, "n": 1}]),
        ("filter", "7", "item > 1", [7]),
        ("filter", "[1, 2]", "null", []),
        ("filter", "[1, 2]", '"odd"', None),
    ],
)
def test_iterations(kind, collection, body, expected):
    assert answer(iteration(kind, collection, body)).value == expected


def test_an_endless_iteration_is_stopped(monkeypatch):
    monkeypatch.setattr(budget, "MOST_ROUNDS", 100)

    with pytest.raises(DmnError, match="Expected at most 100 rules and elements") as error:
        answer(iteration("for", "[1..101]", "each unit"))

    assert error.value.element_id == "loop"


def test_a_slow_decision_is_stopped():
    hurried = feel.Environment(limits=feel.Limits(seconds=0.0))

    with pytest.raises(DmnError, match="Expected to decide within"):
        answer(iteration("for", "[1..101]", "each unit"), env=hurried)


def test_knowledge_is_invoked_with_arguments_by_name():
    points = knowledge("points", ["age in years", "visits"], literal("age in years + visits"))

    call = invocation("points", visits=literal("2"), age_in_years=literal("71"))

    assert answer(call, {}, points).value == 73


@pytest.mark.parametrize("call", [invocation("nobody", x=literal("1")), invocation("points", x=literal("1"))])
def test_an_invocation_that_does_not_fit_is_null_with_a_reason(call):
    result = answer(call, {}, knowledge("points", ["n"], literal("n")))

    assert result.value is None
    assert any("to be a function of x" in reason for reason in result.reasons)


def test_a_function_within_a_context_remembers_what_was_around_it():
    add = function(["n"], literal("n + extra"))
    logic = f"<context>{entry('add', add)}{entry(None, literal('add(1) + add(n: 2)'))}</context>"

    assert answer(logic, {"extra": 10}).value == 23


def test_a_parameter_may_look_like_a_path():
    describe = knowledge("describe", ["Person.Name"], literal('Person.Name + "!"'))

    call = (
        f'<invocation>{literal("describe")}<binding><parameter name="Person.Name"/>{literal("Person.Name")}</binding>'
    )

    assert answer(call + "</invocation>", {"Person": {"Name": "Bob"}}, describe).value == "Bob!"


@pytest.mark.parametrize(
    ("logic", "sentence"),
    [
        (function(["n"], literal("n"), ' kind="Java"'), "Expected decision answer to be FEEL, but it is Java"),
        (f"<context>{entry('size', '')}</context>", "Expected size of decision answer to have logic"),
        (f"<conditional><if>{literal('true')}</if></conditional>", "Expected then of decision answer to have logic"),
        (
            f'<relation><column name="a"/><row>{literal("1")}{literal("2")}</row></relation>',
            "Expected 1 cells in row 1",
        ),
        (invocation("points(", x=literal("1")), "Expected FEEL in the call of decision answer"),
    ],
)
def test_what_is_wrong_in_a_box_is_found(logic, sentence):
    findings = parse(model(decision("answer", logic))).check()

    assert any(sentence in message for _, message in findings), findings
