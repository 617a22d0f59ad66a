"""Answers to be read."""

from datetime import date, datetime, timedelta, timezone

from engine.forms import facts, masked, parse_form
from tests.unit.forms.making import ANSWERS, ENV, REGISTRATION, choices, component, form

registration = parse_form(REGISTRATION)


def test_facts_have_labels_instead_of_values():
    found = {fact.key: fact for fact in facts(registration, {**ANSWERS, "signers": 2}, env=ENV)}

    assert found["kind"].value == "The land"
    assert found["kind"].kind == "select"
    assert found["wanted"].value == ("The sms",)
    assert found["land.since"].value == date(2026, 1, 2)
    assert found["land.since"].kind == "date"
    assert found["truthful"].value is True
    assert found["name"].sensitivity == "personal"
    assert found["signers"].text == "2"


def test_hidden_and_unanswered_fields_are_left_out():
    found = {
        fact.key for fact in facts(registration, {**ANSWERS, "kind": "other", "where": "x", "wanted": []}, env=ENV)
    }

    assert found == {"name", "phone", "kind", "before", "body", "cosigners", "truthful"}


def test_defaults_are_no_facts():
    assert facts(form(component("textfield", "a", defaultValue="x")), {}, env=ENV) == []


def test_lists_are_tables():
    answers = {**ANSWERS, "cosigners": [{"name": "Li Si", "phone": "139"}, {"name": "Wu", "phone": None}]}

    [fact] = [fact for fact in facts(registration, answers, env=ENV) if fact.kind == "dynamiclist"]

    assert fact.columns == ("Label of name", "Label of phone")
    assert [[cell.text for cell in row] for row in fact.rows] == [["Li Si", "139"], ["Wu", ""]]
    assert fact.value == ("Li Si, 139", "Wu")
    assert fact.text == "Li Si, 139; Wu"


def test_a_field_hidden_in_one_row_leaves_its_cell_blank():
    people = component(
        "dynamiclist",
        "people",
        components=[
            component("checkbox", "agent"),
            component(
                "group", "of", components=[component("textfield", "whom", properties={"sensitivity": "sensitive"})]
            ),
            component("textfield", "proof", hide="=agent = false"),
        ],
    )
    rows = [{"agent": False, "proof": "p", "of": {"whom": "Li"}}, {"agent": True, "proof": "q", "of": {"whom": None}}]

    [fact] = facts(form(people), {"people": rows}, env=ENV)

    assert [[cell.text for cell in row] for row in fact.rows] == [["No", "Li", ""], ["Yes", "", "q"]]
    assert fact.sensitivity == "sensitive"


def test_moments_are_aware():
    fields = form(component("datetime", "a", subtype="datetime"), component("datetime", "b", subtype="time"))

    found = facts(fields, {"a": "2026-04-01T09:30", "b": "09:30"}, env=ENV)

    assert found[0].value == datetime(2026, 4, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert found[1].value == "09:30"


def test_what_cannot_be_read_is_shown_as_it_is():
    fields = form(component("datetime", "a"), component("select", "b", values=choices("x")))

    found = facts(fields, {"a": "soon", "b": "gone"}, env=ENV)

    assert [fact.value for fact in found] == ["soon", "gone"]


def test_several_forms_give_each_field_once():
    one = form(component("textfield", "a", label="First"), component("number", "n", appearance={"suffixAdorner": "mu"}))
    two = form(component("textfield", "a", label="Second"), component("textfield", "b"))

    found = facts([one, two], {"a": "x", "b": "y", "n": 3}, env=ENV)

    assert [(fact.label, fact.text) for fact in found] == [("First", "x"), ("Label of n", "3 mu"), ("Label of b", "y")]


def test_the_designer_picks_what_is_shown_first():
    found = facts(form(component("textfield", "a", properties={"summary": "true"})), {"a": "x"}, env=ENV)

    assert found[0].summary is True


def test_facts_can_be_masked():
    found = {fact.key: fact for fact in facts(registration, ANSWERS, env=ENV)}

    assert masked(found["name"], "name").value == "W*** F***"
    assert masked(found["phone"], "id").text == "*********00"
    assert masked(found["phone"], len_in_words).text == "11 signs"
    cosigners = masked(found["cosigners"], "name")
    assert "Li Si" not in repr(cosigners)
    assert cosigners.rows[0][0].text == "L* S*"


def len_in_words(text: str) -> str:
    return f"{len(text)} signs"
