"""Whatever people took, gave back and were given: the inbox has what a plain look at every task has, in its order."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select, update

from engine.model.runtime import HumanTask, TaskCandidate
from engine.queries import cases, finding, inbox
from tests.support.driver import Driver
from tests.support.models import sequence, user_task

SCHEDULE = '<zeebe:taskSchedule dueDate="=due"/><zeebe:priorityDefinition priority="=urgency"/>'
ASSIGNMENT = '<zeebe:assignmentDefinition candidateGroups="=groups"/>'
MANIFEST = """
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
fields = { title = "=subject" }
parties = [{ role = '="complainant"', name = "=name" }]
"""
GROUPS = ("north", "south", "east")
SUBJECTS = ("Water", "Roads", "Noise", "漏水的房屋", "房屋")


@pytest.fixture(scope="module")
def office(driver: Driver) -> Driver:
    """Thirty tasks of one, two or three groups; some are taken, given back, done, or became due on another day."""
    driver.groups(desk=("case:open", "case:read_all"), **dict.fromkeys(GROUPS, ("case:read_own",)))
    driver.person("rita", "desk")
    driver.person("omar", "north", "south")
    driver.person("hana", "east")
    driver.deploy(
        sequence(user_task("reply", "Reply", groups=None, extra=SCHEDULE + ASSIGNMENT), process_id="complaint"),
        manifest__toml=MANIFEST,
    )
    chosen = random.Random(5)
    for number in range(30):
        driver.later(minutes=chosen.choice((0, 5)))
        day = chosen.choice((None, "2026-02-26", "2026-03-03", "2026-03-04", "2026-03-20"))
        groups = chosen.sample(GROUPS, chosen.randint(1, 3))
        data = {
            "subject": f"{chosen.choice(SUBJECTS)} {number}",
            "name": chosen.choice(("王小明", "Ada")),
            "due": day and f"{day}T23:59:59+08:00",
            "urgency": chosen.choice((10, 50, 90)),
            "groups": groups,
        }
        task = driver.case_instance(driver.open_case("complaint", "rita", **data).case_id).task("reply")
        who = "hana" if groups == ["east"] else "omar"
        if (fate := chosen.random()) < 0.2:
            task.claimed_by(who)
        elif fate < 0.4:
            task.claimed_by(who).released_by(who)
        elif fate < 0.5:
            task.done_by(who)
    with driver.service.database.write() as session:
        due = session.scalars(select(HumanTask.due_at).where(HumanTask.due_at.is_not(None)).limit(1)).one()
        session.execute(update(HumanTask).where(HumanTask.id.in_((3, 4, 5))).values(due_at=due))
    return driver


def plainly(office: Driver, who: str, view: str, sort: str) -> list[int]:
    """The ids by looking at every task."""
    groups = office.actor(who).groups
    with office.service.database.read() as session:
        rows = list(session.scalars(select(HumanTask).where(HumanTask.status == "open")))
        offered = {
            task_id
            for task_id, name in session.execute(select(TaskCandidate.task_id, TaskCandidate.name))
            if name in groups
        }
    now = office.clock.now()
    mine = [row for row in rows if row.assignee == who]
    free = [row for row in rows if row.assignee is None and row.id in offered]
    chosen = {
        "mine": mine,
        "group": free,
        "overdue": [row for row in mine + free if row.due_at is not None and row.due_at < now],
    }[view]
    keys = {
        "due": lambda row: (row.due_at is None, row.due_at or now, -row.priority, row.id),
        "priority": lambda row: (-row.priority, row.due_at is None, row.due_at or now, row.id),
        "created": lambda row: (-row.created_at.timestamp(), -row.id),
    }
    return [row.id for row in sorted(chosen, key=keys[sort])]


@pytest.mark.parametrize("who", ["omar", "hana"])
@pytest.mark.parametrize("view", ["mine", "group", "overdue"])
@pytest.mark.parametrize("sort", ["due", "priority", "created"])
def test_all_pages_together_are_the_plain_list(office: Driver, who: str, view: str, sort: str) -> None:
    wanted = plainly(office, who, view, sort)

    pages = [
        office.engine.ask(inbox.show, office.actor(who), view, sort=sort, page=page, size=4)
        for page in range(1, -(-len(wanted) // 4) + 1)
    ]

    assert [item.task_id for page in pages for item in page.items] == wanted
    assert {page.total for page in pages} <= {len(wanted)}


@pytest.mark.parametrize("words", ["Water", "漏水", "房屋", "屋", "王小明", "ada", "C-2026-01", "nothing", "Reply"])
@pytest.mark.parametrize(("sample", "frequent"), [(2000, 20), (3, 1), (3, 4)])
def test_words_find_the_same_along_every_way(
    office: Driver, monkeypatch: pytest.MonkeyPatch, words: str, sample: int, frequent: int
) -> None:
    monkeypatch.setattr(finding, "SAMPLE", sample)
    monkeypatch.setattr(finding, "FREQUENT", frequent)
    every = office.engine.ask(cases.search, office.actor("rita"), "").items
    told = {
        row.case_id
        for row in every
        if words.lower() in f"{row.number} {row.title}".lower() or (row.party and words.lower() in said(office, row))
    }

    found = office.engine.ask(cases.search, office.actor("rita"), words)
    offered = office.engine.ask(inbox.show, office.actor("omar"), "group", search=words)

    assert [row.case_id for row in found.items] == [row.case_id for row in every if row.case_id in told]
    everything = office.engine.ask(inbox.show, office.actor("omar"), "group").items
    assert [item.task_id for item in offered.items] == [
        item.task_id for item in everything if item.case_id in told or words == "Reply"
    ]


def said(office: Driver, row: cases.CaseRow) -> str:
    from engine.model.casework import Party

    with office.service.database.read() as session:
        return " ".join(session.scalars(select(Party.name).where(Party.case_id == row.case_id))).lower()
