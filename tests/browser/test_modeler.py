"""The BPMN editor: drawn with the mouse, checked while one draws, and kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.drawing import Drawing
from tests.browser.staff import Staff, Visit, looks_right
from tests.support.browser import accessibility_violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PROCESS = (Path(__file__).parents[2] / "processes" / "petition" / "resolve_on_site.bpmn").read_text()
# An end that nothing leads to is reached at once; its signal starts the process, which reaches it.
SIGNALLED = """() => {
  const { modeler } = window.lianxi;
  const [factory, modeling, canvas] = ['elementFactory', 'modeling', 'canvas'].map((name) => modeler.get(name));
  for (const [y, type] of ['bpmn:StartEvent', 'bpmn:EndEvent'].entries()) {
    const event = factory.createShape({ type, eventDefinitionType: 'bpmn:SignalEventDefinition' });
    modeling.createShape(event, { x: 300, y: 700 + 100 * y }, canvas.getRootElement());
  } }"""

SHOWN = """() => {
  const [canvas, selection] = ['canvas', 'selection'].map((name) => window.lianxi.modeler.get(name));
  return [canvas.getRootElement().id, ...selection.get().map((one) => one.id)]; }"""
# Two pools, one of them with a sub-process that is drawn on a page of its own.
POOLS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="n"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><bpmn:collaboration id="both">
    <bpmn:participant id="left" name="Left" processRef="empty" /><bpmn:participant id="right" processRef="full" />
  </bpmn:collaboration><bpmn:process id="empty" isExecutable="true" /><bpmn:process id="full" isExecutable="true">
    <bpmn:subProcess id="box"><bpmn:userTask id="inner"><bpmn:extensionElements><zeebe:userTask />
      <zeebe:formDefinition formId="nowhere" /></bpmn:extensionElements></bpmn:userTask></bpmn:subProcess>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="d1"><bpmndi:BPMNPlane id="p1" bpmnElement="both">
    <bpmndi:BPMNShape id="s1" bpmnElement="left" isHorizontal="true">
      <dc:Bounds x="150" y="80" width="500" height="150" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="right" isHorizontal="true">
      <dc:Bounds x="150" y="280" width="500" height="150" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="box" isExpanded="false"><dc:Bounds x="300" y="310" width="100" height="80" />
    </bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
  <bpmndi:BPMNDiagram id="d2"><bpmndi:BPMNPlane id="p2" bpmnElement="box"><bpmndi:BPMNShape id="s4" bpmnElement="inner">
    <dc:Bounds x="200" y="100" width="100" height="80" /></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""


@pytest.fixture
def yang(visit: Visit) -> Staff:
    return begun(visit("yang"))


def begun(yang: Staff) -> Staff:
    """A designer with a pack of their own to draw in; it is there already in later tests."""
    form = {"name": "drawings", "message": "Begin", "lx-csrf": token(yang.page)}
    yang.page.request.post("/workshop", form=form)
    return yang


def token(page: Page) -> str:
    return page.locator('meta[name="csrf-token"]').get_attribute("content") or ""


def put(page: Page, path: str, content: str | bytes) -> None:
    """Keep a file as a draft, over whatever is there."""
    address = f"/workshop/drawings/content/{path}"
    there = page.request.get(address)
    headers = {"X-CSRFToken": token(page), "Content-Type": "text/plain"}
    if there.ok:
        headers["If-Match"] = there.headers["etag"]
    answer = page.request.put(address, data=content, headers=headers)
    assert answer.ok, answer.text()


def edit(page: Page, path: str) -> None:
    page.goto(f"/workshop/drawings/files/{path}")
    expect(page.locator("html[data-ready=yes]")).to_be_attached(timeout=30_000)


def select(page: Page, element: str) -> None:
    page.evaluate(
        "(id) => window.lianxi.modeler.get('selection').select(window.lianxi.modeler.get('elementRegistry').get(id))",
        element,
    )


def menu(page: Page, element: str, action: str) -> list[str]:
    """The entries of an element's append or replace menu."""
    select(page, element)
    page.locator(f'.djs-context-pad [data-action="{action}"]').click()
    entries: list[str] = page.locator(".djs-popup .entry").evaluate_all("all => all.map((one) => one.dataset.id)")
    page.keyboard.press("Escape")
    return entries


def change_name(page: Page, element: str, name: str) -> None:
    page.evaluate(
        "([id, name]) => { const m = window.lianxi.modeler;"
        " m.get('modeling').updateProperties(m.get('elementRegistry').get(id), { name }); }",
        [element, name],
    )


def saved(page: Page) -> str:
    return str(page.evaluate("async () => (await window.lianxi.draft.save(), await window.lianxi.draft.read())"))


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_is_accessible_and_the_mark_is_free(visit: Visit, locale: str) -> None:
    yang = begun(visit("yang", locale=locale))
    put(yang.page, "talk.bpmn", PROCESS)
    edit(yang.page, "talk.bpmn")
    select(yang.page, "talk")

    looks_right(yang.page)
    yang.page.locator(".editor-table summary").click()
    expect(yang.page.locator("#editor-elements tr").filter(has_text="on_site_talk")).to_have_count(1)


def test_menus_and_the_large_field_for_feel_are_accessible(yang: Staff) -> None:
    page = yang.page
    put(page, "talk.bpmn", PROCESS)
    edit(page, "talk.bpmn")

    select(page, "talk")
    page.locator('.djs-context-pad [data-action="append"]').click()
    expect(page.locator(".djs-popup .entry-header").first).to_be_visible()
    assert accessibility_violations(page) == []
    page.keyboard.press("Escape")

    select(page, "ended_refer")
    page.locator("#properties .bio-properties-panel-group-header", has_text="Condition").click()
    page.locator("#properties .bio-properties-panel-feel-editor-container").hover()
    page.get_by_role("button", name="Open pop-up editor").first.click()
    expect(page.get_by_role("textbox", name="Condition expression").last).to_be_visible()
    assert accessibility_violations(page) == []


def test_menus_offer_what_is_executed_and_our_job_types(yang: Staff) -> None:
    put(yang.page, "talk.bpmn", PROCESS)
    edit(yang.page, "talk.bpmn")

    appended = menu(yang.page, "talk", "append")
    started = menu(yang.page, "talk_begins", "replace")
    gateways = menu(yang.page, "how_it_ended", "replace")

    assert {"append-user-task", "append-exclusive-gateway"} <= set(appended)
    assert "append-complex-gateway" not in appended
    assert any("lianxi.clock.open" in entry for entry in appended)
    assert "replace-with-message-start" in started
    assert "replace-with-conditional-start" in started
    assert "replace-with-complex-gateway" not in gateways


def test_findings_come_while_one_draws_and_go_when_corrected(yang: Staff) -> None:
    put(yang.page, "talk.bpmn", PROCESS.replace('formId="on_site_talk"', 'formId="nowhere"'))
    edit(yang.page, "talk.bpmn")
    page = yang.page
    finding = page.locator('#editor-findings [data-code="UNKNOWN_FORM"]')
    expect(finding).to_have_count(1)
    expect(page.locator(".found.error")).to_have_attribute(
        "aria-label", "Expected form nowhere to exist, but it does not"
    )

    finding.get_by_role("button").click()
    page.locator("#bio-properties-panel-lianxiForm").select_option(index=2)

    expect(finding).to_have_count(0)
    expect(page.locator(".found.error")).to_have_count(0)
    expect(page.locator("#editor-status")).to_have_text("Saved", timeout=10_000)


def test_fields_know_the_variables_at_their_place(yang: Staff) -> None:
    page = yang.page
    form = next(iter(page.request.get("/workshop/drawings").text().split("/files/forms/")[1:]), "").split('"')[0]
    schema = page.request.get(f"/workshop/drawings/content/forms/{form}").json()
    key = next(component["key"] for component in schema["components"] if component.get("key"))
    put(page, "talk.bpmn", PROCESS.replace('formId="on_site_talk"', f'formId="{schema["id"]}"'))
    edit(page, "talk.bpmn")
    page.evaluate(
        f"window.localStorage.setItem('lianxi-rehearsal-drawings', JSON.stringify({{ {key!r}: 'said before' }}))"
    )

    known = page.evaluate(
        "async () => { const m = window.lianxi.modeler; return m.get('variableResolver')"
        ".getVariablesForElement(m.get('elementRegistry').get('ended_refer').businessObject) }"
    )

    found = {variable["name"]: variable.get("info", "") for variable in known}
    assert "Written by Talk, answer and record" in found[key]
    assert "said before" in found[key]
    assert "case" in found


def test_fields_offer_what_can_be_called_here(visit: Visit) -> None:
    page = begun(visit("yang", locale="zh-CN")).page
    put(page, "talk.bpmn", PROCESS)
    edit(page, "talk.bpmn")
    select(page, page.evaluate("() => window.lianxi.modeler.get('elementRegistry').get('talk').outgoing[0].target"
                               ".outgoing.find((flow) => flow.businessObject.conditionExpression).id"))  # fmt: skip
    page.locator('#properties [data-group-id="group-condition"] .bio-properties-panel-group-header').click()
    field = page.locator("#properties [contenteditable=true]").first

    def offered(text: str) -> list[str]:
        field.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
        expect(page.locator(".cm-tooltip-autocomplete li").first).to_be_visible()
        return page.locator(".cm-tooltip-autocomplete li").all_inner_texts()

    assert "add working days(date, count)" in offered("add")
    expect(page.locator(".cm-completionInfo")).to_contain_text("add working days(@")
    expect(page.locator(".cm-completionInfo")).to_contain_text(re.compile("[一-龥]"))
    assert not {"random number()", "uuid()"} & {*offered("r"), *offered("u")}


def test_a_process_is_drawn_with_the_mouse_and_kept(yang: Staff) -> None:
    empty = PROCESS[: PROCESS.index("<bpmn:documentation>")] + (
        '</bpmn:process><bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="p" bpmnElement="resolve_on_site">'
        '<bpmndi:BPMNShape id="s" bpmnElement="begin"><dc:Bounds x="200" y="200" width="36" height="36" />'
        "</bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
    )
    empty = empty.replace("</bpmn:process>", '<bpmn:startEvent id="begin" /></bpmn:process>').replace(
        "resolve_on_site", "drawn"
    )
    put(yang.page, "drawn.bpmn", empty)
    edit(yang.page, "drawn.bpmn")
    page = yang.page
    expect(page.locator('#editor-findings [data-code="NO_FLOW"]').first).to_be_visible()

    drawing = Drawing(page, "/workshop/drawings")
    select(page, "begin")
    drawing.append("User task", "Look at it")
    drawing.unfold("Form").locator("#bio-properties-panel-lianxiForm").select_option(index=1)
    drawing.unfold("Assignment").locator("#bio-properties-panel-lianxiGroup").select_option("reception")
    drawing.append("Exclusive gateway", "All well?", double_click=True)
    drawing.append("End event", "Looked at", double_click=True)

    expect(page.locator("#editor-findings .error:has(button)")).to_have_count(0, timeout=10_000)  # in this file
    expect(page.locator("#editor-status")).to_have_text("Saved", timeout=10_000)
    kept = page.request.get("/workshop/drawings/content/drawn.bpmn").text()
    assert 'candidateGroups="reception"' in kept
    assert "Look at it" in kept


def test_a_simulation_that_causes_itself_comes_to_rest(yang: Staff) -> None:
    put(yang.page, "talk.bpmn", PROCESS)
    edit(yang.page, "talk.bpmn")
    page = yang.page
    page.evaluate(SIGNALLED)
    page.locator("#editor-simulate").click()

    page.locator('[data-container-id="talk_begins"] .bts-context-pad').first.dispatch_event("click")

    expect(page.locator(".bts-notification.warning")).to_contain_text("again and again")
    page.locator("#editor-simulate").click()
    expect(page.locator("#editor-simulate")).to_have_attribute("aria-pressed", "false")


def test_a_finding_leads_to_its_element_wherever_that_is_drawn(yang: Staff) -> None:
    page = yang.page
    put(page, "pools.bpmn", POOLS)
    edit(page, "pools.bpmn")
    findings = page.locator("#editor-findings .finding")
    findings.and_(page.locator('[data-code="UNKNOWN_FORM"]')).get_by_role("button").click()
    assert page.evaluate(SHOWN) == ["box_plane", "inner"]
    expect(page.locator("#bio-properties-panel-lianxiForm")).to_be_focused()

    findings.and_(page.locator('[data-code="NO_START"]')).get_by_role("button", name="Left").click()
    assert page.evaluate(SHOWN) == ["both", "left"]

    page.goto(f"{page.url}#inner")  # as findings in other files are linked
    page.reload()
    expect(page.locator("html[data-ready=yes]")).to_be_attached()
    assert page.evaluate(SHOWN) == ["box_plane", "inner"]


def test_whoever_pauses_types_on_in_the_same_field(yang: Staff) -> None:
    page = yang.page
    put(page, "talk.bpmn", PROCESS)
    edit(page, "talk.bpmn")
    select(page, "talk")
    page.locator("#properties .bio-properties-panel-group-header", has_text="General").click()
    name = page.locator("#bio-properties-panel-name")
    name.click()
    page.keyboard.type("Talk")
    expect(page.locator("#editor-status")).to_have_text("Saved", timeout=10_000)
    expect(name).to_be_focused()


def test_a_second_window_is_told_of_the_conflict_and_may_look_at_it(yang: Staff) -> None:
    page = yang.page
    put(page, "talk.bpmn", PROCESS)
    edit(page, "talk.bpmn")
    put(page, "talk.bpmn", PROCESS.replace("Talk begins", "Somebody comes"))

    change_name(page, "talk", "Mine")
    expect(page.locator("#editor-status[data-kind=conflict]")).to_be_visible(timeout=10_000)

    address = page.get_by_role("link", name="See what is kept now").get_attribute("href") or ""
    assert page.request.get(address).ok
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#editor-status")).to_have_text("Saved", timeout=10_000)
    assert 'name="Mine"' in page.request.get("/workshop/drawings/content/talk.bpmn").text()


def test_a_file_without_a_drawing_gets_one(yang: Staff) -> None:
    put(yang.page, "bare.bpmn", PROCESS[: PROCESS.index("<bpmndi:BPMNDiagram")] + "</bpmn:definitions>")
    edit(yang.page, "bare.bpmn")

    expect(yang.page.locator("#editor-notice")).to_contain_text("had no drawing")
    expect(yang.page.locator('[data-element-id="talk"]').first).to_be_visible()
