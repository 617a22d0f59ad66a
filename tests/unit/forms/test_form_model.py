"""Reading form-js documents."""

import json

import pytest

from engine.forms import FormError, keys, parse_form
from tests.unit.forms.making import REGISTRATION, component, document


def test_a_form_is_read_from_json():
    form = parse_form(json.dumps(REGISTRATION).encode())

    assert form.id == "registration"
    assert [item.type for item in form.components][:3] == ["text", "textfield", "textfield"]
    assert form.components[4].components[0].rules.maximum == 1_000_000


def test_the_title_is_the_name_of_the_form():
    assert parse_form(document(name="Registration of a matter")).title == "Registration of a matter"
    assert parse_form(document()).title == "registration"


def test_a_form_writes_its_own_inputs_and_lists_only():
    form = parse_form(REGISTRATION)

    assert keys(form) == {
        "name", "phone", "kind", "land", "before", "where", "wanted", "body", "cosigners", "signers", "truthful",
    }  # fmt: skip


def test_a_disabled_field_is_not_written():
    form = parse_form(document(component("textfield", "a", disabled=True), component("textfield", "b.c")))

    assert keys(form) == {"b"}


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "JSON object"),
        (document(schemaVersion=20), "schemaVersion 19 or older, but it is 20"),
        (document(schemaVersion="new"), "to be a number"),
        ({"components": {}}, "components to be a list"),
        (document("text"), "each component to be an object"),  # type: ignore[arg-type]
        (document(component("textfield", "a", label=5)), "label to be text"),
        (document(component("textfield", "a", validate=[])), "validate to be an object"),
        (document(component("number", "a", min=[])), "min to be a number or an expression"),
        (document(component("number", "a", decimalDigits="two")), "decimalDigits to be a whole number"),
        (document(component("select", "a", values="x")), "values to be a list"),
        (document(component("textfield", "a", readonly=3)), "readonly to be true, false or an expression"),
        (document(component("textfield", "a", id=7)), "id of a component to be text"),
        (document(*[component("spacer")] * 1001), "at most 1000 components"),
    ],
)
def test_what_is_no_form_is_refused(data, sentence):
    with pytest.raises(FormError, match=sentence):
        parse_form(data)


def test_components_may_not_be_nested_without_end():
    inner = component("textfield", "a")
    for level in range(9):
        inner = component("group", id=f"g{level}", components=[inner])

    with pytest.raises(FormError, match="nested at most 8 deep"):
        parse_form(document(inner))


def test_an_error_says_which_component():
    with pytest.raises(FormError) as refusal:
        parse_form(document(component("textfield", "a", id="field_7", label=5)))

    assert refusal.value.component_id == "field_7"
    assert str(refusal.value) == "field_7: Expected label to be text"


def test_options_are_read_from_scalars_and_objects():
    form = parse_form(document(component("select", "a", values=["x", 2, {"label": "only"}, {"value": 3}, {}, None])))

    options = form.components[0].options or ()
    assert [(option.value, option.label) for option in options] == [("x", "x"), (2, "2"), ("only", "only"), (3, "3")]
