"""The tutorial for designers, done as it says: steps are read from the page, and all words used are theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.staff import Staff, Visit, looks_right
from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PACK = "/workshop/on-site"
WIDE = {"width": 1500, "height": 900}
FLOW = """([from, to]) => window.lianxi.modeler.get('elementRegistry').find(({ type, source, target }) =>
  type === 'bpmn:SequenceFlow' && source.businessObject.name === from && target.businessObject.name === to).id"""
NAMED = """(name) => window.lianxi.modeler.get('elementRegistry').find((one) =>
  !one.labelTarget && one.businessObject?.name === name).id"""
MIDDLE = """(path) => {
  const { x, y } = path.getPointAtLength(path.getTotalLength() * 0.6).matrixTransform(path.getScreenCTM());
  return [x, y]; }"""


class Step:
    """One step of the page. Calling it with words gives them back, if they stand in the step."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, words: str) -> str:
        assert words in self.text, f"expected the tutorial to say {words!r} in: {self.text}"
        return words


class Drawing:
    """The BPMN editor under a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, file: str) -> None:
        self.page.goto(PACK)
        self.page.get_by_role("link", name=file, exact=True).click()
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector("html[data-ready=yes]")

    def begin(self, name: str) -> None:
        """Drag a start event from the palette and type its name."""
        canvas = self.page.locator("#canvas").bounding_box()
        entry = self.page.locator('.djs-palette [data-action="create.start-event"]').bounding_box()
        assert canvas and entry
        self.page.mouse.move(entry["x"] + 20, entry["y"] + 20)
        self.page.mouse.down()
        self.page.mouse.move(canvas["x"] + 180, canvas["y"] + 120, steps=5)
        self.page.mouse.up()
        self.type(name)

    def append(self, kind: str, name: str, *, double_click: bool = False) -> None:
        self.page.locator('.djs-context-pad [data-action="append"]').click()
        self.choose(kind)
        if double_click:
            chosen = self.page.evaluate("() => window.lianxi.modeler.get('selection').get()[0].id")
            self.page.locator(f'[data-element-id="{chosen}"] > .djs-hit').first.dblclick()
        self.type(name)

    def choose(self, kind: str) -> None:
        label = self.page.locator(f'.djs-popup-label:text-is("{kind}")')
        self.page.locator(".djs-popup .entry").filter(has=label).first.click()

    def type(self, name: str) -> None:
        field = self.page.locator(".djs-direct-editing-content")
        field.wait_for()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        field.wait_for(state="detached")

    def click(self, name: str) -> None:
        self.away()
        found = self.page.evaluate(NAMED, name)
        self.page.locator(f'[data-element-id="{found}"] > .djs-hit').first.click(position={"x": 8, "y": 20})

    def click_flow(self, start: str, end: str) -> None:
        self.away()
        found = self.page.evaluate(FLOW, [start, end])
        x, y = self.page.locator(f'[data-element-id="{found}"] > .djs-hit').first.evaluate(MIDDLE)
        self.page.mouse.click(x, y)

    def away(self) -> None:
        """Click where nothing is drawn: what is selected has a menu that may lie over its neighbour."""
        canvas = self.page.locator("#canvas").bounding_box()
        assert canvas
        self.page.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] - 30)

    def unfold(self, title: str) -> Locator:
        """A group of the panel, opened."""
        return unfold(self.page.locator("#properties"), title)

    def saved(self) -> None:
        expect(self.page.locator("#editor-status")).to_have_text("Saved", timeout=15_000)


def unfold(panel: Locator, title: str) -> Locator:
    """The group of a panel, opened."""
    named = panel.page.locator(f'.bio-properties-panel-group-header-title:text-is("{title}")')
    group = panel.locator(".bio-properties-panel-group").filter(has=named)
    head = group.locator(".bio-properties-panel-group-header").first
    if "open" not in (head.get_attribute("class") or "").split():
        head.click()
    return group


def write(field: Locator, text: str) -> None:
    """Into a field of a panel: a plain one, or one of the FEEL editors."""
    field.click()
    field.page.keyboard.press("Control+a")
    field.page.keyboard.type(text)
    field.page.keyboard.press("Escape")


def labelled(panel: Locator, label: str) -> Locator:
    entry = panel.locator(".bio-properties-panel-entry").filter(has=panel.page.get_by_text(label, exact=True))
    return entry.locator("[contenteditable=true], textarea, input").first


def pack(yang: Staff, says: Step) -> None:
    page = yang.page
    page.get_by_role("link", name=says("Workshop"), exact=True).first.click()
    page.locator("#first-name").fill(says("on-site"))
    page.locator("#first-message").fill(says("Visitors are helped on site"))
    page.get_by_role("button", name=says("Begin"), exact=True).click()
    page.wait_for_url(f"**{PACK}")


def draw(yang: Staff, says: Step) -> None:
    page, drawing = yang.page, Drawing(yang.page)
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
    add(page, says, "Form", "talk")
    for kind, label, key in (("Number", "How many people", "people"), ("Checkbox", "Settled on the spot", "settled")):
        drop(page, says(kind))
        panel = unfold(page.locator(".fjs-properties-container"), says("General"))
        write(labelled(panel, "Field label"), says(label))
        panel.locator("#bio-properties-panel-key").fill(says(key))
        panel.locator("#bio-properties-panel-key").press("Tab")
    expect(page.locator("#preview-fields").get_by_label(says("Settled on the spot"))).to_be_visible()
    Drawing(page).saved()


def who(yang: Staff, says: Step) -> None:
    page, drawing = yang.page, Drawing(yang.page)
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
    page, drawing = yang.page, Drawing(yang.page)
    add(page, says, "Decision", "urgency")
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
    page, drawing = yang.page, Drawing(yang.page)
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


def add(page: Page, says: Step, kind: str, name: str) -> None:
    page.goto(PACK)
    page.locator("#kind").select_option(label=says(kind))
    page.locator("#path").fill(says(name))
    page.get_by_role("button", name="Add", exact=True).click()
    Drawing(page).ready()


def drop(page: Page, kind: str) -> None:
    """Drag a field of this kind from the form editor's palette to below the last one."""
    source = page.locator(".fjs-palette-field").filter(has=page.get_by_text(kind, exact=True)).first.bounding_box()
    fields = page.locator(".fjs-form-container .fjs-element")
    before, last = fields.count(), fields.last.bounding_box()
    assert source and last
    x, y = last["x"] + last["width"] / 2, last["y"] + last["height"] / 2 + 120
    page.mouse.move(source["x"] + 20, source["y"] + 20)
    page.mouse.down()
    page.mouse.move(x, y - 20, steps=6)
    page.mouse.move(x, y, steps=4)
    page.wait_for_timeout(100)  # the editor looks where one is in the next frame
    page.mouse.up()
    expect(fields).not_to_have_count(before)


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
