"""A group of sixty: escalated, asked and done side by side, verified by others, told and closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.staff import Visit, day, looks_right, register

pytestmark = pytest.mark.browser

PENSION = "乡镇企业退休人员补贴未发"
OPINION = "Give the unit's opinion"
ITEM = "Carry out the action item"
VERIFY = "Verify the action item"


@pytest.mark.timeout(180)
def test_a_group_matter_goes_through_the_joint_conference(visit: Visit) -> None:
    lin, shen, jiang = visit("lin"), visit("shen"), visit("jiang")
    register(lin, PENSION, {"People present": "5", "People involved": "60"})
    lin.press("Register and continue")
    expect(lin.page.get_by_text("The decision table proposes: escalate to the joint conference")).to_be_visible()
    lin.choose("Resolve now")
    lin.press("Submit")
    expect(lin.page.locator(".error-summary")).to_contain_text("Why not as proposed")
    lin.choose("Escalate to the joint conference")
    lin.hand_in("Confirm the route")
    matter = lin.page.url

    shen.claim(PENSION, "Prepare the topic")
    shen.fill({"What was tried on site and by departments": "人社局单独无力解决", "Question to decide": "资金由谁承担"})
    shen.choose("Human resources and social security", "Finance")
    shen.hand_in("Prepare the topic")
    jiang.claim(PENSION, "Examine the topic")
    jiang.choose("Complete")
    jiang.hand_in("Examine the topic")

    sun, chen = visit("sun"), visit("chen")
    for member in (sun, chen):  # both hold theirs at the same time
        member.claim(PENSION, OPINION)
    lin.page.goto(matter)
    now = lin.page.get_by_role("region", name="Who has it now")
    expect(now.get_by_role("row").filter(has_text=OPINION)).to_have_count(2)
    drawing = lin.page.get_by_role("region", name="Diagram: Joint conference", exact=True)
    expect(drawing.locator('[data-container-id="member_opinion"] .place-badge')).to_have_text("2")
    for member in (chen, sun):
        member.choose("Agree")
        member.fill({"Own duty and what is needed": "本单位职责内配合"})
        member.hand_in(OPINION)

    jiang.claim(PENSION, "Hold the meeting and record it")
    jiang.fill({"Held on": day(), "Present": "人社局、财政局", "Decision": "分两批补发"})
    jiang.page.get_by_role("button", name="Add another").click()
    for unit, what, row in (("Human resources and social security", "核实人员", 0), ("Finance", "安排资金", 1)):
        item = jiang.page.locator("div[data-row]").nth(row)
        jiang.pick("Unit", unit, item)
        jiang.fill({"What": what, "Due on": day(20 + row)}, item)
    jiang.hand_in("Hold the meeting and record it")
    shen.claim(PENSION, "Approve the minutes")
    expect(shen.page.locator("#task-form")).to_contain_text("分两批补发")
    shen.choose("Approve")
    shen.hand_in("Approve the minutes")

    for member, what in ((sun, "核实人员"), (chen, "安排资金")):
        member.claim(PENSION, ITEM)
        expect(member.page.locator("#task-form")).to_contain_text(what)
        member.fill({"What was done, with proof": f"{what}：已完成"})
        member.hand_in(ITEM)
    han = visit("han")
    for _ in range(2):
        han.page.goto("/inbox?view=group")
        han.row(PENSION, VERIFY).first.get_by_role("link").click()
        expect(han.page.locator("#task-pane .reference")).to_contain_text(PENSION)  # or "Claim" is another task's
        han.press("Claim")
        expect(han.page.locator("#task-form")).to_contain_text("已完成")
        han.choose("Verified")
        han.fill({"How it was verified": "查看凭证"})
        han.hand_in(VERIFY)
    jiang.claim(PENSION, "Tell the petitioner what was decided")
    jiang.fill({"What was told, in plain words": "分两批补发", "Told on": day()})
    jiang.choose("At a visit")
    jiang.hand_in("Tell the petitioner what was decided")

    lin.page.goto(matter)
    expect(lin.page.locator(".page-head")).to_contain_text("Closed and recognised")
    expect(lin.page.get_by_role("region", name="Who has it now")).to_contain_text("The matter is closed.")
    looks_right(lin.page)
