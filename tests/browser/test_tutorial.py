"""The tutorial for designers, done as it says: steps are read from the page, and all words used are theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.browser.drawing import WIDE, Drawing, drop, labelled, unfold, write
from tests.browser.staff import Staff, Visit, looks_right
from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PACK = "/workshop/on-site"


class Step:
    """One step of the page. Calling it with words gives them back, if they stand in the step."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, words: str) -> str:
        assert words in self.text, f"expected the tutorial to say {words!r} in: {self.text}"
        return words


def pack(yang: Staff, says: Step) -> None:
    page = yang.page
    page.get_by_role("link", name=says("Workshop"), exact=True).first.click()
    page.locator("#first-name").fill(says("on-site"))
    page.locator("#first-message").fill(says("Visitors are helped on site"))
    page.get_by_role("button", name=says("Begin"), exact=True).click()
    page.wait_for_url(f"**{PACK}")


def draw(yang: Staff, says: Step) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.open(says("on_site.bpmn"))
    drawing.away()
    assert says("Ctrl A") and says("Del")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    drawing.begin(says("Visitor comes"))
    drawing.append(says("User task"), says("Talk"))
    drawing.append(says("Exclusive gateway"), says("Settled?"), double_click=True)
    drawing.append(says("End event"), says("Settled on site"), double_click=True)
    drawing.click("Settled?")
    drawing.append(says("Business rule task"), says("How urgent"))
    drawing.append(says("Start a clock"), says("Start the deadline"))
    drawing.append(says("User task"), says("Pass it on"))
    page.get_by_role("button", name=says("Fit"), exact=True).click()
    drawing.append(says("Stop a clock"), says("Stop the deadline"))
    drawing.append(says("End event"), says("Passed on"), double_click=True)
    drawing.saved()
    assert says("Saved") and says("errors")
    expect(page.locator("#editor-findings .error").first).to_be_visible()


def form(yang: Staff, says: Step) -> None:
    page = yang.page
    Drawing(page, PACK).add(says("Form"), says("talk"))
    for kind, label, key in (("Number", "How many people", "people"), ("Checkbox", "Settled on the spot", "settled")):
        drop(page, says(kind))
        panel = unfold(page.locator(".fjs-properties-container"), says("General"))
        write(labelled(panel, "Field label"), says(label))
        panel.locator("#bio-properties-panel-key").fill(says(key))
        panel.locator("#bio-properties-panel-key").press("Tab")
    expect(page.locator("#preview-fields").get_by_label(says("Settled on the spot"))).to_be_visible()
    Drawing(page, PACK).saved()


def who(yang: Staff, says: Step) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.open(says("on_site.bpmn"))
    drawing.click(says("Talk"))
    drawing.unfold(says("Form")).get_by_label("Form", exact=True).select_option(label=says("talk"))
    drawing.unfold(says("Assignment")).get_by_label(says("Add a group")).select_option("reception")
    assert says("Reception desk")
    drawing.click(says("Pass it on"))
    drawing.unfold("Assignment").get_by_label("Add a group").select_option("reception")
    drawing.click_flow("Settled?", says("Settled on site"))
    write(labelled(drawing.unfold(says("Condition")), "Condition expression"), says("settled"))
    drawing.unfold(says("General")).get_by_label("Name", exact=True).fill(says("yes"))
    drawing.click_flow("Settled?", "How urgent")
    page.locator('.djs-context-pad [data-action="replace"]').click()
    drawing.choose(says("Default flow"))
    expect(page.locator("#editor-findings .finding", has_text="condition")).to_have_count(0)
    expect(page.locator("#editor-findings .finding", has_text="somebody")).to_have_count(0)
    drawing.saved()


def decide(yang: Staff, says: Step) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    Drawing(page, PACK).add(says("Decision"), says("urgency"))
    page.locator("#tabs").get_by_role("button", name="urgency").click()
    page.locator("#canvas th.input-cell").filter(has_text=says("Amount")).dblclick()
    write(page.locator(".context-menu [contenteditable=true]").nth(0), says("How many people"))
    page.locator("#canvas th.input-cell").first.dblclick()
    write(page.locator(".context-menu [contenteditable=true]").nth(1), says("people"))
    for row, column, text in ((0, 1, "< 5"), (0, 2, '"normal"'), (1, 2, '"urgent"')):
        page.locator("#canvas tbody tr").nth(row).locator("td").nth(column).click()
        page.keyboard.press("Control+a")
        page.keyboard.type(says(text))
    page.locator("#try-out > summary", has_text=says("Try it out")).click()
    page.get_by_label("people · number").fill(says("7"))
    page.locator("#try-out").get_by_role("button", name=says("Evaluate")).click()
    expect(page.locator("[data-answer] .value").first).to_have_text("urgent")
    drawing.saved()
    drawing.open(says("on_site.bpmn"))
    drawing.click(says("How urgent"))
    called = drawing.unfold(says("Called decision"))
    called.get_by_label(says("Decisions"), exact=True).select_option("urgency")
    called.get_by_label(says("Result variable")).fill(says("urgency"))
    called.get_by_label("Result variable").press("Tab")
    drawing.saved()


def deadline(yang: Staff, says: Step) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.click(says("Start the deadline"))
    needs = drawing.unfold(says("What it needs"))
    write(labelled(needs, "Name of the clock"), says("answer"))
    write(labelled(needs, "Rule"), says('{count: 5, unit: "working_day"}'))
    write(labelled(drawing.unfold(says("What it answers")), "Variable for the answer"), says("deadline"))
    drawing.click(says("Pass it on"))
    due = drawing.unfold(says("Assignment")).locator('[data-entry-id="taskScheduleDueDate"]')
    expect(due).to_contain_text(says("Due date"))
    due.locator(".bio-properties-panel-feel-icon").click()
    write(due.locator("[contenteditable=true]"), says("deadline.safe_due_at"))
    drawing.click(says("Stop the deadline"))
    write(labelled(drawing.unfold("What it needs"), "Name of the clock"), says("answer"))
    drawing.away()
    drawing.saved()
    expect(page.locator("#editor-count")).to_have_text(says("0 errors, 0 warnings"))


def words(yang: Staff, says: Step) -> None:
    page = yang.page
    page.goto(PACK)
    page.get_by_role("link", name=says("Translations")).click()
    for text, said in (("Talk", "接谈"), ("How many people", "人数")):
        page.get_by_label(says(text), exact=True).fill(says(said))
    page.get_by_role("button", name=says("Save")).first.click()
    expect(page.locator("#flashes")).to_contain_text("Saved")


def rehearse(yang: Staff, says: Step) -> None:
    page = yang.page
    page.goto(PACK)
    page.get_by_role("link", name=says("Rehearse"), exact=True).click()
    page.get_by_role("button", name=says("Begin"), exact=True).click()
    begun = page.locator("section.card").filter(has=page.get_by_role("heading", name=says("on-site"), exact=True))
    begun.get_by_label("What it is about").fill(says("Noise at night"))
    begun.get_by_role("button", name=says("Register")).click()
    talk = page.locator("section.card").filter(has=page.get_by_role("heading", name=says("Talk")))
    talk.get_by_label("How many people").fill(says("7"))
    talk.get_by_role("button", name=says("Submit")).click()
    waiting = page.locator("section.card").filter(has=page.get_by_role("heading", name=says("Pass it on")))
    expect(waiting.first).to_contain_text("5 days left")
    waiting.first.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("How urgent: rule 2 applied")).to_be_visible()
    kept = page.locator("section.card, details").filter(has=page.get_by_text(says("Keep as a scenario"))).last
    kept.locator("[name=name]").fill(says("passed_on"))
    page.get_by_role("button", name=says("Keep"), exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("Kept as a scenario")
    page.goto(PACK)
    replaced = page.locator(".file").filter(has=page.get_by_role("link", name=says("granted.toml"), exact=True))
    replaced.locator("summary").click()
    replaced.get_by_role("button", name=says("Remove")).click()


def deploy(yang: Staff, says: Step) -> None:
    page = yang.page
    page.goto(PACK)
    mine = page.locator("section.card").filter(has=page.get_by_role("heading", name=says("My changes")))
    mine.locator("#message").fill(says("Help visitors on site"))
    mine.get_by_role("button", name=says("Make a revision")).click()
    page.get_by_role("link", name=says("Deploy…")).click()
    page.get_by_role("button", name=says("Run them now")).click()
    expect(page.get_by_text("1 passed")).to_be_visible(timeout=30_000)
    page.locator("#reason").fill(says("Visitors wait too long"))
    page.get_by_role("button", name=says("Deploy revision")).click()
    expect(page.get_by_role("heading", name="Visitors wait too long")).to_be_visible(timeout=30_000)


def work(lin: Staff, says: Step) -> None:
    assert says("lin")
    page = lin.page
    page.get_by_role("link", name=says("Register"), exact=True).click()
    page.get_by_role("link", name=says("on-site")).click()
    lin.field("What it is about").fill(says("Noise at night"))
    page.locator("#start-form").get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name=says("Talk"))).to_be_visible()
    lin.field("How many people").fill(says("7"))
    assert says("Submit")
    lin.hand_in("Talk")
    assert says("Inbox") and says("My tasks")
    lin.open("Noise at night", says("Pass it on"), view="mine")
    expect(page.locator("#task-pane")).to_contain_text("5 days left")
    lin.hand_in("Pass it on")


STEPS: Mapping[str, Callable[[Staff, Step], None]] = {
    "pack": pack,
    "draw": draw,
    "form": form,
    "who": who,
    "decide": decide,
    "deadline": deadline,
    "words": words,
    "rehearse": rehearse,
    "deploy": deploy,
    "work": work,
}


def read(page: Page) -> dict[str, Step]:
    """The steps of the page, by their ids."""
    page.goto("/workshop/help/tutorial")
    steps = page.locator("[data-step]")
    return {str(each.get_attribute("data-step")): Step(each.inner_text()) for each in steps.all()}


def test_the_tutorial_can_be_done_as_it_says(visit: Visit) -> None:
    yang = visit("yang", viewport=WIDE)
    steps = read(yang.page)
    assert list(steps) == list(STEPS)
    assert len(steps) == 10

    for name, says in steps.items():
        STEPS[name](yang if name != "work" else visit("lin"), says)


def test_both_languages_have_the_same_steps_and_type_the_same(visit: Visit) -> None:
    typed = {}
    for locale in ("en-GB", "zh-CN"):
        page = visit("yang", locale=locale).page
        page.goto("/workshop/help/tutorial")
        typed[locale] = {
            str(step.get_attribute("data-step")): sorted(step.locator("code").all_inner_texts())
            for step in page.locator("[data-step]").all()
        }

    assert typed["zh-CN"] == typed["en-GB"]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_help_is_accessible_and_fits_a_phone(visit: Visit, locale: str) -> None:
    page = visit("yang", locale=locale, viewport=PHONE, has_touch=True).page
    page.goto("/workshop/help?q=date")
    looks_right(page)
    places = page.locator("section[aria-labelledby=pages-title] a").evaluate_all("all => all.map((one) => one.href)")
    for place in places:
        page.goto(place)
        looks_right(page)
