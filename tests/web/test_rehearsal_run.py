"""The page of a rehearsal: what a step changed, back to any step, several tasks at once, deadlines, jobs, replaying."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape

import pytest

from engine.commands.model_drafts import SaveModelDraft
from engine.commands.workshop import CreateModelPack
from engine.queries import workshop
from engine.rehearsal import read_scenario
from tests.support.driver import BPMN, Driver
from tests.support.models import form, sequence, text_field, user_task
from tests.web.test_rehearsal import SCENARIOS, Stage, look_until_all_has_come, registered, stage

__all__ = ["stage"]

TWO_AT_ONCE = """<bpmn:process id="both" isExecutable="true"><bpmn:startEvent id="start"/>
    <bpmn:parallelGateway id="split"/>
    {tasks}<bpmn:endEvent id="end"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="split"/>
    <bpmn:sequenceFlow id="f2" sourceRef="split" targetRef="one"/>
    <bpmn:sequenceFlow id="f3" sourceRef="split" targetRef="two"/>
    <bpmn:sequenceFlow id="f4" sourceRef="one" targetRef="end"/>
    <bpmn:sequenceFlow id="f5" sourceRef="two" targetRef="end"/></bpmn:process>"""
JOB = """<bpmn:serviceTask id="ask" name="Ask the register"><bpmn:extensionElements>
    <zeebe:taskDefinition type="register:ask"/><zeebe:ioMapping><zeebe:output source="=owner" target="owner"/>
    </zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
MANIFEST = 'job_types = ["register:ask"]\n[[groups]]\nkey = "clerks"\nname = "Clerks"\n'


class Small(Stage):
    """A rehearsal of a small pack with one process."""

    def __init__(self, office: Driver, visit: Callable, body: str, **files: str) -> None:
        super().__init__(visit("dora"))
        self.office = office
        named = {name.replace("__", "."): text.encode() for name, text in files.items()}
        contents = {"manifest.toml": MANIFEST.encode(), "process.bpmn": BPMN.format(body=body).encode(), **named}
        office.execute(CreateModelPack(name="small", message="Begin", files=contents), by="dora")
        self.visitor.get("/workshop/small/rehearse")
        self.send(now="2026-03-02T09:00", state="draft")

    def send(self, **fields: str) -> None:
        self.visitor.send("/workshop/small/rehearse", **fields)

    def step(self, verb: str, what: str = "", **fields: str) -> None:
        self.send(lx__run=self.run, lx__step=verb, lx__what=what, **fields)


def test_what_the_last_step_wrote_is_marked_with_what_it_was(office: Driver, visit: Callable) -> None:
    asked = form("asked", text_field("seen"))
    small = Small(office, visit, sequence(user_task("look", form="asked"), user_task("again", form="asked")),
                  asked__form=asked)  # fmt: skip
    small.step("start", "steps", lx__variables='{"seen": "nothing"}')
    small.step("task", "look", lx__nth="1", lx__by="clerks", seen="a wall")

    assert "seen changed a wall before: nothing" in small.visitor.text
    rehearsed = re.search(r'id="rehearsed" data-pack="small">(.*?)</script>', small.visitor.page.text)
    assert json.loads(rehearsed[1]) == {"seen": "a wall"}  # type: ignore[index]


def test_two_forms_that_wait_have_ids_of_their_own_and_each_is_answered(office: Driver, visit: Callable) -> None:
    asked = form("asked", text_field("seen", required=True))
    tasks = user_task("one", form="asked") + user_task("two", form="asked")
    small = Small(office, visit, TWO_AT_ONCE.format(tasks=tasks), asked__form=asked)
    small.step("start", "both")

    ids = re.findall(r'\bid="([^"]+)"', small.visitor.page.text)
    assert len(ids) == len(set(ids))
    small.step("task", "two", lx__nth="1", lx__by="clerks", seen="")
    assert small.visitor.page.status_code == 422
    assert re.search(r'href="#two-1-f-seen"', small.visitor.page.text)
    small.step("task", "two", lx__nth="1", lx__by="clerks", seen="a wall")
    assert "seen new a wall" in small.visitor.text


def test_one_goes_back_to_any_step(stage: Stage) -> None:
    registered(stage)
    stage.step("task", "confirm_route", lx__nth="1", lx__by="reception", route="onsite")
    stage.step("wait", "P1D")

    stage.step("back", lx__nth="1")

    assert "2026-03-02 09:00 in the rehearsal" in stage.visitor.text
    assert "Confirm the route" in stage.visitor.text
    assert "hand in" not in stage.visitor.text.split("Steps so far")[1]


def test_a_task_is_claimed_by_one_and_given_back(office: Driver, visit: Callable) -> None:
    small = Small(office, visit, sequence(user_task("look")))
    small.step("start", "steps")
    small.step("claim", "look", lx__nth="1", lx__by="clerks")
    assert "Claimed by Clerks" in small.visitor.text

    small.step("task", "look", lx__nth="1", lx__by="clerks/2")
    assert "assigned to clerks" in small.visitor.text
    small.step("release", "look", lx__nth="1", lx__by="clerks")
    small.step("task", "look", lx__nth="1", lx__by="clerks/2")

    assert "The process ended" in small.visitor.text


def test_a_deadline_is_extended_paused_and_gone_on_with(stage: Stage) -> None:
    registered(stage)
    stage.step("extend", "C01_bureau_disposal", lx__nth="1", lx__days="5", lx__reason="Papers are awaited")
    assert "by law 23 Mar" in stage.visitor.text
    stage.step("pause", "C01_bureau_disposal", lx__nth="1", lx__reason="Papers are awaited")
    assert "Go on counting" in stage.visitor.text
    stage.step("wait", "P1D")
    stage.step("resume", "C01_bureau_disposal", lx__nth="1")
    assert "by law 23 Mar" in stage.visitor.text  # 22 March, a Sunday, and the 23rd: a day was left out
    stage.step("extend", "C01_bureau_disposal", lx__nth="1", lx__days="0", lx__reason="x")
    assert "Expected to extend by at least one day" in stage.visitor.text


def test_a_job_offers_the_names_its_answer_needs(office: Driver, visit: Callable) -> None:
    small = Small(office, visit, sequence(JOB, user_task("look")))
    small.step("start", "steps")
    typed = re.search(r'name="lx-variables"[^>]*>(.*?)</textarea>', small.visitor.page.text, re.S)
    assert json.loads(unescape(typed[1])) == {"owner": None}  # type: ignore[index]

    small.step("job", "ask", lx__nth="1", lx__variables='{"owner": "Zhang"}')

    assert "owner new Zhang" in small.visitor.text


def test_a_step_that_the_changed_draft_refuses_is_named_and_all_are_tried_again(
    office: Driver, visit: Callable
) -> None:
    small = Small(office, visit, sequence(user_task("look"), user_task("again")))
    small.step("start", "steps")
    small.step("task", "look", lx__nth="1", lx__by="clerks")
    small.step("task", "again", lx__nth="1", lx__by="clerks")
    run = small.run

    def draw(*tasks: str) -> None:
        there = office.engine.ask(workshop.file, office.actor("dora"), "small", "process.bpmn")
        body = BPMN.format(body=sequence(*(user_task(each) for each in tasks)))
        command = SaveModelDraft(pack="small", path="process.bpmn", content=body.encode(), expected=there.tag)
        office.execute(command, by="dora")

    draw("look", "elsewhere")
    small.send(lx__run=run, lx__step="")

    assert small.visitor.page.status_code == 409
    assert "Expected step 3 (task again) to be taken, but it was refused" in small.visitor.text
    assert "1 step is left out" in small.visitor.text
    assert "Elsewhere" in small.visitor.text

    draw("look", "again")
    given = re.findall(r'name="lx-run" value="([^"]*)"', small.visitor.page.text)
    small.send(lx__run=next(unescape(text) for text in given if "again" in text), lx__step="")

    assert "The process ended" in small.visitor.text


def test_a_rehearsal_outlives_the_server(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.rehearsal.kept import Rehearsals

    registered(stage)
    monkeypatch.setattr("webui.workshop.stage.REHEARSALS", Rehearsals())

    stage.step("task", "confirm_route", lx__nth="1", lx__by="reception", route="onsite")

    assert "Talk, answer and record" in stage.visitor.text


def test_what_each_step_leads_to_is_kept_too(office: Driver, stage: Stage) -> None:
    registered(stage)
    stage.visitor.send(
        "/workshop/petition/rehearse/keep", lx__run=stage.run, name="stepwise", title="Step by step",
        expect=["tasks"], expect__steps="on",
    )  # fmt: skip
    look_until_all_has_come(stage)

    kept = office.engine.ask(workshop.file, office.actor("dora"), "petition", "scenarios/stepwise.toml")
    (step,) = read_scenario(kept.content).steps
    assert step.expect == {
        "path": ["registered", "open_first_disposal", "propose_route"],
        "tasks": ["confirm_route"],
    }
    assert "after step 1" in stage.visitor.text


def test_what_came_otherwise_stands_beside_what_was_expected(office: Driver, stage: Stage) -> None:
    path = f"scenarios/{SCENARIOS[1]}.toml"
    there = office.engine.ask(workshop.file, office.actor("dora"), "petition", path)
    changed = there.content.replace(b'"which_route",', b'"talk",').replace(b'"onsite_resolved"', b'"transferred"')
    office.execute(SaveModelDraft(pack="petition", path=path, content=changed, expected=there.tag), by="dora")

    stage.visitor.get("/workshop/petition/scenarios")
    look_until_all_has_come(stage)
    assert "1 came otherwise" in stage.visitor.text
    assert "and 1 more" in stage.visitor.text

    stage.visitor.get(f"/workshop/petition/rehearse?scenario={path}")

    page = stage.visitor.page.text
    assert stage.visitor.text.count("first difference") == 1
    assert len(re.findall(r'<li class="differs"><strong[^>]*>differs from here:', page)) == 2
    assert "how the matter is described: Status transferred onsite_resolved" in stage.visitor.text


def test_a_what_if_that_changes_nothing_is_refused(stage: Stage) -> None:
    stage.visitor.get("/workshop/petition/scenarios")
    stage.visitor.send("/workshop/petition/scenarios", days__off="")
    assert stage.visitor.page.status_code == 422
    assert "Expected another value or a day to try" in stage.visitor.text

    stage.visitor.send("/workshop/petition/scenarios", days__off="tomorrow")
    assert stage.visitor.page.status_code == 422
    assert "Expected local days with date" in stage.visitor.text


def test_what_if_the_rules_were_others(stage: Stage) -> None:
    stage.visitor.get("/workshop/petition/scenarios")
    entries = re.findall(r'name="profile-([\w.]*C01[\w.]*count)" value="(\d+)"', stage.visitor.page.text)
    [(entry, days)] = entries[:1]
    stage.visitor.send("/workshop/petition/scenarios", **{f"profile-{entry}": str(int(days) + 5)})
    look_until_all_has_come(stage)

    assert f"Tried otherwise: {entry} = {int(days) + 5}" in stage.visitor.text
    assert "2026-03-17" in stage.visitor.text


def test_whoever_is_named_can_answer(office: Driver, visit: Callable) -> None:
    named = user_task("look", groups="").replace("<bpmn:extensionElements>", "<bpmn:extensionElements>"
        '<zeebe:assignmentDefinition candidateUsers="rita"/>')  # fmt: skip
    small = Small(office, visit, sequence(named))
    small.step("start", "steps")
    assert '<option value="rita"' in small.visitor.page.text

    small.step("task", "look", lx__nth="1", lx__by="rita")

    assert "The process ended" in small.visitor.text


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("manifest.toml", b"[[groups"),
        ("manifest.toml", b'profile = "rules.yaml"'),
        ("process.bpmn", b"<bpmn"),
        ("labels.csv", b"\xff"),
    ],
)
def test_a_draft_that_can_not_be_read_is_refused_in_words(
    office: Driver, visit: Callable, path: str, content: bytes
) -> None:
    small = Small(office, visit, sequence(user_task("look")))
    files = office.engine.ask(workshop.files, office.actor("dora"), "small", "draft")
    tag = office.engine.ask(workshop.file, office.actor("dora"), "small", path).tag if path in files else None
    office.execute(SaveModelDraft(pack="small", path=path, content=content, expected=tag), by="dora")

    for send in (
        lambda: small.visitor.get("/workshop/small/rehearse"),
        lambda: small.send(now="2026-03-02T09:00", state="draft"),
        lambda: small.visitor.get("/workshop/small/scenarios"),
        lambda: small.visitor.send("/workshop/small/scenarios", days__off="2026-03-09"),
    ):
        send()
        assert small.visitor.page.status_code in (200, 409, 422), small.visitor.text
