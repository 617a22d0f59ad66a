"""A process gets a new step while matters are under way: they go on in the new version, or it is said why not."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.access import SYSTEM
from engine.bpmn.migration_plan import MigrationPlan
from engine.commands.instance_migration import (
    MigrateInstance,
    MigrateItem,
    MigrationRefused,
    StartMigrationBatch,
    StopMigrationBatch,
)
from engine.errors import Forbidden, InvalidInput, InvalidState
from engine.jobs.functions import JobContext, migrate_instances
from engine.model.instance_migration import InstanceMigrationItem
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Draft, ProcessInstance, TaskCandidate, Timer
from engine.queries import instance_migrations, migration_previews
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import form, text_field, user_task

START = '<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>'
LATE = """<bpmn:boundaryEvent id="late" attachedToRef="examine" cancelActivity="false"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P7D</bpmn:timeDuration></bpmn:timerEventDefinition>
</bpmn:boundaryEvent>"""
OPINIONS = """<bpmn:userTask id="opinion" name="Give an opinion"><bpmn:extensionElements>
<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="desk"/></bpmn:extensionElements>
<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=units"
 inputElement="unit" outputCollection="opinions" outputElement="=opinion"/></bpmn:extensionElements>
</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"""


def process(*steps: str, examine: str = "examine", extra: str = LATE) -> str:
    """Examine a matter, watched by a timer, ask several units for an opinion, and more steps if given."""
    ids = ["start", examine, "opinion", *steps, "end"]
    body = START + user_task(examine, "Examine", form="finding", groups="desk") + OPINIONS
    body += "".join(user_task(step, step.title(), groups="desk") for step in steps)
    body += extra.replace('attachedToRef="examine"', f'attachedToRef="{examine}"')
    for source, target in pairwise(ids):
        body += f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'
    if extra:
        body += '<bpmn:endEvent id="told"/><bpmn:sequenceFlow id="late_told" sourceRef="late" targetRef="told"/>'
    return f'<bpmn:process id="matter" name="Matter" isExecutable="true">{body}</bpmn:process>'


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(desk=("case:read_own",), watch=("operate",))
    for name, group in (("rita", "desk"), ("omar", "desk"), ("otto", "watch")):
        driver.person(name, group)
    deploy(driver)
    return driver


def deploy(driver: Driver, *steps: str, **given: Any) -> None:
    driver.deploy(process(*steps, **given), finding__form=form("finding", text_field("finding")))


def versions(driver: Driver) -> list[int]:
    """The ids of the versions deployed so far."""
    return driver.all(select(ProcessDefinition.id).order_by(ProcessDefinition.version))


def migrate(driver: Driver, instance: InstanceDriver, reason: str = "New rules", by: str = "otto", **plan: Any) -> Any:
    command = MigrateInstance(
        instance_id=instance.id, target_id=versions(driver)[-1], plan=MigrationPlan(**plan), reason=reason
    )
    return driver.execute(command, by=by)


def work(driver: Driver, batch_id: int) -> None:
    """What the worker does with the jobs of a batch."""
    items = driver.all(select(InstanceMigrationItem.id).filter_by(batch_id=batch_id))
    migrate_instances(JobContext(engine=driver.engine), batch_id=batch_id, first=min(items), last=max(items))


def test_a_new_step_comes_while_twenty_matters_are_under_way(office: Driver) -> None:
    matters = [office.start("matter", units=["roads", "water"]) for _ in range(20)]
    claimed, asked, done = matters[0], matters[1], matters[2]
    claimed.task("examine").claimed_by("rita").drafted_by("rita", finding="looks right")
    asked.task("examine").done_by("rita", finding="x")
    asked.task("opinion").done_by("omar", opinion="yes")
    done.task("examine").done_by("rita", finding="x")
    for opinion in ("yes", "no"):
        done.task("opinion").done_by("omar", opinion=opinion)
    due = {row.instance_id: row.due_at for row in office.all(select(Timer))}
    office.later(days=2)
    deploy(office, "approve")
    old, new = versions(office)

    batch_id = office.execute(StartMigrationBatch(source_id=old, target_id=new, reason="A second look"), by="otto")
    work(office, batch_id)

    batch = office.engine.ask(instance_migrations.batch, batch_id)
    assert (batch.state, batch.counts["migrated"], batch.total) == ("finished", 19, 19)
    assert {row.instance_id: row.due_at for row in office.all(select(Timer))} == due
    assert claimed.task("examine").row.assignee == "rita"
    assert office.one(select(Draft.data)) == {"finding": "looks right"}
    claimed.task("examine").complete("rita", finding="right")
    asked.task("opinion").done_by("omar", opinion="no")
    assert asked.open_tasks == ["approve"]
    assert asked.variables["opinions"] == ["yes", "no"]
    asked.task("approve").done_by("rita")
    assert (asked.row.status, asked.row.definition_id) == ("completed", new)
    assert done.row.definition_id == old
    (told,) = (event for event in claimed.events if event.type == "instance migrated")
    assert (told.actor, told.data["reason"], told.data["from"], told.data["version"]) == ("otto", "A second look", 1, 2)


def test_a_timer_fires_on_the_new_version(office: Driver) -> None:
    matter = office.start("matter", units=[])
    deploy(office, "approve")
    migrate(office, matter)

    office.later(days=8)

    assert office.fire_due_timers() == 1
    assert matter.open_tasks == ["examine"]


def test_one_matter_is_refused_by_name_and_the_others_go_on(office: Driver) -> None:
    asked, other = (office.start("matter", units=["roads"]) for _ in range(2))
    other.task("examine").done_by("rita", finding="x")
    state = asked.row.state
    deploy(office, examine="inspect")
    old, new = versions(office)

    preview = office.engine.ask(migration_previews.preview, old, new, MigrationPlan())
    batch_id = office.execute(StartMigrationBatch(source_id=old, target_id=new, reason="New rules"), by="otto")
    work(office, batch_id)

    assert (preview.total, preview.refused) == (2, 1)
    (refused,) = office.engine.ask(instance_migrations.items, batch_id, status="refused")
    assert refused.instance_id == asked.id
    element, reason = refused.reasons[0]
    assert element == "examine"
    assert reason == "Expected element examine in the new version, but there is none: map it or let it go"
    assert (asked.row.definition_id, asked.row.state) == (old, state)
    assert other.row.definition_id == new


def test_a_renamed_step_takes_its_rows_along(office: Driver) -> None:
    matter = office.start("matter", units=["roads"])
    matter.task("examine").claimed_by("rita")
    deploy(office, examine="inspect")

    found = migrate(office, matter, mapping={"examine": "inspect"})

    assert {verdict.element_id: verdict.verdict for verdict in found} == {"examine": "moved", "late": "kept"}
    assert matter.task("inspect").row.assignee == "rita"
    matter.task("inspect").complete("rita", finding="x")
    assert matter.open_tasks == ["opinion"]


def test_candidates_change_only_where_the_plan_says_so(office: Driver) -> None:
    matter = office.start("matter", units=[])
    changed = process("approve").replace('candidateGroups="desk"', 'candidateGroups="heads"', 1)
    office.groups(heads=())
    office.deploy(changed, finding__form=form("finding", text_field("finding")))
    task_id = matter.task("examine").id
    migrate(office, matter)
    assert office.all(select(TaskCandidate.name).filter_by(task_id=task_id)) == ["desk"]

    other = process("approve", "sign").replace('candidateGroups="desk"', 'candidateGroups="heads"', 1)
    office.deploy(other, finding__form=form("finding", text_field("finding")))
    migrate(office, matter, reassign=True)

    assert office.all(select(TaskCandidate.name).filter_by(task_id=task_id)) == ["heads"]


def test_a_duration_is_counted_again_where_the_plan_says_so(office: Driver) -> None:
    matter = office.start("matter", units=[])
    (before,) = office.all(select(Timer.due_at))
    office.later(days=1)
    deploy(office, "approve")

    migrate(office, matter, recount=True)

    (after,) = office.all(select(Timer.due_at))
    assert after - before == timedelta(days=1)


def test_a_watch_that_the_new_version_lacks_is_closed(office: Driver) -> None:
    matter = office.start("matter", units=[])
    deploy(office, extra="")

    found = migrate(office, matter)

    assert {verdict.element_id: verdict.verdict for verdict in found} == {"examine": "kept", "late": "cancelled"}
    assert office.all(select(func.count()).select_from(Timer)) == [0]


def test_a_refusal_changes_nothing(office: Driver) -> None:
    matter = office.start("matter", units=[])
    deploy(office, examine="inspect")

    with pytest.raises(MigrationRefused, match=r"to version 2, but at examine: Expected element examine"):
        migrate(office, matter)

    assert matter.task("examine").claimed_by("rita")
    assert "instance migrated" not in matter.history


def test_what_is_asked_wrongly_is_refused(office: Driver) -> None:
    matter = office.start("matter", units=[])
    with pytest.raises(InvalidState, match="but it is version 1 already"):
        migrate(office, matter)
    deploy(office, "approve")

    with pytest.raises(InvalidInput, match="Expected a reason"):
        migrate(office, matter, reason=" ")
    with pytest.raises(InvalidInput, match="but it has no nothing"):
        migrate(office, matter, mapping={"nothing": "examine"})
    with pytest.raises(Forbidden, match="rita lacks the permission operate"):
        migrate(office, matter, by="rita")

    matter.task("examine").done_by("rita", finding="x")
    assert matter.row.status == "completed"
    with pytest.raises(InvalidState, match="Expected to migrate instance"):
        migrate(office, matter)


def test_an_item_is_done_once_and_what_ended_is_left_alone(office: Driver) -> None:
    ended, running = (office.start("matter", units=[]) for _ in range(2))
    deploy(office, "approve")
    old, new = versions(office)
    batch_id = office.execute(StartMigrationBatch(source_id=old, target_id=new, reason="New"), by="otto")
    ended.task("examine").done_by("rita", finding="x")
    migrate(office, running)

    work(office, batch_id)
    work(office, batch_id)

    assert [row.status for row in office.engine.ask(instance_migrations.items, batch_id)] == ["gone", "migrated"]
    assert running.history.count("instance migrated") == 1


def test_a_batch_is_stopped(office: Driver) -> None:
    matter = office.start("matter", units=[])
    deploy(office, "approve")
    old, new = versions(office)
    batch_id = office.execute(StartMigrationBatch(source_id=old, target_id=new, reason="New"), by="otto")

    office.execute(StopMigrationBatch(batch_id=batch_id), by="otto")
    work(office, batch_id)
    item_id = office.one(select(InstanceMigrationItem.id))
    assert office.engine.execute(MigrateItem(item_id=item_id), actor=SYSTEM) == "waiting"

    assert matter.row.definition_id == old
    assert office.engine.ask(instance_migrations.batch, batch_id).state == "stopped"
    with pytest.raises(InvalidState, match="was stopped already"):
        office.execute(StopMigrationBatch(batch_id=batch_id), by="otto")


def test_a_mistake_of_ours_is_noted_and_the_others_go_on(office: Driver) -> None:
    broken, sound = (office.start("matter", units=[]) for _ in range(2))
    deploy(office, "approve")
    old, new = versions(office)
    with office.service.database.write() as session:
        session.get_one(ProcessInstance, broken.id).state = b"\x01garbage"
    batch_id = office.execute(StartMigrationBatch(source_id=old, target_id=new, reason="New"), by="otto")

    work(office, batch_id)

    counts = office.engine.ask(instance_migrations.batch, batch_id).counts
    assert (counts["failed"], counts["migrated"]) == (1, 1)
    assert sound.row.definition_id == new


CALLER = """<bpmn:process id="outer" name="Outer" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>
<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="matter"/></bpmn:extensionElements>
</bpmn:callActivity><bpmn:sequenceFlow id="a" sourceRef="s" targetRef="call"/>
<bpmn:sequenceFlow id="b" sourceRef="call" targetRef="e"/></bpmn:process>"""


def test_called_processes_stay_unless_the_plan_says_so(office: Driver) -> None:
    office.deploy(CALLER, name="outer")
    matter = office.start("outer", units=[])
    matter.task("examine").claimed_by("rita")
    deploy(office, examine="inspect")
    same = matter.row.definition_id
    mapping = {"examine": "inspect"}

    with pytest.raises(InvalidState, match="already"):
        office.execute(MigrateInstance(instance_id=matter.id, target_id=same, reason="New rules"), by="otto")
    with pytest.raises(MigrationRefused, match="at examine"):
        plan = MigrationPlan(calls=True)
        office.execute(MigrateInstance(instance_id=matter.id, target_id=same, plan=plan, reason="New"), by="otto")
    plan = MigrationPlan(calls=True, mapping=mapping)
    office.execute(MigrateInstance(instance_id=matter.id, target_id=same, plan=plan, reason="New rules"), by="otto")

    assert matter.task("inspect").row.assignee == "rita"
    matter.task("inspect").complete("rita", finding="x")
    assert matter.row.status == "completed"


def test_older_versions_and_a_plan_are_offered(office: Driver) -> None:
    office.start("matter", units=[])
    deploy(office, examine="inspect")
    old, new = versions(office)

    ((older, newest),) = office.engine.ask(migration_previews.older_versions)
    draft = office.engine.ask(migration_previews.draft, old, new)

    assert (older.version, older.running, newest.version) == (1, 1, 2)
    assert {each.element_id: (each.target_id, each.renamed) for each in draft.suggestions} == {
        "examine": ("inspect", True),
        "opinion": ("opinion", False),
        "late": ("late", False),
    }
