"""A working day without scripts: register, claim, draft, hand in; and everything that can go wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from engine.commands.human_task import ClaimTask, CompleteTask
from engine.model.casework import Case
from engine.model.runtime import Draft, HumanTask
from tests.support.driver import Driver

ANSWERS = {"applicant": "Wang Xiaoming", "phone": "13800001234", "subject": "Roof on the corner house"}


@pytest.fixture
def matter(office: Driver) -> int:
    return office.open_case("permit", "rita", **ANSWERS).case_id


def open_task(office: Driver, element_id: str = "examine") -> int:
    return office.one(select(HumanTask.id).where(HumanTask.element_id == element_id, HumanTask.status == "open"))


def test_registration_goes_on_with_the_first_step_in_one_sitting(office: Driver, visit: Callable) -> None:
    rita = visit("rita")
    rita.get("/register")
    key = re.search(r'name="lx-request-key" value="([^"]+)"', rita.page.text)[1]

    rita.send("/register/permit", lx__request__key=key, **ANSWERS)

    assert rita.page.request.path == f"/tasks/{open_task(office)}"
    assert "Registered as P-2026-0001" in rita.text
    assert 'name="outcome"' in rita.page.text, "the first step is claimed already"

    rita.send(f"/tasks/{open_task(office)}/complete", lx__place="sitting", outcome="grant")

    assert rita.page.request.path == "/cases/1"
    assert "Sign" in rita.text


def test_a_second_click_on_register_opens_nothing(office: Driver, visit: Callable) -> None:
    rita = visit("rita")
    rita.send("/register/permit", lx__request__key="k1", **ANSWERS)

    first = rita.page.request.path
    rita.send("/register/permit", lx__request__key="k1", **ANSWERS)

    assert rita.page.request.path == first == f"/tasks/{open_task(office)}"
    assert len(office.all(select(Case))) == 1

    answer = rita.send("/register/permit", lx__request__key="k1", **{**ANSWERS, "subject": "Another roof"})

    assert answer.status_code == 409
    assert "another content was answered" in rita.text
    assert "Another roof" in rita.page.text, "what was typed is kept"
    assert len(office.all(select(Case))) == 1


def test_a_second_click_on_submit_leads_to_the_same_place(matter: int, office: Driver, visit: Callable) -> None:
    rita, task = visit("rita"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="task")

    rita.send(f"/tasks/{task}/complete", lx__place="task", outcome="grant")
    first = rita.page.request.full_path
    again = rita.send(f"/tasks/{task}/complete", lx__place="task", outcome="grant")

    assert (again.status_code, rita.page.request.full_path) == (200, first)
    assert office.case_instance(matter).history.count("task completed") == 1


def test_who_is_late_is_told_who_was_quicker_and_when_and_keeps_what_was_typed(
    matter: int, office: Driver, visit: Callable
) -> None:
    task = open_task(office)
    office.execute(ClaimTask(task_id=task), by="rita")
    office.execute(CompleteTask(task_id=task, data={"outcome": "grant"}), by="rita")
    office.later(hours=26)
    omar = visit("omar")
    omar.get(f"/tasks/{task}")

    answer = omar.send(f"/tasks/{task}/complete", lx__place="task", outcome="grant", wish="The beam is rotten")

    assert answer.status_code == 409
    assert "was already completed by rita at 2 Mar, 09:00" in omar.text
    assert "The beam is rotten" in omar.text, "what was typed is kept"
    omar.send("/language", language="zh")
    answer = omar.send(f"/tasks/{task}/complete", lx__place="task", outcome="grant", wish="The beam is rotten")
    assert "rita 已于 3月2日 09:00 将其处理" in omar.text


def test_an_incomplete_registration_keeps_what_was_typed(visit: Callable) -> None:
    rita = visit("rita")

    answer = rita.send("/register/permit", lx__request__key="k1", applicant="Wang Xiaoming")

    assert answer.status_code == 422
    assert 'href="#f-subject"' in answer.text and 'value="Wang Xiaoming"' in answer.text
    assert 'value="k1"' in answer.text, "it is still the same registration"
    assert answer.text.split("<title>")[1].startswith("Error:")


def test_likely_repeats_are_shown_before_registering(matter: int, visit: Callable) -> None:
    rita = visit("rita")

    rita.send("/register/permit", lx__look="similar", applicant="Wang Xiaoming", phone="138 0000 1234")
    assert "Same person and phone" in rita.text
    assert "P-2026-0001" in rita.text

    panel = rita.send("/register/permit/similar", applicant="Li", phone="").text
    assert "<html" not in panel and "Nothing similar was found" in panel


def test_a_repeat_is_linked(matter: int, visit: Callable) -> None:
    rita = visit("rita")

    rita.send("/register/permit", lx__request__key="k2", lx__repeat__of=str(matter), **ANSWERS)

    rita.get("/cases/2")
    assert "Linked matters" in rita.text and "this one repeats it" in rita.text


def test_the_inbox_counts_what_it_lists(matter: int, office: Driver, visit: Callable) -> None:
    rita = visit("rita")
    rita.get("/inbox")
    assert "My tasks 0" in rita.text and "For my groups 1" in rita.text

    rita.send(f"/tasks/{open_task(office)}/claim", lx__place="inbox:group")

    assert rita.page.request.args["view"] == "mine"
    assert "My tasks 1" in rita.text and "For my groups 0" in rita.text


def test_after_handing_in_the_next_task_is_shown(office: Driver, visit: Callable) -> None:
    for number in ("first", "second"):
        office.open_case("permit", "rita", **{**ANSWERS, "subject": f"The {number} house"})
    first, second = office.all(select(HumanTask.id).order_by(HumanTask.id))
    rita = visit("rita")
    for task in (first, second):
        rita.send(f"/tasks/{task}/claim", lx__place="inbox:mine")

    rita.send(f"/tasks/{first}/complete", lx__place="inbox:mine", outcome="grant")

    assert "handed in" in rita.text
    assert f"/tasks/{second}/complete" in rita.page.text
    assert "My tasks 1" in rita.text


def test_missing_answers_come_back_with_a_summary_and_what_was_typed(
    matter: int, office: Driver, visit: Callable
) -> None:
    rita, task = visit("rita"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="inbox:mine")

    answer = rita.send(f"/tasks/{task}/complete", lx__place="inbox:mine", reason="It leaks")

    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text and "It leaks" in answer.text
    assert answer.text.split("<title>")[1].startswith("Error:")
    assert open_task(office) == task


def test_handing_in_twice_is_refused_and_does_nothing_twice(matter: int, office: Driver, visit: Callable) -> None:
    rita, task = visit("rita"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="task")
    rita.send(f"/tasks/{task}/complete", lx__place="task", outcome="grant")

    answer = rita.send(f"/tasks/{task}/complete", lx__place="task", outcome="refuse")

    assert answer.status_code == 409
    assert "already completed by rita" in rita.text
    assert len(office.all(select(HumanTask).where(HumanTask.element_id == "sign"))) == 1


def test_who_loses_the_race_sees_who_has_it(matter: int, office: Driver, visit: Callable) -> None:
    rita, omar, task = visit("rita"), visit("omar"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="inbox:group")

    answer = omar.send(f"/tasks/{task}/claim", lx__place="inbox:group")

    assert answer.status_code == 409
    assert "assigned to rita" in omar.text and "For my groups 0" in omar.text


def test_who_cannot_write_for_a_moment_is_told_when_to_try_again_and_keeps_what_was_typed(
    matter: int, office: Driver, visit: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, task = visit("rita"), f"/tasks/{open_task(office)}"
    rita.send(f"{task}/claim")
    monkeypatch.setattr("engine.database.BUSY_SECONDS", 0.05)

    with office.service.database.write() as others:
        others.execute(text("SELECT 1"))
        for order in ("claim", "release", "draft", "complete"):
            page = rita.send(f"{task}/{order}", outcome="refuse", reason="Because")

            assert (page.status_code, page.headers["Retry-After"]) == (503, "2"), order
            assert "others are writing; try again" in rita.text and "Because" in page.text, order

    rita.send(f"{task}/complete", outcome="grant", reason="Because")
    assert "handed in" in rita.text


def test_a_draft_is_kept_for_its_writer_and_shown_with_its_time(matter: int, office: Driver, visit: Callable) -> None:
    rita, task = visit("rita"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="task")

    rita.send(f"/tasks/{task}/draft", lx__place="task", reason="Half a sent")

    assert office.one(select(Draft)).data["reason"] == "Half a sent"
    assert "Draft saved 09:00" in rita.text
    assert "Half a sent" in rita.get(f"/tasks/{task}").text


def test_a_task_given_back_waits_for_the_group(matter: int, office: Driver, visit: Callable) -> None:
    rita, task = visit("rita"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="inbox:mine")

    rita.send(f"/tasks/{task}/release", lx__place="inbox:mine")

    assert rita.page.request.args["view"] == "group"
    assert "Nobody works on this yet" in rita.text


def test_the_pane_alone_is_sent_to_the_script(matter: int, office: Driver, visit: Callable) -> None:
    answer = visit("rita").get(f"/inbox?view=group&task={open_task(office)}", **{"HX-Target": "task-pane"})

    assert answer.text.lstrip().startswith("<section") and "<html" not in answer.text
    assert 'value="inbox:group"' in answer.text


def test_a_task_one_may_not_know_of_does_not_exist(matter: int, office: Driver, visit: Callable) -> None:
    nobody = visit("nobody")

    answer = nobody.get(f"/tasks/{open_task(office)}")

    assert answer.status_code == 404
    assert "Roof" not in nobody.text


def test_unknown_views_and_pages_fall_back(visit: Callable) -> None:
    rita = visit("rita")

    assert rita.get("/inbox?view=nonsense&sort=x&page=-3").status_code == 200
    assert "Nothing is waiting for you" in rita.text


def test_who_distributes_work_gives_a_task_to_a_member_of_its_group(
    matter: int, office: Driver, visit: Callable
) -> None:
    office.groups(supervisors=("case:assign", "case:read_all"))
    office.person("sven", "supervisors")
    sven, task = visit("sven"), open_task(office)
    sven.get(f"/tasks/{task}")
    assert 'value="rita"' in sven.page.text and 'value="hana"' not in sven.page.text

    sven.send(f"/tasks/{task}/assign", lx__place="task", assignee="rita")

    assert "The task is given on" in sven.text
    rita = visit("rita")
    rita.get("/inbox")
    assert "My tasks 1" in rita.text


def test_rules_over_several_answers_are_decided_by_the_server(matter: int, office: Driver, visit: Callable) -> None:
    rita, task = visit("rita"), open_task(office)
    rita.send(f"/tasks/{task}/claim", lx__place="task")
    assert f'data-rules="/tasks/{task}/fields"' in rita.page.text

    same = rita.client.post(f"/tasks/{task}/fields", data={"lx-csrf": rita.token, "outcome": "grant", "wish": "grant"})
    other = rita.client.post(
        f"/tasks/{task}/fields", data={"lx-csrf": rita.token, "outcome": "grant", "wish": "refuse"}
    )

    assert same.json["f-reason"] is False and other.json["f-reason"] is True
