"""What operators and designers look at: instances, jobs, incidents, timers, deployments, versions and texts."""

from __future__ import annotations

import pytest

from engine.access import SYSTEM
from engine.commands.instance import CancelInstance
from engine.errors import NotFound
from engine.queries import definitions, labels, operations
from tests.support.driver import Driver
from tests.support.models import form, sequence, text_field, user_task

MANIFEST = """
job_types = ["letter"]
[[groups]]
key = "clerks"
name = "Clerks"
permissions = ["case:open"]
[[case_types]]
key = "permit"
name = "Permit"
process = "permits"
form = "permit"
[[case_types]]
key = "query"
process = "permits"
"""
LABELS = "key,en,zh\nstep.look,Look,看\nstep.send,Send a letter,\n"
LETTER = """<bpmn:serviceTask id="letter" name="Send a letter"><bpmn:extensionElements>
<zeebe:taskDefinition type="letter" retries="1"/></bpmn:extensionElements></bpmn:serviceTask>"""
WAIT = """<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT10M</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""


@pytest.fixture(scope="module")
def plant(driver: Driver) -> Driver:
    """Two versions of permits: three instances of the first wait or are stuck, one was stopped, one of the second."""
    resources = {
        "manifest__toml": MANIFEST,
        "labels__csv": LABELS,
        "permit__form": form("permit", text_field("subject")),
        "waits__bpmn": _process(sequence(WAIT, process_id="waits")),
    }
    driver.deploy(sequence(LETTER, process_id="permits"), name="permits", **resources)
    driver.person("rita", "clerks")
    driver.person("guest")
    stuck, _, stopped = (driver.start("permits") for _ in range(3))
    stuck.job.fail("no paper")
    driver.engine.execute(CancelInstance(instance_id=stopped.id, reason="Enough"), actor=SYSTEM)
    driver.start("waits")
    driver.later(minutes=5)
    driver.deploy(sequence(LETTER, user_task("look", "Look"), process_id="permits"), name="permits", **resources)
    driver.start("permits").job.complete()
    return driver


def test_the_overview_counts_what_runs_and_what_is_stuck(plant: Driver) -> None:
    seen = plant.engine.ask(operations.overview)

    assert (seen.running, seen.completed, seen.cancelled) == (4, 0, 1)
    assert (seen.open_jobs, seen.failed_jobs, seen.open_timers, seen.timers_late) == (1, 1, 1, 0)
    assert [(job.status, job.type, job.error, job.attempts) for job in seen.jobs] == [
        ("open", "letter", None, 0),
        ("failed", "letter", "no paper", 1),
    ]
    (incident,) = seen.incidents
    assert (incident.process, incident.element_name, incident.code) == ("Steps", "Send a letter", "JOB_FAILED")
    assert (incident.message, incident.number, incident.case_id) == ("no paper", None, None)
    assert [(row.name, row.by, row.resources) for row in seen.deployments] == [("permits", "system", 5)] * 2
    assert seen.deployments[0].deployed_at > seen.deployments[1].deployed_at


def test_a_timer_is_late_a_minute_after_its_time(plant: Driver) -> None:
    began = plant.clock.now()

    late = []
    for _ in range(2):
        plant.later(minutes=5, seconds=30)
        late.append(plant.engine.ask(operations.overview).timers_late)

    plant.clock.set(began)
    assert late == [0, 1]


def test_versions_are_listed_with_what_runs_on_them(plant: Driver) -> None:
    rows = plant.engine.ask(definitions.listing)

    assert [(row.kind, row.key, row.version, row.latest, row.running) for row in rows] == [
        ("process", "permits", 2, True, 1),
        ("process", "permits", 1, False, 2),
        ("process", "waits", 1, True, 1),
        ("form", "permit", 1, True, 0),
    ]
    assert {row.resource for row in rows} == {"process.bpmn", "waits.bpmn", "permit.form"}


def test_a_version_is_shown_with_its_file_elements_and_other_versions(plant: Driver) -> None:
    old = plant.engine.ask(definitions.version, "permits", 1)

    detail = plant.engine.ask(definitions.detail, "process", old)

    assert (detail.row.version, [row.version for row in detail.versions]) == (1, [2, 1])
    assert b'id="letter"' in detail.content and b'id="look"' not in detail.content
    assert ("letter", "serviceTask", "Send a letter") in detail.elements


def test_a_form_is_shown_without_elements(plant: Driver) -> None:
    row = next(row for row in plant.engine.ask(definitions.listing) if row.kind == "form")

    detail = plant.engine.ask(definitions.detail, "form", row.id)

    assert (detail.row.name, detail.elements) == ("permit", ())
    assert b'"schemaVersion"' in detail.content


def test_what_was_not_deployed_is_not_found(plant: Driver) -> None:
    with pytest.raises(NotFound, match="Expected to find version 9 of process permits, but there is none"):
        plant.engine.ask(definitions.version, "permits", 9)
    with pytest.raises(NotFound, match="Expected to find decision 1, but there is none"):
        plant.engine.ask(definitions.detail, "decision", 1)
    with pytest.raises(NotFound, match="Expected to find process 99, but there is none"):
        plant.engine.ask(definitions.content, "process", 99)


def test_who_may_register_sees_the_kinds_of_matter(plant: Driver) -> None:
    kinds = plant.engine.ask(definitions.startable, plant.actor("rita"))

    assert [(kind.case_type, kind.name, kind.process_key, kind.form and kind.form.id) for kind in kinds] == [
        ("permit", "Permit", "permits", "permit"),
        ("query", "query", "permits", None),
    ]
    assert plant.engine.ask(definitions.startable, plant.actor("guest")) == ()


def test_texts_are_looked_up_by_language_and_change_with_a_deployment(plant: Driver) -> None:
    stamp = plant.engine.ask(labels.stamp)
    assert plant.engine.ask(labels.all_labels, "zh") == {"Look": "看"}
    assert plant.engine.ask(labels.all_labels, "de") == {}

    plant.deploy(sequence(process_id="more"), name="more", labels__csv="key,en,zh\nstep.more,More,更多\n")

    assert plant.engine.ask(labels.stamp) > stamp
    assert plant.engine.ask(labels.all_labels, "zh") == {"Look": "看", "More": "更多"}


def _process(body: str) -> str:
    from tests.support.driver import BPMN

    return BPMN.format(body=body)
