"""A day at the inbox: keys, drafts, corrections, colleagues who are quicker, two tabs, two languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import Staff, Visit, day, register

pytestmark = pytest.mark.browser

HEAR = "Hear the petitioner and investigate"
INJURY = "工伤认定久拖未决"


def test_keys_press_what_can_be_seen(visit: Visit) -> None:
    wu = visit("wu")
    page = wu.page
    page.goto("/inbox?view=group")
    rows = page.locator("#inbox-rows tr")
    current = page.locator('#inbox-rows tr[aria-current="true"]')
    first, second = (rows.nth(index).locator("a").inner_text() for index in (0, 1))

    page.keyboard.press("j")
    expect(current).to_contain_text(second)
    expect(page.locator("#task-pane .reference")).to_contain_text(second)
    expect(page).to_have_url(re.compile(r"task=\d+"))
    page.keyboard.press("k")
    expect(page.locator("#task-pane .reference")).to_contain_text(first)
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(100)  # the address is set after the pane
    page.go_back()
    page.wait_for_load_state("networkidle")  # the page of before is fetched again
    expect(page.locator("#task-pane .reference")).to_contain_text(second)

    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    expect(help_).to_contain_text("Claim the task")
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("jko?")
    expect(page.locator("#find")).to_have_value("jko?")
    expect(current).to_contain_text(second)

    wu.open("危房改造补助未发放", "Receive and check competence")
    page.keyboard.press("c")
    expect(wu.form).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Object: it is not ours")).to_be_checked()
    expect(wu.field("Who is competent instead")).to_be_visible()
    page.keyboard.press("1")
    expect(wu.field("Who is competent instead")).to_be_hidden()
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))
    wu.press("Give it back to the group")
    expect(page.locator("#flashes")).to_contain_text("back with its group")


def test_keys_can_be_switched_off(visit: Visit) -> None:
    chu = visit("chu")
    page = chu.page
    page.locator("details.menu summary").click()
    chu.press("Switch keyboard shortcuts off")
    page.goto("/inbox?view=group")
    page.keyboard.press("c")
    page.keyboard.press("?")

    expect(page.get_by_role("button", name="Claim")).to_be_visible()
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_of_two_who_claim_one_has_it_and_the_other_is_told(visit: Visit) -> None:
    sun, zhou = visit("sun"), visit("zhou")
    sun.open(INJURY, HEAR)
    zhou.open(INJURY, HEAR)

    sun.press("Claim")
    expect(sun.form).to_be_visible()
    with zhou.page.expect_response(re.compile("/claim$")) as answer:
        zhou.press("Claim")

    assert answer.value.status == 409
    refusal = zhou.page.get_by_role("alert")
    expect(refusal).to_contain_text(re.compile("sun|孙丽"))
    expect(refusal).to_be_focused()
    expect(zhou.page.get_by_role("button", name="Claim")).to_have_count(0)

    draft_survives_a_reload(sun)
    correction_keeps_what_was_typed(sun)
    second_tab_doubles_nothing(sun)


def draft_survives_a_reload(sun: Staff) -> None:
    sun.fill({"Facts found": "单位未缴工伤保险"})
    expect(sun.page.locator("#draft-state")).to_contain_text("Draft saved", timeout=6_000)

    sun.page.reload()

    expect(sun.field("Facts found")).to_have_value("单位未缴工伤保险")
    expect(sun.page.locator("#draft-state")).to_contain_text("Draft saved")
    expect(sun.row(INJURY, HEAR)).to_contain_text("Draft")


def correction_keeps_what_was_typed(sun: Staff) -> None:
    page = sun.page
    sun.fill({"Evidence": "考勤表"})
    with page.expect_response(re.compile("/complete$")) as answer:
        sun.press("Submit")

    assert answer.value.status == 422
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(sun.field("Evidence")).to_have_value("考勤表")
    expect(sun.field("Facts found")).to_have_value("单位未缴工伤保险")
    summary.get_by_role("link").filter(has_text="What the petitioner said").click()
    expect(sun.field("What the petitioner said")).to_be_focused()


def second_tab_doubles_nothing(sun: Staff) -> None:
    first = sun.page
    answers = {"Petitioner heard on": day(), "What the petitioner said": "受伤半年没有认定"}
    sun.press("Save draft")
    sun.fill(answers)
    second = Staff.__new__(Staff)
    second.page = first.context.new_page()
    second.page.goto(first.url)
    second.fill({**answers, "What the petitioner said": "第二个窗口"})

    sun.hand_in(HEAR)
    with second.page.expect_response(re.compile("/complete$")) as answer:
        second.press("Submit")

    assert answer.value.status == 409
    expect(second.page.get_by_role("alert")).to_contain_text("Expected to complete task")
    story = second.page.locator("#task-pane .history")
    expect(story.get_by_text(f"Completed {HEAR}")).to_have_count(1)
    second.page.close()
    expect(first.locator("#task-pane h2")).to_be_focused()  # and the next task is here


def test_a_double_click_registers_once(visit: Visit) -> None:
    zhao = visit("zhao")
    register(zhao, "只登记一次的事项")
    zhao.page.get_by_role("button", name="Register and continue").dblclick()
    expect(zhao.page.get_by_role("heading", name="Confirm the route")).to_be_visible()

    zhao.page.goto("/cases?q=只登记一次的事项")

    expect(zhao.page.locator("tbody tr")).to_have_count(1)


def test_an_incomplete_registration_keeps_what_was_typed(visit: Visit) -> None:
    zhao = visit("zhao")
    register(zhao, "缺少电话的事项", {"Phone": "12"})
    zhao.choose("The facts are clear")

    with zhao.page.expect_response(re.compile("/register/")) as answer:
        zhao.press("Register and continue")

    assert answer.value.status == 422
    expect(zhao.page.locator(".error-summary")).to_be_focused()
    expect(zhao.page).to_have_title(re.compile("^Error: "))
    expect(zhao.field("What it is about, in a line")).to_have_value("缺少电话的事项")
    expect(zhao.form.get_by_label("The facts are clear")).to_be_checked()


def test_leaving_with_unsaved_answers_asks_first(visit: Visit) -> None:
    zhao = visit("zhao")
    register(zhao, "不要离开")
    asked: list[str] = []
    zhao.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    zhao.page.get_by_role("link", name="Matters").click()

    expect(zhao.page).to_have_url(re.compile("/cases$"))
    assert asked == ["beforeunload"]


def test_the_language_is_the_browser_s_until_it_is_chosen(visit: Visit, page: Page) -> None:
    page.goto("/login")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()

    feng = visit("feng")
    feng.page.goto("/inbox?view=group")
    expect(feng.page.locator("#inbox-rows")).to_contain_text("Give the unit's opinion")
    feng.page.locator("details.menu summary").click()
    feng.press("中文")
    expect(feng.page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    expect(feng.page).to_have_url(re.compile("view=group"))
    expect(feng.page.locator("#inbox-rows")).to_contain_text("提出成员单位意见")

    again = visit("feng", locale="en-GB")
    expect(again.page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    again.page.locator("details.menu summary").click()
    again.press("English")
    expect(again.page.locator("html")).to_have_attribute("lang", "en")
