"""What the panels offer comes from the server: of the pack, of what is deployed, of the job types there are."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import Visit
from tests.browser.test_modeler import PROCESS, begun, edit, put, saved
from tests.support.browser import accessibility_violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FORM = {
    "type": "default",
    "id": "complaint",
    "title": "Complaint",
    "schemaVersion": 19,
    "components": [{"type": "textfield", "id": "who", "key": "who", "label": "Who complains"}],
}
DECISION = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="D" namespace="n">'
    '<decision id="how_urgent" name="How urgent"><variable id="v" name="how_urgent" />'
    '<literalExpression id="l"><text>1</text></literalExpression></decision></definitions>'
)
NEIGHBOUR = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="n">'
    '<bpmn:message id="m" name="answer-arrived" /><bpmn:signal id="s" name="office-closes" />'
    '<bpmn:error id="e" errorCode="REFUSED" /><bpmn:escalation id="c" escalationCode="TOO_LATE" />'
    '<bpmn:process id="neighbour" name="Next door" isExecutable="true"><bpmn:startEvent id="b" /></bpmn:process>'
    "</bpmn:definitions>"
)
DRAW = """async ([type, definition]) => {
  const m = window.lianxi.modeler;
  const kind = definition ? { eventDefinitionType: `bpmn:${definition}` } : {};
  const shape = m.get('elementFactory').createShape({ type: `bpmn:${type}`, ...kind });
  const drawn = m.get('modeling').createShape(shape, { x: 300, y: 700 }, m.get('canvas').getRootElement());
  m.get('selection').select(drawn);
}"""
# Once the panel shows what is selected.
UNFOLD = """async () => {
  await new Promise((done) => setTimeout(done, 150));
  const folded = '#properties .bio-properties-panel-group-header:not(.open)';
  document.querySelectorAll(folded).forEach((header) => header.click());
}"""
# element -> its event definition, the list in the panel, and what it must offer
LISTS = (
    ("UserTask", "", "lianxiForm", "complaint"),
    ("UserTask", "", "lianxiGroup", "reception"),
    ("BusinessRuleTask", "", "lianxiDecision", "how_urgent"),
    ("CallActivity", "", "lianxiProcess", "neighbour"),
    ("ServiceTask", "", "lianxiJobType", "clock:open"),
    ("IntermediateCatchEvent", "MessageEventDefinition", "lianxiMessage", "answer-arrived"),
    ("IntermediateCatchEvent", "SignalEventDefinition", "lianxiSignal", "office-closes"),
    ("EndEvent", "ErrorEventDefinition", "lianxiError", "REFUSED"),
    ("EndEvent", "EscalationEventDefinition", "lianxiEscalation", "TOO_LATE"),
)


@pytest.fixture
def page(visit: Visit) -> Page:
    found = begun(visit("yang")).page
    put(found, "forms/complaint.form", json.dumps(FORM))
    put(found, "decisions/how_urgent.dmn", DECISION)
    put(found, "neighbour.bpmn", NEIGHBOUR)
    put(found, "offers.bpmn", PROCESS)
    return found


def test_lists_have_what_the_pack_and_the_service_know(page: Page) -> None:
    edit(page, "offers.bpmn")

    for kind, definition, field, wanted in LISTS:
        page.evaluate(DRAW, [kind, definition])
        page.evaluate(UNFOLD)
        offered = page.locator(f"#bio-properties-panel-{field}")
        if definition:  # the event names a new message first, then the lists of names are there
            reference = page.locator("#properties select[name$=Ref]")
            reference.select_option(index=1)
            page.evaluate(UNFOLD)
        expect(offered.locator(f'option[value="{wanted}"]'), f"{kind} offers {wanted}").to_have_count(1)
        offered.select_option(wanted)

    kept = saved(page)
    assert all(f'"{wanted}"' in kept for _, _, _, wanted in LISTS)


def test_a_job_type_brings_fields_for_what_it_needs(page: Page) -> None:
    edit(page, "offers.bpmn")
    page.evaluate(DRAW, ["Task", ""])

    page.locator('.djs-context-pad [data-action="replace"]').click()
    page.locator('.djs-popup [data-id*="lianxi.clock.open"]').click()
    page.locator("#properties .bio-properties-panel-group-header", has_text="What it needs").click()

    expect(page.locator("#properties").get_by_text("Name of the clock", exact=True)).to_be_visible()
    expect(page.locator("#properties").get_by_text("First day", exact=True)).to_be_visible()


def test_how_personal_a_field_is_has_its_own_list(page: Page) -> None:
    edit(page, "forms/complaint.form")
    page.evaluate(
        "() => window.lianxi.editor.get('selection').set(window.lianxi.editor.get('formFieldRegistry').get('who'))"
    )
    page.locator("#canvas .bio-properties-panel-group-header", has_text="In this office").click()

    page.get_by_label("Sensitivity").select_option("personal")
    page.get_by_label("Among the first facts").select_option("true")
    expect(page.locator("#editor-status")).to_have_text("Saved", timeout=10_000)

    kept = page.request.get("/workshop/drawings/content/forms/complaint.form").json()
    assert kept["components"][0]["properties"] == {"sensitivity": "personal", "summary": "true"}
    assert accessibility_violations(page) == []
    page.get_by_label("Sensitivity").select_option("")
    page.get_by_label("Among the first facts").select_option("")
    expect(page.locator("#editor-status")).to_have_text("Saved", timeout=10_000)
    assert (
        "properties" not in page.request.get("/workshop/drawings/content/forms/complaint.form").json()["components"][0]
    )
