"""What is found in a form before it is deployed."""

import pytest

from engine.forms import check_form
from tests.unit.forms.making import REGISTRATION, choices, component, document


def findings(*components):
    return [str(sentence) for _, sentence in check_form(document(*components))]


def test_a_good_form_has_no_findings():
    assert check_form(REGISTRATION) == []


def test_a_document_that_cannot_be_read_is_one_finding():
    assert len(check_form(b"no json")) == 1


def test_findings_name_the_component():
    found = check_form(document(component("html", id="h1"), component("rating", id="r1")))

    assert [component_id for component_id, _ in found] == ["h1", "r1"]


@pytest.mark.parametrize("kind", ["html", "iframe", "filepicker", "documentPreview", "image", "table"])
def test_components_that_are_not_for_forms_here_are_refused_with_a_reason(kind):
    [sentence] = findings(component(kind, "x"))

    assert sentence.startswith(f"Expected no {kind} component: ")
    assert len(sentence) > 50


@pytest.mark.parametrize(
    "bad, sentence",
    [
        (component("rating", "a"), "known type of component, but it is rating"),
        (component("textfield"), "Expected a key"),
        (component("dynamiclist"), "Expected a path"),
        (component("textfield", "a-b"), "letters, digits and underscores"),
        (component("textfield", "a..b"), "letters, digits and underscores"),
        (component("textfield", "Meta"), "another name than Meta"),
        (component("textfield", "a._schema"), "another name than _schema"),
        (component("textfield", "case"), "another name than case"),
        (component("textfield", "this"), "another name than this"),
        (component("textfield", "a", label=" "), "Expected a label"),
        (component("textfield", "a", hide="=b >"), "Expected hide to be FEEL"),
        (component("textfield", "a", hide="=not(b >)"), "Expected hide to be FEEL"),
        (component("textfield", "a", readonly="=(1"), "Expected readonly to be FEEL"),
        (component("textfield", "a", readonly="yes"), "readonly to be true, false or an expression"),
        (component("number", "a", min="=1 +"), "Expected min to be FEEL"),
        (component("number", "a", max="many"), "Expected max to be a number"),
        (component("number", "a", min=3, max=2), "min not to be more than max"),
        (component("textfield", "a", minLength=3, maxLength=2), "minLength not to be more than maxLength"),
        (component("number", "a", increment=-1), "increment to be a number more than 0"),
        (component("number", "a", increment="x"), "increment to be a number more than 0"),
        (component("expression", "a"), "Expected an expression"),
        (component("expression", "a", expression="=1 +"), "Expected expression to be FEEL"),
        (component("textfield", "a", pattern="(?=x)"), "without look-around"),
        (component("textfield", "a", pattern="(a)\\1"), "without look-around and back references"),
        (component("textfield", "a", pattern="a" * 501), "pattern of at most 500"),
        (component("textfield", "a", validationType="iban"), "validationType email, phone or custom"),
        (component("select", "a"), "Expected options"),
        (component("select", "a", values=choices("x"), valuesKey="y"), "one source of options"),
        (component("select", "a", values=choices("x", "x")), "Expected different values"),
        (component("select", "a", values=choices("")), "options to have a value"),
        (component("select", "a", valuesExpression="=[1"), "valuesExpression to be FEEL"),
        (component("select", "a", valuesExpression="x"), "valuesExpression to begin with ="),
        (component("select", "a", values=choices("x"), defaultValue="z"), "default that could be answered"),
        (component("number", "a", defaultValue="many"), "default that could be answered"),
        (component("datetime", "a", subtype="week"), "subtype date, time or datetime"),
        (component("datetime", "a", timeSerializingFormat="local"), "timeSerializingFormat no_timezone"),
        (component("textfield", "a", properties={"sensitivity": "secret"}), "property sensitivity"),
        (component("textfield", "a", properties={"width": "third"}), "property width"),
        (component("text", text="{{#if a}}x{{/if}}"), "begins a block"),
        (component("text", text="{{ a + }}"), "to be FEEL"),
        (component("text", text="x" * 10_001), "at most 10000 characters"),
    ],
)
def test_mistakes_are_found(bad, sentence):
    assert any(sentence in found for found in findings(bad)), findings(bad)


def test_two_components_may_not_write_the_same_name():
    found = findings(component("textfield", "a", id="one"), component("number", "a", id="two"))

    assert found == ["Expected a name of its own, but a is taken"]


def test_a_value_may_not_be_an_object_as_well():
    found = findings(component("textfield", "a"), component("group", "a", components=[component("number", "b")]))

    assert found == ["Expected a name of its own, but a.b is taken"]


def test_rows_have_names_of_their_own():
    rows = component(
        "dynamiclist", "people", components=[component("textfield", "name"), component("textfield", "task")]
    )

    assert findings(component("textfield", "name", id="outer"), rows) == []


def test_ids_are_unique():
    found = findings(component("textfield", "a", id="x"), component("textfield", "b", id="x"))

    assert found == ["Expected a unique id, but another component has it too"]


def test_chinese_keys_and_patterns_are_fine():
    assert findings(component("textfield", "姓名", pattern="^[\\u4e00-\\u9fa5]{2,10}$")) == []


def test_findings_are_sentences_that_can_be_translated():
    [(_, sentence)] = check_form(document(component("number", "a", min=3, max=2)))

    assert sentence.template == "Expected {low} not to be more than {high}"
    assert sentence.params == {"low": "min", "high": "max"}
