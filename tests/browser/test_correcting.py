"""An operator corrects an instance: what is pressed in the diagram is chosen in the form."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import Staff, Visit
from tests.support.browser import PHONE, accessibility_violations, overflow

pytestmark = pytest.mark.browser


def correcting(root: Staff) -> Page:
    """The page that corrects the oldest running instance, with its diagram drawn."""
    page = root.page
    page.goto("/operate/instances?status=running")
    href = page.locator('a[href*="/operate/instances/"]').last.get_attribute("href")
    page.goto(f"{href}/modify")
    expect(page.locator(".diagram").first).to_have_attribute("data-state", "ready")
    return page


def test_a_step_is_chosen_in_the_diagram(visit: Visit) -> None:
    page = correcting(visit("root"))
    choice = page.locator("#element")
    here = choice.locator("option", has_text="now here").first.get_attribute("value") or ""
    other = choice.locator("option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")[-1]
    chosen = page.locator(".djs-element.chosen")
    expect(chosen).to_have_count(0)

    page.locator(f".djs-element.choosable[data-element-id={here.split()[1]}]").click()
    expect(choice).to_have_value(here)
    expect(chosen).to_have_attribute("data-element-id", here.split()[1])
    expect(choice).to_be_in_viewport()

    # The select does the same for keyboards, and the diagram shows it.
    choice.select_option(other)
    expect(chosen).to_have_attribute("data-element-id", other.split()[1])
    assert accessibility_violations(page) == []


def test_what_was_asked_is_answered_where_it_is_seen(visit: Visit) -> None:
    page = correcting(visit("root"))
    add = page.get_by_role("button", name="Add and look")

    add.click()
    expect(page.get_by_role("alert")).to_be_in_viewport()

    here = page.locator("#element option", has_text="now here").first.get_attribute("value") or ""
    page.locator("#element").select_option(here)
    add.click()
    expect(page.locator("#seen-title")).to_be_in_viewport()
    expect(page.locator("#orders-title + .scroll tbody tr")).to_have_count(1)


def test_on_a_phone_and_in_chinese_everything_fits(visit: Visit) -> None:
    page = correcting(visit("root", viewport=PHONE, locale="zh-CN"))

    assert overflow(page) == 0
    expect(page.locator(".hint").first).to_contain_text("点击图中的环节")
