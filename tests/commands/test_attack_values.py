"""What an expression of a diagram gives and no database keeps stops the process at that element, and nothing else."""

from __future__ import annotations

from tests.support.driver import Driver
from tests.support.models import sequence, user_task

MANY = '<zeebe:taskDefinition type="send" retries="=99999999999"/>'
SERVICE = f'<bpmn:serviceTask id="send"><bpmn:extensionElements>{MANY}</bpmn:extensionElements></bpmn:serviceTask>'


def test_attack_more_retries_than_a_column_keeps(driver: Driver) -> None:
    driver.deploy(sequence(SERVICE), manifest__toml=b'job_types = ["send"]')

    assert "32 bits" in driver.start("steps").incident.message


def test_attack_a_nul_in_a_name(driver: Driver) -> None:
    nobody = '<zeebe:assignmentDefinition assignee="=&quot;a\\u0000b&quot;"/>'
    task = user_task("look", groups="desk").replace('<zeebe:assignmentDefinition candidateGroups="desk"/>', nobody)
    assert nobody in task
    driver.groups(desk=())
    driver.deploy(sequence(task))

    assert driver.start("steps").task("look").row.assignee == "a\ufffdb"
