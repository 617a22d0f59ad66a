"""Scenarios of a pack are run beside the requests, their results are kept, and what-if tells what would change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.calendar import LocalDay
from engine.errors import InvalidState, Message
from engine.packs import Pack, read_pack
from engine.rehearsal import Scenario, Step, write_scenario
from engine.rehearsal.suite import Tried, changed, run_suite
from engine.rehearsal.suites import Suites
from tests.processes.conftest import PACK
from tests.rehearsal.test_rehearsal import FOUR_EYES, MONDAY, small_pack
from tests.support.models import sequence, user_task

LATE = "scenarios/objection_too_late.toml"
ON_SITE = "scenarios/on_site_resolved.toml"


def story(title: str, expect: dict) -> bytes:
    steps = (Step(verb="start", what="steps"),)
    return write_scenario(Scenario(title=title, setup=MONDAY, steps=steps, expect=expect))


@pytest.fixture
def small() -> tuple[Pack, dict[str, bytes]]:
    files = {
        "scenarios/a.toml": story("It waits for a draft", {"tasks": ["draft"]}),
        "scenarios/b.toml": story("It has ended", {"ended": True}),
        "scenarios/c.toml": b"now = ",
    }
    return small_pack(FOUR_EYES), files


def test_results_are_told_one_after_the_other_with_what_was_expected(small: tuple[Pack, dict[str, bytes]]) -> None:
    told = []

    suite = run_suite(*small, came=told.append)

    assert tuple(told) == suite.results
    assert [result.passed for result in suite.results] == [True, False, False]
    assert [(each.part, each.wanted, each.found) for each in suite.results[1].compared if each.problem] == [
        ("ended", True, False)
    ]
    assert "Expected readable TOML" in suite.results[2].problems[0]
    assert suite.coverage[0].percent == 25


def test_what_has_no_time_left_is_said(small: tuple[Pack, dict[str, bytes]]) -> None:
    suite = run_suite(*small, most_seconds=0)

    assert [result.run for result in suite.results] == [False, False, False]
    assert "the scenarios before it took" in suite.results[0].problems[0]


def test_a_run_goes_on_beside_and_its_result_is_kept(small: tuple[Pack, dict[str, bytes]]) -> None:
    suites = Suites()

    run = suites.begin(*small)

    assert run.total == 3
    assert run.wait(60)
    assert suites.begin(*small) is run
    assert suites.known(*small) is run
    pack, files = small
    assert suites.known(pack, {**files, "scenarios/d.toml": b""}) is None
    assert suites.run(*small) is run.suite


def test_only_so_many_runs_wait_and_only_so_many_results_are_kept(small: tuple[Pack, dict[str, bytes]]) -> None:
    pack, files = small
    suites = Suites(most=1, most_waiting=0)
    with pytest.raises(InvalidState, match="Expected to run the scenarios, but 0 other runs wait"):
        suites.begin(pack, files)

    suites = Suites(most=1)
    suites.run(pack, files)
    suites.run(pack, {"scenarios/a.toml": files["scenarios/a.toml"]})

    assert suites.known(pack, files) is None


def test_what_a_day_off_changes_is_told_by_scenario() -> None:
    pack = read_pack(PACK)
    files = {path: (PACK / path).read_bytes() for path in (LATE, ON_SITE)}
    off = Tried(local_days=tuple(LocalDay(date=date(2026, 3, day), working=False, name="Fair") for day in (9, 10)))

    (one,) = changed(run_suite(pack, files), run_suite(pack, files, tried=off))

    assert one.path == LATE
    found = {change.name: (change.before, change.after) for change in one.changes if change.part == "clocks"}
    assert found["C04_objection"] == (
        {"light": "red", "legal_due": "2026-03-09"},
        {"light": "red", "legal_due": "2026-03-11"},
    )
    assert one.problems == ()


def test_a_step_that_is_no_longer_possible_is_a_problem_of_the_change() -> None:
    usual = run_suite(*(pack := small_pack(sequence(user_task("draft"))), {"scenarios/a.toml": story("x", {})}))
    refused = replace(usual.results[0], problems=(Message("Expected an open task"),))

    (one,) = changed(usual, replace(usual, results=(refused,)))

    assert pack.name == "small"
    assert one.problems == ("Expected an open task",)
