"""Floors under the DMN TCK, which only rise, and what the runner counts as passed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import dmn_tck
from tests.conformance.data import unpacked
from tests.unit.dmn.models import decision, input_data, literal, model

# What is missing: ten cases of functions in Java, which are refused, and a back reference in a pattern, which no
# linear-time engine has.
FLOORS = {"compliance-level-2": 116, "compliance-level-3": 2825}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[dmn_tck.Outcome]:
    folder = dmn_tck.cases_folder(unpacked("dmn-tck", tmp_path_factory.mktemp("dmn-tck")))
    assert folder is not None
    return list(dmn_tck.run(folder))


@pytest.mark.parametrize(("level", "floor"), FLOORS.items())
def test_at_least_as_many_cases_pass_as_before(level: str, floor: int, outcomes: list[dmn_tck.Outcome]) -> None:
    passed = Counter(outcome.level for outcome in outcomes if outcome.failure is None)
    failures = [f"{outcome.name}: {outcome.failure}" for outcome in outcomes if outcome.failure]

    assert passed[level] >= floor, "\n".join(failures)


def test_no_case_crashes_the_engine(outcomes: list[dmn_tck.Outcome]) -> None:
    assert [outcome for outcome in outcomes if "crashed" in (outcome.failure or "")] == []


@pytest.mark.parametrize(
    ("text", "expected", "error", "failure"),
    [
        ("people * 2", {"t": "number", "v": "114"}, False, None),
        ("people / 3", {"t": "number", "v": "19.000000001"}, False, None),
        ("people / 3", {"t": "number", "v": "19.0000001"}, False, "should be number 19.0000001, but is number 19"),
        ("string(people)", {"t": "number", "v": "57"}, False, "answer should be number 57, but is string 57"),
        ("people > 50", {"t": "boolean", "v": True}, False, None),
        ("[people]", {"t": "list", "v": [{"t": "number", "v": "57"}]}, False, None),
        ("[people]", {"t": "list", "v": []}, False, "answer should be list [], but is list [57]"),
        ("{a: people}", {"t": "context", "v": {"a": {"t": "number", "v": "57"}}}, False, None),
        ("{a: people}", {"t": "context", "v": {"b": {"t": "nil"}}}, False, "should be context {b: null}, but is"),
        ('date("2024-05-01")', {"t": "date", "v": "2024-05-01"}, False, None),
        ('date("2024-05-01")', {"t": "dateTime", "v": "2024-05-01T00:00:00"}, False, "answer should be date and time"),
        ('time("10:00:00Z")', {"t": "time", "v": "10:00:00+01:00"}, False, "answer should be time 10:00:00+01:00"),
        ('duration("P1D")', {"t": "duration", "v": "P1D"}, False, None),
        ("null", {"t": "nil"}, False, None),
        ("null", {"t": "nil"}, True, "answer is null as expected, but without a reason"),
        ('people + "one"', {"t": "nil"}, True, None),
        ("people", {"t": "nil"}, True, "answer should be an error, but is number 57"),
        ("people +", {"t": "nil"}, True, None),
        ("people +", {"t": "number", "v": "57"}, False, "answer should be number 57, but is null"),
    ],
)  # fmt: skip
def test_a_case_passes_by_type_value_and_reason(
    text: str, expected: dict[str, Any], error: bool, failure: str | None, tmp_path: Path
) -> None:
    write_case(tmp_path, text, {"name": "answer", "error": error, "expected": expected})

    (outcome,) = dmn_tck.run(tmp_path)

    assert outcome.failure is None if failure is None else failure in (outcome.failure or "")


def test_the_command_prints_what_failed_and_how_many_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_case(tmp_path / "pack", "1 + 1", {"name": "answer", "error": False, "expected": {"t": "number", "v": "3"}})

    dmn_tck.main([str(tmp_path)])

    assert capsys.readouterr().out.splitlines() == [
        "FAILED level/suite/001: answer should be number 3, but is number 2",
        "0 passed, 1 failed",
    ]


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"Expected a folder with cases\.json"):
        dmn_tck.main([str(tmp_path)])


def write_case(folder: Path, text: str, result: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    parts = (input_data("people", "number"), decision("answer", literal(text), ["input people"]))
    (folder / "model.dmn").write_bytes(model(*parts))
    case = {
        "level": "level",
        "dir": "suite",
        "model": "model.dmn",
        "id": "001",
        "invocable": None,
        "inputs": {"people": {"t": "number", "v": "57"}},
        "results": [result],
    }
    (folder / "cases.json").write_text(json.dumps([case]))
