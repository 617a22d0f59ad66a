"""What an expression and a decision table cost: microseconds per evaluation, compiled once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine import dmn, feel

REPEAT = 5
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="bench" name="bench" namespace="bench">
 <decision id="route" name="Route"><decisionTable id="table" hitPolicy="FIRST">
  <input id="i1"><inputExpression id="e1" typeRef="number"><text>urgency</text></inputExpression></input>
  <input id="i2"><inputExpression id="e2" typeRef="string"><text>topic</text></inputExpression></input>
  <output id="o1" name="unit" typeRef="string"/>
  {rules}
 </decisionTable></decision>
</definitions>"""
RULE = """<rule id="r{n}">
 <inputEntry id="a{n}"><text>&gt;= {n}</text></inputEntry><inputEntry id="b{n}"><text>"topic {n}"</text></inputEntry>
 <outputEntry id="c{n}"><text>"unit {n}"</text></outputEntry></rule>"""

COMPOUND = """applicant.address.district = "north" and urgency in [3..5] and (topic = "water" or topic = "heat")
 and not(applicant.age < 18) and count(flags) > 1 and history[5].parties[1].name = "Person 4"
 and (if list contains(flags, "group") then upper case(applicant.name) else "") = "WANG XIAOMING" """


def measure(_database: str) -> dict[str, tuple[float, int]]:
    """A condition as on a flow, a long one over the variables of a long case, and tables of ten and of a thousand rules
    and two inputs of which the last one matches."""
    condition, variables = feel.compile('decision = "accept"'), {"decision": "accept", "urgency": 2}
    table, case = table_of(10), {"urgency": 12, "topic": "topic 10"}
    long_table, last_case = table_of(1000), {"urgency": 1012, "topic": "topic 1000"}
    compound, long_case = feel.compile(COMPOUND), variables_of_a_long_case()
    environment = feel.Environment()

    assert condition.evaluate(variables, environment) is True
    assert compound.evaluate(long_case, environment) is True
    assert table.evaluate("route", case, environment).value == "unit 10"
    assert long_table.evaluate("route", last_case, environment).value == "unit 1000"
    return {
        "feel.simple_us": (microseconds(lambda: condition.evaluate(variables, environment), 20_000), 20_000),
        "feel.compound_us": (microseconds(lambda: compound.evaluate(long_case, environment), 5_000), 5_000),
        "dmn.table10_us": (microseconds(lambda: table.evaluate("route", case, environment), 2_000), 2_000),
        "dmn.table1000_us": (microseconds(lambda: long_table.evaluate("route", last_case, environment), 500), 500),
    }


def table_of(rules: int) -> dmn.Model:
    text = "".join(RULE.format(n=number) for number in range(1, rules + 1))
    return dmn.parse(TABLE.format(rules=text).encode())


def variables_of_a_long_case() -> dict[str, Any]:
    """About 8 KB of JSON, as the variables of a case with forty letters behind it."""
    letters = [
        {
            "number": f"2026-{number:04}",
            "topic": f"topic {number % 9}",
            "amount": number * 10.5,
            "open": number % 2 == 0,
            "answered": f"2026-03-{number % 28 + 1:02}",
            "parties": [{"name": f"Person {number}", "role": "complainant"}, {"name": "Other", "role": "agent"}],
        }
        for number in range(40)
    ]
    applicant = {"name": "Wang Xiaoming", "age": 43, "address": {"district": "north", "street": "Long street 5"}}
    return {
        "applicant": applicant,
        "urgency": 4,
        "topic": "water",
        "flags": ["repeat", "group"],
        "history": letters,
    }


def microseconds(action: Callable[[], object], times: int) -> float:
    """The best of several runs, for the others were disturbed."""
    runs = []
    for _ in range(REPEAT):
        begin = time.perf_counter()
        for _ in range(times):
            action()
        runs.append((time.perf_counter() - begin) / times * 1e6)
    return min(runs)
