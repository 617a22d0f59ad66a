"""What a browser posts, turned into answers."""

import pytest

from engine.forms import decode, parse_form, validate
from tests.unit.forms.making import ANSWERS, ENV, REGISTRATION, Posted, component, form

registration = parse_form(REGISTRATION)


def test_fields_are_nested_by_their_names():
    posted = Posted(
        ("csrf_token", "abc"),
        ("name", "Wang Fang"),
        ("phone", "13800000000"),
        ("kind", "land"),
        ("land.area", "12.5"),
        ("land.since", "2026-01-02"),
        ("before", "no"),
        ("where", ""),
        ("wanted", ""),
        ("wanted", "sms"),
        ("body", "The fields beside the road were taken."),
        ("cosigners", ""),
        ("cosigners-0-name", "Li Si"),
        ("cosigners-0-phone", "13900000000"),
        ("cosigners-1-name", ""),
        ("cosigners-1-phone", " "),
        ("truthful", "false"),
        ("truthful", "true"),
    )

    typed = decode(registration, posted)

    assert typed["land"] == {"area": "12.5", "since": "2026-01-02"}
    assert typed["wanted"] == ["sms"]
    assert typed["where"] is None
    assert typed["cosigners"] == [{"name": "Li Si", "phone": "13900000000"}]
    assert "csrf_token" not in typed
    assert validate(registration, typed, env=ENV) == {**ANSWERS, "signers": 2}


def test_what_was_not_sent_is_left_out():
    assert decode(registration, Posted(("name", "Li"))) == {"name": "Li"}


def test_an_unticked_box_is_told_from_a_disabled_one():
    boxes = form(component("checkbox", "a"), component("checkbox", "b"), component("checklist", "c", values=["x"]))

    typed = decode(boxes, Posted(("a", "false"), ("c", "")))

    assert typed == {"a": False, "c": []}
    assert validate(boxes, typed, context={"a": True, "b": True, "c": ["x"]}, env=ENV) == {
        "a": False,
        "b": True,
        "c": [],
    }


def test_disabled_and_computed_fields_are_not_read():
    fields = form(component("textfield", "a", disabled=True), component("expression", "b", expression="=1"))

    assert decode(fields, Posted(("a", "x"), ("b", "2"))) == {}


def test_rows_need_not_be_numbered_without_gaps():
    typed = decode(
        registration, Posted(("cosigners-12-name", "Wu"), ("cosigners-3-name", "Li"), ("cosigners-x-name", "?"))
    )

    assert typed == {"cosigners": [{"name": "Li"}, {"name": "Wu"}]}


def test_a_list_whose_rows_were_all_removed_is_empty():
    assert decode(registration, Posted(("cosigners", ""))) == {"cosigners": []}


def test_no_more_rows_are_read_than_validation_needs_to_refuse_them():
    posted = Posted(*((f"cosigners-{index}-name", "Li") for index in range(5000)))

    assert len(decode(registration, posted)["cosigners"]) == 201


@pytest.mark.parametrize("fixed, rows", [(True, 2), (False, 1)])
def test_blank_rows_are_kept_where_their_number_is_fixed(fixed, rows):
    fields = form(
        component(
            "dynamiclist",
            "visits",
            allowAddRemove=not fixed,
            components=[
                component("select", "how", values=["call", "visit"], defaultValue="call"),
                component("group", "note", components=[component("textfield", "text")]),
            ],
        )
    )
    posted = Posted(
        ("visits-0-how", "visit"), ("visits-0-note.text", ""), ("visits-1-how", "call"), ("visits-1-note.text", "")
    )

    assert len(decode(fields, posted)["visits"]) == rows


def test_lists_within_rows():
    inner = component("dynamiclist", "steps", components=[component("number", "day")])
    fields = form(component("dynamiclist", "claims", components=[component("textfield", "what"), inner]))

    typed = decode(fields, Posted(("claims-0-what", "x"), ("claims-0-steps-0-day", "1"), ("claims-0-steps-2-day", "3")))

    assert typed == {"claims": [{"what": "x", "steps": [{"day": "1"}, {"day": "3"}]}]}
