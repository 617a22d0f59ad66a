"""Cases are opened from a form, described by their process, clocked, linked and read by those who may."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.casework import LinkCases, OpenCase, RevealPersonalData
from engine.commands.clock import ExtendClock, PauseClock, ResumeClock, SetLocalDay
from engine.errors import Forbidden, InvalidInput, InvalidState, NotFound
from engine.model.casework import Case, Clock, Party
from engine.model.history import AuditEvent
from engine.queries import cases, repeats, tasks
from tests.support.driver import Driver
from tests.support.models import form, sequence, text_field, user_task

CLOCK = """<bpmn:serviceTask id="open_clock" name="Start the clock"><bpmn:extensionElements>
<zeebe:taskDefinition type="clock:open"/><zeebe:ioMapping>
<zeebe:input source="=&quot;reply&quot;" target="clock"/><zeebe:input source="=profile.clocks.reply" target="rule"/>
<zeebe:output source="={safe_due_at: safe_due_at}" target="reply_clock"/>
</zeebe:ioMapping>
</bpmn:extensionElements></bpmn:serviceTask>"""
STOP = """<bpmn:serviceTask id="stop_clock" name="Stop the clock"><bpmn:extensionElements>
<zeebe:taskDefinition type="clock:stop"/>
<zeebe:ioMapping><zeebe:input source="=&quot;reply&quot;" target="clock"/>
<zeebe:output source="=stopped_at" target="replied_at"/>
</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
DUE = '<zeebe:taskSchedule dueDate="=reply_clock.safe_due_at"/>'
MANIFEST = """
profile = "rules.yaml"
[[case_types]]
key = "complaint"
name = "Complaint"
process = "complaint"
form = "complaint"
number = "C-{year}-{sequence:03d}"
[case_types.fields]
title = "=subject"
status = '=if replied_at = null then "open" else "replied"'
[[case_types.parties]]
role = '="complainant"'
name = "=name"
phone = "=phone"
[case_types.similar]
text = ["subject"]
[case_types.statuses]
open = "Being worked on"
replied = "Replied"
"""
RULES = """clocks: {reply: {count: 15, unit: calendar_day, label: Reply in writing, basis: Art. 23}}"""
MARCH = {"subject": "No water in the north village", "name": "王小明", "phone": "138 0000 1234"}


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(
        desk=("case:open", "case:read_all", "personal_data:read", "case:assign"),
        clerks=("case:read_own",),
        others=("case:read_own",),
    )
    driver.person("rita", "desk")
    driver.person("omar", "clerks")
    driver.person("else", "others")
    driver.deploy(
        sequence(CLOCK, user_task("reply", "Reply", extra=DUE), STOP, process_id="complaint"),
        manifest__toml=MANIFEST,
        rules__yaml=RULES,
        complaint__form=form(
            "complaint", text_field("subject", required=True), text_field("name"), text_field("phone")
        ),
    )
    return driver


def test_a_case_gets_a_number_a_title_parties_and_a_clock(office: Driver) -> None:
    opened = office.open_case("complaint", "rita", **MARCH)

    case = office.one(select(Case).where(Case.id == opened.case_id))
    assert (case.number, case.title, case.status, case.opened_by) == ("C-2026-001", MARCH["subject"], "open", "rita")
    assert [(party.name, party.phone_digits) for party in office.all(select(Party))] == [("王小明", "13800001234")]
    clock = office.one(select(Clock))
    assert (clock.name, clock.start, clock.legal_due) == ("reply", date(2026, 3, 2), date(2026, 3, 17))
    assert office.open_case("complaint", "rita", subject="Another").case_id == case.id + 1


def test_the_task_is_due_with_its_clock_and_stops_it(office: Driver) -> None:
    opened = office.open_case("complaint", "rita", **MARCH)
    complaint = office.case_instance(opened.case_id)
    task = complaint.task("reply")
    assert task.row.due_at.astimezone(office.engine.zone).date() == date(2026, 3, 17)

    task.done_by("omar")

    assert office.one(select(Clock)).status == "stopped"
    case = office.one(select(Case))
    assert (case.status, case.closed_at) == ("replied", office.clock.now())


def test_bad_answers_open_nothing(office: Driver) -> None:
    with pytest.raises(InvalidInput) as refusal:
        office.open_case("complaint", "rita", name="Nobody")

    assert set(refusal.value.errors) == {"subject"}
    assert office.all(select(Case)) == []
    assert office.open_case("complaint", "rita", **MARCH).case_id
    assert office.one(select(Case.number)) == "C-2026-001"  # the refused one used up no number


def test_registering_wants_the_permission_and_a_known_type(office: Driver) -> None:
    with pytest.raises(Forbidden, match="case:open"):
        office.open_case("complaint", "omar", **MARCH)
    with pytest.raises(NotFound, match="Expected to find case type praise"):
        office.open_case("praise", "rita", **MARCH)


def test_an_extension_moves_the_clock_and_the_task_but_no_token(office: Driver) -> None:
    opened = office.open_case("complaint", "rita", **MARCH)
    clock, before = office.one(select(Clock)), office.case_instance(opened.case_id).row.state

    office.execute(ExtendClock(clock_id=clock.id, days=30, reason="Expert opinion"), by="rita")

    clock = office.one(select(Clock))
    assert (clock.extension_days, clock.raw_last_day) == (30, date(2026, 4, 16))
    instance = office.case_instance(opened.case_id)
    assert instance.task("reply").row.due_at.astimezone(office.engine.zone).date() == clock.safe_due
    assert instance.row.state == before
    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.execute(ExtendClock(clock_id=clock.id, days=30, reason=" "), by="rita")
    with pytest.raises(Forbidden):
        office.execute(ExtendClock(clock_id=clock.id, days=30, reason="I want"), by="omar")


def test_paused_days_do_not_count(office: Driver) -> None:
    office.open_case("complaint", "rita", **MARCH)
    clock_id = office.one(select(Clock.id))

    office.execute(PauseClock(clock_id=clock_id, reason="Hearing"), by="rita")
    office.later(days=5)
    office.execute(ResumeClock(clock_id=clock_id), by="rita")

    clock = office.one(select(Clock))
    assert (clock.excluded_days, clock.raw_last_day, clock.status) == (5, date(2026, 3, 22), "running")
    with pytest.raises(InvalidState, match="but it is running"):
        office.execute(ResumeClock(clock_id=clock_id), by="rita")


def test_a_local_holiday_moves_running_clocks(office: Driver) -> None:
    office.open_case("complaint", "rita", **MARCH)

    moved = office.engine.execute(
        SetLocalDay(day=date(2026, 3, 17), working=False, name="Local festival"), actor=SYSTEM
    )

    clock = office.one(select(Clock))
    assert (moved, clock.legal_due, clock.safe_due) == (1, date(2026, 3, 18), date(2026, 3, 16))
    assert office.engine.execute(SetLocalDay(day=date(2026, 3, 17), working=None), actor=SYSTEM) == 1
    assert office.one(select(Clock)).legal_due == date(2026, 3, 17)


def test_the_same_person_is_found_again(office: Driver) -> None:
    first = office.open_case("complaint", "rita", **MARCH)

    typed = {"name": "王小明", "phone": "13800001234", "subject": ""}
    found = office.engine.ask(repeats.likely, office.actor("rita"), "complaint", typed)

    assert [(case.case_id, str(case.reason)) for case in found] == [(first.case_id, "Same person and phone")]
    typed = {"subject": "Still no water in the north village!"}
    found = office.engine.ask(repeats.likely, office.actor("rita"), "complaint", typed)
    assert [str(case.reason) for case in found] == ["Similar words"]
    assert office.engine.ask(repeats.likely, office.actor("rita"), "complaint", {"subject": "Roads"}) == ()


def test_linked_cases_see_each_other(office: Driver) -> None:
    first, second = (office.open_case("complaint", "rita", **MARCH).case_id for _ in range(2))

    office.execute(LinkCases(case_id=second, other_case_id=first, kind="repeat_of"), by="rita")

    seen = office.engine.ask(cases.detail, office.actor("rita"), first)
    assert [(link.kind, link.case_id) for link in seen.links] == [("repeated_by", second)]
    with pytest.raises(NotFound, match="another case"):
        office.execute(LinkCases(case_id=second, other_case_id=second, kind="related"), by="rita")
    with pytest.raises(InvalidInput, match="friend is none"):
        office.execute(LinkCases(case_id=second, other_case_id=first, kind="friend"), by="rita")


def test_who_does_not_work_on_a_case_does_not_see_it(office: Driver) -> None:
    case_id = office.open_case("complaint", "rita", **MARCH).case_id

    assert office.engine.ask(cases.detail, office.actor("omar"), case_id).title == MARCH["subject"]
    with pytest.raises(NotFound, match="there is none for you"):
        office.engine.ask(cases.detail, office.actor("else"), case_id)
    assert office.engine.ask(cases.search, office.actor("else")).items == ()
    task_id = office.case_instance(case_id).task("reply").id
    with pytest.raises(NotFound, match="there is none for you"):
        office.engine.ask(tasks.detail, office.actor("else"), task_id)


def test_names_are_masked_for_those_who_do_not_need_them(office: Driver) -> None:
    case_id = office.open_case("complaint", "rita", **MARCH).case_id

    full = office.engine.ask(cases.detail, office.actor("rita"), case_id).parties[0]
    masked = office.engine.ask(cases.detail, office.actor("omar"), case_id).parties[0]

    assert (full.name, full.phone) == ("王小明", "138 0000 1234")
    assert "小明" not in masked.name and "0000" not in masked.phone


def test_a_look_at_identity_numbers_is_logged_with_its_reason(office: Driver) -> None:
    case_id = office.open_case("complaint", "rita", **MARCH).case_id

    office.execute(RevealPersonalData(case_id=case_id, reason="Payment list"), by="rita")

    logged = office.one(select(AuditEvent).where(AuditEvent.action == "reveal"))
    assert (logged.actor, logged.subject, logged.reason) == ("rita", "C-2026-001", "Payment list")
    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.execute(RevealPersonalData(case_id=case_id, reason=""), by="rita")
    with pytest.raises(Forbidden):
        office.execute(RevealPersonalData(case_id=case_id, reason="Curious"), by="omar")


def test_the_case_page_says_who_has_it_what_is_next_and_where_it_is(office: Driver) -> None:
    case_id = office.open_case("complaint", "rita", **MARCH).case_id

    page = office.engine.ask(cases.detail, office.actor("rita"), case_id)

    assert (page.number, page.status, page.open) == ("C-2026-001", "Being worked on", True)
    assert [(holder.step, holder.unit) for holder in page.holders] == [("Reply", "Clerks")]
    assert page.next_date == date(2026, 3, 17)
    assert [(clock.label, clock.light, clock.working_days) for clock in page.clocks] == [
        ("Reply in writing", "green", 11)
    ]
    assert {(place.element_id, place.state) for place in page.places} >= {
        ("open_clock", "completed"),
        ("reply", "active"),
    }
    assert [str(line.text) for line in page.history][-1].startswith(("Registered as C-2026-001", "The process began"))


def test_nobody_links_or_looks_into_a_case_they_may_not_read(office: Driver) -> None:
    case_id = office.open_case("complaint", "rita", **MARCH).case_id
    office.groups(outsiders=("case:open", "case:read_own", "personal_data:read"))
    office.person("olga", "outsiders")
    own = office.open_case("complaint", "olga", subject="Her own").case_id

    for order in (
        RevealPersonalData(case_id=case_id, reason="Curious"),
        LinkCases(case_id=own, other_case_id=case_id, kind="related"),
        LinkCases(case_id=case_id, other_case_id=own, kind="related"),
        OpenCase(case_type="complaint", data={"subject": "Again"}, repeat_of=case_id),
    ):
        with pytest.raises(NotFound, match="but there is none"):
            office.execute(order, by="olga")
