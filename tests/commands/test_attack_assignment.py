"""A supervisor gives a task to those whose work it is, not to anybody, and not to themselves."""

from __future__ import annotations

import pytest

from engine.commands.human_task import AssignTask
from engine.errors import Forbidden
from tests.support.driver import Driver, TaskDriver
from tests.support.models import sequence, user_task


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(desk=(), heads=(), supervisors=("case:assign",))
    for name, group in (("rita", "desk"), ("hana", "heads"), ("sven", "supervisors")):
        driver.person(name, group)
    return driver


def task_of(office: Driver, **wanted: str) -> TaskDriver:
    office.deploy(sequence(user_task("look", **wanted)))
    return office.start("steps").task("look")


@pytest.mark.parametrize("outsider", ["hana", "sven"])
def test_nobody_outside_of_the_candidates_is_given_a_task(office: Driver, outsider: str) -> None:
    task = task_of(office, groups="desk")

    with pytest.raises(Forbidden, match=f"{outsider} is not in desk"):
        office.execute(AssignTask(task_id=task.id, assignee=outsider), by="sven")

    assert task.row.assignee is None


def test_a_candidate_is(office: Driver) -> None:
    task = task_of(office, groups="desk")

    office.execute(AssignTask(task_id=task.id, assignee="rita"), by="sven")

    assert task.row.assignee == "rita"
