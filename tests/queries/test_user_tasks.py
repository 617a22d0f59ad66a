"""Human tasks, instances and variables as an API asks for them: filtered, sorted, page by page, and only one's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.instance import StartInstance
from engine.errors import InvalidInput, NotFound
from engine.model.runtime import HumanTask, ProcessInstance
from engine.queries import user_tasks
from tests.support.driver import Driver, TaskDriver
from tests.support.models import form, sequence, text_field, user_task

PRIORITY = '<zeebe:priorityDefinition priority="=urgency"/>'
MANIFEST = """
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
"""
ERRANDS = (50, 90, 10)  # by urgency, which also names them


@pytest.fixture(scope="module")
def office(driver: Driver) -> Driver:
    """Three errands of clerks, the second taken by Rita and the third done by Omar, and Hana's complaint for heads."""
    driver.groups(clerks=(), heads=("case:open", "case:read_all"))
    driver.person("rita", "clerks")
    driver.person("omar", "clerks")
    driver.person("hana", "heads")
    driver.person("guest")
    driver.deploy(
        sequence(user_task("run", "Run", form="errand", extra=PRIORITY)),
        errand__form=form("errand", text_field("found")),
    )
    driver.deploy(
        sequence(user_task("reply", groups="heads"), process_id="complaint"), name="office", manifest__toml=MANIFEST
    )
    for urgency in ERRANDS:
        driver.later(minutes=5)
        start = StartInstance(process_key="steps", variables={"urgency": urgency}, business_key=f"errand {urgency}")
        driver.engine.execute(start, actor=SYSTEM)
    _, second, third = (TaskDriver(driver=driver, id=id) for id in driver.all(select(HumanTask.id).order_by("id")))
    second.claimed_by("rita")
    third.done_by("omar", found="Nothing")
    driver.open_case("complaint", "hana")
    return driver


def found(office: Driver, who: str = "rita", **asked: Any) -> list[str | None]:
    rows, total = office.engine.ask(user_tasks.search, office.actor(who), **asked)
    assert total >= len(rows)
    return [row.business_key for row in rows]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("rita", ["errand 50", "errand 90"]),
        ("omar", ["errand 50", "errand 90", "errand 10"]),  # what one did stays in sight
        ("hana", ["C-2026-001"]),
        ("guest", []),
    ],
)
def test_everybody_sees_their_own_work(office: Driver, who: str, expected: list[str]) -> None:
    assert found(office, who) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"status": {"$eq": "completed"}}, ["errand 10"]),
        ({"status": {"$neq": "completed"}}, ["errand 50", "errand 90"]),
        ({"assignee": {"$exists": False}}, ["errand 50"]),
        ({"assignee": {"$exists": True}}, ["errand 90", "errand 10"]),
        ({"assignee": {"$in": ["rita", "sven"]}}, ["errand 90"]),
        ({"business_key": {"$notIn": ["errand 90"]}}, ["errand 50", "errand 10"]),
        ({"priority": {"$gte": 50, "$lt": 90}}, ["errand 50"]),
        ({"priority": {"$gt": 50}}, ["errand 90"]),
        ({"priority": {"$lte": 10}}, ["errand 10"]),
        ({"business_key": {"$like": "errand ?0"}}, ["errand 50", "errand 90", "errand 10"]),
        ({"business_key": {"$like": "*9*"}}, ["errand 90"]),
        ({"candidate_group": {"$eq": "clerks"}}, ["errand 50", "errand 90"]),
        ({"candidate_user": {"$eq": "rita"}}, []),
        ({"process_key": {"$eq": "complaint"}}, []),
    ],
)
def test_tasks_are_filtered(office: Driver, where: dict[str, Any], expected: list[str]) -> None:
    assert found(office, "omar", where=where) == expected


def test_an_unknown_comparison_is_refused(office: Driver) -> None:
    with pytest.raises(InvalidInput, match=r"Expected one of \$eq, .*, but it is \$sounds"):
        found(office, where={"name": {"$sounds": "ran"}})


def test_tasks_are_sorted_and_come_in_pages(office: Driver) -> None:
    assert found(office, "omar", sort=[("priority", True)]) == ["errand 90", "errand 50", "errand 10"]
    assert found(office, "omar", sort=[("status", False), ("created_at", True)])[0] == "errand 10"
    rows, total = office.engine.ask(user_tasks.search, office.actor("omar"), offset=1, limit=1)
    assert ([row.business_key for row in rows], total) == (["errand 90"], 3)


def test_a_task_says_what_its_process_is_and_who_may_have_it(office: Driver) -> None:
    task = _task(office, "errand 50")

    row = office.engine.ask(user_tasks.get, office.actor("rita"), task)

    assert (row.name, row.status, row.priority, row.assignee) == ("Run", "open", 50, None)
    assert (row.candidate_groups, row.candidate_users) == (("clerks",), ())
    assert (row.process_key, row.process_name, row.process_version) == ("steps", "Steps", 1)


def test_a_task_has_its_form_or_none(office: Driver) -> None:
    errand = office.engine.ask(user_tasks.form_of, office.actor("rita"), _task(office, "errand 50"))

    assert (errand.key, errand.version, json.loads(errand.schema)["id"]) == ("errand", 1, "errand")
    assert office.engine.ask(user_tasks.form_of, office.actor("hana"), _task(office, "C-2026-001")) is None


@pytest.mark.parametrize("query", [user_tasks.get, user_tasks.form_of, user_tasks.task_variables])
def test_work_of_others_does_not_exist(office: Driver, query: Any) -> None:
    task = _task(office, "errand 50")

    with pytest.raises(NotFound, match=f"Expected to find task {task}, but there is none for you"):
        office.engine.ask(query, office.actor("guest"), task)


def test_variables_are_read_by_task_and_by_instance(office: Driver) -> None:
    task = _task(office, "errand 50")
    running, done = (_instance(office, f"errand {urgency}") for urgency in (50, 10))

    of_task = office.engine.ask(user_tasks.task_variables, office.actor("rita"), task)
    of_running, of_done = (office.engine.ask(user_tasks.variables, SYSTEM, instance) for instance in (running, done))

    assert [(row.name, row.value) for row in of_task] == [("urgency", "50")]
    assert [(row.name, row.value, row.instance_id) for row in of_running] == [("urgency", "50", running)]
    assert [(row.name, row.value) for row in of_done] == [("found", '"Nothing"'), ("urgency", "10")]


def test_an_instance_is_seen_by_operators_and_readers_of_its_case(office: Driver) -> None:
    complaint, errand = _instance(office, "C-2026-001"), _instance(office, "errand 10")

    row = office.engine.ask(user_tasks.instance, office.actor("hana"), complaint)
    ended = office.engine.ask(user_tasks.instance, SYSTEM, errand)

    assert (row.process_key, row.version, row.status, row.has_incident) == ("complaint", 1, "running", False)
    assert (ended.status, ended.ended_at) == ("completed", office.clock.now())
    for who, hidden in (("hana", errand), ("rita", complaint)):
        with pytest.raises(NotFound, match=f"Expected to find instance {hidden}, but there is none for you"):
            office.engine.ask(user_tasks.instance, office.actor(who), hidden)
    with pytest.raises(NotFound, match="Expected to find instance 99"):
        office.engine.ask(user_tasks.instance, SYSTEM, 99)


def _instance(office: Driver, business_key: str) -> int:
    return office.one(select(ProcessInstance.id).where(ProcessInstance.business_key == business_key))


def _task(office: Driver, business_key: str) -> int:
    return office.one(select(HumanTask.id).where(HumanTask.instance_id == _instance(office, business_key)))
