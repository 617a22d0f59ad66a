"""The inbox: five views with true counts, found, sorted and turned page by page."""

from __future__ import annotations

from datetime import date

import pytest

from engine.queries import inbox
from engine.queries.inbox import Inbox
from tests.support.driver import Driver
from tests.support.models import sequence, user_task

SCHEDULE = '<zeebe:taskSchedule dueDate="=due"/><zeebe:priorityDefinition priority="=urgency"/>'
MANIFEST = """
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
fields = { title = "=subject" }
parties = [{ role = '="complainant"', name = "=name" }, { role = '="witness"', name = "=witness" }]
"""
# Subject, due day, urgency; it is Monday, 2 March 2026.
MATTERS = (
    ("Water", "2026-03-20", 50),
    ("Roads", "2026-03-04", 90),
    ("Noise", "2026-02-27", 50),
    ("Trees 100%", None, 10),
    ("Water again", "2026-03-05", 50),
    ("Smoke", "2026-02-26", 50),
    ("Dogs", "2026-03-03", 50),
    ("Cats", "2026-03-03", 50),
)


@pytest.fixture(scope="module")
def office(driver: Driver) -> Driver:
    """Omar works on the second water, Hana on the smoke; Omar is done with the dogs and, later, the cats."""
    driver.groups(desk=("case:open",), clerks=("case:read_own",), heads=("case:read_all", "personal_data:read"))
    driver.person("rita", "desk")
    driver.person("omar", "clerks")
    driver.person("hana", "clerks", "heads")
    driver.deploy(
        sequence(user_task("reply", "Reply", extra=SCHEDULE), process_id="complaint"), manifest__toml=MANIFEST
    )
    cases = {}
    for subject, day, urgency in MATTERS:
        driver.later(minutes=5)
        due = day and f"{day}T23:59:59+08:00"
        data = {"subject": subject, "name": f"王小{subject[0]}", "witness": "Ada", "due": due, "urgency": urgency}
        cases[subject] = driver.case_instance(driver.open_case("complaint", "rita", **data).case_id).task("reply")
    cases["Water again"].claimed_by("omar").drafted_by("omar", answer="We")
    cases["Smoke"].claimed_by("hana")
    cases["Dogs"].done_by("omar")
    driver.later(minutes=5)
    cases["Cats"].done_by("omar")
    return driver


def seen(office: Driver, who: str, view: str, **asked: object) -> Inbox:
    return office.engine.ask(inbox.show, office.actor(who), view, **asked)


def titles(inbox: Inbox) -> list[str]:
    return [item.title for item in inbox.items]


@pytest.mark.parametrize(
    ("who", "view", "found"),
    [
        ("omar", "mine", ["Water again"]),
        ("omar", "group", ["Noise", "Roads", "Water", "Trees 100%"]),
        ("omar", "due_soon", ["Roads", "Water again"]),
        ("omar", "overdue", ["Noise"]),
        ("omar", "done", ["Cats", "Dogs"]),
        ("hana", "mine", ["Smoke"]),
        ("hana", "overdue", ["Smoke", "Noise"]),
        ("hana", "due_soon", ["Roads"]),
        ("hana", "done", []),
        ("rita", "group", []),
        ("omar", "nonsense", ["Water again"]),
    ],
)
def test_a_view_shows_what_it_counts(office: Driver, who: str, view: str, found: list[str]) -> None:
    inbox = seen(office, who, view)

    assert titles(inbox) == found
    assert inbox.total == inbox.counts[inbox.view] == len(found)


def test_the_counts_are_the_same_in_every_view(office: Driver) -> None:
    counts = [seen(office, "omar", view).counts for view in inbox.VIEWS]

    assert counts == [{"mine": 1, "group": 4, "due_soon": 2, "overdue": 1, "done": 2}] * 5


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("due", ["Noise", "Roads", "Water", "Trees 100%"]),
        ("priority", ["Roads", "Noise", "Water", "Trees 100%"]),
        ("created", ["Trees 100%", "Noise", "Roads", "Water"]),
        ("colour", ["Noise", "Roads", "Water", "Trees 100%"]),
    ],
)
def test_work_is_sorted_by_due_date_priority_or_age(office: Driver, sort: str, found: list[str]) -> None:
    assert titles(seen(office, "omar", "group", sort=sort)) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Water", ["Water"]),
        ("water", ["Water"]),
        (" oad ", ["Roads"]),
        ("C-2026-003", ["Noise"]),
        ("王小N", ["Noise"]),
        ("Reply", ["Noise", "Roads", "Water", "Trees 100%"]),
        ("100%", ["Trees 100%"]),
        ("%", ["Trees 100%"]),
        ("_", []),
        ("Smoke", []),
    ],
)
def test_work_is_found_by_number_title_step_or_name(office: Driver, words: str, found: list[str]) -> None:
    inbox = seen(office, "omar", "group", search=words)

    assert (titles(inbox), inbox.total) == (found, len(found))
    assert inbox.counts["group"] == 4


def test_pages_are_turned_and_never_past_the_last(office: Driver) -> None:
    first, last, beyond, before = (seen(office, "omar", "group", page=page, size=3) for page in (1, 2, 9, -1))

    assert (titles(first), first.page, first.pages, first.total) == (["Noise", "Roads", "Water"], 1, 2, 4)
    assert (titles(last), last.page) == (["Trees 100%"], 2)
    assert beyond == last
    assert before == first


def test_a_line_says_whose_it_is_when_it_is_due_and_whom_it_concerns(office: Driver) -> None:
    mine = seen(office, "omar", "mine").items[0]
    overdue = seen(office, "hana", "overdue").items[1]

    assert (mine.number, mine.step, mine.unit, mine.process) == ("C-2026-005", "Reply", "Clerks", "complaint")
    assert (mine.party, mine.party_count) == ("王**", 2)
    assert (mine.assigned_to_me, mine.assignee, mine.draft) == (True, "omar", True)
    assert (mine.due.due_on, mine.due.working_days, mine.due.light) == (date(2026, 3, 5), 3, "amber")
    assert (overdue.party, overdue.due.working_days, overdue.due.light) == ("王小N", -2, "yellow")
    assert (overdue.assignee, overdue.assigned_to_me, overdue.draft) == (None, False, False)
    assert seen(office, "omar", "done").items[0].completed_at == office.clock.now()


def test_work_without_a_case_is_called_by_its_step(office: Driver) -> None:
    office.deploy(sequence(user_task("count", "Count the stamps", groups="heads")), name="errands")
    office.start("steps")

    item = seen(office, "hana", "group", search="stamps").items[0]

    assert (item.title, item.number, item.case_id, item.party) == ("Count the stamps", None, None, "")


def test_nobody_counts_on_where_there_are_very_many(office: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("finding", "inbox"):
        monkeypatch.setattr(f"engine.queries.{module}.MOST_COUNTED", 2)

    inbox = seen(office, "omar", "group", size=2)

    assert (inbox.total, inbox.counts["group"], inbox.counts["due_soon"], inbox.pages) == (3, 3, 2, 1)
