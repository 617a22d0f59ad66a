"""Decisions that rest on each other, knowledge they share, and files that are refused or found wanting."""

import time
from dataclasses import replace

import pytest

from engine import feel
from engine.dmn import DmnError, parse
from tests.unit.dmn.models import NAMESPACE, decision, input_data, knowledge, literal, model, table


def test_required_decisions_are_answered_first_and_seen_by_name():
    sizes = table(["people involved"], [""], [(">= 50", '"mass"'), ("< 50", '"small"')])
    route = literal('if group size = "mass" then "joint conference" else "refer"')
    parsed = parse(
        model(
            input_data("people involved", "number"),
            decision("group size", sizes, ["input people involved"]),
            decision("route", route, ["group size"]),
        )
    )

    result = parsed.evaluate("route", {"people involved": 57})

    assert parsed.check() == []
    assert result.value == "joint conference"
    assert [(each.decision_name, each.value) for each in result.required] == [("group size", "mass")]
    assert result.required[0].matched[0].outputs == {"group size": "mass"}
    assert result.inputs == {"group size": "mass"}


def test_a_required_decision_without_a_variable_is_seen_by_its_id_too():
    unnamed = decision("Group size", literal('"mass"'), id="size").replace('<variable name="Group size"/>', "")
    named = decision("Way to go", literal('"refer"'), id="way").replace('name="Way to go"/>', 'name="the way"/>')
    parsed = parse(model(unnamed, named, decision("all", literal("[size, Group size, the way, way]"), ["size", "way"])))

    result = parsed.evaluate("all", {"size": "of the caller"})

    assert result.value == ["mass", "mass", "refer", None]


def test_the_parts_of_a_decision_can_be_shown():
    rules = [(">= 50", '"joint"', "many"), ("-", '"refer"')]
    parsed = parse(
        model(decision("route", table(["people"], ["route"], rules, "FIRST")), decision("one", literal("1")))
    )

    route = parsed.decisions["route"]

    assert (route.kind, route.name) == ("table", "route")
    assert [column.text for column in route.inputs] == ["people"]
    assert [column.name for column in route.outputs] == ["route"]
    assert [(rule.index, rule.input_texts, rule.output_texts, rule.annotation) for rule in route.rules] == [
        (1, (">= 50",), ('"joint"',), "many"),
        (2, ("-",), ('"refer"',), ""),
    ]
    assert parsed.decisions["one"].logic.text == "1"
    assert (parsed.decisions["one"].kind, parsed.decisions["one"].rules) == ("literal", ())
    assert (parsed.decisions["one"].inputs, parsed.decisions["one"].outputs) == ((), ())


def test_a_decision_is_answered_once_however_many_need_it():
    counted = []
    env = feel.Environment(functions={"roll": lambda: counted.append(1) or "rolled"})
    parsed = parse(
        model(
            decision("bottom", literal("roll()")),
            decision("left", literal("bottom"), ["bottom"]),
            decision("right", literal("bottom"), ["bottom"]),
            decision("top", literal("[left, right]"), ["left", "right"]),
        )
    )

    assert parsed.evaluate("top", {}, env).value == ["rolled", "rolled"]
    assert len(counted) == 1


def test_business_knowledge_is_called_like_a_function():
    parsed = parse(
        model(
            knowledge("interest of", ["sum", "rate"], literal("sum * rate / 100")),
            knowledge("band", ["sum"], table(["sum"], ["band"], [("> 1000", '"high"'), ("<= 1000", '"low"')])),
            decision("answer", literal("{interest: interest of(2000, 3), band: band(2000), odd: band()}")),
        )
    )

    assert parsed.check() == []
    assert parsed.evaluate("answer", {}).value == {"interest": 60, "band": "high", "odd": None}


@pytest.mark.parametrize(
    "text", ["again(n)", "again(n) + again(n)", "if n > 30 then 0 else again(n + 1) + again(n + 1)"]
)
def test_business_knowledge_that_never_ends_is_stopped(text):
    parsed = parse(model(knowledge("again", ["n"], literal(text)), decision("answer", literal("again(1)"))))

    with pytest.raises(DmnError, match="Expected at most 32 calls within each other and 1000 in all"):
        parsed.evaluate("answer", {})


def test_functions_of_the_caller_may_have_spaces_when_named():
    env = feel.Environment(functions={"add working days": lambda day, count: f"{day}+{count}"})
    parsed = parse(model(decision("due", literal('add working days("Monday", 3)'))), names=["add working days"])

    assert parsed.check() == []
    assert parsed.evaluate("due", {}, env).value == "Monday+3"


def test_reasons_reach_a_caller_who_collects_them():
    reasons = []
    parsed = parse(model(decision("odd", literal('1 + "one"'))))

    result = parsed.evaluate("odd", {}, feel.Environment(reasons=reasons))

    assert result.value is None
    assert result.reasons
    assert reasons == list(result.reasons)


def test_a_limit_of_feel_is_an_error_of_the_decision():
    env = feel.Environment()
    env = replace(env, limits=replace(env.limits, steps=100))
    parsed = parse(model(decision("long", literal("count(for i in 1..1000, j in 1..1000 return i * j)"))))

    with pytest.raises(DmnError, match="Expected decision long to be answered, but") as error:
        parsed.evaluate("long", {}, env)

    assert error.value.element_id == "long"


def test_all_decisions_together_have_the_time_of_the_limits():
    slow = literal("count(for i in 1..250, j in 1..250 return i * j)")
    parsed = parse(model(*(decision(f"d{n}", slow, [f"d{n - 1}"] if n else []) for n in range(60))))
    begin = time.thread_time()

    with pytest.raises(DmnError, match=r"but Expected to finish within 0\.1 seconds"):
        parsed.evaluate("d59", {}, feel.Environment(limits=feel.Limits(seconds=0.1)))

    assert time.thread_time() - begin < 10


def test_an_unknown_decision_is_refused():
    parsed = parse(model(decision("route", literal("1"))))

    with pytest.raises(DmnError, match="Expected a decision rout, but the model has route"):
        parsed.evaluate("rout", {})


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_versions_1_2_to_1_5_are_read(namespace):
    assert parse(model(decision("one", literal("1")), namespace=namespace)).evaluate("one", {}).value == 1


@pytest.mark.parametrize(
    ("xml", "sentence"),
    [
        (b"", "Expected XML, but"),
        (b"no xml at all", "Expected XML, but"),
        (b"<definitions/>", "Expected DMN 1.2, 1.3, 1.4, 1.5, but the file begins with definitions"),
        (model(namespace="http://www.omg.org/spec/BPMN/20100524/MODEL"), "Expected DMN"),
        (b'<!DOCTYPE definitions SYSTEM "http://lianxi.example/x.dtd">' + model()[38:], "without DOCTYPE"),
        (
            b'<!DOCTYPE definitions [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions xmlns="'
            + NAMESPACE.encode()
            + b'">&x;</definitions>',
            "without DOCTYPE",
        ),
        (b"<a>" * 5000 + b"</a>" * 5000, "Expected XML, but"),
        (model("<!--" + "x" * 2_100_000 + "-->"), "Expected a file of at most 2097152 bytes"),
    ],
)
def test_files_that_are_hostile_or_foreign_are_refused(xml, sentence):
    with pytest.raises(DmnError, match=sentence):
        parse(xml)


@pytest.mark.parametrize(
    ("part", "element_id", "sentence"),
    [
        (decision("d", literal("1 +")), "text", "Expected FEEL in decision d, but"),
        (decision("d", literal("")), "text", "Expected FEEL in decision d, but"),
        (decision("d", literal("1")) + decision("d", literal("2")), "d", "Expected one decision d, but"),
        (decision("d", ""), "d", "Expected decision d to have logic, but it is empty"),
        (decision("d", table(["x"], ["y"], [("> ", "1")])), "rule_1_in", "condition 1 of rule 1 of decision d"),
        (decision("d", table(["x"], ["y"], [("1", "1 +")])), "rule_1_out", "result 1 of rule 1 of decision d"),
        (decision("d", table([""], ["y"], [])), "input", "Expected FEEL in input 1 of decision d"),
        (decision("d", table(["x"], ["y"], [("1",)])), "rule_1", "Expected 1 conditions and 1 results in rule 1"),
        (decision("d", table(["x"], [], [])), "table", "Expected an output in decision d, but there is none"),
        (decision("d", table(["x"], ["y", "y"], [])), "table", "Expected different names for the outputs"),
        (decision("d", table(["x"], ["y", ""], [])), "table", "Expected different names for the outputs"),
        (decision("d", table(["x"], ["y"], [], "LAST")), "table", "Expected a hit policy of DMN"),
        (decision("d", table(["x"], ["y"], [], "PRIORITY")), "table", "to list their values by priority"),
        (decision("d", table(["x"], ["y"], [], "PRIORITY", values="1 +")), "output", "the output values of decision d"),
        (decision("d", table(["x"], ["y"], [], "COLLECT", "AVG")), "table", "Expected an aggregation of DMN"),
        (decision("d", table(["x"], ["y", "z"], [], "COLLECT", "SUM")), "table", "Expected one output to aggregate"),
        (decision("d", literal("1"), ["nobody"]), "d", "to require what exists, but nobody does not"),
        (decision("d", literal("e"), ["e"]) + decision("e", literal("d"), ["d"]), "d", "found d → e → d"),
        (
            decision("d", '<literalExpression id="js" expressionLanguage="js"><text>1</text></literalExpression>'),
            "js",
            "Expected expressions to be FEEL, but js is js",
        ),
        (decision("d", literal('function(n) external {java: {class: "x", method signature: "y(int)"}}')), "text",
            "Expected functions in FEEL in decision d, but an external one is not executed here"),
        ('<import id="i" namespace="http://other.example"/>', "i", "Expected a model http://other.example beside"),
        (
            '<businessKnowledgeModel id="k" name="k"><encapsulatedLogic kind="Java"/></businessKnowledgeModel>',
            "k",
            "Expected business knowledge k to be FEEL, but it is Java",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_before_anybody_asks(part, element_id, sentence):
    findings = parse(model(part)).check()

    assert any(found == element_id and sentence in message for found, message in findings), findings


@pytest.mark.parametrize(
    "logic",
    [
        literal("1 +"),
        "",
        table(["x"], ["y"], [(">", "1")]),
        table(["x"], ["y"], [("-", "1 +")]),
    ],
)
def test_what_did_not_compile_says_so_when_asked(logic):
    with pytest.raises(DmnError, match="Expected"):
        parse(model(decision("d", logic))).evaluate("d", {"x": 1})


def test_a_circle_is_refused_when_asked():
    parsed = parse(model(decision("d", literal("d"), ["d"])))

    with pytest.raises(DmnError, match="do not require themselves, but found d → d"):
        parsed.evaluate("d", {})


def test_a_tower_of_decisions_is_refused():
    tower = [decision(f"d{n}", literal("1"), [f"d{n + 1}"]) for n in range(150)]

    findings = parse(model(*tower, decision("d150", literal("1")))).check()

    assert findings == [("d0", "Expected at most 100 decisions resting on each other")]
