"""People and workers act at the same moment: one wins, the others are told so, and nothing is done by halves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from engine.access import SYSTEM
from engine.clock import FixedClock
from engine.commands.casework import OpenCase
from engine.commands.clock import ExtendClock, SetLocalDay, extend_clock
from engine.commands.human_task import AssignTask, ClaimTask, CompleteTask, Completion
from engine.commands.idempotency import Answer, Request
from engine.commands.job import CompleteJob
from engine.commands.message import DeliverBuffered, PublishMessage
from engine.commands.timer import TriggerTimer
from engine.context import CommandContext
from engine.errors import Forbidden, InvalidState, NotFound, Rejection
from engine.model.casework import Case, Clock
from engine.model.runtime import BufferedMessage, HumanTask, ProcessInstance, Timer
from engine.service import open_service
from tests.support.driver import MONDAY, Driver
from tests.support.models import form, sequence, text_field, user_task

RULES = "clocks: {reply: {count: 15, unit: calendar_day, label: Reply}}"
MANIFEST = """
profile = "rules.yaml"
job_types = ["letter"]
[[case_types]]
key = "complaint"
process = "complaint"
form = "complaint"
number = "C-{year}-{sequence:03d}"
fields = { title = "=subject" }
"""
CLOCK = """<bpmn:serviceTask id="open_clock"><bpmn:extensionElements><zeebe:taskDefinition type="clock:open"/>
<zeebe:ioMapping><zeebe:input source="=&quot;reply&quot;" target="clock"/>
<zeebe:input source="=profile.clocks.reply" target="rule"/></zeebe:ioMapping>
</bpmn:extensionElements></bpmn:serviceTask>"""
LETTER = """<bpmn:serviceTask id="letter"><bpmn:extensionElements><zeebe:taskDefinition type="letter"/>
</bpmn:extensionElements></bpmn:serviceTask>"""
WAIT = """<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P1D</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
RECEIVE = """<bpmn:intermediateCatchEvent id="{id}"><bpmn:messageEventDefinition messageRef="m"/>
</bpmn:intermediateCatchEvent>"""
MESSAGE = """<bpmn:message id="m" name="Reply"><bpmn:extensionElements><zeebe:subscription correlationKey="=number"/>
</bpmn:extensionElements></bpmn:message>"""


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(clerks=("case:open", "case:read_all", "case:assign"))
    for name in ("rita", "omar", "hana", "sven"):
        driver.person(name, "clerks")
    driver.deploy(
        sequence(CLOCK, user_task("look"), process_id="complaint"),
        manifest__toml=MANIFEST,
        rules__yaml=RULES,
        complaint__form=form("complaint", text_field("subject")),
    )
    return driver


def test_of_all_who_claim_at_once_one_gets_the_task(office: Driver) -> None:
    office.open_case("complaint", "rita")
    task_id = office.one(select(HumanTask.id))
    actors = [office.actor(name) for name in ("rita", "omar", "hana", "sven")]

    outcomes = at_once(
        [lambda actor=actor: office.engine.execute(ClaimTask(task_id=task_id), actor=actor) for actor in actors]
    )

    winner = office.one(select(HumanTask.assignee))
    losers = [str(outcome) for outcome in outcomes if outcome is not None]
    assert losers == [f"Expected to claim task {task_id}, but it is assigned to {winner}"] * 3


def test_registering_at_once_gives_every_matter_its_number(office: Driver) -> None:
    rita = office.actor("rita")

    outcomes = at_once(
        [lambda: office.engine.execute(OpenCase(case_type="complaint", data={"subject": "Noise"}), actor=rita)] * 6
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert sorted(office.all(select(Case.number))) == [f"C-2026-{number:03d}" for number in range(1, 7)]


def test_a_double_click_registers_once(office: Driver) -> None:
    rita = office.actor("rita")
    click = OpenCase(case_type="complaint", data={"subject": "Noise"})
    told: list[Answer] = []

    def answered(opened: Completion) -> Answer:
        return Answer(status=303, body={"case": opened.case_id})

    def register() -> None:
        once = Request(key="once", fingerprint="of this form")
        told.append(office.engine.execute_once(click, actor=rita, request=once, answer=answered))

    assert [outcome for outcome in at_once([register] * 4) if isinstance(outcome, Exception)] == []

    assert sorted(answer.replayed for answer in told) == [False, True, True, True]
    assert [answer.body for answer in told] == [told[0].body] * 4
    assert office.all(select(Case.number)) == ["C-2026-001"]


def test_a_job_reported_twice_at_once_moves_the_process_once(driver: Driver) -> None:
    driver.deploy(
        sequence(LETTER, LETTER.replace('id="letter"', 'id="again"')), manifest__toml='job_types = ["letter"]'
    )
    letters = driver.start("steps")
    job_id = letters.job.id

    outcomes = at_once([lambda: driver.engine.execute(CompleteJob(job_id=job_id), actor=SYSTEM)] * 4)

    refused = [str(outcome) for outcome in outcomes if outcome is not None]
    assert len(refused) == 3
    assert all(f"Expected to complete job {job_id}, but it was already completed by system" in text for text in refused)
    assert letters.job.row.element_id == "again"


def test_a_timer_fired_twice_at_once_fires_once(driver: Driver) -> None:
    driver.deploy(sequence(WAIT, WAIT.replace('id="wait"', 'id="again"')))
    waiting = driver.start("steps")
    timer_id = driver.one(select(Timer.id))
    driver.later(days=1, minutes=1)

    outcomes = at_once([lambda: driver.engine.execute(TriggerTimer(timer_id=timer_id), actor=SYSTEM)] * 4)

    assert sorted(outcomes) == [False, False, False, True]
    assert driver.one(select(Timer.element_id)) == "again"
    assert waiting.history.count("timer fired") == 1


def test_messages_to_the_same_instances_never_wait_in_a_ring(driver: Driver) -> None:
    """Each message goes to an instance of three processes, which wait for each other's keys in another order."""
    keys = ("one", "two", "six")
    for key in keys:
        driver.deploy(sequence(RECEIVE.format(id="reply"), process_id=key) + MESSAGE, name=key)
    for order in (keys, keys[::-1]):
        for key in order:
            driver.start(key, number="A")

    publish = PublishMessage(name="Reply", correlation_key="A")
    outcomes = at_once([lambda: driver.engine.execute(publish, actor=SYSTEM).instance_ids] * 4)

    taken = [instance_id for outcome in outcomes for instance_id in outcome]
    assert len(taken) == len(set(taken)) and set(taken) <= set(driver.all(select(ProcessInstance.id)))
    assert all(list(outcome) == sorted(outcome) for outcome in outcomes)


def test_instances_are_locked_in_id_order(driver: Driver) -> None:
    for key in ("zeta", "beta"):
        driver.deploy(sequence(RECEIVE.format(id="reply"), process_id=key) + MESSAGE, name=key)
    driver.start("zeta", number="B"), driver.start("beta", number="A"), driver.start("zeta", number="A")
    locked = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM process_instance" in statement and "WHERE process_instance.id =" in statement:
            values = parameters.values() if isinstance(parameters, dict) else parameters
            locked.append(next(iter(values)))

    event.listen(driver.service.database.bind, "before_cursor_execute", note)
    taken = driver.engine.execute(PublishMessage(name="Reply", correlation_key="A"), actor=SYSTEM).instance_ids

    assert list(taken) == sorted(taken) and len(taken) == 2
    assert [instance_id for instance_id in locked if instance_id in taken][:2] == list(taken)


def test_a_kept_message_is_given_out_once_although_asked_for_twice(driver: Driver) -> None:
    driver.deploy(sequence(RECEIVE.format(id="first"), RECEIVE.format(id="second")) + MESSAGE)
    kept = PublishMessage(name="Reply", correlation_key="A", time_to_live_ms=60_000)
    driver.engine.execute(kept, actor=SYSTEM)
    waiting = driver.start("steps", number="A")

    deliver = DeliverBuffered(name="Reply", correlation_key="A")
    outcomes = at_once([lambda: driver.engine.execute(deliver, actor=SYSTEM)] * 4)

    assert outcomes == [None] * 4
    assert driver.all(select(BufferedMessage.taken_by)) == [["steps"]]
    assert waiting.row.status == "running"  # the second message has not come yet


def test_a_local_day_declared_meanwhile_forgets_no_extension(office: Driver) -> None:
    """The calendar changes while a clock is being extended: both count."""
    office.open_case("complaint", "rita")
    clock_id = office.one(select(Clock.id))
    declare = SetLocalDay(day=date(2026, 3, 17), working=False, name="Flood")

    with ThreadPoolExecutor(1) as threads:
        with office.service.database.write() as session:
            extend_clock(ExtendClock(clock_id=clock_id, days=1, reason="Expert opinion"), context_of(office, session))
            session.flush()
            declared = threads.submit(office.engine.execute, declare, actor=SYSTEM)
            with pytest.raises(TimeoutError):
                declared.result(0.5)  # it waits for the extension
        declared.result(10)

    clock = office.one(select(Clock))
    assert (clock.raw_last_day, clock.legal_due, clock.safe_due) == (date(2026, 3, 18),) * 3


def test_another_process_that_was_quicker_is_noticed(office: Driver, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two server processes: what one knows of deployments and tasks is not believed when the other changed it."""
    service = open_service(office.service.settings, migrate=False, clock=FixedClock(MONDAY))
    other = Driver(service=service, clock=FixedClock(MONDAY))
    office.open_case("complaint", "rita")
    task_id = office.one(select(HumanTask.id))
    other.execute(ClaimTask(task_id=task_id), by="omar")

    with pytest.raises(InvalidState, match="assigned to omar"):
        office.execute(ClaimTask(task_id=task_id), by="rita")
    other.execute(CompleteTask(task_id=task_id), by="omar")
    with pytest.raises(InvalidState, match="already completed by omar"):
        office.execute(CompleteTask(task_id=task_id), by="omar")
    other.service.close()


def test_a_candidate_takes_no_task_from_somebody_else(driver: Driver) -> None:
    driver.groups(clerks=())
    driver.person("rita", "clerks")
    driver.person("omar", "clerks")
    driver.deploy(sequence(user_task("look")))
    task = driver.start("steps").task("look").claimed_by("rita")

    with pytest.raises(Forbidden, match="lacks the permission case:assign"):
        driver.execute(AssignTask(task_id=task.id, assignee="omar"), by="omar")

    assert task.row.assignee == "rita"
    driver.execute(AssignTask(task_id=task.id, assignee=None), by="rita")  # one's own may be given back
    driver.execute(AssignTask(task_id=task.id, assignee="omar"), by="omar")  # and then taken
    assert task.row.assignee == "omar"


@pytest.mark.parametrize(
    "command", [CompleteTask(task_id=99), CompleteJob(job_id=99), ExtendClock(clock_id=99, days=1, reason="x")]
)
def test_what_is_not_there_is_not_found(office: Driver, command: Any) -> None:
    actor = SYSTEM

    with pytest.raises(NotFound, match="99, but there is none"):
        office.engine.execute(command, actor=actor)


def context_of(driver: Driver, session: Session) -> CommandContext:
    """What a command by rita works with that has not ended yet."""
    engine = driver.engine
    return CommandContext(
        session=session,
        actor=driver.actor("rita"),
        now=driver.clock.now(),
        zone=engine.zone,
        definitions=engine.definitions,
        enqueue=driver.service.jobs.enqueue,
    )


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Do all of them in threads that begin together; what each returned, or its refusal."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        start.wait(10)
        try:
            return action()
        except Rejection as refusal:
            return refusal

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))
