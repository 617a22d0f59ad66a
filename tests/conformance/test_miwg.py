"""Diagrams of many tools are executable or refused by their elements, and none crashes the checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import miwg
from tests.conformance.data import unpacked
from tests.unit.bpmn.support import END, START, diagram, path


def test_every_file_is_executable_or_refused_element_by_element(tmp_path: Path) -> None:
    outcomes = list(miwg.run(unpacked("miwg", tmp_path)))

    assert len(outcomes) >= 12
    assert [outcome for outcome in outcomes if outcome.failure] == []


def test_the_command_tells_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = START + "{}" + END + path("s", "t", "e")
    (tmp_path / "a.bpmn").write_bytes(diagram(body.format('<task id="t"/>')))
    (tmp_path / "b.bpmn").write_bytes(diagram(body.format('<serviceTask id="t"/>')))
    (tmp_path / "c.bpmn").write_bytes(diagram(body.format('<task id="t"/>')).replace(b'="true"', b'="false"'))
    (tmp_path / "d.bpmn").write_bytes(b"<definitions/>")

    miwg.main([str(tmp_path)])

    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "a.bpmn: executable",
        "b.bpmn: refused for 1 elements",
        "c.bpmn: only drawn: no process is executable",
    ]
    assert lines[3].startswith("FAILED d.bpmn: refused without an element of the file")
    assert lines[4:] == ["3 passed, 1 failed"]


def test_a_folder_without_diagrams_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"Expected a folder with \.bpmn files"):
        miwg.main([str(tmp_path)])
