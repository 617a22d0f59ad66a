"""Packs are checked and deployed; a bad deployment changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.access import SYSTEM
from engine.commands.deployment import DeployPack
from engine.errors import Forbidden, InvalidDeployment
from engine.model.repository import Deployment, FormDefinition, ProcessDefinition, Resource
from engine.packs import Pack
from tests.support.driver import BPMN, Driver
from tests.support.models import form, sequence, text_field, user_task


def test_a_deployment_makes_versions_and_the_same_again_makes_none(driver: Driver) -> None:
    driver.groups(clerks=())
    body = sequence(user_task("look", form="looks"))
    looks = form("looks", text_field("seen"))

    first = driver.deploy(body, looks__form=looks)
    again = driver.deploy(body, looks__form=looks)

    assert first.created == (("process", "steps", 1), ("form", "looks", 1))
    assert (again.created, again.deployment_id) == ((), first.deployment_id)
    assert (first.is_new, again.is_new) == (True, False)


def test_only_what_changed_gets_a_new_version(driver: Driver) -> None:
    driver.groups(clerks=())
    body = sequence(user_task("look", form="looks"))
    driver.deploy(body, looks__form=form("looks", text_field("seen")))

    changed = driver.deploy(body, looks__form=form("looks", text_field("seen"), text_field("heard")))

    assert changed.created == (("form", "looks", 2),)
    assert driver.one(select(func.max(ProcessDefinition.version))) == 1


@pytest.mark.parametrize(
    ("binding", "made"), [("latest", {"inner"}), ("deployment", {"inner", "outer"})], ids=["latest", "deployment"]
)
def test_a_changed_called_process_makes_a_caller_new_that_is_bound_to_it(
    driver: Driver, binding: str, made: set[str]
) -> None:
    driver.groups(clerks=())
    call = f"""<bpmn:callActivity id="call" name="Call"><bpmn:extensionElements>
    <zeebe:calledElement processId="inner" bindingType="{binding}"/>
    </bpmn:extensionElements></bpmn:callActivity>"""
    outer = sequence(call, process_id="outer")
    driver.deploy(outer, inner__bpmn=BPMN.format(body=sequence(user_task("one"), process_id="inner")))

    changed = driver.deploy(outer, inner__bpmn=BPMN.format(body=sequence(user_task("two"), process_id="inner")))

    assert set(changed.created) == {("process", key, 2) for key in made}
    assert driver.start("outer").open_tasks == ["two"]


def test_a_process_of_a_thousand_tasks_is_deployed_and_runs(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.person("rita", "clerks")
    tasks = [f'<bpmn:task id="t{number}"/>' for number in range(999)]

    driver.deploy(sequence(*tasks[:500], user_task("look"), *tasks[500:]))
    instance = driver.start("steps")

    assert instance.open_tasks == ["look"]
    instance.task("look").done_by("rita")
    assert instance.row.status == "completed"
    assert instance.history.count("element completed") == 999


def test_running_instances_stay_on_their_version(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.person("rita", "clerks")
    driver.deploy(sequence(user_task("one"), user_task("two")))
    old = driver.start("steps")

    driver.deploy(sequence(user_task("one"), user_task("three")))
    old.task("one").done_by("rita")
    new = driver.start("steps")
    new.task("one").done_by("rita")

    assert (old.open_tasks, new.open_tasks) == (["two"], ["three"])


def test_a_bad_deployment_says_why_and_changes_nothing(driver: Driver) -> None:
    broken = sequence(user_task("look", groups="strangers", form="nowhere"), process_id="broken")

    with pytest.raises(InvalidDeployment) as refusal:
        driver.deploy(broken, good__form=form("good", text_field("a")))

    told = {(finding.resource, finding.element_id) for finding in refusal.value.findings}
    assert ("process.bpmn", "look") in told
    sentences = " ".join(str(finding.message) for finding in refusal.value.findings)
    assert "nowhere" in sentences and "strangers" in sentences
    assert [driver.all(select(row)) for row in (Deployment, Resource, FormDefinition, ProcessDefinition)] == [[]] * 4


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("manifest.toml", "key = ", "Expected a readable manifest"),
        ("manifest.toml", 'profile = "none.yaml"', "Expected the profile none.yaml"),
        ("manifest.toml", '[[groups]]\nkey = "a"\npermissions = ["fly"]', "Expected a known permission"),
        ("bad.form", "{", "Expected readable JSON"),
        ("bad.form", "{}", "Expected a form with an id"),
        ("bad.dmn", "<x/>", "Expected"),
        ("bad.bpmn", "<!DOCTYPE x><x/>", "Expected"),
    ],
)
def test_unreadable_resources_are_findings(driver: Driver, name: str, content: str, told: str) -> None:
    with pytest.raises(InvalidDeployment) as refusal:
        driver.engine.execute(DeployPack(pack=Pack(name="bad", resources={name: content.encode()})), actor=SYSTEM)

    assert any(told in finding.message and finding.resource == name for finding in refusal.value.findings)


def test_deploying_wants_the_permission(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.person("rita", "clerks")

    with pytest.raises(Forbidden, match="lacks the permission deploy"):
        driver.execute(DeployPack(pack=Pack(name="x", resources={})), by="rita")
