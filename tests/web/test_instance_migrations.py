"""An operator puts running instances on a newer version, without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.jobs.functions import JobContext, migrate_instances
from engine.model.instance_migration import InstanceMigrationBatch, InstanceMigrationItem
from engine.model.repository import ProcessDefinition
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import sequence, user_task

NEW = "/operate/migrations/new?source={}&target={}"


@pytest.fixture
def under_way(office: Driver) -> list[InstanceDriver]:
    """Two instances of version 1, one of them already at the second step, and a version 2 with another first step."""
    first, second = office.start("steps"), office.start("steps")
    second.task("examine").done_by("rita", outcome="grant")
    office.deploy(
        sequence(user_task("inspect", "Examine", groups="desk"), user_task("sign", "Sign", groups="heads")),
        name="tests",
    )
    return [first, second]


def work(office: Driver) -> None:
    items = office.all(select(InstanceMigrationItem.id))
    batch_id = office.one(select(InstanceMigrationBatch.id))
    migrate_instances(JobContext(engine=office.engine), batch_id=batch_id, first=min(items), last=max(items))


def versions(office: Driver) -> tuple[int, int]:
    old, new = office.all(select(ProcessDefinition.id).where(ProcessDefinition.key == "steps").order_by("version"))
    return old, new


def test_older_versions_are_offered_and_the_renamed_step_is_suggested(
    office: Driver, visit: Callable, under_way: list[InstanceDriver]
) -> None:
    old, new = versions(office)
    otto = visit("otto")

    otto.get("/operate/migrations")
    assert f"source={old}&amp;target={new}" in otto.page.text
    assert "Steps steps 1 2 2" in otto.text

    otto.get(NEW.format(old, new))
    assert '<option value="inspect" selected>' in otto.page.text
    assert "same name" in otto.text


def test_a_preview_names_who_cannot_go_on_and_the_rest_is_migrated(
    office: Driver, visit: Callable, under_way: list[InstanceDriver]
) -> None:
    first, second = under_way
    old, new = versions(office)
    otto = visit("otto")
    otto.get(NEW.format(old, new))
    plan = {"source": old, "target": new, "to__examine": "", "to__sign": "sign", "renew": "on"}

    otto.send("/operate/migrations/new", **plan, lx__do="preview")
    assert "2 instances are to be migrated." in otto.text
    assert "1 of them can't go on" in otto.text
    assert "Expected element examine in the new version, but there is none" in otto.text

    refused = otto.send("/operate/migrations/new", **plan, lx__do="start", reason=" ")
    assert refused.status_code == 422 and "Expected a reason for the history" in otto.text

    otto.send("/operate/migrations/new", **plan, lx__do="start", reason="A new form")
    assert "in progress" in otto.text and "A new form" in otto.text
    work(office)
    otto.get(otto.page.request.path)
    assert "finished" in otto.text
    assert "examine : Expected element examine" in otto.text
    assert (first.row.definition_id, second.row.definition_id) == (old, new)


def test_chosen_instances_move_to_the_renamed_step(
    office: Driver, visit: Callable, under_way: list[InstanceDriver]
) -> None:
    first, second = under_way
    old, new = versions(office)
    otto = visit("otto")
    otto.get(NEW.format(old, new))
    plan = {"source": old, "target": new, "to__examine": "inspect", "to__sign": "sign"}

    assert otto.send("/operate/migrations/new", **plan, instances="x", lx__do="preview").status_code == 422
    assert "Expected at most" in otto.text
    otto.send("/operate/migrations/new", **plan, instances=str(first.id), lx__do="start", reason="New step")
    work(office)

    assert first.open_tasks == ["inspect"]
    assert second.row.definition_id == old


def test_a_migration_is_stopped(office: Driver, visit: Callable, under_way: list[InstanceDriver]) -> None:
    old, new = versions(office)
    otto = visit("otto")
    otto.get(NEW.format(old, new))
    otto.send("/operate/migrations/new", source=old, target=new, to__examine="-", to__sign="sign", lx__do="start",
              reason="Mistaken")  # fmt: skip

    otto.send(f"{otto.page.request.path}/stop")

    assert "The migration is stopped." in otto.text
    assert "Stopped by" in otto.text


def test_a_migration_of_nothing_is_not_there(visit: Callable) -> None:
    otto = visit("otto")

    assert otto.get("/operate/migrations/new").status_code == 404
    assert otto.get("/operate/migrations/new?source=1&target=9").status_code == 404
    assert otto.get("/operate/migrations/7").status_code == 404
    assert "All instances run on the newest versions." in otto.get("/operate/migrations").text


def test_it_is_said_in_chinese(office: Driver, visit: Callable, under_way: list[InstanceDriver]) -> None:
    old, new = versions(office)
    otto = visit("otto", language="zh")
    otto.get(NEW.format(old, new))

    otto.send("/operate/migrations/new", source=old, target=new, lx__do="preview", to__sign="sign")

    assert "新版本中应有元素 examine，但没有" in otto.text
