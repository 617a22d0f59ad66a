"""A client program written for another engine deploys, starts, works and reads here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from camunda_orchestration_sdk import CamundaClient, errors, models

from tests.support.driver import BPMN, Driver
from tests.support.models import form, sequence, text_field, user_task

WAIT = '<bpmn:receiveTask id="reply" name="Reply comes" messageRef="m"/>'
MESSAGE = """<bpmn:message id="m" name="Reply"><bpmn:extensionElements><zeebe:subscription correlationKey="=number"/>
</bpmn:extensionElements></bpmn:message>"""


@pytest.fixture
def files(tmp_path: Path) -> list[str | Path]:
    folder = tmp_path / "models"
    folder.mkdir()
    body = sequence(user_task("look", "Look at it", form="looks"), WAIT, process_id="looking") + MESSAGE
    (folder / "looking.bpmn").write_text(BPMN.format(body=body))
    (folder / "looks.form").write_text(form("looks", text_field("seen", required=True)))
    return [folder / "looking.bpmn", folder / "looks.form"]


def test_the_sdk_deploys_starts_finds_completes_and_publishes(
    client: Callable[[str], CamundaClient], files: list[str | Path], office: Driver
) -> None:
    robot, rita = client("robot"), client("rita")

    deployed = robot.deploy_resources_from_files(files)
    assert [process.process_definition_id for process in deployed.processes] == ["looking"]
    assert [entry.form_id for entry in deployed.forms] == ["looks"]

    started = robot.create_process_instance(
        data=models.ProcessCreationById(
            process_definition_id="looking",
            variables=models.ProcessInstanceCreationInstructionBaseVariables.from_dict({"number": "A1"}),
        )
    )
    instance = robot.get_process_instance(started.process_instance_key)
    assert (instance.state, instance.process_definition_id, instance.has_incident) == ("ACTIVE", "looking", False)

    found = rita.search_user_tasks(
        data=models.UserTaskSearchQuery.from_dict({"filter": {"state": "CREATED", "elementId": "look"}})
    )
    task = found.items[0]
    assert (found.page.total_items, task.name, task.candidate_groups) == (1, "Look at it", ["clerks"])
    assert rita.get_user_task(task.user_task_key).process_instance_key == started.process_instance_key
    schema = json.loads(rita.get_user_task_form(task.user_task_key).schema)
    assert schema["id"] == "looks"

    rita.assign_user_task(task.user_task_key, data=models.UserTaskAssignmentRequest(assignee="rita"))
    assert rita.get_user_task(task.user_task_key).assignee == "rita"
    rita.complete_user_task(
        task.user_task_key, data=models.UserTaskCompletionRequest.from_dict({"variables": {"seen": "a leak"}})
    )
    assert rita.get_user_task(task.user_task_key).state == "COMPLETED"

    search = {"filter": {"processInstanceKey": started.process_instance_key}}
    variables = robot.search_variables(data=models.VariableSearchQuery.from_dict(search))
    assert {row.name: json.loads(row.value) for row in variables.items} == {"number": "A1", "seen": "a leak"}

    robot.publish_message(
        data=models.MessagePublicationRequest.from_dict(
            {"name": "Reply", "correlationKey": "A1", "variables": {"answer": "mended"}}
        )
    )
    assert robot.get_process_instance(started.process_instance_key).state == "COMPLETED"


def test_taking_back_and_giving_to_somebody_wants_the_permission(
    client: Callable[[str], CamundaClient], files: list[str | Path]
) -> None:
    robot, rita, omar = client("robot"), client("rita"), client("omar")
    robot.deploy_resources_from_files(files)
    robot.create_process_instance(data=models.ProcessCreationById(process_definition_id="looking"))
    task = rita.search_user_tasks(data=models.UserTaskSearchQuery()).items[0].user_task_key

    robot.assign_user_task(task, data=models.UserTaskAssignmentRequest(assignee="omar"))
    assert omar.get_user_task(task).assignee == "omar"
    robot.unassign_user_task(task)
    assert omar.get_user_task(task).assignee is None
    with pytest.raises(errors.ApiError) as refusal:
        rita.assign_user_task(task, data=models.UserTaskAssignmentRequest(assignee="omar"))
    assert refusal.value.status_code == 403


def test_refusals_are_problems_the_sdk_can_read(
    client: Callable[[str], CamundaClient], files: list[str | Path]
) -> None:
    robot, rita, omar = client("robot"), client("rita"), client("omar")
    robot.deploy_resources_from_files(files)
    robot.create_process_instance(data=models.ProcessCreationById(process_definition_id="looking"))
    task = rita.search_user_tasks(data=models.UserTaskSearchQuery()).items[0].user_task_key

    with pytest.raises(errors.BadRequestError) as bad:
        rita.complete_user_task(task, data=models.UserTaskCompletionRequest.from_dict({"variables": {"seen": " "}}))
    assert "seen" in str(bad.value)
    with pytest.raises(errors.NotFoundError):
        robot.get_process_instance("4711")
    rita.complete_user_task(task, data=models.UserTaskCompletionRequest.from_dict({"variables": {"seen": "it"}}))
    with pytest.raises(errors.ConflictError) as gone:
        omar.complete_user_task(task, data=models.UserTaskCompletionRequest.from_dict({"variables": {"seen": "me"}}))
    assert "already completed by rita" in str(gone.value)
