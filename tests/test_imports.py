"""Who may import whom: the contracts of pyproject.toml, and what the small packages know of the rest of the engine."""

from __future__ import annotations

import subprocess
import sys

import grimp
import pytest

from tests.support.server import ROOT

# Part -> the other parts of engine that it may import directly; a part is a module or package right below engine.
KNOWS: dict[str, set[str]] = {
    "engine.errors": set(),
    "engine.clock": set(),
    "engine.config": {"errors"},
    "engine.feel": {"errors"},
    "engine.dmn": {"feel", "errors"},
    "engine.forms": {"feel", "errors"},
    "engine.bpmn": {"dmn", "feel", "events", "errors"},
    "engine.workers": {"calendar", "clocks", "errors", "feel", "masking"},
    # A pack is a value here: it is handed to a command.
    "webui": {
        "executor",
        "commands",
        "queries",
        "access",
        "signin",
        "errors",
        "forms",
        "config",
        "clock",
        "packs",
        "zipped",
        "starters",
        "comparing",
        "rehearsal",
        "logs",
        "metrics",
        "readiness",
        "tracing",
    },
    "webui.workshop.offers": {"queries", "workers"},  # what workers say of their job types is a value too
    "webui.wsgi": {"service", "jobs", "config", "logs", "tracing"},  # where the parts are put together
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("engine", "webui", exclude_type_checking_imports=True, cache_dir=None)


def test_the_import_contracts_are_kept() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-6000:] + run.stderr


@pytest.mark.parametrize("part", KNOWS)
def test_a_part_imports_only_what_it_may_know(part: str, graph: grimp.ImportGraph) -> None:
    modules = {module for module in {part, *graph.find_descendants(part)} if narrowest_part(module) == part}

    imports = {(module, other) for module in modules for other in graph.find_modules_directly_imported_by(module)}

    strangers = [f"{module} imports {other}" for module, other in imports if is_stranger(part, other)]
    assert not strangers, f"{part} may know only {sorted(KNOWS[part])}: {sorted(strangers)}"


def narrowest_part(module: str) -> str:
    return max((part for part in KNOWS if f"{module}.".startswith(f"{part}.")), key=len)


def is_stranger(part: str, other: str) -> bool:
    names = other.split(".")
    if names[0] == "webui":
        return not part.startswith("webui")
    if names[0] != "engine" or len(names) == 1:
        return False
    return f"engine.{names[1]}" != part and names[1] not in KNOWS[part]
