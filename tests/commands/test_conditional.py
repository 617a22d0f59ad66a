"""A large claim starts a process by itself: conditions of start events, looked at with variables that are sent."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.access import SYSTEM
from engine.commands.conditional import EvaluateConditions
from engine.errors import Forbidden, InvalidInput, InvalidState, NotFound
from engine.model.runtime import ProcessInstance
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import user_task


def process(key: str, condition: str) -> str:
    """A process that begins when the condition holds."""
    look = user_task(f"{key}_look", groups="desk")
    return (
        f'<bpmn:process id="{key}" name="{key.title()}" isExecutable="true"><bpmn:startEvent id="{key}_begin">'
        f"<bpmn:conditionalEventDefinition><bpmn:condition>{condition}</bpmn:condition>"
        f'</bpmn:conditionalEventDefinition></bpmn:startEvent>{look}<bpmn:endEvent id="{key}_end"/>'
        f'<bpmn:sequenceFlow id="{key}_1" sourceRef="{key}_begin" targetRef="{key}_look"/>'
        f'<bpmn:sequenceFlow id="{key}_2" sourceRef="{key}_look" targetRef="{key}_end"/></bpmn:process>'
    )


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(desk=("case:read_own",))
    driver.person("rita", "desk")
    driver.deploy(process("audit", "=amount &gt; 1000"), name="audits")
    driver.deploy(process("thanks", "=amount &gt; 10 and donor"), name="thanks")
    return driver


def begun(office: Driver, **variables: object) -> list[InstanceDriver]:
    found = office.engine.execute(EvaluateConditions(variables=variables), actor=SYSTEM)
    return [InstanceDriver(driver=office, id=each.instance_id) for each in found]


def test_each_process_whose_condition_holds_is_started(office: Driver) -> None:
    (audit,) = begun(office, amount=2000)

    assert audit.open_tasks == ["audit_look"] and audit.variables == {"amount": 2000}
    assert [each.open_tasks for each in begun(office, amount=2000, donor=True)] == [["audit_look"], ["thanks_look"]]
    assert begun(office, amount=5) == begun(office) == []


def test_the_newest_version_is_looked_at_unless_one_is_named(office: Driver) -> None:
    old = office.engine.execute(EvaluateConditions(variables={"amount": 2000}), actor=SYSTEM)[0].definition_id
    office.deploy(process("audit", "=amount &gt; 5000"), name="audits")

    assert begun(office, amount=2000) == []
    named = EvaluateConditions(variables={"amount": 2000}, definition_id=old)
    assert [each.definition_id for each in office.engine.execute(named, actor=SYSTEM)] == [old]


def test_what_is_refused_starts_nothing(office: Driver) -> None:
    office.deploy(process("wrong", "=amount"), name="wrong")

    with pytest.raises(InvalidState, match="conditions of process wrong, but: Expected =amount to be true or false"):
        begun(office, amount=2000)
    with pytest.raises(InvalidInput):
        begun(office, **{"not a name": 1})
    with pytest.raises(NotFound):
        office.engine.execute(EvaluateConditions(definition_id=999), actor=SYSTEM)
    with pytest.raises(Forbidden):
        office.execute(EvaluateConditions(variables={"amount": 2000}), by="rita")
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ProcessInstance)) == 0
