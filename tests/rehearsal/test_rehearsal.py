"""A draft is tried against a clock of its own; what was tried becomes a scenario that is checked for ever after."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.calendar import LocalDay
from engine.errors import Forbidden, InvalidInput, InvalidState
from engine.packs import Pack, read_pack
from engine.rehearsal import (
    Office,
    Scenario,
    Setup,
    Step,
    View,
    expected_of,
    look,
    read_scenario,
    read_step,
    rehearse,
    write_scenario,
)
from engine.rehearsal.changes import changes
from engine.rehearsal.kept import Rehearsals
from engine.rehearsal.outcome import coverage
from tests.processes.conftest import HOUSING, PACK
from tests.processes.test_on_site import PENSIONER, TALK
from tests.support.driver import BPMN
from tests.support.models import form, sequence, text_field, user_task

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = Setup(now=datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI), zone=SHANGHAI)
MANIFEST = '[[groups]]\nkey = "clerks"\nname = "Clerks"\n'


def small_pack(body: str, **resources: str | bytes) -> Pack:
    named = {key.replace("__", "."): text for key, text in resources.items()}
    contents = {"manifest.toml": MANIFEST, "process.bpmn": BPMN.format(body=body), **named}
    return Pack(name="small", resources={name: _bytes(text) for name, text in contents.items()})


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@pytest.fixture(scope="module")
def petition() -> Pack:
    return read_pack(PACK)


ON_SITE = (
    Step(verb="open", what="matter", by="reception", answers=PENSIONER),
    Step(verb="task", what="confirm_route", by="reception", answers={"route": "onsite"}),
)


def test_a_matter_is_solved_in_one_sitting_without_deploying_anything(petition: Pack) -> None:
    with Office([petition], MONDAY) as office:
        for step in ON_SITE:
            office.do(step)
        (talk,) = look(office).tasks
        office.do(Step(verb="task", what=talk.element_id, by="reception", answers=TALK))
        view = look(office)

    assert talk.form is not None
    assert "confirm_route" in view.path
    decided = {decision.decision_id: decision.decisions for decision in view.decided}
    assert decided["routing"][-1]["matched"][0]["annotation"].startswith("The facts are clear")
    assert expected_of(view)["decisions"]["routing"] == [4]
    assert view.variables["onsite_outcome"] == "resolved"


def test_the_next_deadline_is_reached_and_its_light_seen(petition: Pack) -> None:
    with Office([petition], MONDAY) as office:
        office.do(Step(verb="open", what="matter", by="reception", answers=HOUSING))
        before = look(office)
        office.do(Step(verb="wait", what="next"))
        after = look(office)

    assert before.clocks[0].light == "green"
    assert after.now == before.next_moment
    assert after.now > before.now


def test_timers_fire_each_at_its_own_moment_in_due_order() -> None:
    timers = """
        <bpmn:process id="slow" isExecutable="true"><bpmn:startEvent id="start"/>
        <bpmn:parallelGateway id="both"/>
        <bpmn:intermediateCatchEvent id="week"><bpmn:timerEventDefinition><bpmn:timeDuration>P7D</bpmn:timeDuration>
        </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
        <bpmn:intermediateCatchEvent id="day"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>
        </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
        <bpmn:scriptTask id="noted"><bpmn:extensionElements>
          <zeebe:script expression="=string(today())" resultVariable="noted_on"/>
        </bpmn:extensionElements></bpmn:scriptTask>
        <bpmn:endEvent id="end"/>
        <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="both"/>
        <bpmn:sequenceFlow id="f2" sourceRef="both" targetRef="week"/>
        <bpmn:sequenceFlow id="f3" sourceRef="both" targetRef="day"/>
        <bpmn:sequenceFlow id="f4" sourceRef="day" targetRef="noted"/>
        <bpmn:sequenceFlow id="f5" sourceRef="noted" targetRef="end"/>
        <bpmn:sequenceFlow id="f6" sourceRef="week" targetRef="end"/></bpmn:process>"""
    with Office([small_pack(timers)], MONDAY) as office:
        office.do(Step(verb="start", what="slow"))
        office.do(Step(verb="wait", what="P30D"))
        view = look(office)

    assert [element for element in view.path if element in ("day", "week")] == ["day", "week"]
    assert view.variables["noted_on"] == "2026-03-03"
    assert view.now == datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI)
    assert view.instances[0].status == "completed"


def test_wrong_answers_are_refused_and_nothing_has_changed() -> None:
    pack = small_pack(
        sequence(user_task("look", form="looks")), looks__form=form("looks", text_field("seen", required=True))
    )
    with Office([pack], MONDAY) as office:
        office.do(Step(verb="start", what="steps"))
        with pytest.raises(InvalidInput):
            office.do(Step(verb="task", what="look", by="clerks", answers={}))
        with pytest.raises(Forbidden):
            office.do(Step(verb="task", what="look", by="visitor", answers={"seen": "it"}))
        with pytest.raises(InvalidState, match="Expected an open task at leave, but there are 0; open are look"):
            office.do(Step(verb="task", what="leave", by="clerks"))
        assert len(office.steps) == 1

        office.do(Step(verb="task", what="look", by="clerks", answers={"seen": "it"}))
        assert look(office).variables == {"seen": "it"}


def test_what_was_done_becomes_a_scenario_that_reads_the_same_and_passes(petition: Pack) -> None:
    with Office([petition], MONDAY) as office:
        for step in ON_SITE:
            office.do(step)
        expect = expected_of(look(office))
    written = Scenario(title="In one sitting", setup=MONDAY, steps=ON_SITE, expect=expect)

    read = read_scenario(write_scenario(written), "scenarios/on_site.toml")
    outcome = rehearse([petition], read)

    assert (read.title, read.setup, read.expect) == (written.title, written.setup, written.expect)
    assert [step.as_mapping() for step in read.steps] == [step.as_mapping() for step in written.steps]
    assert outcome.problems == ()


def test_a_scenario_says_what_came_otherwise(petition: Pack) -> None:
    expect = {"tasks": ["on_site_talk"], "variables": {"proposed_route": "refer"}, "ended": True}

    outcome = rehearse([petition], Scenario(title="x", setup=MONDAY, steps=ON_SITE[:1], expect=expect))

    assert [str(problem) for problem in outcome.problems] == [
        "Expected the open tasks to be on_site_talk, but it is confirm_route",
        "Expected variable proposed_route to be refer, but it is onsite",
        "Expected everything to have ended, but it goes on",
    ]


def test_a_step_that_is_refused_is_named_with_its_reason(petition: Pack) -> None:
    steps = (*ON_SITE[:1], Step(verb="task", what="confirm_route", by="hrss", answers={"route": "onsite"}))

    outcome = rehearse([petition], Scenario(title="x", setup=MONDAY, steps=steps))

    assert "Expected step 2 (task confirm_route) to be taken, but it was refused" in outcome.problems[0]
    assert outcome.seen["matter_lifecycle"]


def test_what_if_a_day_were_off(petition: Pack) -> None:
    def due(setup: Setup) -> str:
        with Office([petition], setup) as office:
            office.do(Step(verb="open", what="matter", by="reception", answers=HOUSING))
            office.do(
                Step(verb="task", what="confirm_route", by="reception", answers={"route": "refer", "unit": "housing"})
            )
            return look(office).clocks[-1].safe_due.isoformat()

    usual = due(MONDAY)
    off = tuple(LocalDay(date=datetime(2026, 3, day).date(), working=False, name="Fair") for day in range(3, 31))

    assert due(Setup(now=MONDAY.now, zone=SHANGHAI, local_days=off)) != usual


def test_coverage_names_what_no_scenario_passes(petition: Pack) -> None:
    outcome = rehearse([petition], Scenario(title="x", setup=MONDAY, steps=ON_SITE))

    covered = {each.process_id: each for each in coverage(petition, [outcome.seen])}

    assert "confirm_route" in covered["matter_lifecycle"].passed
    assert 0 < covered["matter_lifecycle"].percent < 100
    assert covered["joint_conference"].percent == 0
    assert "draft_opinion" in [id for id, _ in covered["refer_to_department"].missed]


FOUR_EYES = sequence(user_task("draft"), user_task("approve"))


def test_several_people_share_a_step_and_a_check_after_each_is_named_with_its_number() -> None:
    steps = (
        Step(verb="start", what="steps", expect={"tasks": ["draft"], "path": ["start"]}),
        Step(verb="claim", what="draft", by="clerks"),
        Step(verb="release", what="draft", by="clerks"),
        Step(verb="task", what="draft", by="clerks/2", expect={"path": ["draft"], "tasks": ["sign"]}),
    )

    outcome = rehearse([small_pack(FOUR_EYES)], Scenario(title="x", setup=MONDAY, steps=steps))

    assert [str(problem) for problem in outcome.problems] == [
        "After step 4: Expected the open tasks to be sign, but it is approve"
    ]
    assert [(each.step, each.part, each.problem is None) for each in outcome.compared] == [
        (1, "tasks", True), (1, "path", True), (4, "path", True), (4, "tasks", False), (None, "incidents", True),
    ]  # fmt: skip


def test_what_is_claimed_by_one_is_refused_to_another() -> None:
    with Office([small_pack(FOUR_EYES)], MONDAY) as office:
        office.do(Step(verb="start", what="steps"))
        office.do(Step(verb="claim", what="draft", by="clerks"))
        with pytest.raises(Forbidden, match="assigned to clerks"):
            office.do(Step(verb="task", what="draft", by="clerks/2"))


def test_a_deadline_is_extended_and_paused(petition: Pack) -> None:
    def due(*more: Step) -> str:
        with Office([petition], MONDAY) as office:
            for step in (Step(verb="open", what="matter", by="reception", answers=HOUSING), *more):
                office.do(step)
            (clock,) = look(office).clocks
            return clock.raw_last_day.isoformat()

    def paused(days: int) -> tuple[Step, ...]:
        return (
            Step(verb="pause", what="C01_bureau_disposal", reason="Papers are awaited"),
            Step(verb="wait", what=f"P{days}D"),
            Step(verb="resume", what="C01_bureau_disposal"),
        )

    assert due() == "2026-03-17"
    assert due(Step(verb="extend", what="C01_bureau_disposal", days=5, reason="Hard to find out")) == "2026-03-22"
    assert due(*paused(3)) == "2026-03-20"
    with pytest.raises(InvalidState, match="Expected an open clock at C99"):
        due(Step(verb="extend", what="C99", days=5, reason="Hard to find out"))


def test_what_differs_first_is_told(petition: Pack) -> None:
    expect = {"path": ["registered", "open_first_disposal", "confirm_route"]}

    outcome = rehearse([petition], Scenario(title="x", setup=MONDAY, steps=ON_SITE[:1], expect=expect))

    (path,) = [each for each in outcome.compared if each.part == "path"]
    assert (path.first, path.found[2]) == (2, "propose_route")
    assert path.problem == "Expected confirm_route as number 3 of the path, but it is propose_route"


def test_a_cycle_that_never_gets_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.rehearsal.office.MOST_TIMERS", 20)
    every_second = """
        <bpmn:process id="steps" isExecutable="true"><bpmn:startEvent id="start"/><bpmn:userTask id="look"/>
        <bpmn:boundaryEvent id="again" attachedToRef="look" cancelActivity="false"><bpmn:timerEventDefinition>
        <bpmn:timeCycle>R/PT1S</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
        <bpmn:endEvent id="end"/>
        <bpmn:endEvent id="said"/>
        <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="look"/>
        <bpmn:sequenceFlow id="f2" sourceRef="look" targetRef="end"/>
        <bpmn:sequenceFlow id="f3" sourceRef="again" targetRef="said"/></bpmn:process>"""
    with Office([small_pack(every_second)], MONDAY) as office:
        office.do(Step(verb="start", what="steps"))
        with pytest.raises(InvalidState, match="Expected at most 20 timers to fire in one step"):
            office.do(Step(verb="wait", what="P1D"))


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"by": "x"}, "Expected step to say one of open, start, task"),
        ({"task": "a", "wait": "P1D"}, "but it says task, wait"),
        ({"wait": "P1D", "by": "x"}, r"Expected step \(wait\) to have only no more, but it has by"),
        ({"task": 7}, "Expected what of step to be a str"),
        ({"task": "a", "answers": []}, "Expected answers of step to be a Mapping"),
        ("look", "Expected step to be a table"),
        ({"task": "a", "expect": {"mood": "good"}}, "Expected step to expect only path, tasks, .* but it says mood"),
        ({"task": "a", "expect": {"clocks": {"C1": "red"}}}, "Expected what is expected of clocks in step to be a"),
    ],
)
def test_steps_that_say_nothing_sound_are_refused(step: object, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_step(step)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("now = ", "Expected readable TOML"),
        ("title = 'x'", "Expected 1 to 500 steps"),
        ("[[steps]]\nwait = 'next'", "to say when it begins"),
        ("now = 2026-03-02T09:00:00\nyear = 1\n[[steps]]\nwait = 'next'", "Expected .* to have only"),
        ("now = 2026-03-02T09:00:00\n[[steps]]\nwait = 'next'\n[expect]\nmood = 'good'", "to expect only"),
        ("now = 2026-03-02T09:00:00\n[[steps]]\nwait = 'next'\n[expect]\npath = 'a'", "of path .* to be a list"),
    ],
)
def test_files_that_are_no_scenario_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_scenario(text.encode())


def test_waiting_goes_forwards_and_needs_something_to_wait_for() -> None:
    with Office([small_pack(sequence(user_task("look")))], MONDAY) as office:
        with pytest.raises(InvalidState, match="Expected to go to the next deadline, but nothing has one"):
            office.do(Step(verb="wait", what="next"))
        with pytest.raises(InvalidState, match="Expected to go on to 2026-01-01"):
            office.do(Step(verb="wait", what="2026-01-01"))
        with pytest.raises(InvalidInput, match="Expected a duration such as P3D"):
            office.do(Step(verb="wait", what="a while"))


def test_rehearsals_under_way_are_gone_on_with_and_begun_anew_where_they_were_dropped(petition: Pack) -> None:
    rehearsals = Rehearsals(most=1)
    office = rehearsals.reach([petition], MONDAY, ON_SITE[:1])
    rehearsals.keep([petition], office)

    assert rehearsals.reach([petition], MONDAY, ON_SITE) is office
    rehearsals.keep([petition], office)
    other = rehearsals.reach([petition], MONDAY, ())
    rehearsals.keep([petition], other)
    again = rehearsals.reach([petition], MONDAY, ON_SITE)

    assert again is not office
    assert "confirm_route" in look(again).path
    rehearsals.close()


def test_a_refused_step_leaves_the_kept_rehearsal_as_it_was(petition: Pack) -> None:
    rehearsals = Rehearsals()
    wrong = Step(verb="task", what="confirm_route", by="hrss", answers={"route": "onsite"})
    office = rehearsals.reach([petition], MONDAY, ON_SITE[:1])
    rehearsals.keep([petition], office)

    with pytest.raises(Forbidden):
        rehearsals.reach([petition], MONDAY, (*ON_SITE[:1], wrong))

    assert rehearsals.reach([petition], MONDAY, ON_SITE) is office
    office.close()


def test_only_so_many_rehearsals_are_kept_and_none_for_ever() -> None:
    pack, now = small_pack(FOUR_EYES), [0.0]
    rehearsals = Rehearsals(each=2, idle_seconds=60, ticks=lambda: now[0])
    started = Step(verb="start", what="steps")
    for owner, steps in (("dora", ()), ("dora", (started,)), ("yang", ()), ("dora", (started, started))):
        rehearsals.keep([pack], rehearsals.reach([pack], MONDAY, steps, owner), owner)
    opened = rehearsals.reach([pack], MONDAY, (), "yang")
    rehearsals.keep([pack], opened, "yang")

    assert len(rehearsals) == 2  # dora's went on to the end, yang has one of their own

    now[0] = 61
    other = rehearsals.reach([pack], MONDAY, (), "hana")
    rehearsals.keep([pack], other, "hana")

    assert len(rehearsals) == 1
    assert rehearsals.reach([pack], MONDAY, (), "yang") is not opened
    rehearsals.close()


def test_what_the_last_step_changed_is_known(petition: Pack) -> None:
    rehearsals = Rehearsals()
    office = rehearsals.reach([petition], MONDAY, ON_SITE)
    last = changes(office.before, look(office))
    rehearsals.keep([petition], office)
    rehearsals.close()

    written = last.of_scope(1, 0)
    assert written["route"].before is None and written["route"].new
    assert "name" not in written
    assert last.tasks == {("talk", 1)}
    assert last.passed[:2] == ("confirm_route", "stop_first_disposal")
    assert changes(None, look_at(petition)).tasks == frozenset()


def look_at(pack: Pack) -> View:
    with Office([pack], MONDAY) as office:
        return look(office)


def test_a_job_suggests_what_its_answer_should_say() -> None:
    job = """<bpmn:serviceTask id="ask"><bpmn:extensionElements><zeebe:taskDefinition type="register:ask"/>
        <zeebe:ioMapping><zeebe:output source="=answer.owner" target="owner"/>
        <zeebe:output source="=subject + answer.place" target="place"/></zeebe:ioMapping>
        </bpmn:extensionElements></bpmn:serviceTask>"""
    with Office(
        [small_pack(sequence(job), manifest__toml='job_types = ["register:ask"]\n' + MANIFEST)], MONDAY
    ) as office:
        office.do(Step(verb="start", what="steps", variables={"subject": "house"}))
        (waiting,) = look(office).jobs

    assert waiting.results == ("answer",)
