"""Which version a call activity, a decision and a form mean, and that running calls stay in theirs."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine.access import SYSTEM
from engine.commands.incident import RetryIncident
from engine.errors import InvalidDeployment
from engine.model.repository import FormDefinition, ProcessDefinition
from engine.model.runtime import ProcessInstance
from engine.queries import places
from tests.commands.test_decisions import DMN, RULE_TASK
from tests.support.driver import BPMN, Driver, InstanceDriver
from tests.support.models import form, sequence, text_field, user_task


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(clerks=())
    driver.person("rita", "clerks")
    return driver


def test_latest_is_the_newest_version_when_the_call_is_made(office: Driver) -> None:
    office.deploy(outer(user_task("first"), calling("inner")), inner__bpmn=inner("one"))
    early, late = office.start("outer"), office.start("outer")
    early.task("first").done_by("rita")

    deployed = office.deploy(body(inner("two")), name="another pack")
    late.task("first").done_by("rita")

    assert deployed.created == (("process", "inner", 2),)
    assert early.open_tasks == ["one"], "a running call stays in the version it began with"
    assert late.open_tasks == ["two"]
    for instance, element in ((early, "one"), (late, "two")):
        instance.task(element).done_by("rita")
        assert instance.row.status == "completed"


def test_a_process_of_another_pack_can_be_called(office: Driver) -> None:
    office.deploy(body(inner("check")), name="shared")
    office.deploy(outer(calling("inner")), name="office")

    called = office.start("outer")

    assert called.open_tasks == ["check"]
    assert [event.name for event in called.events if event.type == "job created"] == []
    called.task("check").done_by("rita")
    assert called.row.status == "completed"


def test_bound_to_the_deployment_a_newer_version_is_not_called(office: Driver) -> None:
    pack = {"inner__bpmn": inner("one")}
    office.deploy(outer(calling("inner", bindingType="deployment")), **pack)

    office.deploy(body(inner("two")), name="another pack")

    assert office.start("outer").open_tasks == ["one"]


def test_a_version_tag_names_the_version(office: Driver) -> None:
    office.deploy(body(inner("one", tag="2025")), name="rules")
    office.deploy(body(inner("two", tag="2026")), name="rules")
    office.deploy(body(inner("three")), name="rules")
    office.deploy(outer(calling("inner", bindingType="versionTag", versionTag="2025")), name="office")

    assert office.start("outer").open_tasks == ["one"]


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({}, "Expected process inner to exist, but it does not"),
        ({"bindingType": "deployment"}, "Expected process inner to exist, but it does not"),
    ],
)
def test_a_call_of_nothing_is_refused_at_deployment(office: Driver, attributes: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidDeployment) as refusal:
        office.deploy(outer(calling("inner", **attributes)))

    assert [(finding.element_id, finding.message) for finding in refusal.value.findings] == [("call", said)]


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"bindingType": "deployment"}, "Expected process inner in the same deployment, but it is not in it"),
        (
            {"bindingType": "versionTag", "versionTag": "1999"},
            "Expected process inner with version tag 1999 to exist, but it does not",
        ),
        ({"bindingType": "versionTag"}, "Expected call to have bindingType versionTag together with a version tag"),
        ({"versionTag": "1999"}, "Expected call to have bindingType versionTag together with a version tag"),
    ],
)
def test_a_call_of_a_version_that_is_not_there_is_refused(office: Driver, attributes: dict, said: str) -> None:
    office.deploy(body(inner("one")), name="another pack")

    with pytest.raises(InvalidDeployment) as refusal:
        office.deploy(outer(calling("inner", **attributes)))

    assert [(finding.element_id, finding.message) for finding in refusal.value.findings] == [("call", said)]


def test_a_computed_process_that_is_not_there_is_an_incident_and_can_be_tried_again(office: Driver) -> None:
    office.deploy(outer(calling('="in" + "ner"')))
    called = office.start("outer")

    assert called.incident.code == "CALLED_PROCESS_MISSING"
    assert called.incident.message == "Expected call to call process inner, but there is none"
    office.deploy(body(inner("one")), name="another pack")
    office.engine.execute(RetryIncident(incident_id=called.incident.id), actor=SYSTEM)

    assert called.open_tasks == ["one"]


def test_a_ring_through_deployed_processes_is_refused(office: Driver) -> None:
    office.deploy(body(inner("one")), name="first")
    office.deploy(outer(calling("inner")), name="second")

    with pytest.raises(InvalidDeployment) as refusal:
        office.deploy(sequence(calling("outer"), process_id="inner"), name="first")

    assert "Expected processes that end, but outer calls inner again" in str(refusal.value.findings)


def test_calls_that_never_end_stop_as_an_incident(office: Driver) -> None:
    office.deploy(outer(calling('="outer"')))

    assert office.start("outer").incident.code == "CALL_DEPTH"


def test_the_diagrams_are_those_of_the_versions_that_were_called(office: Driver) -> None:
    office.deploy(outer(calling("inner"), user_task("last")), inner__bpmn=inner("one"))
    instance = office.start("outer")
    office.deploy(body(inner("two")), name="another pack")

    instance.task("one").done_by("rita")

    called = version(office, "inner", 1)
    found = drawn(office, instance)
    assert {(place.definition_id, place.element_id, place.state) for place in found} >= {
        (called, "one", "completed"),
        (version(office, "outer", 1), "last", "active"),
        (version(office, "outer", 1), "call", "completed"),
    }
    assert instance.row.called_definitions == [called]
    assert [event.name for event in instance.events if event.type == "task completed"] == ["One"]


def test_an_instance_from_before_goes_on_in_the_processes_of_its_deployment(office: Driver) -> None:
    office.deploy(outer(calling("inner")), inner__bpmn=inner("one"))
    instance = office.start("outer")
    with office.service.database.write() as session:
        session.execute(update(ProcessInstance).values(called_definitions=None))
        session.execute(update(ProcessDefinition).values(calls=None))
    office.deploy(body(inner("two")), name="another pack")

    assert {place.element_id for place in drawn(office, instance)} >= {"one", "call"}
    instance.task("one").done_by("rita")

    assert instance.row.status == "completed"


def test_a_decision_bound_to_the_deployment_stays(office: Driver) -> None:
    bound = RULE_TASK.replace('decisionId="route"', 'decisionId="route" bindingType="deployment"')
    steps = sequence(RULE_TASK.replace("decide", "latest").replace("way", "newest"), bound)
    rules = DMN.format(policy="UNIQUE", second='"small"')
    office.deploy(steps, route__dmn=rules)
    newer = rules.replace('"desk"', '"phone"')
    office.deploy(sequence(user_task("other"), process_id="others"), name="another pack", route__dmn=newer)

    decided = office.start("steps", people=1).variables

    assert (decided["newest"], decided["way"]) == ("phone", "desk")
    changed = office.deploy(steps, route__dmn=newer)
    assert ("process", "steps", 2) in changed.created, "its version covers the decision it is bound to"
    assert office.start("steps", people=1).variables["way"] == "phone"


def test_a_form_bound_to_the_deployment_stays(office: Driver) -> None:
    bound = user_task("look", form="looks").replace('formId="looks"', 'formId="looks" bindingType="deployment"')
    office.deploy(sequence(bound), looks__form=form("looks", text_field("seen")))
    other = sequence(user_task("other"), process_id="others")
    office.deploy(other, name="another pack", looks__form=form("looks", text_field("heard")))

    task = office.start("steps").task("look")

    assert office.one(select(FormDefinition.version).where(FormDefinition.id == task.row.form_id)) == 1


def test_what_is_bound_to_the_deployment_must_be_in_it(office: Driver) -> None:
    rules = DMN.format(policy="UNIQUE", second='"small"')
    there = {"looks__form": form("looks", text_field("seen")), "route__dmn": rules}
    office.deploy(sequence(user_task("other"), process_id="others"), name="another pack", **there)
    bound = user_task("look", form="looks").replace('formId="looks"', 'formId="looks" bindingType="deployment"')
    rule_task = RULE_TASK.replace('decisionId="route"', 'decisionId="route" bindingType="deployment"')

    with pytest.raises(InvalidDeployment) as refusal:
        office.deploy(sequence(bound, rule_task))

    assert [(finding.element_id, finding.message) for finding in refusal.value.findings] == [
        ("look", "Expected form looks in the same deployment, but it is not in it"),
        ("decide", "Expected decision route in the same deployment, but it is not in it"),
    ]


def calling(process: str, **attributes: str) -> str:
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"""<bpmn:callActivity id="call" name="Call"><bpmn:extensionElements>
    <zeebe:calledElement processId='{process}'{given}/></bpmn:extensionElements></bpmn:callActivity>"""


def outer(*elements: str) -> str:
    return sequence(*elements, process_id="outer")


def inner(task: str, tag: str = "") -> str:
    """A file with the process inner, which has one task."""
    process = sequence(user_task(task), process_id="inner")
    if tag:
        extension = f'<bpmn:extensionElements><zeebe:versionTag value="{tag}"/></bpmn:extensionElements>'
        process = process.replace("<bpmn:startEvent", extension + "<bpmn:startEvent", 1)
    return BPMN.format(body=process)


def body(file: str) -> str:
    """What is inside of a file's definitions."""
    return file.partition('targetNamespace="http://lianxi/tests">')[2].removesuffix("</bpmn:definitions>")


def drawn(office: Driver, instance: InstanceDriver) -> tuple[places.Place, ...]:
    return office.engine.ask(lambda context: places.places_of(context, instance.row, ()))


def version(office: Driver, key: str, number: int) -> int:
    return office.one(select(ProcessDefinition.id).filter_by(key=key, version=number))
