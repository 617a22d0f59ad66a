"""Keep stored states of the format of today: `python -m tests.migrations.keep_states`, once for each new format.

Writes tests/migrations/states/FORMAT: the diagrams as they are now, and of each story its state, what happens after
and what came of it. Formats that are kept already are left alone: they were written by the code of their time.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from engine.bpmn import Execution, serializer
from tests.migrations.stories import STATES, STORIES, Office, Story, do, trace

ROOT = Path(__file__).parents[2]
DIAGRAMS = Path(__file__).parent / "diagrams"


def main() -> None:
    folder = STATES / str(serializer.FORMAT)
    if folder.exists():
        sys.exit(f"Expected to keep states of a new format, but those of format {serializer.FORMAT} are kept already")
    copy_diagrams(folder)
    for name, story in STORIES.items():
        keep(folder, name, story)
    print(f"{len(STORIES)} states of format {serializer.FORMAT} are kept in {folder.relative_to(ROOT)}")


def copy_diagrams(folder: Path) -> None:
    """States belong to the diagrams of their time: those of the pack may change, these do not."""
    pack = ROOT / "processes" / "petition"
    shutil.copytree(DIAGRAMS, folder / "waits")
    (folder / "petition").mkdir()
    for path in (*pack.glob("*.bpmn"), *pack.glob("decisions/*.dmn"), *pack.glob("profiles/*.yaml")):
        shutil.copy(path, folder / "petition")


def keep(folder: Path, name: str, story: Story) -> None:
    """Write one state, and beside it what happens when this code goes on with it."""
    office = Office(folder / story.diagrams)
    model = office.model(story.process)
    execution = Execution.start(model, story.variables, office.runtime)
    for step in story.before:
        do(execution, step)
    state = execution.dump()
    (folder / f"{name}.bin").write_bytes(state)
    execution = Execution.load(model, state, office.runtime)
    waits = sorted({wait.element_id for wait in execution.waits()})
    for step in story.after:
        do(execution, step)
    assert execution.finished, f"{name} still waits for {execution.waits()}"
    came_of_it = {
        "process": story.process,
        "diagrams": story.diagrams,
        "waits": waits,
        "after": story.after,
        "trace": trace(execution),
        "variables": execution.variables(),
    }
    (folder / f"{name}.json").write_text(json.dumps(came_of_it, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
