"""axe-core finds nothing on any page, in both languages, and no page needs scrolling sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import Visit, looks_right
from tests.support.browser import PHONE

pytestmark = pytest.mark.browser

LANGUAGES = ("en-GB", "zh-CN")
WINDOWS = {"desktop": {"viewport": {"width": 1366, "height": 800}}, "phone": {"viewport": PHONE, "has_touch": True}}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_for_everybody(new_page: Callable[..., Page], locale: str) -> None:
    page = new_page(locale=locale)
    for path in ("/login", "/about", "/no/such/page"):
        page.goto(path)
        looks_right(page)
    page.goto("/login")
    page.locator("#username").fill("lin")
    page.locator("#password").fill("wrong")
    page.locator("#password").press("Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    looks_right(page)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_of_the_staff(visit: Visit, locale: str, window: str) -> None:
    wu = visit("wu", locale=locale, **WINDOWS[window])
    for path in ("/inbox?view=group", "/inbox?view=done", "/inbox?view=due_soon"):
        wu.page.goto(path)
        looks_right(wu.page)
    wu.page.goto("/inbox?view=mine")
    wu.page.locator("#inbox-rows a").first.click()
    expect(wu.form).to_be_visible()
    looks_right(wu.page)
    wu.page.goto("/register")
    expect(wu.page.locator("h1")).to_be_visible()
    looks_right(wu.page)  # refused: the unit's handlers register nothing

    lin = visit("lin", locale=locale, **WINDOWS[window])
    lin.page.goto("/register")
    lin.page.locator("[data-submit]").click()
    expect(lin.page.locator(".error-summary")).to_be_focused()
    looks_right(lin.page)
    lin.page.goto("/cases?state=closed")
    looks_right(lin.page)
    lin.page.goto("/cases?q=停产")
    looks_right(lin.page)
    lin.page.goto("/cases?q=购房户")
    lin.page.locator("tbody a").first.click()
    for drawing in lin.page.locator(".diagram").all():
        expect(drawing).to_have_attribute("data-state", "ready")
    looks_right(lin.page)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_of_designer_and_operator(visit: Visit, locale: str) -> None:
    yang = visit("yang", locale=locale)
    looks_right(yang.page)  # an inbox with nothing in it
    yang.page.goto("/design")
    looks_right(yang.page)
    for kind in ("process", "decision", "form"):
        yang.page.goto("/design")
        yang.page.locator(f'section[aria-labelledby="{kind}-title"] tbody a').first.click()
        if kind == "process":
            expect(yang.page.locator(".diagram")).to_have_attribute("data-state", "ready")
        looks_right(yang.page)

    root = visit("root", locale=locale)
    root.page.goto("/operate")
    looks_right(root.page)


def test_the_inbox_in_the_dark(visit: Visit) -> None:
    wu = visit("wu", color_scheme="dark")
    wu.page.goto("/inbox?view=group")

    looks_right(wu.page)
