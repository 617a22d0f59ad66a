"""People claim, release, draft and complete tasks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from engine.commands.human_task import AssignTask, ClaimTask, CompleteTask
from engine.errors import Forbidden, InvalidInput, InvalidState, NotFound, Rejection
from engine.model.runtime import Draft, TaskCandidate
from engine.queries import tasks
from tests.support.driver import Driver
from tests.support.models import form, sequence, text_field, user_task

FOUR_EYES = """<zeebe:properties><zeebe:property name="excludedUsers" value="=[drafted_by]"/></zeebe:properties>"""
DRAFTED_BY = """<zeebe:ioMapping><zeebe:output source="=task.completed_by" target="drafted_by"/>
<zeebe:output source="=opinion" target="opinion"/></zeebe:ioMapping>"""


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(clerks=(), heads=(), supervisors=("case:assign",))
    driver.person("rita", "clerks")
    driver.person("omar", "clerks")
    driver.person("hana", "heads", "clerks")
    driver.person("sven", "supervisors")
    driver.deploy(
        sequence(
            user_task("draft_opinion", "Draft the opinion", form="opinion", extra=DRAFTED_BY),
            user_task("approve", "Approve", groups="heads,clerks", extra=FOUR_EYES),
        ),
        opinion__form=form("opinion", text_field("opinion", required=True)),
    )
    return driver


def test_a_claimed_task_is_completed_and_the_next_one_opens(office: Driver) -> None:
    steps = office.start("steps")

    steps.task("draft_opinion").done_by("rita", opinion="Pay at once")

    assert steps.open_tasks == ["approve"]
    assert steps.variables["opinion"] == "Pay at once"
    assert [kind for kind in steps.history if kind.startswith("task")] == ["task claimed", "task completed"]


def test_the_instance_ends_with_its_last_task(office: Driver) -> None:
    steps = office.start("steps")

    steps.task("draft_opinion").done_by("rita", opinion="Pay")
    steps.task("approve").done_by("hana")

    assert (steps.row.status, steps.open_tasks) == ("completed", [])
    assert steps.history[-1] == "instance ended"
    assert office.all(select(TaskCandidate)) == []


def test_a_task_of_somebody_else_cannot_be_claimed(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion").claimed_by("rita")

    with pytest.raises(InvalidState, match=f"Expected to claim task {task.id}, but it is assigned to rita"):
        task.claimed_by("omar")


def test_only_candidates_claim(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion")

    with pytest.raises(Forbidden, match="but sven is not in clerks"):
        task.claimed_by("sven")


def test_completion_by_another_user_is_refused(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion").claimed_by("rita")

    with pytest.raises(Forbidden, match="assigned to rita"):
        task.complete(as_user="omar", opinion="No")


def test_an_unclaimed_task_cannot_be_completed(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion")

    with pytest.raises(InvalidState, match="but nobody has claimed it"):
        task.complete(as_user="rita", opinion="No")


def test_a_second_completion_is_refused_and_changes_nothing(office: Driver) -> None:
    steps = office.start("steps")
    task = steps.task("draft_opinion")
    task.done_by("rita", opinion="First")

    with pytest.raises(InvalidState, match="it was already completed by rita"):
        task.complete("rita", opinion="Second")

    assert steps.variables["opinion"] == "First"


def test_released_tasks_are_for_everybody_again(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion").claimed_by("rita")

    task.released_by("rita")

    assert task.claimed_by("omar").row.assignee == "omar"


def test_the_drafter_does_not_approve(office: Driver) -> None:
    steps = office.start("steps")
    steps.task("draft_opinion").done_by("hana", opinion="Pay")

    with pytest.raises(Forbidden, match="somebody who did not work on the step before, but hana did"):
        steps.task("approve").claimed_by("hana")

    steps.task("approve").done_by("rita")
    assert steps.row.status == "completed"


def test_answers_that_do_not_fit_the_form_are_refused_by_field(office: Driver) -> None:
    steps = office.start("steps")
    task = steps.task("draft_opinion").claimed_by("rita")

    with pytest.raises(InvalidInput) as refusal:
        task.complete("rita", opinion="  ")

    assert set(refusal.value.errors) == {"opinion"}
    assert steps.open_tasks == ["draft_opinion"]


def test_a_form_writes_no_variable_that_is_not_its_field(office: Driver) -> None:
    steps = office.start("steps", secret="kept")
    task = steps.task("draft_opinion").claimed_by("rita")

    with pytest.raises(InvalidInput):
        task.complete("rita", opinion="Pay", secret="stolen")

    assert steps.variables["secret"] == "kept"


def test_drafts_are_kept_for_their_owner_and_leave_with_the_task(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion").claimed_by("rita")

    task.drafted_by("rita", opinion="Pay").drafted_by("rita", opinion="Pay at o")

    assert office.one(select(Draft)).data == {"opinion": "Pay at o"}
    task.complete("rita", opinion="Pay at once")
    assert office.all(select(Draft)) == []


def test_who_distributes_work_assigns_and_takes_back(office: Driver) -> None:
    task = office.start("steps").task("draft_opinion")

    office.execute(AssignTask(task_id=task.id, assignee="omar"), by="sven")

    assert task.row.assignee == "omar"
    office.execute(AssignTask(task_id=task.id, assignee=None), by="sven")
    assert task.row.assignee is None
    with pytest.raises(Forbidden, match="lacks the permission case:assign"):
        office.execute(AssignTask(task_id=task.id, assignee="omar"), by="rita")
    with pytest.raises(NotFound, match="no such active account"):
        office.execute(AssignTask(task_id=task.id, assignee="nobody"), by="sven")


def test_an_unknown_task_is_not_found(office: Driver) -> None:
    with pytest.raises(NotFound, match="Expected to find task 4711, but there is none"):
        office.execute(ClaimTask(task_id=4711), by="rita")


def test_of_two_simultaneous_completions_one_wins(office: Driver) -> None:
    def outcome(task_id: int) -> str:
        try:
            office.execute(CompleteTask(task_id=task_id, data={"opinion": "Pay"}), by="rita")
            return "done"
        except Rejection as refusal:
            return type(refusal).__name__

    instances = [office.start("steps") for _ in range(5)]
    with ThreadPoolExecutor(4) as threads:
        for steps in instances:
            task = steps.task("draft_opinion").claimed_by("rita")

            outcomes = list(threads.map(outcome, [task.id] * 4))

            assert sorted(outcomes) == ["InvalidState", "InvalidState", "InvalidState", "done"]
            assert steps.history.count("task completed") == 1


def test_a_decision_is_made_anew_in_every_round(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.person("rita", "clerks")
    decide = {
        "type": "radio",
        "key": "approval",
        "label": "Decision",
        "values": [{"label": "Approve", "value": "approve"}, {"label": "Return", "value": "return"}],
        "validate": {"required": True},
    }
    outcomes = '<zeebe:properties><zeebe:property name="outcomes" value="approval"/></zeebe:properties>'
    driver.deploy(
        sequence(
            user_task("first", form="approval", extra=outcomes), user_task("second", form="approval", extra=outcomes)
        ),
        approval__form=form("approval", decide, text_field("remark")),
    )
    steps = driver.start("steps")
    steps.task("first").done_by("rita", approval="return", remark="Say more")
    second = steps.task("second").claimed_by("rita")

    with pytest.raises(InvalidInput) as refusal:
        second.complete("rita")

    assert set(refusal.value.errors) == {"approval"}
    shown = driver.engine.ask(tasks.detail, driver.actor("rita"), second.id).variables
    assert ("approval" not in shown, shown["remark"]) == (True, "Say more")
