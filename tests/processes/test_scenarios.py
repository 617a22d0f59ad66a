"""Every path of the petition office is a scenario; together they pass every element and branch."""

from __future__ import annotations

import pytest

from engine.cli import main
from engine.packs import read_pack
from engine.rehearsal import Outcome, read_scenario, rehearse
from engine.rehearsal.outcome import coverage
from tests.processes.conftest import PACK

FILES = sorted((PACK / "scenarios").glob("*.toml"))


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    pack = read_pack(PACK)
    return {file.stem: rehearse([pack], read_scenario(file.read_bytes(), file.name)) for file in FILES}


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_the_scenario_comes_as_expected(outcomes: dict[str, Outcome], name: str) -> None:
    assert [str(problem) for problem in outcomes[name].problems] == []


def test_the_scenarios_pass_every_element_and_branch(outcomes: dict[str, Outcome]) -> None:
    missed = {each.process_id: each.missed for each in coverage(read_pack(PACK), [o.seen for o in outcomes.values()])}

    assert missed == {"joint_conference": (), "matter_lifecycle": (), "refer_to_department": (), "resolve_on_site": ()}


def test_a_way_back_that_nobody_takes_is_missed_though_its_ends_are_passed(outcomes: dict[str, Outcome]) -> None:
    others = [outcome.seen for name, outcome in outcomes.items() if name != "referred_draft_returned"]

    (missed,) = [each.missed for each in coverage(read_pack(PACK), others) if each.missed]

    assert missed == (("approved_no", "Approved? → Draft the handling opinion"),)


def test_every_rule_that_proposes_a_route_decides_in_a_scenario(outcomes: dict[str, Outcome]) -> None:
    decided = [taken for each in outcomes.values() if each.view for taken in each.view.decided]
    traces = [trace for taken in decided for trace in taken.decisions if trace["id"] == "routing"]

    matched = {rule["id"] for trace in traces for rule in trace["matched"]}

    assert matched == {"rule_many", "rule_several", "rule_funding", "rule_now", "rule_refer"}


def test_the_command_tells_what_passed_and_what_nobody_tries(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", str(PACK), "on_site_resolved", "--missed"]) == 0

    said = capsys.readouterr().out
    assert "passed: on_site_resolved.toml: Resolved on site in one sitting" in said
    assert "missed: draft_opinion (Draft the handling opinion)" in said
    assert said.endswith("1 passed, 0 failed\n")
