"""Decisions and forms at the designer's browser: tables tried out, forms previewed, everything kept as drafts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import Staff, Visit, looks_right
from tests.support.browser import PHONE, accessibility_violations

READY = "html[data-ready=yes]"
WIDE = {"width": 1400, "height": 900}


def opened(visit: Visit, path: str, locale: str = "en-GB") -> Page:
    page = visit("yang", locale=locale, viewport=WIDE).page
    page.goto("/workshop")
    if not page.get_by_role("link", name="petition").count():
        pytest.fail("The demonstration has no pack petition in its workshop")
    page.goto(f"/workshop/petition/files/{path}")
    page.wait_for_selector(READY)
    return page


def test_a_decision_is_tried_out_before_it_is_saved(visit: Visit) -> None:
    page = opened(visit, "decisions/routing.dmn")
    page.locator("#tabs").get_by_role("button", name="duty_unit").click()
    page.locator("#try-out > summary").click()
    page.locator("#try-decision").select_option("duty_unit")
    page.get_by_label("category · string").fill("EC")
    page.locator("#try-out").get_by_role("button", name="Evaluate").click()

    expect(page.locator("[data-answer] .value").first).to_have_text("finance")
    expect(page.locator("#canvas td.rule-matched").first).to_be_visible()
    expect(page.locator("#editor-status")).not_to_have_attribute("data-kind", "unsaved")
    assert accessibility_violations(page) == []


def test_every_kind_of_view_notices_a_change(visit: Visit) -> None:
    page = opened(visit, "decisions/routing.dmn")
    status = page.locator("#editor-status")
    tabs = page.locator("#tabs")
    tabs.get_by_role("button", name="duty_unit").click()
    cell = page.locator('#canvas td[data-element-id="e4"]')
    cell.click()
    page.keyboard.press("End")
    page.keyboard.type(" ")
    expect(status).to_have_attribute("data-kind", "unsaved")
    page.keyboard.press("Control+s")
    expect(status).to_have_attribute("data-kind", "saved")

    for view in ("Routing", "duty_unit", "urgency"):
        tabs.get_by_role("button", name=view).click()
        expect(page.locator("#canvas")).to_contain_text(view)
        expect(status).to_have_attribute("data-kind", "saved")  # looking is no change
    page.locator(
        "#canvas .literal-expression [contenteditable=true], #canvas .literal-expression textarea"
    ).first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" or false")
    expect(status).to_have_attribute("data-kind", "unsaved")
    page.keyboard.type(" or C0")  # what the step that calls this can count on
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("C01")
    expect(page.locator(".cm-completionInfo")).to_contain_text("Written by ")


def test_a_form_is_previewed_by_the_server_s_own_renderer(visit: Visit) -> None:
    page = opened(visit, "forms/on_site_talk.form")
    expect(page.locator("#preview-fields .field").first).to_be_visible()
    expect(page.locator(".fjs-palette").get_by_text("iFrame")).to_be_hidden()
    expect(page.locator(".fjs-palette").get_by_text("Text field")).to_be_visible()
    page.get_by_role("button", name="Check these answers").click()
    expect(page.locator("#preview-fields .error-summary")).to_be_focused()

    looks_right(page)


def test_a_form_s_expressions_complete_what_its_tasks_can_count_on(visit: Visit) -> None:
    page = opened(visit, "forms/confirm_route.form")
    page.evaluate("() => { const { editor } = window.lianxi; const fields = editor.get('formFieldRegistry').getAll();"
                  " editor.get('selection').set(fields.find(({ key }) => key)); }")  # fmt: skip
    page.locator("#canvas .bio-properties-panel-group-header", has_text="Condition").click()
    page.locator("#canvas .bio-properties-panel .cm-content:visible").first.click()
    page.keyboard.type("claims = null or people_inv")

    expect(page.locator(".cm-tooltip-autocomplete li").first).to_have_text(re.compile("people_involved"))
    expect(page.locator(".cm-completionInfo")).to_contain_text("Written by ")


def test_texts_are_translated_side_by_side(visit: Visit) -> None:
    yang: Staff = visit("yang")
    yang.page.goto("/workshop/petition/labels?q=Matter registered")
    yang.page.get_by_label(re.compile("^Matter registered$")).fill("事项已登记")
    yang.page.get_by_role("button", name="Save").first.click()
    expect(yang.page.locator("#flashes")).to_contain_text("Saved")
    assert accessibility_violations(yang.page) == []


def test_feel_is_tried_out(visit: Visit) -> None:
    yang: Staff = visit("yang")
    yang.page.goto("/workshop/feel")
    yang.page.get_by_label("Expression").fill("people * 2")
    yang.page.get_by_label("Variables, as JSON").fill('{"people": 21}')
    yang.page.get_by_role("button", name="Evaluate").click()
    expect(yang.page.locator("output")).to_have_text("42")
    assert accessibility_violations(yang.page) == []


def test_what_decisions_need_is_a_table_too(visit: Visit) -> None:
    page = opened(visit, "decisions/routing.dmn")
    page.locator(".editor-table > summary").click()
    rows = page.locator("#editor-elements tr")
    expect(rows.filter(has_text="Routing").locator("td").last).to_contain_text("duty_unit")

    rows.get_by_role("button", name="urgency").click()

    expect(page.locator("#canvas .literal-expression, #canvas .dmn-literal-expression-container").first).to_be_visible()
    looks_right(page)


@pytest.mark.parametrize("path", ["resolve_on_site.bpmn", "decisions/routing.dmn", "forms/on_site_talk.form"])
def test_a_phone_shows_what_is_drawn(visit: Visit, path: str) -> None:
    page = visit("yang", locale="zh-CN", viewport=PHONE).page
    page.goto(f"/workshop/petition/files/{path}")
    page.wait_for_selector(READY)

    expect(page.get_by_text("请在更宽的屏幕上绘制")).to_be_visible()
    if not path.endswith(".form"):
        expect(page.locator("#editor-elements tr").first).to_be_visible()
    looks_right(page)
