"""All scenarios of a pack: do they come as expected, what does nobody try, and what if the rules were others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template

from engine.errors import InvalidDeployment, InvalidInput
from engine.queries import workshop
from engine.rehearsal import expected_of, read_scenario, rehearse
from engine.rehearsal.suite import needed, run_suite, scenarios_of
from webui.pages import actor, engine
from webui.workshop.runs import changes_tried, days_tried, drawings, packs_of, scalars, speak

blueprint = Blueprint("workshop_scenarios", __name__)

LONGEST_SUITE = 20.0  # seconds a page waits for scenarios


@blueprint.get("/workshop/<pack>/scenarios")
def show(pack: str) -> str:
    """All scenarios of the reader's view: what came otherwise, and what nobody tries. `?change=` asks what if."""
    files = engine().ask(workshop.files, actor(), pack)
    drafted, others = engine().ask(packs_of, pack, "draft")
    speak(drafted)
    suite = run_suite(drafted, files, others, most_seconds=LONGEST_SUITE)
    return render_template(
        "workshop/scenarios.html", pack=pack, suite=suite, files=list(scenarios_of(files)),
        drawings=drawings(pack, files), profile=scalars(drafted.profile),
    )  # fmt: skip


@blueprint.post("/workshop/<pack>/scenarios")
def what_if(pack: str) -> Any:
    """What changes in the scenarios where an entry of the profile were another, or a day were off."""
    files = engine().ask(workshop.files, actor(), pack)
    drafted, others = engine().ask(packs_of, pack, "draft")
    speak(drafted)
    refusal = None
    rows: list[dict[str, Any]] = []
    try:
        changes, days = changes_tried(scalars(drafted.profile)), days_tried()
        rows = _differences(needed(drafted, others), files, changes, days)
    except (InvalidInput, InvalidDeployment) as problem:
        refusal = problem
    page = render_template("workshop/what_if.html", pack=pack, rows=rows, refusal=refusal)
    return page, 422 if refusal else 200


def _differences(packs: list[Any], files: Mapping[str, bytes], changes: Any, days: Any) -> list[dict[str, Any]]:
    """What comes otherwise in each scenario: dates, lights, paths, decisions."""
    rows: list[dict[str, Any]] = []
    for path, content in scenarios_of(files).items():
        try:
            scenario = read_scenario(content, path)
        except InvalidInput:
            continue
        usual = rehearse(packs, replace(scenario, expect={}))
        setup = replace(scenario.setup, changes={**scenario.setup.changes, **changes},
                        local_days=(*scenario.setup.local_days, *days))  # fmt: skip
        tried = rehearse(packs, replace(scenario, setup=setup, expect={}))
        before, after = (expected_of(each.view) if each.view else {} for each in (usual, tried))
        for part in sorted({*before, *after}):
            if before.get(part) != after.get(part):
                rows += _parts(path, scenario.title, part, before.get(part), after.get(part))
        rows += [{"path": path, "title": scenario.title, "part": "", "before": "", "after": problem}
                 for problem in tried.problems if problem not in usual.problems]  # fmt: skip
    return rows


def _parts(path: str, title: str, part: str, before: Any, after: Any) -> list[dict[str, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            {"path": path, "title": title, "part": f"{part}: {name}", "before": before.get(name),
             "after": after.get(name)}
            for name in sorted({*before, *after}) if before.get(name) != after.get(name)
        ]  # fmt: skip
    return [{"path": path, "title": title, "part": part, "before": before, "after": after}]
