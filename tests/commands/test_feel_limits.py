"""A text that loops, or wants all the memory, is stopped where it stands: an incident or a refusal, never a crash."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.instance import StartInstance
from engine.errors import Rejection
from engine.model.casework import Case
from engine.model.runtime import ProcessInstance
from tests.support.driver import Driver
from tests.support.models import form, sequence, text_field, user_task

LOOPS = "count(for i in 1..100000 return for j in 1..100000 return j)"
GROWS = "for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]]"  # small until it is written out
DOUBLES = 'for i in 1..40 return if i = 1 then "aaaaaaaaaa" else partial[-1] + partial[-1]'
RECURS = "{f: function(x) f(x + 1), r: f(0)}.r"
EXHAUSTING = {"loops": LOOPS, "grows": GROWS, "doubles": DOUBLES, "recurs": RECURS}
QUICK = 10.0  # seconds of computing for one command; unlimited, these texts take minutes or all memory

MANIFEST = """
[[case_types]]
key = "complaint"
name = "Complaint"
process = "complaint"
form = "complaint"
number = "C-{{year}}-{{sequence:03d}}"
[case_types.fields]
title = '={title}'
[[case_types.parties]]
role = '="complainant"'
each = '={each}'
name = '={name}'
"""


def quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def script(expression: str) -> str:
    return (
        f'<bpmn:scriptTask id="work"><bpmn:extensionElements><zeebe:script expression="={quoted(expression)}"'
        ' resultVariable="found"/></bpmn:extensionElements></bpmn:scriptTask>'
    )


def mapped(expression: str, direction: str) -> str:
    return (
        '<bpmn:scriptTask id="work"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="one"/>'
        f'<zeebe:ioMapping><zeebe:{direction} source="={quoted(expression)}" target="found"/></zeebe:ioMapping>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )


def repeated(expression: str) -> str:
    return (
        '<bpmn:scriptTask id="work"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="one"/>'
        "</bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        f'<zeebe:loopCharacteristics inputCollection="={quoted(expression)}" inputElement="item"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:scriptTask>"
    )


def assigned(expression: str) -> str:
    return user_task("work", groups="", extra=f'<zeebe:assignmentDefinition candidateGroups="={quoted(expression)}"/>')


def due(expression: str) -> str:
    return user_task("work", extra=f'<zeebe:taskSchedule dueDate="={quoted(expression)}"/>')


def timer(expression: str) -> str:
    return (
        '<bpmn:intermediateCatchEvent id="work"><bpmn:timerEventDefinition><bpmn:timeDuration'
        f' xsi:type="bpmn:tFormalExpression">={quoted(expression)}</bpmn:timeDuration></bpmn:timerEventDefinition>'
        "</bpmn:intermediateCatchEvent>"
    )


PLACES = {
    "script": script,
    "input": lambda text: mapped(text, "input"),
    "output": lambda text: mapped(text, "output"),
    "collection": repeated,
    "groups": assigned,
    "due date": due,
    "timer": timer,
}


@pytest.mark.parametrize("kind", EXHAUSTING)
@pytest.mark.parametrize("place", PLACES)
def test_an_exhausting_text_of_a_diagram_is_an_incident(driver: Driver, place: str, kind: str) -> None:
    driver.groups(clerks=("case:read_own",))
    driver.deploy(sequence(PLACES[place](EXHAUSTING[kind])))

    began = time.thread_time()
    instance = driver.start("steps")

    assert time.thread_time() - began < QUICK
    assert instance.incident.element_id == "work"
    assert "Expected" in instance.incident.message
    assert len(instance.incident.message) < 2_000


@pytest.mark.parametrize("text", [f"{LOOPS} > 1", f"{RECURS} = 1", GROWS, "for i in 1..50000 return i"])
def test_an_exhausting_or_huge_condition_is_an_incident_at_its_gateway(driver: Driver, text: str) -> None:
    flow = '<bpmn:sequenceFlow id="{0}" sourceRef="big" targetRef="{1}">{2}</bpmn:sequenceFlow>'
    condition = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">={}</bpmn:conditionExpression>'
    driver.deploy(
        '<bpmn:process id="choice" isExecutable="true"><bpmn:startEvent id="start"/>'
        '<bpmn:exclusiveGateway id="big"/><bpmn:endEvent id="yes"/><bpmn:endEvent id="no"/>'
        '<bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="big"/>'
        + flow.format("f1", "yes", condition.format(quoted(text)))
        + flow.format("f2", "no", condition.format("true"))
        + "</bpmn:process>"
    )

    incident = driver.start("choice").incident

    assert incident.element_id == "big"
    assert len(incident.message) < 1_000


@pytest.mark.parametrize("kind", EXHAUSTING)
@pytest.mark.parametrize("rule", ["value", "hide", "default"])
def test_an_exhausting_rule_of_a_form_refuses_the_answer(driver: Driver, rule: str, kind: str) -> None:
    text = f"={EXHAUSTING[kind]}"
    field: dict[str, object] = {**text_field("found")}
    if rule == "hide":
        field["conditional"] = {"hide": f"{text} = 1" if kind == "loops" else f"=count({text[1:]}) > 0 and {LOOPS} > 1"}
    elif rule == "default":
        field["defaultValue"] = text
    else:
        field = {"type": "expression", "key": "found", "expression": text, "computeOn": "change"}
    driver.groups(clerks=("case:read_own",))
    driver.person("rita", "clerks")
    driver.deploy(sequence(user_task("work", form="answer")), answer__form=form("answer", text_field("name"), field))
    task = driver.start("steps").task("work").claimed_by("rita")

    with pytest.raises(Rejection, match="Expected"):
        task.complete("rita", name="Ada")

    assert task.row.status == "open"


@pytest.mark.parametrize("kind", EXHAUSTING)
@pytest.mark.parametrize("place", ["title", "each", "name"])
def test_an_exhausting_field_of_a_case_refuses_the_command(driver: Driver, place: str, kind: str) -> None:
    texts = {"title": "subject", "each": '["one"]', "name": "subject", place: EXHAUSTING[kind]}
    driver.groups(desk=("case:open",), clerks=("case:read_own",))
    driver.person("rita", "desk")
    driver.deploy(
        sequence(user_task("work"), process_id="complaint"),
        manifest__toml=MANIFEST.format(**{name: text.replace("'", "") for name, text in texts.items()}),
        complaint__form=form("complaint", text_field("subject")),
    )

    with pytest.raises(Rejection, match="complaint"):
        driver.open_case("complaint", by="rita", subject="No water")

    assert driver.all(select(Case.id)) == []
    assert driver.all(select(ProcessInstance.id)) == []


def test_a_decision_that_loops_is_an_incident(driver: Driver) -> None:
    table = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d">'
        '<decision id="route" name="Route"><variable name="Route"/><literalExpression><text>'
        f"{quoted(LOOPS)}</text></literalExpression></decision></definitions>"
    )
    rule = (
        '<bpmn:businessRuleTask id="work"><bpmn:extensionElements>'
        '<zeebe:calledDecision decisionId="route" resultVariable="found"/></bpmn:extensionElements>'
        "</bpmn:businessRuleTask>"
    )
    driver.deploy(sequence(rule), route__dmn=table)

    assert driver.start("steps").incident.code == "DECISION_FAILED"


def test_variables_too_deep_to_be_kept_are_refused(driver: Driver) -> None:
    driver.deploy(sequence(script("1")))
    deep = json.loads("[" * 900 + "]" * 900)
    for _ in range(5_000):
        deep = [deep]

    with pytest.raises(Rejection, match="nesting"):
        driver.engine.execute(StartInstance(process_key="steps", variables={"deep": deep}), actor=SYSTEM)
