"""The normal path: a visit is registered, resolved and closed in one sitting, with scripts, without, and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, expect

from tests.browser.staff import Visit, day, looks_right, register
from tests.support.browser import PHONE

pytestmark = pytest.mark.browser


def test_a_visit_is_registered_and_resolved_without_leaving_the_screen(visit: Visit) -> None:
    lin = visit("lin")
    page = lin.page
    register(lin, "养老金补发尚未到账", {"Name": "王秀兰", "Phone": "135 3024 6633"})

    repeats = page.locator("#similar")
    expect(repeats).to_contain_text("Same person and phone")
    expect(repeats).to_contain_text("本月养老金未到账")
    repeats.get_by_role("radio", name="This repeats it").first.check()
    lin.pick("Category", "Please choose")
    lin.press("Register and continue")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(repeats.get_by_role("radio", name="This repeats it").first).to_be_checked()
    lin.pick("Category", "Labour and social security")
    lin.choose("The facts are clear", "The unit can be reached now")
    been: list[str] = []
    page.on("framenavigated", lambda frame: been.append(page_of(frame)))
    lin.press("Register and continue")

    expect(page.locator(".steps")).to_contain_text(re.compile(r"Registered as XF-\d{4}-\d{4}"))
    expect(page.get_by_text("The decision table proposes: resolve now")).to_be_visible()
    expect(lin.form).to_contain_text("The facts are clear and the unit can be reached")
    looks_right(page)
    lin.choose("Resolve now")
    lin.hand_in("Confirm the route")

    expect(page.get_by_role("heading", name="Talk, answer and record")).to_be_visible()
    lin.choose("Human resources and social security")
    lin.fill({"What was said": "补发的养老金还没有到账", "Answer given": "已与人社局核实，三日内到账"})
    page.get_by_role("button", name="Add another").click()
    promise = page.locator("div[data-row]").last
    lin.fill({"What": "三日内到账", "By when": day(3)}, promise)
    lin.pick("By whom", "Human resources and social security", promise)
    lin.choose("Satisfied", "Resolved on site", "The record was read back and confirmed")
    lin.hand_in("Talk, answer and record")

    assert not [path for path in been if path.startswith(("/inbox", "/cases?"))], been
    expect(page.get_by_role("heading", name="养老金补发尚未到账")).to_be_visible()
    expect(page.locator(".page-head")).to_contain_text("Resolved on site")
    expect(page.locator(".page-head")).to_contain_text("promised")
    expect(page.get_by_role("region", name="Who has it now")).to_contain_text("The matter is closed.")
    expect(page.get_by_role("region", name="Linked matters")).to_contain_text("本月养老金未到账")


def test_the_same_without_scripts(visit: Visit) -> None:
    lin = visit("lin", java_script_enabled=False)
    page = lin.page
    register(lin, "小区路灯不亮无人维修", {"What is asked for": "小区路灯坏了两个月"})
    lin.press("Look for similar matters")
    expect(page.locator("#similar")).to_contain_text("小区路灯不亮")
    expect(lin.field("What it is about, in a line")).to_have_value("小区路灯不亮无人维修")
    lin.choose("The facts are clear", "The unit can be reached now")
    lin.press("Register and continue")
    number = lin.number()
    lin.choose("Resolve now")
    lin.hand_in("Confirm the route")

    lin.fill({"What was said": "路灯坏了两个月"})
    lin.press("Submit")

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator(".error-summary")).to_contain_text("Answer given")
    expect(lin.field("What was said")).to_have_value("路灯坏了两个月")
    lin.fill({"Answer given": "住建局本周内更换"})
    lin.choose("Basically satisfied", "Resolved on site", "The record was read back and confirmed")
    lin.hand_in("Talk, answer and record")

    expect(page.locator(".page-head")).to_contain_text(number)
    expect(page.locator(".page-head")).to_contain_text("Resolved on site")


def test_the_same_on_a_phone_in_chinese(visit: Visit) -> None:
    lin = visit("lin", locale="zh-CN", viewport=PHONE, has_touch=True)
    page = lin.page
    looks_right(page)
    page.goto("/register/matter")
    looks_right(page)
    lin.fill({"姓名": "杨春梅", "电话": "13842170001", "住址或村（社区）": "平房子镇", "问题属地": "平房子镇"})
    lin.fill({"一句话概况": "低保金少发一个月", "诉求": "请核实低保金发放情况"})
    lin.pick("内容分类", "民政与退役军人")
    lin.choose("事实清楚", "责任单位可立即到场或电话连线")
    page.get_by_role("button", name="登记并继续").click()
    expect(page.get_by_role("heading", name="确认分流")).to_be_visible()
    looks_right(page)
    lin.choose("现场办理")
    page.get_by_role("button", name="提交", exact=True).click()

    expect(page.get_by_role("heading", name="接谈、答复、记录")).to_be_visible()
    looks_right(page)
    page.goto("/inbox")
    looks_right(page)
    page.get_by_role("link", name="低保金少发一个月").click()
    expect(page.get_by_role("heading", name="接谈、答复、记录")).to_be_visible()
    looks_right(page)


def page_of(frame: Frame) -> str:
    return re.sub(r"^https?://[^/]+", "", frame.url)
