"""A designer rehearses a draft by hand: answers as anybody, jumps to dates, keeps what happened, and runs all of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.staff import Staff, Visit, looks_right
from tests.support.browser import PHONE, accessibility_violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PACK = "/workshop/petition"
SLOW = 60_000  # milliseconds: thirteen scenarios are run
FACTS = {
    "Name": "王秀兰",
    "Phone": "135 3024 6633",
    "Address or village": "大城子街道",
    "What it is about, in a line": "本月养老金未到账",
    "What is asked for": "请查明原因",
    "Place of the problem": "大城子街道",
}


class Designer(Staff):
    """Whose page is a rehearsal; the form is that of the step being answered."""

    step = ""

    @property
    def form(self) -> Locator:
        heading = f"#task-{self.step}-1" if self.step else "#open-1"
        return self.page.locator("section.card").filter(has=self.page.locator(heading)).locator("form.form")

    def begin(self, now: str = "2026-03-02T09:00") -> None:
        self.page.goto(f"{PACK}/rehearse")
        self.page.locator("#now").fill(now)
        self.press("Begin")

    def register(self) -> None:
        self.step = ""
        self.fill(FACTS)
        self.pick("Category", "Labour and social security")
        self.choose("The facts are clear", "The unit can be reached now")
        self.press("Register")

    def hand_in_step(self) -> None:
        self.form.get_by_role("button", name="Submit").click()


def at_work(staff: Staff) -> Designer:
    staff.__class__ = Designer
    assert isinstance(staff, Designer)
    return staff


def drawings_are_ready(page: Page) -> None:
    for drawing in page.locator(".diagram").all():
        expect(drawing).to_have_attribute("data-state", "ready")


def test_a_draft_is_rehearsed_to_its_end_kept_and_run_with_all_others(visit: Visit) -> None:
    yang = at_work(visit("yang"))
    page = yang.page
    yang.begin()
    yang.register()

    expect(page.get_by_text("The decision table proposes: resolve now")).to_be_visible()
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("Routing: rule 4")
    expect(page.locator("#values-title + details .written").first).to_be_visible()
    drawings_are_ready(page)
    expect(page.locator(".djs-element.place-active")).to_have_count(1)
    looks_right(page)

    page.get_by_role("button", name=re.compile("^To the next date: 2026-03-18 00:00")).click()
    expect(page.get_by_role("region", name="Dates")).to_contain_text("green → red")
    yang.press("Take the last step back")
    expect(page.locator(".page-head")).to_contain_text("2026-03-02 09:00")

    yang.step = "confirm_route"
    yang.choose("Resolve now")
    yang.hand_in_step()
    yang.step = "talk"
    expect(page.get_by_text("Claimed by Reception desk")).to_be_visible()
    yang.fill({"What was said": "本月没有领到养老金", "Answer given": "已当场激活社保卡"})
    yang.choose("Satisfied", "Resolved on site", "The record was read back and confirmed")
    yang.hand_in_step()

    expect(page.get_by_role("region", name="What happened")).to_contain_text("The process ended")
    looks_right(page)
    page.get_by_label("File name, such as objection_in_time").fill("by_hand")
    page.get_by_label("What it shows, in a few words").fill("By hand, in one sitting")
    page.get_by_label("also after every step: its way and the open tasks").check()
    yang.press("Keep")

    expect(page.get_by_role("heading", name=re.compile("are tried")).first).to_be_visible(timeout=SLOW)
    mine = page.get_by_role("row").filter(has_text="By hand, in one sitting")
    expect(mine.first).to_contain_text("as expected")
    expect(page.get_by_role("heading", name="resolve_on_site: 100 % are tried")).to_be_visible()
    drawings_are_ready(page)
    expect(page.locator(".djs-connection.place-completed").first).to_be_attached()
    mine.locator("summary").first.click()
    expect(mine.get_by_text("after step 1").first).to_be_visible()
    looks_right(page)


def test_feel_fields_know_the_values_of_the_last_rehearsal(visit: Visit) -> None:
    yang = at_work(visit("yang", viewport={"width": 1400, "height": 900}))
    page = yang.page
    page.goto(f"{PACK}/rehearse?scenario=scenarios/on_site_resolved.toml&steps=2")
    expect(page.get_by_role("heading", name="Talk, answer and record")).to_be_visible()

    page.goto(f"{PACK}/files/matter_lifecycle.bpmn")
    page.wait_for_selector("html[data-ready=yes]")
    page.evaluate(
        """() => { const { modeler } = window.lianxi;
        modeler.get('selection').select(modeler.get('elementRegistry').get('route_on_site')); }"""
    )
    condition = page.locator('[data-group-id="group-condition"]')
    field = condition.locator(".cm-content").first
    if not field.is_visible():
        condition.locator(".bio-properties-panel-group-header").click()
    before = field.inner_text()
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("proposed_r")

    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("proposed_route")
    expect(page.locator(".cm-completionInfo")).to_contain_text(
        re.compile('Written by Propose a route.*In the last rehearsal: "', re.S)
    )
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(before)  # others rehearse this draft


def test_what_if_a_day_were_off(visit: Visit) -> None:
    yang = at_work(visit("yang"))
    page = yang.page
    page.goto(f"{PACK}/scenarios")
    page.get_by_text("What if the rules or the calendar were others?").click()
    page.get_by_label(re.compile("^Days off besides")).fill("2026-03-09")
    yang.press("See what would come otherwise")

    changed = page.get_by_role("region", name="Nobody objects in time: the light turns red").first
    expect(changed).to_contain_text("2026-03-10", timeout=SLOW)
    looks_right(page)


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_pages_fit_a_phone(visit: Visit, locale: str) -> None:
    page = visit("yang", locale=locale, viewport=PHONE, has_touch=True).page
    for path in (
        f"{PACK}/rehearse",
        f"{PACK}/rehearse?scenario=scenarios/objection_too_late.toml",
        f"{PACK}/rehearse?scenario=scenarios/referred_and_served.toml&steps=4",
    ):
        page.goto(path)
        looks_right(page)
    page.goto(f"{PACK}/scenarios")
    expect(page.locator(".diagram").first).to_be_visible(timeout=SLOW)
    looks_right(page)


def test_a_draft_is_rehearsed_without_scripts(visit: Visit) -> None:
    yang = at_work(visit("yang", java_script_enabled=False))
    page = yang.page
    yang.begin()
    yang.register()
    page.get_by_role("button", name=re.compile("^To the next date")).click()

    expect(page.locator(".page-head")).to_contain_text("2026-03-18 00:00")
    page.goto(f"{PACK}/scenarios")
    for _ in range(20):
        if not page.get_by_role("link", name="Look again").count():
            break
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name=re.compile("are tried")).first).to_be_visible()


def test_a_refusal_is_said_and_passes_axe(visit: Visit) -> None:
    yang = at_work(visit("yang"))
    yang.begin()
    yang.register()
    yang.step = "confirm_route"
    yang.hand_in_step()

    expect(yang.page.locator("#error-summary")).to_contain_text("Route")
    assert accessibility_violations(yang.page) == []
