"""A designer's mouse and keyboard in the editors of the workshop: drawing, panels, forms and tables."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

WIDE = {"width": 1500, "height": 900}
FLOW = """([from, to]) => window.lianxi.modeler.get('elementRegistry').find(({ type, source, target }) =>
  type === 'bpmn:SequenceFlow' && source.businessObject.name === from && target.businessObject.name === to).id"""
NAMED = """(name) => window.lianxi.modeler.get('elementRegistry').find((one) =>
  !one.labelTarget && one.businessObject?.name === name).id"""
MIDDLE = """(path) => {
  const { x, y } = path.getPointAtLength(path.getTotalLength() * 0.6).matrixTransform(path.getScreenCTM());
  return [x, y]; }"""


class Drawing:
    """The editors of a pack under a mouse; most of it is for BPMN."""

    def __init__(self, page: Page, pack: str) -> None:
        """`pack` is the address of the pack's page."""
        self.page = page
        self.pack = pack

    def add(self, kind: str, name: str) -> None:
        """A new file of a kind; its editor opens."""
        self.page.goto(self.pack)
        self.page.locator("#kind").select_option(label=kind)
        self.page.locator("#path").fill(name)
        self.page.get_by_role("button", name="Add", exact=True).click()
        self.ready()

    def open(self, file: str) -> None:
        self.page.goto(self.pack)
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

    def attach(self, task_name: str, name: str) -> None:
        """Drag an event from the palette onto the lower edge of a task and type its name."""
        self.away()
        task = self.shape(task_name).bounding_box()
        entry = self.page.locator('.djs-palette [data-action="create.intermediate-event"]').bounding_box()
        assert task and entry
        x, y = task["x"] + task["width"] * 0.6, task["y"] + task["height"]
        self.page.mouse.move(entry["x"] + 20, entry["y"] + 20)
        self.page.mouse.down()
        self.page.mouse.move(x, y - 30, steps=8)
        self.page.mouse.move(x, y, steps=4)
        self.page.mouse.up()
        self.type(name)

    def rename(self, name: str, to: str) -> None:
        self.away()
        self.shape(name).dblclick(position={"x": 8, "y": 20})
        self.page.keyboard.press("Control+a")
        self.type(to)

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
        self.shape(name).click(position={"x": 8, "y": 20})

    def click_flow(self, start: str, end: str) -> None:
        self.away()
        found = self.page.evaluate(FLOW, [start, end])
        x, y = self.page.locator(f'[data-element-id="{found}"] > .djs-hit').first.evaluate(MIDDLE)
        self.page.mouse.click(x, y)

    def shape(self, name: str) -> Locator:
        """Where the mouse meets the shape of this name."""
        return self.page.locator(f'[data-element-id="{self.page.evaluate(NAMED, name)}"] > .djs-hit').first

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
