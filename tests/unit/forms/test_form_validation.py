"""Answers validated: what is accepted, what is refused, and what a form writes."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput, Message
from engine.forms import FormError, keys, parse_form, validate, view
from engine.forms.messages import MESSAGES, REQUIRED, UNCHANGED, UNKNOWN_FIELD
from tests.unit.forms.making import ANSWERS, ENV, REGISTRATION, choices, component, form

registration = parse_form(REGISTRATION)


def refused(form_, submitted, context=None) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refusal:
        validate(form_, submitted, context=context or {}, env=ENV)
    return refusal.value.errors


def value_of(field: dict[str, Any], value: Any, **context: Any) -> Any:
    return validate(form(field), {field["key"]: value}, context=context, env=ENV)[field["key"]]


def error_of(field: dict[str, Any], value: Any, **context: Any) -> str:
    return refused(form(field), {field["key"]: value}, context)[field["key"]][0]


def test_a_complete_registration_is_accepted():
    data = validate(registration, ANSWERS, env=ENV)

    assert data == {**ANSWERS, "signers": 2}


def test_every_missing_answer_is_said():
    errors = refused(registration, {})

    assert set(errors) == {"name", "phone", "kind", "before", "body", "truthful"}
    assert errors["name"] == [REQUIRED]


def test_sentences_can_be_translated():
    errors = refused(registration, {**ANSWERS, "body": "short", "land": {"area": -1}, "truthful": "maybe"})

    sentences = [sentence for said in errors.values() for sentence in said]
    assert len(sentences) == 3
    assert all(isinstance(sentence, Message) and sentence.template in MESSAGES for sentence in sentences)


def test_what_is_no_object_is_refused():
    assert "" in refused(registration, ["name"])


# what may be written


def test_a_name_that_is_no_field_is_refused():
    errors = refused(registration, {**ANSWERS, "approved": True, "land": {"area": 1, "owner": "x"}})

    assert errors == {"approved": [UNKNOWN_FIELD], "land.owner": [UNKNOWN_FIELD]}


def test_a_name_that_is_no_field_of_a_row_is_refused():
    errors = refused(registration, {**ANSWERS, "cosigners": [{"name": "Li", "vote": 2}]})

    assert errors == {"cosigners-0-vote": [UNKNOWN_FIELD]}


def test_a_computed_field_is_recomputed_and_not_accepted():
    assert validate(registration, {**ANSWERS, "signers": 99}, env=ENV)["signers"] == 2


def test_a_computed_field_may_read_another_that_comes_later():
    fields = form(
        component("expression", "total", expression="=net + tax"),
        component("expression", "tax", expression="=net * 0.5"),
        component("number", "net"),
    )

    assert validate(fields, {"net": "10"}, env=ENV) == {"net": 10, "tax": 5, "total": 15}


def test_a_disabled_field_is_ignored():
    fields = form(component("textfield", "a", disabled=True, required=True), component("textfield", "b"))

    assert validate(fields, {"a": "x", "b": "y"}, env=ENV) == {"b": "y"}


def test_display_components_write_nothing():
    fields = form(component("text", text="Hello"), component("separator"), component("button", "go"))

    assert validate(fields, {}, env=ENV) == {}
    assert refused(fields, {"go": 1}) == {"go": [UNKNOWN_FIELD]}


def test_an_object_keeps_its_other_members():
    fields = form(component("group", "land", components=[component("number", "area")]))

    data = validate(fields, {"land": {"area": 5}}, context={"land": {"area": 1, "owner": "county"}}, env=ENV)

    assert data == {"land": {"area": 5, "owner": "county"}}


def test_a_field_that_was_not_submitted_keeps_its_stored_value():
    fields = form(component("textfield", "a", required=True), component("textfield", "b", defaultValue="x"))

    assert validate(fields, {}, context={"a": "stored"}, env=ENV) == {"a": "stored", "b": "x"}


def test_a_default_may_be_an_expression():
    fields = form(component("textfield", "a", defaultValue="=applicant.name"))

    assert validate(fields, {}, context={"applicant": {"name": "Wang"}}, env=ENV) == {"a": "Wang"}


def test_an_emptied_field_is_written_as_null():
    fields = form(component("textfield", "a"), component("number", "n"), component("checklist", "c", values=["x"]))

    data = validate(fields, {"a": "", "n": "", "c": []}, context={"a": "old", "n": 5, "c": ["x"]}, env=ENV)

    assert data == {"a": None, "n": None, "c": []}


# read-only


def test_a_readonly_field_must_be_as_it_was():
    fields = form(component("textfield", "a", readonly=True, required=True))

    assert validate(fields, {"a": "x"}, context={"a": "x"}, env=ENV) == {"a": "x"}
    assert validate(fields, {}, context={"a": "x"}, env=ENV) == {"a": "x"}
    assert refused(fields, {"a": "y"}, {"a": "x"}) == {"a": [UNCHANGED]}
    assert refused(fields, {"a": "y"}) == {"a": [UNCHANGED]}


def test_a_readonly_value_is_compared_as_a_browser_sends_it():
    fields = form(component("textarea", "a", readonly=True), component("number", "n", readonly=True))

    data = validate(fields, {"a": "one\r\ntwo", "n": "5"}, context={"a": "one\ntwo ", "n": 5}, env=ENV)

    assert data == {"a": "one\ntwo ", "n": 5}


def test_readonly_may_depend_on_answers():
    fields = form(component("checkbox", "locked"), component("textfield", "a", readonly="=locked"))

    assert validate(fields, {"locked": False, "a": "new"}, context={"a": "old"}, env=ENV)["a"] == "new"
    assert refused(fields, {"locked": True, "a": "new"}, {"a": "old"}) == {"a": [UNCHANGED]}


def test_a_readonly_field_of_a_row_is_compared_with_the_stored_row():
    fields = form(
        component(
            "dynamiclist",
            "claims",
            allowAddRemove=False,
            components=[
                component("textfield", "claim", readonly=True),
                component("textfield", "no", disabled=True),
                component("textfield", "result", required=True),
            ],
        )
    )
    stored = {"claims": [{"claim": "Pay wages", "no": "1"}, {"claim": "Repair road", "no": "2"}]}

    data = validate(fields, {"claims": [{"result": "paid"}, {"result": "begun"}]}, context=stored, env=ENV)

    assert data == {
        "claims": [
            {"claim": "Pay wages", "no": "1", "result": "paid"},
            {"claim": "Repair road", "no": "2", "result": "begun"},
        ]
    }
    errors = refused(fields, {"claims": [{"claim": "Pay twice", "result": "x"}, {"result": ""}]}, stored)
    assert errors == {"claims-0-claim": [UNCHANGED], "claims-1-result": [REQUIRED]}


# hiding


def test_hidden_fields_are_ignored_even_when_sent():
    data = validate(registration, {**ANSWERS, "kind": "labour", "where": "bureau"}, env=ENV)

    assert "land" not in data
    assert "where" not in data


def test_an_absent_group_is_an_empty_group():
    answers = {name: value for name, value in ANSWERS.items() if name != "land"}

    assert refused(registration, answers) == {"land.area": [REQUIRED]}


def test_a_group_that_is_no_object_is_refused():
    errors = refused(registration, {**ANSWERS, "land": 5})

    assert errors == {"land": ["Expected a group of answers"], "land.area": [REQUIRED]}


def test_a_rule_over_an_unanswered_field_hides():
    fields = form(
        component("number", "age"),
        component("textfield", "guardian", required=True, hide="=age >= 18"),
    )

    assert validate(fields, {}, env=ENV) == {"age": None}
    assert refused(fields, {"age": 12}) == {"guardian": [REQUIRED]}


def test_not_negates_the_test_and_not_the_value():
    fields = form(
        component("number", "age"),
        component("textfield", "guardian", required=True, hide="=not(age < 18)"),
    )

    assert refused(fields, {}) == {"guardian": [REQUIRED]}
    assert validate(fields, {"age": 30}, env=ENV) == {"age": 30}


@pytest.mark.parametrize(
    "rule, hidden",
    [
        ("=true", True),
        ("=false", False),
        ("=null", True),
        ("=not(null)", False),
        ("=not(false)", True),
        ("=not(not(null))", True),
        ("=not(a) or b", True),
        ('=not(string length(")") = 1)', False),
        ("=5", False),
        ("=a = null", True),
    ],
)
def test_rules_as_unary_tests(rule, hidden):
    fields = form(component("textfield", "x", hide=rule))

    assert ("x" not in validate(fields, {"x": "1"}, env=ENV)) is hidden


def test_hidden_fields_vanish_from_other_rules():
    fields = form(
        component("textfield", "third", hide='=second != "yes"'),
        component("textfield", "second", hide='=first != "yes"'),
        component("textfield", "first"),
    )

    assert set(validate(fields, {"first": "yes", "second": "yes", "third": "x"}, env=ENV)) == {
        "first",
        "second",
        "third",
    }
    assert set(validate(fields, {"first": "no", "second": "yes", "third": "x"}, env=ENV)) == {"first"}


def test_a_hidden_field_does_not_show_its_stored_value_to_rules():
    fields = form(
        component("checkbox", "more"),
        component("textfield", "detail", hide="=more = false"),
        component("textfield", "extra", hide='=detail != "big"'),
    )

    assert set(validate(fields, {"more": False}, context={"detail": "big"}, env=ENV)) == {"more"}


def test_rules_may_read_computed_fields():
    fields = form(
        component("expression", "many", expression="=count(people) > 1"),
        component("textfield", "speaker", required=True, hide="=many = false"),
        component("dynamiclist", "people", components=[component("textfield", "name")]),
    )

    assert "speaker" not in validate(fields, {"people": [{"name": "Li"}]}, env=ENV)
    assert refused(fields, {"people": [{"name": "Li"}, {"name": "Wu"}]}) == {"speaker": [REQUIRED]}


def test_a_hidden_computed_field_is_not_written():
    fields = form(component("checkbox", "a"), component("expression", "b", expression="=1", hide="=a = false"))

    assert validate(fields, {"a": False}, env=ENV) == {"a": False}
    assert validate(fields, {"a": True}, env=ENV) == {"a": True, "b": 1}


def test_rules_may_read_the_context():
    fields = form(component("textfield", "a", hide='=case.channel != "visit"'))

    assert validate(fields, {"a": "x"}, context={"case": {"channel": "visit"}}, env=ENV) == {"a": "x"}
    assert validate(fields, {"a": "x"}, context={"case": {"channel": "post"}}, env=ENV) == {}


def test_rules_in_rows_see_the_row_and_what_is_outside():
    fields = form(
        component("textfield", "name"),
        component(
            "dynamiclist",
            "people",
            components=[
                component("checkbox", "agent"),
                component("textfield", "proof", required=True, hide="=agent = false"),
                component("textfield", "first", hide="=i > 1"),
                component("textfield", "like", hide='=parent.name != "Li" or this.agent'),
            ],
        ),
    )

    data = validate(fields, {"name": "Li", "people": [{"agent": False}, {"agent": True, "proof": "yes"}]}, env=ENV)

    assert [set(row) for row in data["people"]] == [{"agent", "first", "like"}, {"agent", "proof"}]
    assert refused(fields, {"people": [{"agent": True}]}) == {"people-0-proof": [REQUIRED]}


# text


def test_blank_text_is_no_answer():
    assert error_of(component("textfield", "a", required=True), " \t\n ") == REQUIRED


def test_text_is_stored_without_the_space_around_it():
    assert value_of(component("textfield", "a", pattern="^\\d+$"), " 12 ") == "12"
    assert value_of(component("textarea", "a"), "one\r\ntwo\r\n") == "one\ntwo"


def test_lengths_count_utf16_units_of_the_trimmed_text():
    assert (
        error_of(component("textfield", "a", minLength=3), " ab ") == "Expected at least 3 characters, but there are 2"
    )
    assert (
        error_of(component("textfield", "a", maxLength=3), "𠮷𠮷") == "Expected at most 3 characters, but there are 4"
    )
    assert value_of(component("textfield", "a", minLength=2, maxLength=2), "王芳") == "王芳"


def test_bounds_may_be_expressions():
    assert error_of(component("textfield", "a", maxLength="=limit"), "abc", limit=2).startswith("Expected at most 2")
    assert error_of(component("number", "a", min="=floor"), 1, floor=2) == "Expected 2 or more"
    assert value_of(component("number", "a", min="=floor"), 1) == 1


@pytest.mark.parametrize("bound", [None, "", "nan", True, [1], "much"])
def test_bounds_that_are_no_number_do_not_bind(bound):
    assert value_of(component("number", "a", min="=floor"), 1, floor=bound) == 1


def test_patterns_are_those_of_javascript():
    assert value_of(component("textfield", "a", pattern="b"), "abc") == "abc"
    assert error_of(component("textfield", "a", pattern="^\\d+$"), "１２") == "Expected another format"
    assert error_of(component("textfield", "a", pattern="^\\w+$"), "王") == "Expected another format"
    assert value_of(component("textfield", "a", pattern="^[\\u4e00-\\u9fa5]+$"), "王芳") == "王芳"
    assert value_of(component("textfield", "a", pattern="^[\\u{4e00}-\\u{9fa5}]+$"), "王芳") == "王芳"


def test_the_end_of_a_pattern_is_the_end_of_the_text():
    assert error_of(component("textarea", "a", pattern="^a$"), "b\na") == "Expected another format"
    assert error_of(component("textarea", "a", pattern="^a$"), "a\nb") == "Expected another format"


def test_a_pattern_may_say_what_it_wants_in_the_words_of_the_form():
    field = component("textfield", "a", pattern="^x$", patternErrorMessage="Just {x}")

    assert error_of(field, "y") == "Just {x}"


def test_email_and_phone():
    assert value_of(component("textfield", "a", validationType="email"), "li@example.org") == "li@example.org"
    assert "e-mail" in error_of(component("textfield", "a", validationType="email"), "li@")
    assert value_of(component("textfield", "a", validationType="phone"), "+8613800000000") == "+8613800000000"
    assert "country code" in error_of(component("textfield", "a", validationType="phone"), "13800000000")


@pytest.mark.parametrize("value", ["a\x00b", "a\x1bb", "\ud800", 5, ["a"], {"a": 1}, "x" * 20_001])
def test_what_is_no_text_is_refused(value):
    error_of(component("textfield", "a"), value)


# numbers


@pytest.mark.parametrize(
    "typed, stored",
    [("12", 12), (12, 12), ("12.50", 12.5), (" 7 ", 7), ("１２", 12), ("-3", -3), ("1e3", 1000), (2.0, 2), (".5", 0.5)],
)
def test_numbers(typed, stored):
    assert value_of(component("number", "a"), typed) == stored


@pytest.mark.parametrize(
    "typed", ["twelve", "1,000", "1e999", "inf", float("inf"), "NaN", True, [1], "0x10", "1_000", "9" * 50]
)
def test_what_is_no_number_is_refused(typed):
    assert error_of(component("number", "a"), typed) == "Expected a number"


def test_rules_for_numbers():
    assert error_of(component("number", "a", min=0), -1) == "Expected 0 or more"
    assert error_of(component("number", "a", max=10), 11) == "Expected 10 or less"
    assert error_of(component("number", "a", decimalDigits=2), "1.234") == "Expected at most 2 decimal places"
    assert value_of(component("number", "a", decimalDigits=2), "1.230") == 1.23
    assert error_of(component("number", "a", decimalDigits=0), "1.5") == "Expected at most 0 decimal places"
    assert error_of(component("number", "a", increment=0.5), 1.2) == "Expected a multiple of 0.5"
    assert error_of(component("number", "a", required=True), "") == REQUIRED
    assert value_of(component("number", "a", required=True), 0) == 0


def test_a_number_may_be_stored_as_text():
    assert value_of(component("number", "a", serializeToString=True, min=1), "12.50") == "12.50"


# choices


def test_boxes():
    assert value_of(component("checkbox", "a"), True) is True
    assert value_of(component("checkbox", "a"), None) is False
    assert error_of(component("checkbox", "a", required=True), False) == REQUIRED
    assert error_of(component("checkbox", "a"), "on") == "Expected yes or no"
    assert error_of(component("checkbox", "a"), 1) == "Expected yes or no"


@pytest.mark.parametrize("kind", ["radio", "select"])
def test_one_choice(kind):
    field = component(kind, "a", values=choices("x", 2, True))

    assert value_of(field, "x") == "x"
    assert value_of(field, "2") == 2
    assert value_of(field, "true") is True
    assert value_of(field, None) is None
    assert error_of(field, "z") == "Expected one of the options"
    assert error_of(field, 1) == "Expected one of the options"
    assert error_of({**field, "validate": {"required": True}}, "") == REQUIRED


@pytest.mark.parametrize("kind", ["checklist", "taglist"])
def test_several_choices(kind):
    field = component(kind, "a", values=choices("x", 2))

    assert value_of(field, ["x", "2", "x"]) == ["x", 2]
    assert value_of(field, None) == []
    assert error_of(field, ["z"]) == "Expected one of the options"
    assert error_of(field, "x") == "Expected a selection of the options"
    assert error_of({**field, "validate": {"required": True}}, []) == REQUIRED


def test_options_from_a_variable():
    field = component("select", "a", valuesKey="lists.departments")
    departments = {"departments": [{"value": "d1", "label": "Labour"}, "d2"]}

    assert value_of(field, "d2", lists=departments) == "d2"
    assert error_of(field, "d3", lists=departments) == "Expected one of the options"
    assert error_of(field, "d1") == "Expected one of the options"


def test_options_from_an_expression_over_answers():
    fields = form(
        component("select", "town", values=["east", "west"]),
        component("select", "village", valuesExpression='=if town = "east" then ["e1", "e2"] else [1, 2]'),
    )

    assert validate(fields, {"town": "east", "village": "e2"}, env=ENV)["village"] == "e2"
    assert validate(fields, {"town": "west", "village": "2"}, env=ENV)["village"] == 2
    assert set(refused(fields, {"town": "west", "village": "e2"})) == {"village"}


# dates and times


def test_dates():
    assert value_of(component("datetime", "a", subtype="date"), "2026-02-28") == "2026-02-28"
    for wrong in ("2026-02-30", "28.02.2026", "20260228", "2026-W09-1", 5):
        assert error_of(component("datetime", "a", subtype="date"), wrong).startswith("Expected a date such as")


def test_times():
    assert value_of(component("datetime", "a", subtype="time"), "09:30") == "09:30"
    local = component("datetime", "a", subtype="time", timeSerializingFormat="utc_offset")
    assert value_of(local, "09:30") == "09:30+08:00"
    universal = component("datetime", "a", subtype="time", timeSerializingFormat="utc_normalized")
    assert value_of(universal, "09:30") == "01:30Z"
    for wrong in ("25:00", "9:30", 5):
        assert error_of(component("datetime", "a", subtype="time"), wrong).startswith("Expected a time such as")


def test_moments():
    assert value_of(component("datetime", "a", subtype="datetime"), "2026-04-01T09:30") == "2026-04-01T09:30"
    local = component("datetime", "a", subtype="datetime", timeSerializingFormat="utc_offset")
    assert value_of(local, "2026-04-01T09:30") == "2026-04-01T09:30+08:00"
    universal = component("datetime", "a", subtype="datetime", timeSerializingFormat="utc_normalized")
    assert value_of(universal, "2026-04-01T09:30:15") == "2026-04-01T01:30:15Z"
    assert value_of(universal, "2026-04-01T01:30:00Z") == "2026-04-01T01:30Z"
    for wrong in ("2026-04-01", "2026-04-31T09:30", "soon", 5):
        assert error_of(universal, wrong).startswith("Expected a date and time")
    assert error_of(universal, "0001-01-01T00:00").startswith("Expected a date and time")


def test_days_that_are_over():
    day = component("datetime", "a", subtype="date", disallowPassedDates=True)
    moment = component("datetime", "a", subtype="datetime", disallowPassedDates=True)

    assert value_of(day, "2026-03-31") == "2026-03-31"
    assert error_of(day, "2026-03-30") == "Expected today or a later day"
    assert error_of(moment, "2026-03-30T23:59") == "Expected today or a later day"
    assert value_of(moment, "2026-03-30T16:30:00Z") == "2026-03-31T00:30"


def test_a_readonly_moment_may_come_back_on_the_local_clock():
    for stored in ("2026-04-01T01:30:15Z", "2026-04-01T09:30:15+08:00", "2026-04-01T10:30:15+09:00"):
        for style in ("no_timezone", "utc_offset", "utc_normalized"):
            moment = component("datetime", "a", subtype="datetime", timeSerializingFormat=style, readonly=True)

            assert value_of(moment, "2026-04-01T09:30:15", a=stored) == stored


def test_a_readonly_time_may_come_back_on_the_local_clock():
    for style in ("no_timezone", "utc_offset", "utc_normalized"):
        clock = component("datetime", "a", subtype="time", timeSerializingFormat=style, readonly=True)

        assert value_of(clock, "09:30", a="01:30Z") == "01:30Z"


def test_without_a_clock_moments_are_stored_as_they_come():
    fields = form(component("datetime", "a", subtype="datetime", timeSerializingFormat="utc_offset"))

    assert validate(fields, {"a": "2026-04-01 09:30"}) == {"a": "2026-04-01T09:30"}


# rows


def test_rows_are_validated_one_by_one():
    errors = refused(registration, {**ANSWERS, "cosigners": [{"name": "Li"}, {"name": " "}, {}]})

    assert errors == {"cosigners-1-name": [REQUIRED], "cosigners-2-name": [REQUIRED]}


@pytest.mark.parametrize("value", ["x", [1], {"0": {}}, [[]]])
def test_what_is_no_list_of_rows_is_refused(value):
    assert refused(registration, {**ANSWERS, "cosigners": value}) == {"cosigners": ["Expected a list of rows"]}


def test_too_many_rows_are_refused():
    errors = refused(registration, {**ANSWERS, "cosigners": [{"name": "Li"}] * 201})

    assert errors == {"cosigners": ["Expected at most 200 rows, but there are 201"]}


def test_a_fixed_number_of_rows():
    fields = form(
        component(
            "dynamiclist",
            "visits",
            allowAddRemove=False,
            defaultRepetitions=2,
            components=[component("textfield", "note", required=True)],
        )
    )

    assert set(refused(fields, {})) == {"visits-0-note", "visits-1-note"}
    assert refused(fields, {"visits": [{"note": "x"}]}) == {"visits": ["Expected 2 rows, but there are 1"]}


def test_lists_within_rows():
    fields = form(
        component(
            "dynamiclist",
            "claims",
            components=[
                component("group", "about", components=[component("textfield", "what", required=True)]),
                component("dynamiclist", "steps", components=[component("number", "day", required=True)]),
                component("expression", "last", expression="=max(steps.day)"),
            ],
        )
    )

    data = validate(fields, {"claims": [{"about": {"what": "x"}, "steps": [{"day": "1"}, {"day": 3}]}]}, env=ENV)

    assert data == {"claims": [{"about": {"what": "x"}, "steps": [{"day": 1}, {"day": 3}], "last": 3}]}
    assert set(refused(fields, {"claims": [{"steps": [{"day": "x"}]}]})) == {
        "claims-0-about.what",
        "claims-0-steps-0-day",
    }


def test_dotted_keys_are_nested_values():
    fields = form(component("textfield", "person.name", required=True), component("number", "person.age"))

    assert validate(fields, {"person": {"name": "Li"}}, env=ENV) == {"person": {"name": "Li", "age": None}}
    assert refused(fields, {}) == {"person.name": [REQUIRED]}


def test_fields_may_be_called_as_they_like():
    names = ["fields", "context", "load", "opts", "validate", "dict", "__class__", "items", "get"]
    fields = form(*(component("textfield", name, required=True) for name in names))

    assert validate(fields, dict.fromkeys(names, "x"), env=ENV) == dict.fromkeys(names, "x")
    assert set(refused(fields, {})) == set(names)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ANSWERS, "area", "x"]), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*ANSWERS, "where", "signers", "other"]), JSON, max_size=6))
def test_whatever_is_submitted_only_the_forms_own_fields_are_written(changes):
    submitted = {**ANSWERS, **changes}
    try:
        data = validate(registration, submitted, context={"other": 1, "land": {"owner": "county"}}, env=ENV)
    except InvalidInput as refusal:
        assert refusal.errors
        assert view(registration, submitted, env=ENV, errors=refusal.errors).errors
    else:
        assert set(data) <= keys(registration)
        assert ("land" in data) == (data["kind"] == "land")
        assert set(data.get("land", {})) <= {"area", "since", "owner"}
        assert data["signers"] == 1 + len(data["cosigners"])


def test_an_expression_that_cannot_be_run_names_its_component():
    fields = form(component("expression", "a", id="sum_7", expression="=1 +"))

    with pytest.raises(FormError) as failure:
        validate(fields, {}, env=ENV)

    assert failure.value.component_id == "sum_7"


def test_the_submission_is_left_alone():
    submitted = SimpleNamespace(data={"cosigners": [{"name": " Li "}], "land": {"area": "5"}})

    refused(registration, submitted.data)

    assert submitted.data == {"cosigners": [{"name": " Li "}], "land": {"area": "5"}}
