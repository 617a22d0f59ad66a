"""Operators correct instances: tokens, rows, history and clocks follow, and what is refused changes nothing."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select

from engine.access import SYSTEM
from engine.commands.incident import RetryIncident
from engine.commands.instance import (
    CancelElement,
    CancelInstance,
    CancelToken,
    ModifyInstance,
    SetInstanceVariables,
    SetVariables,
    StartAfter,
    StartBefore,
)
from engine.differences import differences
from engine.errors import Forbidden, InvalidInput, InvalidState, NotFound, Rejection
from engine.model.casework import Case, Clock
from engine.model.history import HistoryEvent
from engine.model.runtime import HumanTask, Incident, Job, MessageSubscription, ProcessInstance, Timer
from engine.queries import instance_detail, instances, rehearsal, running
from tests.support.driver import BPMN, Driver, InstanceDriver
from tests.support.models import sequence, user_task

SUB = """<bpmn:subProcess id="parts"><bpmn:startEvent id="parts_start"/>{x}{y}<bpmn:endEvent id="parts_end"/>
<bpmn:sequenceFlow id="p1" sourceRef="parts_start" targetRef="x"/>
<bpmn:sequenceFlow id="p2" sourceRef="x" targetRef="y"/>
<bpmn:sequenceFlow id="p3" sourceRef="y" targetRef="parts_end"/></bpmn:subProcess>
<bpmn:boundaryEvent id="late" attachedToRef="parts" cancelActivity="false"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P7D</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:boundaryEvent>
""".format(x=user_task("x"), y=user_task("y"))
REST = """<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>
<bpmn:serviceTask id="letter"><bpmn:extensionElements><zeebe:taskDefinition type="letter"/></bpmn:extensionElements>
</bpmn:serviceTask><bpmn:receiveTask id="reply" messageRef="answer"/>
<bpmn:userTask id="each"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>
<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>
<zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" inputElement="one"/></bpmn:extensionElements>
</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"""
MESSAGE = """<bpmn:message id="answer" name="Answer"><bpmn:extensionElements>
<zeebe:subscription correlationKey="=&quot;k&quot;"/></bpmn:extensionElements></bpmn:message>"""


def flows(*pairs: str) -> str:
    ends = [pair.split() for pair in pairs]
    return "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in ends)


WIDE = (
    '<bpmn:process id="wide" isExecutable="true"><bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>'
    + REST
    + SUB
    + user_task("last")
    + flows("start split", "split letter", "split reply", "split each", "split parts")
    + flows("letter join", "reply join", "each join", "parts join", "late last", "join last", "last end")
    + "</bpmn:process>"
    + MESSAGE
)


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(clerks=(), watch=("operate",))
    driver.person("otto", "watch")
    driver.person("rita", "clerks")
    return driver


def modify(instance: InstanceDriver, *instructions: object, reason: str = "Wrong way") -> None:
    command = ModifyInstance(instance_id=instance.id, instructions=tuple(instructions), reason=reason)
    instance.driver.execute(command, by="otto")


def two_steps(office: Driver) -> InstanceDriver:
    office.deploy(sequence(user_task("look"), user_task("sign"), process_id="looking"))
    return office.start("looking")


def test_a_step_is_skipped_and_the_history_says_so(office: Driver) -> None:
    looking = two_steps(office)

    modify(looking, CancelElement(element_id="look"), StartBefore(element_id="sign"), SetVariables(variables={"n": 1}))

    assert looking.open_tasks == ["sign"] and looking.variables == {"n": 1}
    told = [(event.type, event.actor, event.name, event.data) for event in looking.events[-4:]]
    assert told == [
        ("instance modified", "otto", None, {"reason": "Wrong way"}),
        ("token cancelled", "otto", "Look", {"names": []}),
        ("token started", "otto", "Sign", {"names": []}),
        ("variables set", "otto", "Steps", {"names": ["n"]}),
    ]


def test_what_is_refused_changes_nothing(office: Driver) -> None:
    looking = two_steps(office)
    state, told = looking.row.state, len(looking.events)

    with pytest.raises(InvalidState, match="cancel the instance instead"):
        modify(looking, SetVariables(variables={"n": 1}), CancelElement(element_id="look"))
    with pytest.raises(InvalidState, match="but nothing is"):
        modify(looking, StartBefore(element_id="sign"), CancelElement(element_id="sign"))
    with pytest.raises(InvalidInput, match="Expected a reason for the history"):
        modify(looking, StartBefore(element_id="sign"), reason="  ")
    with pytest.raises(Forbidden, match="rita lacks the permission operate"):
        office.execute(ModifyInstance(instance_id=looking.id, instructions=(), reason="I"), by="rita")
    with pytest.raises(NotFound):
        office.execute(ModifyInstance(instance_id=looking.id + 1, instructions=(), reason="I"), by="otto")

    assert (looking.row.state, len(looking.events), looking.open_tasks) == (state, told, ["look"])


def test_an_instance_that_ended_is_left_alone(office: Driver) -> None:
    looking = two_steps(office)
    modify(looking, CancelElement(element_id="look"), StartAfter(element_id="sign"))
    assert looking.row.status == "completed"

    with pytest.raises(InvalidState, match="Expected to modify instance 1, but it is completed"):
        modify(looking, StartBefore(element_id="sign"))
    with pytest.raises(InvalidState, match="but it is completed"):
        office.engine.ask(rehearsal.modification, SYSTEM, looking.id, [StartBefore(element_id="sign")])
    assert office.engine.ask(rehearsal.choices, SYSTEM, looking.id) == ((), ())


def test_a_rehearsal_shows_what_will_happen_and_writes_nothing(office: Driver) -> None:
    office.deploy(WIDE, manifest__toml='job_types = ["letter"]')
    wide = office.start("wide")
    orders = [CancelElement(element_id="letter"), CancelElement(element_id="each"), StartBefore(element_id="last")]
    tables = (HumanTask, Job, Timer, MessageSubscription, Incident, HistoryEvent)
    before = [office.one(select(func.count()).select_from(table)) for table in tables]
    state = wide.row.state

    seen = office.engine.ask(rehearsal.modification, office.actor("otto"), wide.id, orders)

    assert wide.row.state == state
    assert before == [office.one(select(func.count()).select_from(table)) for table in tables]
    assert {at.element_id: (at.before, at.after) for at in seen.standings} == {
        "reply": (1, 1),
        "x": (1, 1),
        "last": (0, 1),
        "letter": (1, 0),
        "each": (3, 0),
    }
    changes = [(change.what, change.begins, change.element_id) for change in seen.changes]
    assert changes == [("job", False, "letter")] + [("user task", False, "each")] * 3 + [("user task", True, "last")]
    modify(wide, *orders)
    assert sorted(wide.open_tasks) == ["last", "x"]


def test_rows_are_what_the_state_waits_for_after_any_modification(office: Driver) -> None:
    office.deploy(WIDE, manifest__toml='job_types = ["letter"]')
    wide, dice = office.start("wide"), random.Random(4)
    done = 0
    for _ in range(40):
        choices, scopes = office.engine.ask(rehearsal.choices, SYSTEM, wide.id)
        tokens = office.engine.ask(running.load, wide.row).tokens()
        instructions: list[object] = []
        for _ in range(dice.randint(1, 3)):
            choice, scope = dice.choice(choices), dice.choice(scopes)
            within = dice.choice([None, scope.element_instance_id])
            instructions.append(
                dice.choice(
                    [
                        StartBefore(element_id=choice.element_id, within=within),
                        StartAfter(element_id=choice.element_id),
                        CancelElement(element_id=choice.element_id),
                        CancelToken(element_instance_id=dice.choice(tokens).element_instance_id),
                        SetVariables(variables={"n": 1}, element_instance_id=scope.element_instance_id),
                    ]
                )
            )
        try:
            modify(wide, *instructions)
            done += 1
        except Rejection:
            pass
        with office.service.database.read() as session:
            row = session.get_one(ProcessInstance, wide.id)
            execution = office.engine.ask(running.load, row)
            assert differences(execution if row.status == "running" else None, row, session) == []
        if wide.row.status != "running":
            wide = office.start("wide")
    assert done >= 10, "most of these modifications can be done"


def test_cancelling_closes_the_matter_and_stops_its_clocks(office: Driver) -> None:
    office.groups(desk=("case:open", "case:read_all"))
    office.person("dora", "desk")
    clock = """<bpmn:serviceTask id="clock"><bpmn:extensionElements><zeebe:taskDefinition type="clock:open"/>
    <zeebe:ioMapping><zeebe:input source="=&quot;reply&quot;" target="clock"/>
    <zeebe:input source="=profile.clocks.reply" target="rule"/></zeebe:ioMapping></bpmn:extensionElements>
    </bpmn:serviceTask>"""
    manifest = 'profile = "rules.yaml"\n[[case_types]]\nkey = "complaint"\nprocess = "complaint"\n'
    rules = "clocks: {reply: {count: 5, unit: working_day, label: Reply, basis: Art. 23}}"
    office.deploy(
        sequence(clock, user_task("reply"), process_id="complaint"), manifest__toml=manifest, rules__yaml=rules
    )
    opened = office.open_case("complaint", "dora")
    instance = office.case_instance(opened.case_id)

    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.execute(CancelInstance(instance_id=instance.id, reason=""), by="otto")
    office.execute(CancelInstance(instance_id=instance.id, reason="Registered twice"), by="otto")

    assert office.one(select(Clock)).status == "stopped"
    assert office.one(select(Case)).closed_at is not None and instance.open_tasks == []


def test_variables_are_corrected_with_a_reason(office: Driver) -> None:
    looking = two_steps(office)
    (token,) = office.engine.ask(lambda context: running.load(context, looking.row).tokens())

    def set_it(**given: object) -> None:
        command = SetInstanceVariables(instance_id=looking.id, reason="Typed wrongly", **given)  # type: ignore[arg-type]
        office.execute(command, by="otto")

    set_it(variables={"amount": 5})
    set_it(variables={"amount": 6}, element_instance_id=token.element_instance_id)
    set_it(variables={"amount": 7}, element_instance_id=token.element_instance_id, local=True)

    assert looking.variables == {"amount": 6}
    assert [event.data for event in looking.events if event.type == "variables set"] == [
        {"names": ["amount"], "reason": "Typed wrongly"}
    ] * 3
    with pytest.raises(InvalidInput, match="case is read-only"):
        set_it(variables={"case": {}})


STUCK = {
    "a user task's mapping": user_task("stuck", groups="=people"),
    "a gateway": '<bpmn:exclusiveGateway id="stuck"/>',
    "a service task": """<bpmn:serviceTask id="stuck"><bpmn:extensionElements><zeebe:taskDefinition type="letter"
        retries="=people"/></bpmn:extensionElements></bpmn:serviceTask>""",
    "a call activity": """<bpmn:callActivity id="stuck"><bpmn:extensionElements>
        <zeebe:calledElement processId="=people"/></bpmn:extensionElements></bpmn:callActivity>""",
    "a multi-instance activity": user_task("stuck").replace(
        "</bpmn:userTask>",
        """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
        inputCollection="=people"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>""",
    ),
}


@pytest.mark.parametrize(("kind", "good"), list(zip(STUCK, ["clerks", True, 3, "callee", [1, 2]], strict=True)))
def test_resolving_an_incident_tries_only_its_element_again(office: Driver, kind: str, good: object) -> None:
    body = (
        '<bpmn:process id="main" isExecutable="true"><bpmn:startEvent id="start"/><bpmn:parallelGateway id="split"/>'
        + STUCK[kind]
        + user_task("beside")
        + user_task("next")
        + flows("start split", "split stuck", "split beside")
        + '<bpmn:sequenceFlow id="on" sourceRef="stuck" targetRef="next">{}</bpmn:sequenceFlow>'.format(
            "<bpmn:conditionExpression>=people = true</bpmn:conditionExpression>" if "gateway" in kind else ""
        )
        + "</bpmn:process>"
    )
    callee = BPMN.format(body=sequence(user_task("inner"), process_id="callee"))
    office.deploy(body, manifest__toml='job_types = ["letter"]', callee__bpmn=callee)
    main = office.start("main", people={"no": "good"} if "gateway" not in kind else False)
    assert main.incident.element_id == "stuck" and main.open_tasks == ["beside"]
    beside = main.task("beside").row

    office.execute(RetryIncident(incident_id=main.incident.id), by="otto")
    assert main.incident.element_id == "stuck", "nothing was mended"
    office.execute(SetInstanceVariables(instance_id=main.id, variables={"people": good}, reason="Mended"), by="otto")
    office.execute(RetryIncident(incident_id=main.incident.id), by="otto")

    assert office.all(select(Incident).where(Incident.resolved_at.is_(None))) == []
    assert main.task("beside").row.id == beside.id and main.open_tasks.count("beside") == 1
    jobs = office.all(select(Job.element_id).where(Job.status == "open"))
    expected = {
        "a user task's mapping": ["stuck"],
        "a gateway": ["next"],
        "a service task": [],
        "a call activity": ["inner"],
        "a multi-instance activity": ["stuck", "stuck"],
    }
    assert [task for task in main.open_tasks if task != "beside"] == expected[kind]
    assert jobs == (["stuck"] if kind == "a service task" else [])


def test_instances_are_paged_by_their_ids(office: Driver) -> None:
    two_steps(office)
    for _ in range(6):
        office.start("looking")
    otto, every = office.actor("otto"), instances.Wanted(process="looking")

    first = office.engine.ask(instances.search, otto, every, size=3)
    second = office.engine.ask(instances.search, otto, every, before=first.older, size=3)
    last = office.engine.ask(instances.search, otto, every, before=second.older, size=3)
    back = office.engine.ask(instances.search, otto, every, after=last.newer, size=3)

    assert [row.instance_id for row in (*first.items, *second.items, *last.items)] == [7, 6, 5, 4, 3, 2, 1]
    assert (first.total, first.newer, last.older) == (7, None, None)
    assert back.items == second.items
    with pytest.raises(Forbidden):
        office.engine.ask(instances.search, office.actor("rita"), every)
    with pytest.raises(NotFound):
        office.engine.ask(instance_detail.detail, otto, 99)
