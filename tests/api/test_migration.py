"""The published SDK puts an instance on another version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from camunda_orchestration_sdk import CamundaClient, errors, models

from tests.support.driver import Driver
from tests.support.models import sequence, user_task


def test_the_sdk_migrates_an_instance(client: Callable[[str], CamundaClient], office: Driver) -> None:
    robot = client("robot")
    office.deploy(sequence(user_task("look", "Look at it")))
    instance = office.start("steps")
    old = instance.row.definition_id
    office.deploy(sequence(user_task("see", "Look at it"), user_task("sign", "Sign it")))
    new = office.start("steps").row.definition_id

    with pytest.raises(errors.ApiError, match="Expected element look in the new version"):
        robot.migrate_process_instance(str(instance.id), data=_to(new))
    with pytest.raises(errors.ApiError, match="permission operate"):
        client("rita").migrate_process_instance(str(instance.id), data=_to(new, look="see"))
    assert instance.row.definition_id == old

    robot.migrate_process_instance(str(instance.id), data=_to(new, look="see"))

    assert robot.get_process_instance(str(instance.id)).process_definition_key == str(new)
    assert instance.open_tasks == ["see"]


def _to(definition_id: int, **mapping: str) -> models.ProcessInstanceMigrationInstruction:
    instructions = [{"sourceElementId": source, "targetElementId": target} for source, target in mapping.items()]
    return models.ProcessInstanceMigrationInstruction.from_dict(
        {"targetProcessDefinitionKey": str(definition_id), "mappingInstructions": instructions}
    )
