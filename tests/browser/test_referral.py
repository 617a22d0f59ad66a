"""A matter is referred, objected to, handled, approved by another, served and closed; its page tells the story."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import Visit, day, looks_right, register

pytestmark = pytest.mark.browser

HOUSE = "已交房款三年未交房"
CHECK = "Receive and check competence"


@pytest.mark.timeout(180)
def test_a_matter_goes_to_the_department_and_comes_back_answered(visit: Visit) -> None:
    lin, wu, zheng = visit("lin"), visit("wu"), visit("zheng")
    register(lin, HOUSE)
    lin.press("Register and continue")
    number = lin.number()
    expect(lin.page.get_by_text("The decision table proposes: refer to a department")).to_be_visible()
    expect(lin.form).to_contain_text("One unit is competent and has to look into it")
    lin.choose("Refer to a department")
    expect(lin.field("Responsible unit")).to_have_value("housing")
    lin.hand_in("Confirm the route")
    expect(lin.page).to_have_url(re.compile(r"/cases/\d+$"))
    expect(lin.page.get_by_role("region", name="Who has it now")).to_contain_text(
        "Housing and urban-rural construction"
    )
    matter = lin.page.url

    wu.page.goto("/inbox?view=group")
    expect(wu.row(HOUSE, CHECK).locator(".light")).to_have_text(re.compile(r"\d days? left"))
    wu.claim(HOUSE, CHECK)
    wu.choose("Object: it is not ours")
    wu.fill({"Reasons, with the legal basis": "涉及土地手续，不属我局职责"})
    wu.pick("Who is competent instead", "Natural resources")
    wu.hand_in(CHECK)

    qian = visit("qian")
    qian.claim(HOUSE, "Rule on the objection")
    expect(qian.page.get_by_text("The unit objects: 涉及土地手续")).to_be_visible()
    qian.choose("Reject: the unit continues")
    qian.fill({"Reason": "商品房交付由住建部门主管"})
    qian.hand_in("Rule on the objection")

    wu.claim(HOUSE, CHECK)
    wu.choose("Accept")
    wu.hand_in(CHECK)
    wu.claim(HOUSE, "Hear the petitioner and investigate")
    wu.fill({"Petitioner heard on": day(), "What the petitioner said": "三年没有交房", "Facts found": "工程停工两年"})
    wu.hand_in("Hear the petitioner and investigate")
    wu.claim(HOUSE, "Draft the handling opinion")
    wu.fill({"Claim": "按合同交房", "Facts": "停工两年", "Legal basis": "民法典第577条"})
    wu.pick("Result", "Support")
    wu.fill({"Opinion in plain words": "支持交房请求"})
    wu.hand_in("Draft the handling opinion")

    approval = "Approve the handling opinion"
    wu.page.goto("/inbox?view=group")
    expect(wu.row(HOUSE, approval)).to_have_count(0)
    zheng.claim(HOUSE, approval)
    zheng.choose("Return to the drafter")
    zheng.fill({"What has to be changed": "写明交房期限"})
    zheng.hand_in(approval)

    wu.claim(HOUSE, "Draft the handling opinion")
    expect(wu.page.get_by_text("Returned by the head: 写明交房期限")).to_be_visible()
    expect(wu.field("Opinion in plain words")).to_have_value("支持交房请求")
    wu.fill({"Opinion in plain words": "支持交房请求，开发商六十日内交房"})
    wu.hand_in("Draft the handling opinion")
    zheng.claim(HOUSE, approval)
    expect(zheng.page.get_by_text("支持交房请求，开发商六十日内交房")).to_be_visible()
    zheng.choose("Approve")
    zheng.hand_in(approval)

    the_page_of_the_matter_tells_it(lin.page, matter)

    wu.claim(HOUSE, "Serve the handling opinion")
    wu.fill({"Served on": day(), "Recipient": "孙玉兰"})
    wu.pick("How", "In person")
    wu.choose("The right to a review within 30 days was told")
    wu.hand_in("Serve the handling opinion")

    lin.page.goto(matter)
    expect(lin.page.locator(".page-head")).to_contain_text(number)
    expect(lin.page.locator(".page-head")).to_contain_text("Handling opinion served")
    expect(lin.page.get_by_role("region", name="Who has it now")).to_contain_text("The matter is closed.")


def the_page_of_the_matter_tells_it(page: Page, address: str) -> None:
    """Facts, who has it, the next date and why, the story in words, the drawing with tokens and the same as a table."""
    page.goto(address)
    expect(page.get_by_role("region", name="Facts")).to_contain_text("请按合同交房并办理产权证")
    now = page.get_by_role("region", name="Who has it now")
    expect(now).to_contain_text("Serve the handling opinion")
    expect(now).to_contain_text("Housing and urban-rural construction")
    expect(now.locator(".next-date")).to_have_text(re.compile(r"\d"))
    expect(page.get_by_role("region", name="Dates")).to_contain_text(re.compile(r"Handling.*by law", re.DOTALL))
    story = page.get_by_role("region", name="What happened")
    for sentence in (
        "Registered as",
        "rule 5 applied",
        "Took Receive and check competence",
        "Completed Approve the handling opinion",
    ):
        expect(story).to_contain_text(sentence)

    drawing = page.get_by_role("region", name="Diagram: Refer to a department", exact=True)
    expect(drawing.locator(".diagram")).to_have_attribute("data-state", "ready")
    expect(drawing.locator(".djs-container svg").first).to_be_visible()
    expect(drawing.locator('[data-container-id="serve_opinion"] .place-badge')).to_have_text("1")
    table = drawing.get_by_role("table")
    expect(table.get_by_role("row").filter(has_text="Serve the handling opinion")).to_contain_text("in progress")
    expect(table.get_by_role("row").filter(has_text="Draft the handling opinion")).to_contain_text("2")
    expect(page.get_by_role("region", name="Diagram: Matter lifecycle", exact=True)).to_contain_text("waiting")
    looks_right(page)
