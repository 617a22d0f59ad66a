"""The story of a matter is told in words, newest first, and every kind of event has its sentence."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.casework import LinkCases
from engine.commands.clock import ExtendClock, PauseClock, ResumeClock
from engine.commands.human_task import AssignTask
from engine.commands.incident import RetryIncident
from engine.commands.instance import CancelInstance
from engine.errors import Message
from engine.model.casework import Clock
from engine.model.history import HistoryEvent
from engine.model.runtime import ProcessInstance
from engine.queries import history
from engine.queries.history import WORDS, HistoryLine
from tests.support.driver import Driver, InstanceDriver
from tests.support.models import sequence, user_task

MANIFEST = """
profile = "rules.yaml"
job_types = ["letter"]
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
"""
RULES = "clocks: {reply: {count: 15, unit: calendar_day, label: Reply}}"
CLOCK = """<bpmn:serviceTask id="open_clock" name="Start the clock"><bpmn:extensionElements>
<zeebe:taskDefinition type="clock:open"/><zeebe:ioMapping>
<zeebe:input source="=&quot;reply&quot;" target="clock"/><zeebe:input source="=profile.clocks.reply" target="rule"/>
</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
DECIDE = """<bpmn:businessRuleTask id="route" name="Route"><bpmn:extensionElements>
<zeebe:calledDecision decisionId="route" resultVariable="unit"/></bpmn:extensionElements></bpmn:businessRuleTask>"""
DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://lianxi/t">
<decision id="route" name="Route"><decisionTable id="t" hitPolicy="FIRST">
<input id="i"><inputExpression id="ie"><text>topic</text></inputExpression></input><output id="o" name="unit"/>
<rule id="r1"><inputEntry id="e1"><text>"water"</text></inputEntry>
<outputEntry id="o1"><text>"works"</text></outputEntry></rule>
<rule id="r2"><description>Whatever else</description><inputEntry id="e2"><text>-</text></inputEntry>
<outputEntry id="o2"><text>"hall"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
WAIT = """<bpmn:intermediateCatchEvent id="wait" name="Wait a week"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P7D</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
LETTER = """<bpmn:serviceTask id="letter" name="Send a letter"><bpmn:extensionElements>
<zeebe:taskDefinition type="letter" retries="1"/></bpmn:extensionElements></bpmn:serviceTask>"""


@pytest.fixture(scope="module")
def office(driver: Driver) -> Driver:
    driver.groups(clerks=("case:open", "case:read_all", "case:assign"))
    for name in ("rita", "omar"):
        driver.person(name, "clerks")
    driver.deploy(
        sequence(CLOCK, DECIDE, user_task("reply", "Reply"), WAIT, LETTER, process_id="complaint"),
        manifest__toml=MANIFEST,
        rules__yaml=RULES,
        route__dmn=DECISION,
    )
    return driver


@pytest.fixture(scope="module")
def story(office: Driver) -> InstanceDriver:
    """A complaint about noise, from its registration to its end."""
    earlier = office.open_case("complaint", "rita", topic="water").case_id
    case_id = office.open_case("complaint", "rita", topic="noise").case_id
    complaint = office.case_instance(case_id)
    clock_id = office.one(select(Clock.id).where(Clock.case_id == case_id))
    office.execute(LinkCases(case_id=case_id, other_case_id=earlier, kind="related"), by="rita")
    reply = complaint.task("reply").claimed_by("rita").released_by("rita")
    office.execute(AssignTask(task_id=reply.id, assignee="omar"), by="rita")
    office.execute(AssignTask(task_id=reply.id, assignee=None), by="rita")
    office.execute(PauseClock(clock_id=clock_id, reason="Hearing"), by="rita")
    office.later(days=2)
    office.execute(ResumeClock(clock_id=clock_id), by="rita")
    office.execute(ExtendClock(clock_id=clock_id, days=30, reason="Expert opinion"), by="rita")
    reply.done_by("omar", answer="Quiet at ten")
    office.later(days=7, minutes=1)
    office.fire_due_timers()
    complaint.job.fail("no paper")
    office.engine.execute(RetryIncident(incident_id=complaint.incident.id), actor=SYSTEM)
    complaint.job.complete()
    return complaint


def told(office: Driver, instance: InstanceDriver, **asked: object) -> tuple[HistoryLine, ...]:
    return office.engine.ask(lambda context: history.of_instance(context, instance.row, **asked))


def test_a_story_is_told_from_its_registration_to_its_end(office: Driver, story: InstanceDriver) -> None:
    lines = [(line.actor, str(line.text), line.detail) for line in reversed(told(office, story))]

    assert lines == [
        ("rita", "Registered as C-2026-002", None),
        ("rita", "The process began", None),
        ("rita", "Start the clock", None),
        ("rita", "Route: rule 2 applied", "Whatever else"),
        ("rita", "Linked to another matter", None),
        ("rita", "Took Reply", None),
        ("rita", "Gave Reply back", None),
        ("rita", "Assigned Reply to omar", None),
        ("rita", "Gave Reply back", None),
        ("rita", "Paused reply", "Hearing"),
        ("rita", "Resumed reply", None),
        ("rita", "Extended reply by 30 days", "Expert opinion"),
        ("omar", "Took Reply", None),
        ("omar", "Completed Reply", None),
        (None, "The time for Wait a week came", None),
        (None, "Wait a week", None),
        (None, "Send a letter is stuck", "no paper"),
        (None, "Send a letter was tried again", None),
        (None, "The process ended", None),
    ]


def test_what_was_handed_in_is_kept_with_its_step(office: Driver, story: InstanceDriver) -> None:
    entered = [line.entered for line in told(office, story) if line.entered is not None]

    assert entered == [{"answer": "Quiet at ten"}]


def test_the_newest_lines_alone_can_be_asked_for(office: Driver, story: InstanceDriver) -> None:
    assert told(office, story, limit=3) == told(office, story)[:3]


def test_a_reader_gets_the_time_of_each_line(office: Driver, story: InstanceDriver) -> None:
    times = [line.at for line in told(office, story)]

    assert times == sorted(times, reverse=True)
    assert (times[-1].date(), times[0].date()) == (date(2026, 3, 2), date(2026, 3, 11))


def test_a_stopped_instance_says_why(office: Driver) -> None:
    looking = office.start("complaint", topic="water")

    office.engine.execute(CancelInstance(instance_id=looking.id, reason="Opened twice"), actor=SYSTEM)

    lines = [(str(line.text), line.detail) for line in told(office, looking)]
    assert ("The process was stopped", "Opened twice") in lines
    assert ("Route: rule 1 applied", None) in lines


@pytest.mark.parametrize("kind", WORDS)
def test_every_kind_has_a_whole_sentence(office: Driver, kind: str) -> None:
    data = {"number": "C-1", "clock": "reply", "days": 5, "assignee": "omar", "matched": [[2, "Because"]]}
    line = only_line(office, kind, element_id="wait", name="Wait a week", data=data)

    assert isinstance(line.text, Message) and line.text.template == WORDS[kind]
    assert not set("{}") & set(line.text)
    assert str(line.text).strip()
    assert line.kind == kind


@pytest.mark.parametrize("kind", WORDS)
def test_a_bare_event_has_a_sentence_too(office: Driver, kind: str) -> None:
    assert "{" not in only_line(office, kind, element_id="wait").text


def only_line(office: Driver, kind: str, **columns: object) -> HistoryLine:
    """The line of an event of this kind, written for an instance that has no other."""
    instance_id = office.one(select(ProcessInstance.id).order_by(ProcessInstance.id).limit(1))
    row = {"type": kind, "actor": "system", "at": office.clock.now(), "instance_id": instance_id, **columns}

    def line(context: object) -> HistoryLine:
        return history._line(context, HistoryEvent(**row))  # type: ignore[arg-type]

    return office.engine.ask(line)
