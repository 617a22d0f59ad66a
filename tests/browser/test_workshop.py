"""A pack in the workshop: brought as a zip, changed by two, compared, deployed with a reason, gone back on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import starters, zipped
from engine.demo import PASSWORD
from tests.browser.staff import Staff, Visit, looks_right
from tests.support.browser import PHONE
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # scenarios are run, and axe looks at every page
PACK = "/workshop/road-works"
SLOW = 60_000  # milliseconds: scenarios are run before anything is deployed


def write(designer: Staff, path: str, old: str, new: str) -> None:
    page = designer.page
    page.goto(f"{PACK}/files/{path}?as=text")
    text = page.locator("#content").input_value()
    assert old in text
    page.locator("#content").fill(text.replace(old, new))
    designer.press("Save")
    expect(page.locator("#flashes")).to_contain_text("Saved")


def revise(designer: Staff, why: str) -> None:
    designer.page.goto(PACK)
    designer.page.locator("#message").fill(why)
    designer.press("Make a revision")


def deploy(designer: Staff, why: str) -> None:
    page = designer.page
    page.set_default_timeout(SLOW)
    page.goto(f"{PACK}/deploy")
    designer.press("Run them now")
    expect(page.get_by_text("1 passed")).to_be_visible(timeout=SLOW)
    page.locator("#reason").fill(why)
    page.get_by_role("button", name="Deploy revision").click()
    expect(page.get_by_role("heading", name=why)).to_be_visible(timeout=SLOW)


def drawings_are_ready(page: Page) -> None:
    for drawing in page.locator(".diagram").all():
        expect(drawing).to_have_attribute("data-state", "ready")


def test_a_pack_is_brought_changed_by_two_deployed_and_gone_back_on(
    visit: Visit, live_server: Server, tmp_path: Path
) -> None:
    live_server.lianxi("user", "create", "deng", "--group", "process_designer", "--password", PASSWORD)
    packed = tmp_path / "road-works.zip"
    packed.write_bytes(zipped.write_zip("road-works", starters.first_files("road-works")))
    yang, deng = visit("yang"), visit("deng")
    page = yang.page

    page.goto("/workshop")
    page.locator("#zip-name").fill("road-works")
    page.locator("#zip").set_input_files(packed)
    page.locator("#zip-message").fill("From the county next door")
    yang.press("Bring it")
    expect(page.locator("#flashes")).to_contain_text("“road-works” is in the workshop now")
    deploy(yang, "Permits for digging come to us")

    write(yang, "road_works.bpmn", 'name="Decide"', 'name="Decide on the permit"')
    note = '<bpmn:extensionElements><other:note xmlns:other="http://other" on="paper" /></bpmn:extensionElements>'
    write(yang, "road_works.bpmn", 'name="Request received">', f'name="Request received">{note}')
    write(deng, "road_works.bpmn", 'name="Decide"', 'name="Examine"')
    revise(deng, "Call it examination")
    revise(yang, "Say what is decided")
    expect(page.locator(".error-summary, .conflict").first).to_be_visible()
    looks_right(page)

    page.goto(PACK)
    page.locator(".conflict").get_by_role("link", name="Compare").click()
    drawings_are_ready(page)
    expect(page.locator(".compare-badge.changed")).to_have_count(4)
    expect(page.locator(".differences")).to_contain_text("note/on")
    expect(page.locator(".differences")).to_contain_text("Examine")
    expect(page.locator(".differences")).to_contain_text("Decide on the permit")
    looks_right(page)
    yang.press("Keep mine")
    revise(yang, "Say what is decided")
    expect(page.locator("#flashes")).to_contain_text("Revision 3 is made")

    page.goto(f"{PACK}/history")
    expect(page.locator("#revision-2")).to_contain_text("Call it examination")
    deploy(yang, "People asked what is decided")

    page.goto("/design/deployments?pack=road-works")
    page.locator("tbody tr").nth(1).get_by_role("link").first.click()
    looks_right(page)
    page.locator("#reason").fill("The old words were on the posters")
    yang.press("Go back to this")
    expect(page.get_by_role("heading", name="The old words were on the posters")).to_be_visible()
    page.goto(PACK)
    expect(page.get_by_role("link", name="1 file differs from what is deployed")).to_be_visible()


def test_files_are_dropped_on_a_pack(visit: Visit) -> None:
    yang = visit("yang")
    page = yang.page
    page.goto("/workshop")
    page.locator("#first-name").fill("dropped")
    yang.press("Begin")
    page.wait_for_url("**/workshop/dropped")

    carried = page.evaluate_handle(
        "() => { const all = new DataTransfer(); all.items.add(new File(['# Read'], 'read-me.md')); return all; }"
    )
    page.locator("form[data-drop]").dispatch_event("drop", {"dataTransfer": carried})
    yang.press("Upload")

    expect(page.locator("#flashes")).to_contain_text("Uploaded as your draft: read-me.md")


def test_a_pack_is_worked_on_without_scripts(visit: Visit) -> None:
    page = visit("yang", java_script_enabled=False).page
    page.goto("/workshop")
    page.locator("#first-name").fill("plain")
    page.get_by_role("button", name="Begin").click()
    page.locator("#kind").select_option("text")
    page.locator("#path").fill("read-me")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#content").fill("How to dig")
    page.get_by_role("button", name="Save").click()
    page.goto("/workshop/plain")
    page.locator("#message").fill("Explain")
    page.get_by_role("button", name="Make a revision").click()
    page.goto("/workshop/plain/compare?before=1&after=2&path=read-me.md")

    expect(page.get_by_text("How to dig")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_pages_fit_a_phone(visit: Visit, locale: str) -> None:
    page = visit("yang", locale=locale, viewport=PHONE, has_touch=True).page
    page.goto("/workshop")
    pack = page.locator("tbody a").first.get_attribute("href")
    for path in ("/workshop", f"{pack}", f"{pack}/history", f"{pack}/import", f"{pack}/compare", f"{pack}/deploy"):
        page.goto(path)
        looks_right(page)
