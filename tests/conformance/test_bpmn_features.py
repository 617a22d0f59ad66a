"""Floors under the BPMN feature tests, which only rise, and what the runner counts as passed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance import bpmn_features
from tests.conformance.data import unpacked
from tests.unit.bpmn.support import END, START, diagram, flow, path

# What is missing: complex gateways, which are refused; expressions that are not marked as formal ones, a script
# without its language and a message without an operation are not refused, because they mean something here.
FEATURES, REFUSED = 74, 146


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[bpmn_features.Outcome]:
    folder = bpmn_features.tests_folder(unpacked("bpmn-features", tmp_path_factory.mktemp("bpmn-features")))
    assert folder is not None
    return list(bpmn_features.run(folder))


@pytest.mark.parametrize(("refused", "floor"), [(False, FEATURES), (True, REFUSED)])
def test_at_least_as_many_processes_pass_as_before(
    refused: bool, floor: int, outcomes: list[bpmn_features.Outcome]
) -> None:
    looked_at = [outcome for outcome in outcomes if (outcome.group == bpmn_features.REFUSED_GROUP) is refused]
    failures = [f"{outcome.name}: {outcome.failure}" for outcome in looked_at if outcome.failure]

    assert len(looked_at) - len(failures) >= floor, "\n".join(failures)


def test_no_process_crashes_the_engine(outcomes: list[bpmn_features.Outcome]) -> None:
    assert [outcome for outcome in outcomes if "crashed" in (outcome.failure or "")] == []


def test_a_process_passes_by_its_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = '<scriptTask id="{0}"><script>SCRIPT_{0}</script></scriptTask>'
    body = START + task.format("t") + task.format("u") + END + path("s", "t", "e") + flow("s", "u", None)
    (tmp_path / "a.bpmn").write_bytes(diagram(body))
    rows = [row("good", ["SCRIPT_u", "SCRIPT_t"]), row("bad", ["SCRIPT_t"]), row("must", ["ERROR"], "constraints")]
    (tmp_path / "tests.json").write_text(json.dumps(rows))

    bpmn_features.main([str(tmp_path)])

    assert capsys.readouterr().out.splitlines() == [
        "FAILED basics/bad: should trace ['SCRIPT_t'], but does ['SCRIPT_t', 'SCRIPT_u']",
        "FAILED constraints/must: should be refused, but is executed",
        "features: 1 of 2",
        "must be refused: 0 of 1",
        "1 passed, 2 failed",
    ]


@pytest.mark.parametrize(
    ("java", "feel"),
    [
        ('${test.contains("a")}', '=(contains(test, "a"))'),
        ('!test.contains("a")', '=not(contains(test, "a"))'),
        ("integerVariable<3", "=integerVariable<3"),
    ],
)
def test_conditions_are_translated(java: str, feel: str) -> None:
    assert bpmn_features._feel(java) == feel


def test_a_folder_without_tests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"Expected a folder with tests\.json"):
        bpmn_features.main([str(tmp_path)])


def row(name: str, expect: list[str], group: str = "basics") -> dict[str, object]:
    case = {"input": None, "integerVariable": 0, "delay_ms": 0, "parallel": False, "expect": expect}
    return {"group": group, "name": name, "file": "a.bpmn", "process": "p", "cases": [case]}
