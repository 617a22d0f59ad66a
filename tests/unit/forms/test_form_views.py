"""What a page draws: views of forms, and the templates that draw them."""

from pathlib import Path
from typing import Any

import jinja2
import pytest
from lxml import html

from engine.errors import InvalidInput
from engine.forms import decode, parse_form, validate, view
from tests.unit.forms.making import ENV, REGISTRATION, Posted, choices, component, form

TEMPLATES = Path(__file__).parents[3] / "webui" / "templates"
registration = parse_form(REGISTRATION)


@pytest.fixture(params=[False, True], ids=["plain", "trimmed"])
def draw(request):
    """Draw a view with the templates of the web pages; texts are not translated."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=request.param,
        lstrip_blocks=request.param,
    )
    environment.globals.update(_=str, label=str, say=str)
    template = environment.from_string(
        '{% from "forms/fields.html" import error_summary, form_fields %}'
        "<main>{{ error_summary(page) }}<form>{{ form_fields(page) }}</form></main>"
    )
    return lambda page: html.fromstring(template.render(page=page))


def fields_of(*components: dict[str, Any], values=None, context=None, errors=None) -> list[Any]:
    return list(view(form(*components), values, context=context, env=ENV, errors=errors).fields)


def posted_by(page: html.HtmlElement) -> Posted:
    """What a browser would send for this page, without scripts."""
    pairs = []
    for control in page.xpath("//form//*[self::input or self::select or self::textarea][not(ancestor::template)]"):
        if "disabled" in control.attrib:
            continue
        if control.tag == "select":
            chosen = control.xpath("option[@selected]") or control.xpath("option[1]")
            pairs.append((control.name, chosen[0].get("value")))
        elif control.tag == "textarea":
            pairs.append((control.name, (control.text or "").removeprefix("\n")))
        elif control.get("type") not in ("radio", "checkbox") or "checked" in control.attrib:
            pairs.append((control.name, control.get("value")))
    return Posted(*pairs)


# values


def test_a_field_shows_what_was_typed_else_stored_else_its_default():
    field = component("textfield", "a", defaultValue="default")

    assert fields_of(field)[0].value == "default"
    assert fields_of(field, context={"a": "stored"})[0].value == "stored"
    assert fields_of(field, context={"a": "stored"}, values={"a": " typed "})[0].value == " typed "
    assert fields_of(field, context={"a": "stored"}, values={"a": None})[0].value == ""


def test_what_cannot_be_accepted_is_still_shown():
    assert fields_of(component("number", "a"), values={"a": "twelve"})[0].value == "twelve"


def test_moments_are_shown_on_the_local_clock():
    moment = component("datetime", "a", subtype="datetime", timeSerializingFormat="utc_normalized")
    clock = component("datetime", "b", subtype="time")

    shown = fields_of(moment, clock, context={"a": "2026-04-01T01:30Z", "b": "01:30Z"})

    assert [field.value for field in shown] == ["2026-04-01T09:30", "09:30"]
    assert shown[0].attributes["type"] == "datetime-local"


def test_options_are_marked_by_value():
    [field] = fields_of(component("select", "a", values=choices("x", 2)), values={"a": "2"})
    [several] = fields_of(component("checklist", "b", values=choices("x", 2)), context={"b": [2]})

    assert [option.selected for option in field.options] == [False, True]
    assert [option.selected for option in several.options] == [False, True]
    assert several.value == ["2"]


def test_properties_of_the_form_reach_the_control():
    properties = {
        "autocomplete": "tel", "inputmode": "tel", "width": "half", "sensitivity": "personal", "summary": "true",
    }  # fmt: skip
    [field] = fields_of(component("textfield", "phone", maxLength="=2 + 3", properties=properties))
    [area] = fields_of(component("textarea", "body", properties={"rows": "12"}))

    assert field.attributes == {"type": "text", "maxlength": "5", "autocomplete": "tel", "inputmode": "tel"}
    assert (field.width, field.sensitivity, field.summary) == ("half", "personal", True)
    assert area.attributes["rows"] == "12"


def test_controls_by_type():
    attributes = {
        field.key: field.attributes
        for field in fields_of(
            component("number", "n", decimalDigits=0),
            component("number", "x"),
            component("textfield", "e", validationType="email"),
            component("textfield", "p", validationType="phone"),
            component("datetime", "d", disallowPassedDates=True),
            component("datetime", "t", subtype="time", timeInterval=15),
            component("datetime", "m", subtype="datetime", disallowPassedDates=True),
        )
    }

    assert attributes["n"] == {"type": "text", "inputmode": "numeric"}
    assert attributes["x"] == {"type": "text", "inputmode": "decimal"}
    assert attributes["e"] == {"type": "email"}
    assert attributes["p"] == {"type": "tel"}
    assert attributes["d"] == {"type": "date", "min": "2026-03-31"}
    assert attributes["t"] == {"type": "time", "step": "900"}
    assert attributes["m"] == {"type": "datetime-local", "min": "2026-03-31T00:00"}


def test_texts_may_speak_of_variables():
    fields = fields_of(
        component("text", text="Dear {{ applicant.name }}, **welcome**"),
        component("text", text='="From " + applicant.name'),
        component("textfield", "a", label="Phone of {{applicant.name}}", description='="since " + string(2020)'),
        context={"applicant": {"name": "<Wang> *x*"}},
    )

    assert fields[0].html == "<p>Dear &lt;Wang&gt; *x*, <strong>welcome</strong></p>"
    assert fields[1].html == "<p>From &lt;Wang&gt; *x*</p>"
    assert (fields[2].label, fields[2].description) == ("Phone of <Wang> *x*", "since 2020")


def test_templates_are_translated_before_they_are_filled_in():
    greeting = form(component("text", text="Hello {{name}}"), component("textfield", "a", label="For {{name}}"))
    words = {"Hello {{name}}": "你好，{{name}}", "For {{name}}": "致{{name}}"}

    page = view(greeting, context={"name": "Li"}, env=ENV, translate=lambda text: words.get(text, text))

    assert page.fields[0].html == "<p>你好，Li</p>"
    assert page.fields[1].label == "致Li"


# hidden fields


@pytest.mark.parametrize(
    "rule, expected",
    [
        ('=kind != "land"', '{"key": "kind", "in": ["land"]}'),
        ('=kind != "land" and kind != "house"', '{"key": "kind", "in": ["land", "house"]}'),
        ('=kind = "land"', '{"key": "kind", "notIn": ["land"]}'),
        ('=kind = "land" or kind = "house"', '{"key": "kind", "notIn": ["land", "house"]}'),
        ('=not(kind = "land")', '{"key": "kind", "in": ["land"]}'),
        ("=more != true", '{"key": "more", "in": ["true"]}'),
        ("=more = false", '{"key": "more", "in": ["true"]}'),
        ("=more != false", '{"key": "more", "notIn": ["true"]}'),
        ('=list contains(wanted, "sms")', '{"key": "wanted", "notIn": ["sms"]}'),
        ('=not(list contains(wanted, "sms"))', '{"key": "wanted", "in": ["sms"]}'),
        ('=deep.kind != "x"', '{"key": "deep.kind", "in": ["x"]}'),
        ("=count = 3", '{"key": "count", "notIn": ["3"]}'),
        ("=count > 3", None),
        ('=kind != "land" and more', None),
        ('=kind != "land" or kind != "house"', None),
        ('=elsewhere != "land"', None),
    ],
)
def test_simple_rules_are_told_to_the_browser(rule, expected):
    fields = fields_of(
        component("select", "kind", values=["land", "house", "x"]),
        component("checkbox", "more"),
        component("checklist", "wanted", values=["sms"]),
        component("textfield", "deep.kind"),
        component("number", "count"),
        component("textfield", "a", hide=rule),
        context={"elsewhere": "land"},
    )

    assert fields[-1].key == "a"
    assert fields[-1].show_when == expected


def test_rules_in_rows_name_the_field_of_their_row_first():
    fields = fields_of(
        component("checkbox", "agent"),
        component("textfield", "kind"),
        component(
            "dynamiclist",
            "people",
            components=[
                component("checkbox", "agent"),
                component("textfield", "proof", hide="=agent != true"),
                component("textfield", "more", hide='=kind != "x"'),
            ],
        ),
    )

    row = fields[2].rows[0]
    assert row.children[1].show_when == '{"key": "people-0-agent", "in": ["true"]}'
    assert row.children[2].show_when == '{"key": "kind", "in": ["x"]}'
    assert fields[2].row_template.children[1].show_when == '{"key": "people-__row1__-agent", "in": ["true"]}'


def test_a_hidden_field_is_drawn_where_an_answer_may_show_it_and_else_left_out():
    fields = fields_of(
        component("number", "n"),
        component("textfield", "a", hide="=n > 3"),
        component("textfield", "b", hide='=case.channel != "visit"'),
        context={"case": {"channel": "post"}},
    )

    assert [(field.key, field.visible) for field in fields] == [("n", True), ("a", False)]


def test_a_hidden_field_shows_what_was_stored_when_it_is_opened():
    fields = fields_of(
        component("checkbox", "more"), component("textfield", "a", hide="=more = false"), context={"a": "stored"}
    )

    assert (fields[1].visible, fields[1].value) == (False, "stored")


# rows


def test_there_is_always_a_blank_row_where_rows_can_be_added():
    people = component("dynamiclist", "people", components=[component("textfield", "name")])

    [unfilled] = fields_of(people)
    [filled] = fields_of(people, context={"people": [{"name": "Li"}, {"name": "Wu"}]})

    assert [row.name for row in unfilled.rows] == ["people-0"]
    assert [row.children[0].value for row in filled.rows] == ["Li", "Wu", ""]
    assert filled.next_row == 3
    assert filled.row_template.children[0].key == "people-__row1__-name"


def test_rows_begin_with_their_default_number():
    people = component("dynamiclist", "people", defaultRepetitions=3, components=[component("textfield", "name")])

    assert len(fields_of(people)[0].rows) == 3
    assert len(fields_of(people, context={"people": [{}, {}, {}]})[0].rows) == 4


def test_a_fixed_list_has_no_row_to_add():
    [field] = fields_of(
        component("dynamiclist", "p", allowAddRemove=False, defaultRepetitions=2, components=[component("number", "n")])
    )

    assert (len(field.rows), field.row_template, field.can_add) == (2, None, False)


def test_templates_of_lists_within_rows_have_tokens_of_their_own():
    steps = component("dynamiclist", "steps", components=[component("number", "day")])
    [claims] = fields_of(component("dynamiclist", "claims", components=[steps]))

    inner = claims.row_template.children[0]
    assert (claims.row_token, inner.row_token) == ("__row1__", "__row2__")
    assert inner.row_template.children[0].key == "claims-__row1__-steps-__row2__-day"


# errors


def test_errors_stand_beside_their_fields_and_in_the_summary_in_order():
    errors = {"wanted": ["Choose"], "land.area": ["Too small"], "approved": ["Unknown"], "cosigners-0-name": ["Name"]}

    page = view(registration, {"kind": "land"}, env=ENV, errors=errors)

    assert [(error.href, error.message) for error in page.errors] == [
        ("f-land.area", "Too small"),
        ("f-wanted", "Choose"),
        ("f-cosigners-0-name", "Name"),
        (None, "Unknown"),
    ]
    land = next(field for field in page.fields if field.kind == "group")
    assert land.children[0].errors == ("Too small",)
    assert land.children[0].described_by == "f-land.area-error"


# pages


def test_every_control_has_a_label_and_links_lead_somewhere(draw):
    errors = {
        "name": ["No name"], "before": ["Choose"], "wanted": ["Choose"], "cosigners": ["Rows"], "truthful": ["Tick"],
        "kind": ["Choose"],
    }  # fmt: skip

    page = draw(view(registration, {"kind": "land"}, env=ENV, errors=errors))

    ids = page.xpath("//@id[not(ancestor::template)]")
    assert len(ids) == len(set(ids))
    labelled = set(page.xpath("//label/@for"))
    for control in page.xpath("//form//*[self::input or self::select or self::textarea][not(@type='hidden')]"):
        assert control.get("id") in labelled
    links = page.xpath("//div[@class='error-summary']//a/@href")
    assert [link[1:] for link in links] == ["f-name", "f-kind", "f-before", "f-wanted", "f-cosigners", "f-truthful"]
    assert {link[1:] for link in links} <= set(ids)
    for described in page.xpath("//@aria-describedby"):
        assert set(described.split()) <= set(ids)


def test_a_field_in_error_says_so(draw):
    field = component("textfield", "a", required=True, description="As in your <papers>")

    page = draw(view(form(field), {}, env=ENV, errors={"a": ["Expected an answer"]}))

    [control] = page.xpath("//input")
    assert control.get("aria-invalid") == "true"
    assert control.get("aria-required") == "true"
    assert control.get("aria-describedby") == "f-a-hint f-a-error"
    assert page.xpath("string(//p[@class='hint'])") == "As in your <papers>"
    assert page.xpath("string(//p[@class='error-message'])") == "Expected an answer"
    assert page.xpath("//div[contains(@class, 'field-error')]")
    assert page.xpath("string(//label/span[@class='required'])") == "(required)"


def test_a_form_without_errors_has_no_summary(draw):
    assert not draw(view(registration, env=ENV)).xpath("//*[@class='error-summary']")


def test_nothing_typed_can_become_markup(draw):
    evil = '"><script>alert(1)</script>'
    fields = form(
        component("textfield", "a", label=evil, description=evil),
        component("textarea", "b"),
        component("select", "c", values=[{"value": evil, "label": evil}]),
        component("radio", "d", values=[{"value": evil, "label": evil}]),
        component("text", text=evil),
        component("group", "g", label=evil, components=[]),
        component("textfield", "e", hide='=a != "\'><script>"', appearance={"suffixAdorner": evil}),
    )

    page = draw(view(fields, {"a": evil, "b": "</textarea>" + evil}, env=ENV, errors={"a": [evil], evil: [evil]}))

    assert not page.xpath("//script")
    assert page.xpath("//input[@name='a']/@value") == [evil]


def test_no_style_and_no_script_is_written_into_the_page(draw):
    page = draw(view(registration, {"kind": "land"}, env=ENV, errors={"name": ["x"]}))

    assert not page.xpath("//script | //style | //@style")
    assert not [name for name in page.xpath("//@*") if getattr(name, "attrname", "").startswith("on")]


def test_locked_controls_do_not_send_anything_that_could_change_them(draw):
    fields = form(
        component("textfield", "a", readonly=True),
        component("checkbox", "b", readonly=True),
        component("select", "c", values=["x", "y"], readonly=True),
        component("checklist", "d", values=["x", "y"], readonly=True),
        component("radio", "e", values=["x", "y"], disabled=True),
    )
    stored = {"a": "1", "b": True, "c": "y", "d": ["x"], "e": "x"}

    page = draw(view(fields, context=stored, env=ENV))

    assert posted_by(page) == {"a": ["1"]}
    typed = decode(fields, posted_by(page))
    assert validate(fields, typed, context=stored, env=ENV) == {"a": "1", "b": True, "c": "y", "d": ["x"]}


def test_an_untouched_page_sends_what_was_stored(draw):
    stored = {
        "name": "Wang Fang", "phone": "13800000000", "kind": "land", "land": {"area": 12.5, "since": "2026-01-02"},
        "before": "no", "wanted": ["letter"], "body": "\nThe fields beside the road.\nTaken.", "truthful": True,
        "cosigners": [{"name": "Li Si", "phone": None}],
    }  # fmt: skip

    typed = decode(registration, posted_by(draw(view(registration, context=stored, env=ENV))))
    data = validate(registration, typed, context=stored, env=ENV)

    assert data == {**stored, "body": stored["body"].strip(), "signers": 2}


def test_what_was_typed_survives_a_refusal(draw):
    posted = Posted(
        ("name", " "), ("phone", "123"), ("kind", "land"), ("land.area", "a lot"), ("before", "yes"), ("where", "x"),
        ("wanted", ""), ("wanted", "call"), ("body", "short"), ("cosigners", ""), ("cosigners-0-name", ""),
        ("cosigners-0-phone", "139"), ("cosigners-4-name", "Wu"), ("cosigners-4-phone", ""), ("truthful", "false"),
    )  # fmt: skip
    typed = decode(registration, posted)

    with pytest.raises(InvalidInput) as refusal:
        validate(registration, typed, env=ENV)
    page = draw(view(registration, typed, env=ENV, errors=refusal.value.errors))

    assert list(refusal.value.errors) == [
        "name", "phone", "land.area", "where", "body", "cosigners-0-name", "truthful",
    ]  # fmt: skip
    assert [link[3:] for link in page.xpath("//div[@class='error-summary']//a/@href")] == list(refusal.value.errors)
    again = posted_by(page)
    assert again["phone"] == ["123"]
    assert again["land.area"] == ["a lot"]
    assert again["wanted"] == ["", "call"]
    assert again["cosigners-0-phone"] == ["139"]
    assert again["cosigners-1-name"] == ["Wu"]
    assert decode(registration, again) == {**typed, "land": {"area": "a lot", "since": None}}


def test_rows_can_be_added_by_a_script_and_without(draw):
    page = draw(view(registration, {"cosigners": [{"name": "Li"}]}, env=ENV))

    [rows] = page.xpath("//*[@data-rows]")
    assert rows.get("data-next-row") == "2"
    assert len(rows.xpath("./div[@data-row]")) == 2
    [template] = rows.xpath("./template[@data-row-template]")
    assert "cosigners-__row1__-name" in html.tostring(template, encoding="unicode")
    assert rows.xpath("./button[@data-add-row][@hidden][@type='button']")


def test_conditional_blocks_tell_the_script(draw):
    page = draw(view(registration, env=ENV))

    [group] = page.xpath("//fieldset[@data-show-when][legend='Label of land']")
    assert group.get("data-show-when") == '{"key": "kind", "in": ["land"]}'


def test_every_kind_of_component_is_drawn(draw):
    fields = form(
        component("separator"),
        component("spacer"),
        component("button", "go"),
        component("taglist", "t", values=["x"], required=True),
        component("textarea", "a", readonly=True),
        component("select", "s", values=["x"], required=True),
        component(
            "number", "n", appearance={"prefixAdorner": "¥", "suffixAdorner": "元"}, properties={"width": "half"}
        ),
        component("datetime", "d", dateLabel="Day", label=""),
        component("expression", "e", expression="=1"),
        component("radio", "r", valuesKey="nothing"),
    )

    page = draw(view(fields, env=ENV, errors={"r": ["Choose"]}))

    assert page.xpath("//hr")
    assert page.xpath("//textarea[@readonly]")
    assert page.xpath("string(//span[@class='affix'])").split() == ["¥", "元"]
    assert page.xpath("//div[contains(@class, 'half')]//input[@name='n'][@inputmode='decimal']")
    assert page.xpath("string(//label[@for='f-d'])") == "Day"
    assert page.xpath("//fieldset[@id='f-r'][@role='radiogroup']")
    assert not page.xpath("//*[@name='e' or @name='go']")
