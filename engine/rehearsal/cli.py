"""`lianxi rehearse FOLDER`: all scenarios of a pack, what came otherwise, and how much of each process they pass."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.errors import InvalidInput, NotFound
from engine.packs import read_pack
from engine.rehearsal.outcome import Outcome, coverage, rehearse
from engine.rehearsal.scenario import read_scenario

SCENARIOS = "scenarios"


def rehearse_pack(options: argparse.Namespace) -> int:
    """Exit code 1 where a scenario came otherwise than expected."""
    pack = read_pack(options.folder)
    files = sorted((options.folder / SCENARIOS).glob("*.toml"))
    if options.only:
        files = [file for file in files if any(wanted in file.name for wanted in options.only)]
    if not files:
        raise NotFound("Expected scenarios in {folder}, but there are none", folder=str(options.folder / SCENARIOS))
    outcomes: list[Outcome] = []
    unreadable = 0
    for file in files:
        try:
            scenario = read_scenario(file.read_bytes(), file.name)
        except InvalidInput as refusal:
            unreadable += 1
            print(f"unreadable: {file.name}: {refusal.message}")
            continue
        outcome = rehearse([pack], scenario)
        outcomes.append(outcome)
        print(f"{'passed' if outcome.passed else 'FAILED'}: {file.name}: {scenario.title}")
        for problem in outcome.problems:
            print(f"  {problem}")
    for each in coverage(pack, [outcome.seen for outcome in outcomes]):
        passed = each.total - len(each.missed)
        print(f"{each.process_id}: {passed} of {each.total} elements and branches ({each.percent} %)")
        if options.missed:
            for element_id, name in each.missed:
                print(f"  missed: {element_id}" + (f" ({name})" if name != element_id else ""))
    failed = unreadable + sum(not outcome.passed for outcome in outcomes)
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the folder of a pack, such as processes/<name>")
    parser.add_argument("only", nargs="*", help="parts of scenario names; all without")
    parser.add_argument("--missed", action="store_true", help="name the elements and branches that no scenario passes")


COMMANDS = (("rehearse", rehearse_pack, "run the scenarios of a pack without deploying it", _options),)
