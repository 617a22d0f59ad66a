"""Two states of a file are told apart as designers see them."""

from __future__ import annotations

import json

from engine import starters
from engine.comparing import Change, Fact, compare

FILES = starters.first_files("roads")
PROCESS, FORM = FILES["roads.bpmn"].decode(), FILES["forms/roads_decision.form"].decode()
DECISION = starters.first_content("decision", "fees.dmn").decode()


def changes(path: str, before: str, after: str) -> list[tuple[str, str]]:
    found = compare(path, before.encode(), after.encode()).changes
    assert found is not None
    return [(change.what, change.id) for change in found]


def only(path: str, before: str, after: str) -> Change:
    found = compare(path, before.encode(), after.encode()).changes
    assert found is not None and len(found) == 1, found
    return found[0]


def test_an_element_is_known_by_what_is_said_of_it() -> None:
    after = PROCESS.replace('name="Decide"', 'name="Decide in two"').replace("roads_staff", "heads")

    change = only("a.bpmn", PROCESS, after)

    assert (change.what, change.id, change.type, change.name) == ("changed", "decide", "userTask", "Decide in two")
    assert change.facts == (
        Fact(name="assignmentDefinition/candidateGroups", before="roads_staff", after="heads"),
        Fact(name="name", before="Decide", after="Decide in two"),
    )


def test_elements_come_and_go_with_their_flows_but_move_apart_from_what_they_say() -> None:
    without = PROCESS.replace('<bpmn:endEvent id="decided" name="Decided">', '<bpmn:endEvent id="done" name="Decided">')

    assert changes("a.bpmn", PROCESS, without) == [("added", "done"), ("removed", "decided")]
    assert changes("a.bpmn", PROCESS, PROCESS.replace('x="280" y="160"', 'x="280" y="170"')) == [("moved", "decide")]
    assert changes("a.bpmn", PROCESS, PROCESS.replace('x="280" y="160"', 'x="280.0" y="160"')) == []


def test_a_rule_is_told_by_its_cells_and_not_by_its_number() -> None:
    lines = DECISION.splitlines(keepends=True)
    first = next(index for index, line in enumerate(lines) if "_rule_1" in line)
    new = "".join(lines[first : first + 4]).replace("_rule_1", "_rule_0").replace("1000", "10")

    assert changes("a.dmn", DECISION, "".join([*lines[:first], new, *lines[first:]])) == [("added", "fees_rule_0")]
    change = only("a.dmn", DECISION, DECISION.replace("1000", "2000"))
    assert (change.type, change.number, change.facts) == (
        "rule", 1, (Fact(name="Amount", before="< 1000", after="< 2000"),),
    )  # fmt: skip
    assert only("a.dmn", DECISION, DECISION.replace("FIRST", "UNIQUE")).facts == (
        Fact(name="decisionTable/hitPolicy", before="FIRST", after="UNIQUE"),
    )


def test_rules_in_another_order_moved() -> None:
    swapped = DECISION.replace("_rule_1", "_rule_x").replace("_rule_2", "_rule_1").replace("_rule_x", "_rule_2")

    assert {what for what, _ in changes("a.dmn", DECISION, swapped)} == {"changed"}
    lines = DECISION.splitlines(keepends=True)
    first = next(index for index, line in enumerate(lines) if "_rule_1" in line)
    turned = [*lines[:first], *lines[first + 4 : first + 8], *lines[first : first + 4], *lines[first + 8 :]]
    assert [what for what, _ in changes("a.dmn", DECISION, "".join(turned))] == ["moved"]


def test_fields_of_a_form_change_by_what_a_designer_set() -> None:
    form = json.loads(FORM)
    form["components"][0]["values"][1]["label"] = "Not granted"
    form["components"][1]["validate"]["required"] = True
    form["components"].reverse()

    found = compare("a.form", FORM.encode(), json.dumps(form).encode()).changes or ()

    assert {change.id: change.facts for change in found} == {
        "outcome_field": (Fact(name="values: refused", before="Refused", after="Not granted"),),
        "reason_field": (Fact(name="validate.required", before=None, after="true"),),
    }


def test_other_texts_are_compared_by_line_and_unreadable_ones_too() -> None:
    text = "\n".join(map(str, range(20)))
    found = compare("notes.md", text.encode(), text.replace("10\n", "ten\n").encode())

    assert found.changes is None
    assert [(line.what, line.text) for line in found.lines if line.what != "same"] == [
        ("gap", ""), ("removed", "10"), ("added", "ten"), ("gap", ""),
    ]  # fmt: skip
    broken = compare("a.bpmn", PROCESS.encode(), b"<broken")
    assert broken.changes is None and broken.lines
    assert compare("a.form", b"[1]", FORM.encode()).changes is None


def test_a_file_that_comes_or_goes_is_told_whole() -> None:
    new = compare("a.bpmn", None, PROCESS.encode())
    gone = compare("a.bpmn", PROCESS.encode(), None)

    assert (new.what, {change.what for change in new.changes or ()}) == ("added", {"added"})
    assert (gone.what, {change.what for change in gone.changes or ()}) == ("removed", {"removed"})
