"""Decisions are made inside processes, and the history tells how."""

from __future__ import annotations

import pytest

from engine.errors import InvalidDeployment
from tests.support.driver import Driver
from tests.support.models import sequence

RULE_TASK = """<bpmn:businessRuleTask id="decide" name="Decide"><bpmn:extensionElements>
<zeebe:calledDecision decisionId="route" resultVariable="way"/></bpmn:extensionElements></bpmn:businessRuleTask>"""
DMN = """<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
 namespace="http://lianxi/tests">
<decision id="route" name="Route"><variable name="Route"/>
<informationRequirement id="n"><requiredDecision href="#size"/></informationRequirement>
<decisionTable id="t" hitPolicy="{policy}"><input id="i" label="Size"><inputExpression id="x"><text>size</text>
</inputExpression></input><output id="o" name="way"/><annotation name="Why"/>
<rule id="many"><inputEntry id="a"><text>"big"</text></inputEntry><outputEntry id="b">
<text>"meeting"</text></outputEntry>
<annotationEntry><text>Many people are hurt</text></annotationEntry></rule>
<rule id="few"><inputEntry id="c"><text>{second}</text></inputEntry><outputEntry id="e">
<text>"desk"</text></outputEntry>
<annotationEntry><text>Few people are hurt</text></annotationEntry></rule></decisionTable></decision>
<decision id="size" name="size"><variable name="size"/>
<literalExpression id="l"><text>if people &gt;= 50 then "big" else "small"</text></literalExpression></decision>
</definitions>"""


def test_the_history_tells_which_rules_applied_to_what(driver: Driver) -> None:
    driver.deploy(sequence(RULE_TASK), route__dmn=DMN.format(policy="UNIQUE", second='"small"'))

    decided = driver.start("steps", people=57)

    assert decided.variables["way"] == "meeting"
    told = next(event.data for event in decided.events if event.type == "decision evaluated")
    assert told["matched"] == [[1, "Many people are hurt"]]
    size, route = told["trace"]["decisions"]
    assert (size["id"], size["value"]) == ("size", "big")
    assert (route["inputs"], route["requires"]) == ({"size": "big"}, ["size"])
    assert [match["annotation"] for match in route["matched"]] == ["Many people are hurt"]


def test_overlapping_rules_are_refused_at_deployment_with_an_example(driver: Driver) -> None:
    with pytest.raises(InvalidDeployment) as refusal:
        driver.deploy(sequence(RULE_TASK), route__dmn=DMN.format(policy="UNIQUE", second="-"))

    told = " ".join(finding.message for finding in refusal.value.findings)
    assert "rules 1 and 2" in told and '"big"' in told


def test_a_gap_in_a_table_is_a_warning_with_an_example(driver: Driver) -> None:
    gap = DMN.format(policy="UNIQUE", second='"medium"')

    deployed = driver.deploy(sequence(RULE_TASK), route__dmn=gap)

    warnings = [finding for finding in deployed.findings if finding.severity == "warning"]
    assert any(finding.resource == "route.dmn" for finding in warnings), deployed.findings
