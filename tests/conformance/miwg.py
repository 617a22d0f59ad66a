"""Read diagrams of many tools: `python -m tests.conformance.miwg FOLDER`, a folder with .bpmn files.

A file passes when it is executable, or refused element by element: every error names an element of the file. Prints a
line per file that fails and `N passed, M failed`, with what each file is above it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from engine.bpmn import Known, check, parse, processes

_WHOLE_FILE = ("NOT_EXECUTABLE",)  # said of files that are only drawn


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a file; `failure` is None when it passed."""

    name: str
    verdict: str
    failure: str | None


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if len(arguments) == 1 else None
    if folder is None or not any(folder.rglob("*.bpmn")):
        sys.exit("Expected a folder with .bpmn files: python -m tests.conformance.miwg FOLDER")
    outcomes = []
    for outcome in run(folder):
        outcomes.append(outcome)
        print(f"FAILED {outcome.name}: {outcome.failure}" if outcome.failure else f"{outcome.name}: {outcome.verdict}")
    failed = sum(outcome.failure is not None for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")


def run(folder: Path) -> Iterator[Outcome]:
    for path in sorted(folder.rglob("*.bpmn")):
        try:
            verdict, failure = _look_at(path.read_bytes())
        except Exception as error:  # a crash is that file's failure, and the others are still to be looked at
            verdict, failure = "crashed", f"crashed: {type(error).__name__}: {error}"
        yield Outcome(name=path.name, verdict=verdict, failure=failure)


def _look_at(data: bytes) -> tuple[str, str | None]:
    ids = {str(node.get("id")) for node in etree.fromstring(data).iter("*") if node.get("id")}
    errors = [finding for finding in check({"file": data}, Known()) if finding.severity == "error"]
    nameless = [error for error in errors if error.element_id not in ids and error.code not in _WHOLE_FILE]
    if nameless:
        return "refused", f"refused without an element of the file: {nameless[0]}"
    if any(error.code in _WHOLE_FILE for error in errors):
        return "only drawn: no process is executable", None
    if errors:
        return f"refused for {len({error.element_id for error in errors})} elements", None
    for executable in processes({"file": data}):
        parse({"file": data}, executable.id)
    return "executable", None


if __name__ == "__main__":
    main(sys.argv[1:])
