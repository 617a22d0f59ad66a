"""docs/bpmn-elements.md says what the registry says, and each test it links to runs the very element."""

from pathlib import Path

import pytest

from engine.bpmn import registry, xml
from engine.bpmn.lint.findings import event_kind, position_of
from tests.unit.bpmn.observing import observe
from tools import bpmn_elements

EXECUTED = [row for row in registry.rows() if row.executed]
REFUSED = [row for row in registry.rows() if not row.executed]


def name(row):
    return " ".join(
        word for word in (row.event if row.tag in registry.POSITIONS else "", row.tag, row.position) if word
    )


def is_drawn_as(node, row):
    """Whether an element is of this row: its tag, and for an event its definition and where it stands."""
    if row.tag not in registry.POSITIONS:
        return True
    return (event_kind(node), position_of(node)) == (row.event, row.position)


def drawn_as(row, seen):
    return [node for root in seen.read for node in root.iter(xml.bpmn(row.tag)) if is_drawn_as(node, row)]


def came_to(node, seen):
    """Whether it was executed: an activity, gateway, throw or end reached; what waits for an event left again."""
    tag, id = xml.local(node), node.get("id")
    if tag in registry.MARKERS:
        return came_to(node.getparent(), seen)
    if tag == "boundaryEvent" and event_kind(node) == "compensate":
        return {each.get("targetRef") for each in xml.children(node.getparent(), "association")} & seen.reached
    return id in (seen.left if tag in ("startEvent", "intermediateCatchEvent", "boundaryEvent") else seen.reached)


def test_the_page_is_up_to_date():
    assert bpmn_elements.PAGE.read_text("utf-8") == bpmn_elements.page(), "run `python -m tools.bpmn_elements`"


@pytest.mark.parametrize("test", sorted(bpmn_elements.tests()))
def test_a_link_leads_to_a_test(test):
    file, _, function = test.partition("::")

    assert f"def {function}(" in (Path(__file__).parent / file).read_text("utf-8")


@pytest.mark.parametrize("row", EXECUTED, ids=name)
def test_the_test_of_an_element_executes_it(row):
    seen = observe(bpmn_elements.test_of(row))

    drawn = drawn_as(row, seen)

    assert drawn, "no diagram of the test has it"
    assert any(came_to(node, seen) for node in drawn), "no token of the test comes to it"


@pytest.mark.parametrize("row", REFUSED, ids=name)
def test_the_test_of_a_refusal_draws_what_is_refused(row):
    assert drawn_as(row, observe(bpmn_elements.test_of(row)))
