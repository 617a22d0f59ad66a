"""A designer without a programmer: drawn from nothing, given a form, a table and a deadline, run, changed, migrated.

One story on one pack, told by three people at their browsers: the designer, the desk, and the operator.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.drawing import WIDE, Drawing, drop, labelled, unfold, write
from tests.browser.staff import Staff, Visit, looks_right

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NAME = "street-lamps"
PACK = f"/workshop/{NAME}"
FILE = "street_lamps.bpmn"
MATTER = "The lamp at the bridge is dark"
SLOW = 30_000  # milliseconds: scenarios are run before anything is deployed
RULE = '{count: 3, unit: "working_day"}'


def test_a_process_is_drawn_run_changed_and_the_running_instance_migrated(visit: Visit) -> None:
    yang, lin = visit("yang", viewport=WIDE), visit("lin")
    begin_a_pack(yang)
    draw(yang)
    make_a_form(yang)
    let_a_table_decide(yang)
    set_a_deadline(yang)
    say_who_does_what(yang)
    rehearse(yang)
    deploy(yang, "Lamps stay dark too long", passed=1)

    do_the_first_task(lin)

    change_the_process(yang)
    see_what_changed(yang)
    rehearse_again(yang)
    deploy(yang, "Nobody looked whether it shines", passed=1, migrate=True)
    migrate(visit("root"))

    end_on_the_new_version(lin)


def begin_a_pack(yang: Staff) -> None:
    yang.page.goto("/workshop")
    yang.page.locator("#first-name").fill(NAME)
    yang.page.locator("#first-message").fill("Lamps are mended within three days")
    yang.press("Begin")
    yang.page.wait_for_url(f"**{PACK}")


def draw(yang: Staff) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.open(FILE)
    drawing.away()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator("#canvas .djs-shape")).to_have_count(0)
    drawing.begin("Lamp reported")
    drawing.append("User task", "Look at the lamp")
    drawing.append("Business rule task", "How soon")
    drawing.append("Start a clock", "Start the deadline")
    drawing.append("User task", "Mend it")
    drawing.append("Stop a clock", "Stop the deadline")
    page.get_by_role("button", name="Fit", exact=True).click()
    drawing.append("End event", "It shines", double_click=True)
    drawing.saved()
    expect(page.locator("#editor-findings .error").first).to_be_visible()


def make_a_form(yang: Staff) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.add("Form", "lamp")
    drop(page, "Number")
    panel = unfold(page.locator(".fjs-properties-container"), "General")
    write(labelled(panel, "Field label"), "How many lamps are dark")
    panel.locator("#bio-properties-panel-key").fill("dark")
    panel.locator("#bio-properties-panel-key").press("Tab")
    expect(page.locator("#preview-fields").get_by_label("How many lamps are dark")).to_be_visible()
    drawing.saved()


def let_a_table_decide(yang: Staff) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.add("Decision", "how_soon")
    page.locator("#tabs").get_by_role("button", name="how_soon").click()
    page.locator("#canvas th.input-cell").first.dblclick()
    write(page.locator(".context-menu [contenteditable=true]").nth(0), "Dark lamps")
    page.locator("#canvas th.input-cell").first.dblclick()
    write(page.locator(".context-menu [contenteditable=true]").nth(1), "dark")
    for row, column, text in ((0, 1, "< 3"), (0, 2, '"this week"'), (1, 2, '"today"')):
        page.locator("#canvas tbody tr").nth(row).locator("td").nth(column).click()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
    page.locator("#try-out > summary").click()
    page.get_by_label("dark · number").fill("5")
    page.locator("#try-out").get_by_role("button", name="Evaluate").click()
    expect(page.locator("[data-answer] .value").first).to_have_text("today")
    drawing.saved()

    drawing.open(FILE)
    drawing.click("How soon")
    called = drawing.unfold("Called decision")
    called.get_by_label("Decisions", exact=True).select_option("how_soon")
    called.get_by_label("Result variable").fill("how_soon")
    called.get_by_label("Result variable").press("Tab")


def set_a_deadline(yang: Staff) -> None:
    """A clock that counts working days, the due date of the task, and what happens when it passes."""
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.click("Start the deadline")
    needs = drawing.unfold("What it needs")
    write(labelled(needs, "Name of the clock"), "mend")
    write(labelled(needs, "Rule"), RULE)
    write(labelled(drawing.unfold("What it answers"), "Variable for the answer"), "deadline")
    drawing.click("Stop the deadline")
    write(labelled(drawing.unfold("What it needs"), "Name of the clock"), "mend")
    drawing.click("Mend it")
    due = drawing.unfold("Assignment").locator('[data-entry-id="taskScheduleDueDate"]')
    due.locator(".bio-properties-panel-feel-icon").click()
    write(due.locator("[contenteditable=true]"), "deadline.safe_due_at")

    drawing.attach("Mend it", "Too late")
    page.locator('.djs-context-pad [data-action="replace"]').click()
    drawing.choose("Timer boundary event (non-interrupting)")
    drawing.append("User task", "Say why it takes long")
    drawing.append("End event", "Explained", double_click=True)
    drawing.click("Too late")
    timer = drawing.unfold("Timer")
    timer.get_by_label("Type", exact=True).select_option("timeDate")
    value = timer.locator('[data-entry-id="timerEventDefinitionValue"]')
    value.locator(".bio-properties-panel-feel-icon").click()
    write(value.locator("[contenteditable=true]"), "deadline.safe_due_at")


def say_who_does_what(yang: Staff) -> None:
    page, drawing = yang.page, Drawing(yang.page, PACK)
    drawing.click("Look at the lamp")
    drawing.unfold("Form").get_by_label("Form", exact=True).select_option(label="lamp")
    for step in ("Look at the lamp", "Mend it", "Say why it takes long"):
        drawing.click(step)
        drawing.unfold("Assignment").get_by_label("Add a group").select_option("reception")
    drawing.away()
    drawing.saved()
    expect(page.locator("#editor-count")).to_contain_text("0 errors, 0 warnings")


def rehearse(yang: Staff) -> None:
    """By hand, over the deadline, and kept as a scenario."""
    page = yang.page
    page.goto(f"{PACK}/rehearse")
    yang.press("Begin")
    begun = card(page, NAME)
    begun.get_by_label("What it is about").fill(MATTER)
    begun.get_by_role("button", name="Register").click()
    answer(page, "Look at the lamp", {"How many lamps are dark": "5"})
    expect(page.get_by_text("How soon: rule 2 applied")).to_be_visible()
    expect(card(page, "Mend it")).to_contain_text("3 days left")
    yang.press("To the next date")
    expect(card(page, "Say why it takes long")).to_be_visible()
    looks_right(page)
    answer(page, "Say why it takes long")
    answer(page, "Mend it")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("The process ended")
    keep(page, "mended_late")

    page.goto(PACK)
    replaced = page.locator(".file").filter(has=page.get_by_role("link", name="granted.toml", exact=True))
    replaced.locator("summary").click()
    replaced.get_by_role("button", name="Remove").click()


def deploy(yang: Staff, why: str, *, passed: int, migrate: bool = False) -> None:
    page = yang.page
    page.goto(PACK)
    page.locator("#message").fill(why)
    yang.press("Make a revision")
    page.get_by_role("link", name="Deploy…").click()
    begin, green = page.get_by_role("button", name="Run them now"), page.get_by_text(f"{passed} passed")
    expect(begin.or_(green).first).to_be_visible(timeout=SLOW)
    if begin.is_visible():
        begin.click()
    expect(green).to_be_visible(timeout=SLOW)
    if migrate:
        choice = page.get_by_label(re.compile(f"^Afterwards: {NAME}, version 1$"))
        expect(page.get_by_role("row").filter(has=choice)).to_contain_text("1 goes on")
        choice.select_option("migrate")
        page.get_by_text("Where each step goes on").click()
        expect(page.get_by_role("combobox", name="Mend it goes on as").locator(":checked")).to_contain_text(
            "Mend the lamp"
        )
    page.locator("#reason").fill(why)
    looks_right(page)
    yang.press("Deploy revision")
    expect(page.get_by_role("heading", name=why)).to_be_visible(timeout=SLOW)


def do_the_first_task(lin: Staff) -> None:
    page = lin.page
    page.goto("/inbox")
    page.get_by_role("link", name="Register", exact=True).click()
    page.get_by_role("link", name=NAME).click()
    lin.field("What it is about").fill(MATTER)
    page.locator("#start-form").get_by_role("button", name="Register").click()
    lin.open(MATTER, "Look at the lamp", view="mine")
    lin.field("How many lamps are dark").fill("5")
    lin.hand_in("Look at the lamp")
    lin.claim(MATTER, "Mend it")
    expect(page.locator("#task-pane")).to_contain_text("3 days left")


def change_the_process(yang: Staff) -> None:
    """Another name for a step, and one more after it."""
    drawing = Drawing(yang.page, PACK)
    drawing.open(FILE)
    drawing.rename("Mend it", "Mend the lamp")
    drawing.click("It shines")
    yang.page.keyboard.press("Delete")
    drawing.click("Stop the deadline")
    drawing.append("User task", "Look in the evening")
    drawing.append("End event", "It shines indeed", double_click=True)
    drawing.click("Look in the evening")
    drawing.unfold("Assignment").get_by_label("Add a group").select_option("reception")
    drawing.away()
    drawing.saved()
    expect(yang.page.locator("#editor-count")).to_contain_text("0 errors, 0 warnings")


def see_what_changed(yang: Staff) -> None:
    page = yang.page
    page.goto(f"{PACK}/compare?before=live&after=draft&path={FILE}")
    for drawn in page.locator(".diagram").all():
        expect(drawn).to_have_attribute("data-state", "ready")
    expect(page.locator(".compare-badge.changed").first).to_be_visible()
    expect(page.locator(".compare-badge.added").first).to_be_visible()
    expect(page.locator(".differences")).to_contain_text("Mend the lamp")
    expect(page.locator(".differences")).to_contain_text("Look in the evening")
    looks_right(page)


def rehearse_again(yang: Staff) -> None:
    """The scenario that was kept has one more step now."""
    page = yang.page
    page.goto(f"{PACK}/rehearse?scenario=scenarios/mended_late.toml")
    expect(page.get_by_text("otherwise").first).to_be_visible()
    answer(page, "Look in the evening")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("The process ended")
    keep(page, "mended_late")


def migrate(root: Staff) -> None:
    page = root.page
    page.goto("/operate/migrations")
    page.get_by_role("row").filter(has_text=NAME).get_by_role("link", name=re.compile("^Migrate")).click()
    root.press("Look at what would happen")
    expect(page.get_by_role("region", name="Table: What would happen")).to_contain_text("goes on")
    looks_right(page)
    page.locator("#reason").fill("Those under way are looked after too")
    root.press("Migrate 1 instance")
    finished = page.get_by_role("heading", name="finished", exact=True)
    again = page.get_by_role("link", name="Look again")
    expect(finished.or_(again)).to_be_visible()
    for _ in range(100):
        if finished.is_visible():
            break
        again.click()
    expect(page.get_by_role("region", name="Table: Instances")).to_contain_text("migrated")


def end_on_the_new_version(lin: Staff) -> None:
    lin.open(MATTER, "Mend the lamp", view="mine")
    lin.hand_in("Mend the lamp")
    lin.claim(MATTER, "Look in the evening")
    lin.hand_in("Look in the evening")
    lin.page.goto("/inbox?view=mine")
    expect(lin.page.get_by_role("heading", level=1)).to_be_visible()
    expect(lin.page.locator("#inbox-rows tr").filter(has_text=MATTER)).to_have_count(0)


def card(page: Page, title: str) -> Locator:
    return page.locator("section.card").filter(has=page.get_by_role("heading", name=re.compile(rf"^{title}\b"))).first


def answer(page: Page, step: str, answers: dict[str, str] | None = None) -> None:
    """Hand in an open task of the rehearsal."""
    task = card(page, step)
    expect(task).to_be_visible()
    if task.locator("details").first.get_attribute("open") is None:  # several tasks are open: each is folded
        task.locator("summary").first.click()
    for label, text in (answers or {}).items():
        task.get_by_label(label).fill(text)
    task.get_by_role("button", name="Submit").click()


def keep(page: Page, name: str) -> None:
    page.locator("#keep-name").fill(name)
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("Kept as a scenario")
