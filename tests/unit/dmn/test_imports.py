"""Models that import others: names behind the name of the import, each model with its own names and types."""

import time

import pytest

from engine.dmn import parse, trace
from tests.unit.dmn.models import (
    component,
    decision,
    import_,
    input_data,
    item,
    knowledge,
    literal,
    model,
    service,
)

OFFICE = "http://lianxi.example/office"
RULES = "http://lianxi.example/rules"
SHARED = model(
    item("tPerson", "", component("full name", "string")),
    input_data("first name", "string"),
    decision("greeting", literal('"Hello, " + first name'), ["input first name"], type_name="string"),
    knowledge("greet", [("who", "tPerson")], literal('prefix() + who.full name'), requires=["knowledge prefix"]),
    knowledge("prefix", [], literal('"Dear "')),
    decision("twice", literal("greeting + greeting"), ["greeting"]),
    service("greeting service", ["greeting"], ["first name"]),
    own=OFFICE,
)  # fmt: skip


def importing(*parts, name="office", others=(SHARED,), **options):
    parsed = parse(model(import_(name, OFFICE), *parts, **options), imports=others)
    assert parsed.check() == []
    return parsed


def test_decisions_are_seen_behind_the_name_of_the_import():
    parsed = importing(decision("letter", literal("our office.greeting"), [f"{OFFICE}#greeting"]), name="our office")

    result = parsed.evaluate("letter", {"first name": "Rita"})

    assert result.value == "Hello, Rita"
    assert [(each.namespace, each.decision_id) for each in result.required] == [(OFFICE, "greeting")]


def test_input_data_of_an_import_may_be_given_behind_its_name():
    parsed = importing(decision("letter", literal("office.greeting"), [f"{OFFICE}#greeting"]))

    assert parsed.evaluate("letter", {"office": {"first name": "Omar"}}).value == "Hello, Omar"


def test_imported_input_data_are_seen_where_required():
    parsed = importing(decision("letter", literal("office.first name"), [f"input {OFFICE}#first_name"]))

    assert parsed.evaluate("letter", {"first name": "Rita"}).value == "Rita"


def test_knowledge_and_services_are_called_behind_the_name_of_the_import():
    text = '[office.greet({full name: "Rita"}), office.greeting service("Omar"), office.greet("Rita")]'
    requires = [f"knowledge {OFFICE}#greet", f"knowledge {OFFICE}#greeting_service"]
    parsed = importing(decision("letter", literal(text), requires))

    result = parsed.evaluate("letter", {})

    assert result.value == ["Dear Rita", "Hello, Omar", None]
    assert any("to be tPerson" in reason for reason in result.reasons)


def test_imported_knowledge_is_called_by_knowledge_of_the_importer():
    letter = knowledge(
        "letter to", ["name"], literal("office.greet({full name: name})"), requires=[f"knowledge {OFFICE}#greet"]
    )
    parsed = importing(letter, decision("letter", literal('letter to("Rita")')))

    assert parsed.evaluate("letter", {}).value == "Dear Rita"


def test_types_are_named_behind_the_name_of_the_import():
    parsed = importing(
        input_data("who", "office.tPerson"),
        item("tPeople", "office.tPerson", many=True),
        decision("letter", literal("who.full name"), ["input who"]),
        decision("all", literal('[{full name: "x"}] instance of tPeople')),
    )

    assert parsed.evaluate("letter", {"who": {"full name": "Rita"}}).value == "Rita"
    assert parsed.evaluate("letter", {"who": "Rita"}).value is None
    assert parsed.evaluate("all", {}).value is True


def test_an_import_without_a_name_adds_to_the_importers_names():
    parsed = importing(
        input_data("who", "tPerson"),
        decision("letter", literal("greeting + who.full name"), [f"{OFFICE}#greeting", "input who"]),
        name="",
    )

    assert parsed.evaluate("letter", {"first name": "R", "who": {"full name": "Rita"}}).value == "Hello, RRita"


def test_several_imports_may_have_no_name():
    other = model(decision("farewell", literal('"Bye"')), own=RULES)
    parsed = parse(
        model(
            import_("", OFFICE),
            import_("", RULES),
            decision("letter", literal("greeting + farewell"), [f"{OFFICE}#greeting", f"{RULES}#farewell"]),
        ),
        imports=[SHARED, other],
    )

    assert parsed.check() == []
    assert parsed.evaluate("letter", {"first name": "Rita"}).value == "Hello, RitaBye"


def test_a_type_may_be_named_by_the_prefix_of_its_namespace():
    xml = model(
        import_("office", OFFICE),
        input_data("who", "o:tPerson"),
        decision("letter", literal("who.full name"), ["input who"]),
    ).replace(b"<definitions ", f'<definitions xmlns:o="{OFFICE}" '.encode())

    parsed = parse(xml, imports=[SHARED])

    assert parsed.check() == []
    assert parsed.evaluate("letter", {"who": "Rita"}).value is None


def test_models_that_import_two_others_each_are_read_in_time():
    files = []
    for n in range(20):
        below = (import_(f"{side}", f"{RULES}/{n + 1}/{side}") for side in "ab") if n < 19 else ()
        parts = [*below, item(f"t{n}", "number")]
        files += [model(*parts, own=f"{RULES}/{n}/{side}") for side in "ab"]
    begin = time.thread_time()

    parsed = parse(model(import_("top", f"{RULES}/0/a"), decision("d", literal("1 instance of top.t0"))), imports=files)

    assert parsed.check() == []
    assert parsed.evaluate("d", {}).value is True
    assert time.thread_time() - begin < 10


def test_a_model_imported_twice_is_answered_once():
    left, right = (
        model(
            import_("base", OFFICE),
            decision("side", literal("base.greeting"), [f"{OFFICE}#greeting"]),
            own=f"{RULES}/{side}",
        )
        for side in ("left", "right")
    )
    parsed = parse(
        model(
            import_("l", f"{RULES}/left"),
            import_("r", f"{RULES}/right"),
            decision("both", literal("l.side + r.side"), [f"{RULES}/left#side", f"{RULES}/right#side"]),
        ),
        imports=[SHARED, left, right, b"not a model"],
    )

    result = parsed.evaluate("both", {"first name": "Rita"})

    assert parsed.check() == []
    assert result.value == "Hello, RitaHello, Rita"
    assert [row["id"] for row in trace(result)["decisions"]] == [
        f"{OFFICE}#greeting",
        f"{RULES}/left#side",
        f"{RULES}/right#side",
        "both",
    ]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((import_("x", "http://nobody.example"),), "Expected a model http://nobody.example beside this one"),
        ((import_("x", OFFICE, "http://www.dmg.org/PMML-4_2"),), "Expected imports to be DMN, but"),
        ((import_("x", "http://lianxi.example/dmn"),), "Expected models that do not import themselves"),
        ((import_("x", OFFICE), import_("x", OFFICE)), "Expected different names of imports, but x is repeated"),
        (
            (import_("x", OFFICE), decision("d", literal("1"), [f"{OFFICE}#nobody"])),
            f"Expected decision d to require what exists, but {OFFICE}#nobody does not",
        ),
    ],
)
def test_wrong_imports_are_found(parts, sentence):
    findings = parse(model(*parts), imports=[SHARED, model()]).check()

    assert any(sentence in message for _, message in findings), findings


def test_models_that_import_each_other_are_found():
    one = model(import_("two", RULES), decision("d", literal("1")), own=OFFICE)
    two = model(import_("one", OFFICE), own=RULES)

    parsed = parse(one, imports=[two])

    assert dict(parsed.imports)["two"].check() == [
        ("import", f"Expected models that do not import themselves, but {OFFICE} does")
    ]
    assert parsed.evaluate("d", {}).value == 1
