"""People of the office at their browsers, and what they do on the pages, in the words that the pages show."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from playwright.sync_api import Locator, Page, expect

from engine.demo import PASSWORD
from tests.support.browser import accessibility_violations, marks_hidden, overflow

TODAY = date.today()
REQUIRED = r"( \(required\)|（必填）)?"
VISITOR = {
    "Name": "孙玉兰",
    "Phone": "139 4210 7788",
    "Address or village": "六官营子镇",
    "What is asked for": "请按合同交房并办理产权证",
    "Place of the problem": "滨河小区",
}


class Staff:
    """Somebody signed in on a page of their own."""

    def __init__(self, page: Page, username: str) -> None:
        self.page = page
        page.goto("/login")
        page.locator("#username").fill(username)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        page.wait_for_url("**/inbox**")

    @property
    def form(self) -> Locator:
        """The form of the step, or that of the registration."""
        return self.page.locator("#task-form, #start-form")

    def field(self, label: str, inside: Locator | None = None) -> Locator:
        return (inside or self.form).get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*{REQUIRED}$"))

    def fill(self, answers: Mapping[str, str], inside: Locator | None = None) -> None:
        """Type into the fields with these labels."""
        for label, text in answers.items():
            self.field(label, inside).fill(text)

    def pick(self, label: str, text: str, inside: Locator | None = None) -> None:
        self.field(label, inside).select_option(label=text)

    def choose(self, *answers: str) -> None:
        """Press radio buttons and check boxes by what stands beside them."""
        for answer in answers:
            self.form.get_by_label(re.compile(rf"^\s*{re.escape(answer)}\s*{REQUIRED}\s*\d?$")).check()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}")).first.click()

    def hand_in(self, step: str) -> None:
        self.press("Submit")
        expect(self.page.locator("#flashes")).to_contain_text(f"“{step}” is handed in")

    def open(self, title: str, step: str, view: str = "group") -> None:
        """Choose a task of this matter from a list; `step` because several may wait."""
        self.page.goto(f"/inbox?view={view}")
        self.row(title, step).get_by_role("link").click()
        pane = self.page.locator("#task-pane")
        expect(pane.locator(".reference")).to_contain_text(title)
        expect(pane.get_by_role("heading", name=step)).to_be_visible()

    def row(self, title: str, step: str) -> Locator:
        return self.page.locator("#inbox-rows tr").filter(has_text=title).filter(has_text=step)

    def claim(self, title: str, step: str) -> None:
        self.open(title, step)
        self.press("Claim")
        expect(self.form).to_be_visible()

    def number(self) -> str:
        """The number of the matter that is shown."""
        found = re.search(r"XF-\d{4}-\d{4}", self.page.locator("main").inner_text())
        assert found, self.page.locator("main").inner_text()
        return found[0]


def register(lin: Staff, title: str, more: Mapping[str, str] | None = None) -> None:
    """Fill in what the desk asks for everybody; the rest of the screen is left to the test."""
    lin.page.goto("/register/matter")
    lin.fill({**VISITOR, "What it is about, in a line": title, **(more or {})})
    lin.pick("Category", "Urban and rural construction")


def day(days: int = 0) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def looks_right(page: Page) -> None:
    """Nothing that axe-core finds, nothing to scroll sideways for, and the mark of the drawings' makers."""
    assert accessibility_violations(page) == []
    assert overflow(page) == 0
    assert marks_hidden(page) == []


Visit = Callable[..., Staff]
