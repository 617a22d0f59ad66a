"""States that earlier versions stored are loaded by this one, and their instances go on to their ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bpmn import Execution, serializer
from tests.migrations.stories import STATES, STORIES, Office, do, trace

KEPT = sorted(STATES.glob("*/*.bin"))


def test_states_of_every_format_are_kept():
    assert {path.parent.name for path in KEPT} == {str(number) for number in range(1, serializer.FORMAT + 1)}
    newest = {path.stem for path in KEPT if path.parent.name == str(serializer.FORMAT)}
    assert newest == set(STORIES)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_stored_instance_goes_on_to_its_end(path: Path):
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    office = Office(path.parent / told["diagrams"])
    model, state = office.model(told["process"]), path.read_bytes()
    assert state[0] == int(path.parent.name)

    stored_again = Execution.load(model, state, office.runtime).dump()
    for kept in (state, stored_again):
        execution = Execution.load(model, kept, office.runtime)
        assert sorted({wait.element_id for wait in execution.waits()}) == told["waits"]
        for step in told["after"]:
            do(execution, step)

        assert execution.finished
        assert trace(execution) == told["trace"]
        assert execution.variables() == told["variables"]
    assert stored_again[0] == serializer.FORMAT
