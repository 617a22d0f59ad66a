"""A trace can be kept as JSON and tells how a decision came about."""

import json

from engine.dmn import parse, trace
from tests.unit.dmn.models import decision, input_data, literal, model, table


def test_a_trace_tells_the_decisions_in_order_with_rules_inputs_and_reasons():
    sizes = table(["people", "filed"], ["size", "note"], [(">= 50", "-", '"mass"', "filed", "many")], "FIRST")
    parsed = parse(
        model(
            input_data("people", "number"),
            input_data("filed", "date"),
            decision("group size", sizes, ["input people", "input filed"]),
            decision("route", literal('group size.size + " " + missing'), ["group size"]),
        )
    )

    kept = trace(parsed.evaluate("route", {"people": 57, "filed": "2026-03-02"}))

    assert json.loads(json.dumps(kept)) == kept
    assert kept == {
        "decision": "route",
        "decisions": [
            {
                "id": "group_size",
                "name": "group size",
                "value": {"size": "mass", "note": "2026-03-02"},
                "inputs": {"people": 57, "filed": "2026-03-02"},
                "matched": [
                    {
                        "rule": 1,
                        "id": "rule_1",
                        "annotation": "many",
                        "outputs": {"size": "mass", "note": "2026-03-02"},
                    }
                ],
                "reasons": [],
                "requires": [],
            },
            {
                "id": "route",
                "name": "route",
                "value": None,
                "inputs": {"group size": {"size": "mass", "note": "2026-03-02"}},
                "matched": [],
                "reasons": [
                    "Expected a variable or function 'missing', but there is none",
                    "Expected operands that `+` can take, but got string and null",
                ],
                "requires": ["group_size"],
            },
        ],
    }


def test_decisions_that_share_what_they_rest_on_are_told_once_each():
    parts = [decision("d0", literal("1"))]
    for n in range(1, 60):
        parts += [decision(f"l{n}", literal("1"), [f"d{n - 1}"]), decision(f"r{n}", literal("2"), [f"d{n - 1}"])]
        parts.append(decision(f"d{n}", literal(f"l{n} + r{n}"), [f"l{n}", f"r{n}"])) if n < 45 else None
        if n == 44:
            break

    kept = trace(parse(model(*parts)).evaluate("d44", {}))

    assert len(kept["decisions"]) == 44 * 3 + 1


def test_a_value_too_large_to_keep_is_named():
    parsed = parse(model(decision("long", literal("for i in 1..6000 return i")), decision("f", literal("abs"))))

    assert trace(parsed.evaluate("long", {}))["decisions"][0]["value"] == {"too large": "list"}
    assert trace(parsed.evaluate("f", {}))["decisions"][0]["value"] == "function abs"
