"""A draft is rehearsed in the browser, without scripts: forms as anybody, time, what came, and a scenario of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.commands.workshop import CreateModelPack
from engine.model.casework import Case
from engine.model.repository import Deployment
from engine.queries import workshop
from tests.processes.conftest import PACK
from tests.support.driver import Driver

REHEARSE = "/workshop/petition/rehearse"
SCENARIOS = ("objection_too_late", "on_site_resolved")
FACTS = {
    "name": "王秀兰", "phone": "13530246633", "address": "大城子街道", "summary": "养老金未到账", "claims": "请查明",
    "category": "LS", "place": "大城子街道", "people_present": "1", "circumstances": ["facts_clear", "unit_reachable"],
    "language": "zh",
}  # fmt: skip


class Stage:
    """The rehearsal's page as its reader goes on: every form carries the run of the page seen last."""

    def __init__(self, visitor: Any) -> None:
        self.visitor = visitor

    @property
    def run(self) -> str:
        return unescape(re.search(r'name="lx-run" value="([^"]*)"', self.visitor.page.text)[1])  # type: ignore[index]

    def begin(self, now: str = "2026-03-02T09:00", **more: Any) -> Stage:
        self.visitor.get(REHEARSE)
        self.visitor.send(REHEARSE, now=now, state="draft", **more)
        return self

    def step(self, verb: str, what: str = "", **fields: Any) -> Any:
        given = {"lx__run": self.run, "lx__step": verb, "lx__what": what}
        return self.visitor.send(REHEARSE, **given, **fields)


def look_until_all_has_come(stage: Stage) -> None:
    """What the page's script does every second."""
    for _ in range(60):
        if "are being run" not in stage.visitor.text:
            return
        stage.visitor.get(stage.visitor.page.request.full_path)
    raise AssertionError(stage.visitor.text)


@pytest.fixture
def stage(office: Driver, visit: Callable) -> Stage:
    files = {
        path.relative_to(PACK).as_posix(): path.read_bytes()
        for path in sorted(PACK.rglob("*"))
        if path.is_file() and (path.parent.name != "scenarios" or path.stem in SCENARIOS)
    }
    office.execute(CreateModelPack(name="petition", message="Begin", files=files), by="dora")
    return Stage(visit("dora"))


def registered(stage: Stage) -> Stage:
    stage.begin().step("open", "matter", lx__by="reception", **FACTS)
    return stage


def test_a_matter_is_taken_through_its_first_steps_and_nothing_real_happens(office: Driver, stage: Stage) -> None:
    before = office.one(select(func.count()).select_from(Deployment))
    registered(stage)
    assert "Confirm the route" in stage.visitor.text

    stage.step("task", "confirm_route", lx__nth="1", lx__by="reception", route="onsite")

    assert "Talk, answer and record" in stage.visitor.text
    assert "C01" in stage.visitor.text
    assert "Which route? passed 1" in stage.visitor.text  # gateways too
    assert office.one(select(func.count()).select_from(Deployment)) == before
    assert office.one(select(func.count()).select_from(Case)) == 0


def test_wrong_answers_are_shown_as_staff_would_see_them_and_kept(stage: Stage) -> None:
    registered(stage)
    stage.step("task", "confirm_route", lx__nth="1", lx__by="reception", route="refer")  # another than proposed: why?

    assert stage.visitor.page.status_code == 422
    assert "There is a problem" in stage.visitor.text
    stage.step("undo")
    assert "Steps so far" in stage.visitor.text
    assert "None yet." in stage.visitor.text


def test_time_goes_to_the_next_date(stage: Stage) -> None:
    registered(stage)
    [following] = re.findall(r"To the next date: (\S+ \S+)", stage.visitor.text)

    stage.step("wait", "next")

    assert f"{following} in the rehearsal" in stage.visitor.text


def test_what_was_done_is_kept_as_a_scenario_and_passes(office: Driver, stage: Stage) -> None:
    registered(stage)
    stage.visitor.send(
        f"{REHEARSE}/keep", lx__run=stage.run, name="first_look", title="A first look", expect=["path", "tasks"]
    )

    look_until_all_has_come(stage)
    assert "A first look" in stage.visitor.text
    kept = office.engine.ask(workshop.file, office.actor("dora"), "petition", "scenarios/first_look.toml")
    assert kept.is_draft
    assert "A first look as expected" in stage.visitor.text
    assert "resolve_on_site: 55 % are tried" in stage.visitor.text
    assert "No scenario passes:" in stage.visitor.text


def test_a_scenario_of_the_pack_is_opened_where_it_ends(stage: Stage) -> None:
    stage.visitor.get(f"{REHEARSE}?scenario=scenarios/objection_too_late.toml")

    assert "Nobody objects in time" in stage.visitor.text
    assert "2026-03-12 09:00 in the rehearsal" in stage.visitor.text
    assert "past the legal date" in stage.visitor.text


def test_what_if_shows_which_dates_would_be_others(stage: Stage) -> None:
    stage.visitor.get("/workshop/petition/scenarios")
    stage.visitor.send("/workshop/petition/scenarios", days__off="2026-03-09\n2026-03-10")

    look_until_all_has_come(stage)
    assert "C04_objection light: red; by law: 2026-03-09 light: red; by law: 2026-03-11" in stage.visitor.text
    assert "Nobody objects in time: the light turns red" in stage.visitor.text
    assert "1 scenario comes as it does now." in stage.visitor.text
    assert "Resolved on site in one sitting" not in stage.visitor.text


@pytest.mark.parametrize("run", ["", "{}", "[]", '{"state": "draft", "path": "", "scenario": 7}', "x" * 2_000_000])
def test_a_page_that_carries_nonsense_is_refused(stage: Stage, run: str) -> None:
    stage.visitor.get(REHEARSE)

    answer = stage.visitor.send(REHEARSE, lx__run=run, lx__step="undo")

    assert answer.status_code in (400, 413, 422)
