"""A draft rehearsed in the browser: the page carries its start and its steps, nothing that counts is kept here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.model_drafts import SaveModelDraft
from engine.errors import InvalidInput, InvalidState, NotFound, Rejection
from engine.queries import workshop
from engine.rehearsal import Scenario, expected_of, read_scenario, write_scenario
from engine.rehearsal.outcome import with_expectations
from engine.rehearsal.suite import scenarios_of
from webui.pages import actor, engine, status_of
from webui.workshop import stage
from webui.workshop.runs import NOTHING, STATES, Run, all_packs, carried, entries_of, new_run, packs_of, speak

blueprint = Blueprint("workshop_rehearsal", __name__)


@blueprint.get("/workshop/<pack>/rehearse")
def begin(pack: str) -> Any:
    """How to begin; with `?scenario=` the run of that file, as far as `?steps=`."""
    path = request.args.get("scenario")
    if path is None:
        return _begin_page(pack)
    content = engine().ask(workshop.files, actor(), pack, "draft").get(path) or abort(404)
    try:
        scenario = read_scenario(content, path)
        steps = scenario.steps[: max(0, request.args.get("steps", len(scenario.steps), type=int))]
        run = Run(state="draft", setup=scenario.setup, steps=steps, title=scenario.title, path=path)
        return stage.show(pack, run, stage.Telling(scenario=scenario))
    except Rejection as refusal:
        return _begin_page(pack, refusal), status_of(refusal)


@blueprint.post("/workshop/<pack>/rehearse")
def go_on(pack: str) -> Any:
    """Begin, take a further step, or go back to an earlier one."""
    order = request.form.get("lx-step", "")
    try:
        run = new_run(pack) if "lx-run" not in request.form else carried()
        if order in ("undo", "back", "again"):
            kept = {"undo": len(run.steps) - 1, "back": request.form.get("lx-nth", 0, type=int), "again": 0}[order]
            return stage.show(pack, replace(run, steps=run.steps[: max(0, kept)]))
        return stage.show_step(pack, run, order) if order else stage.show(pack, run)
    except Rejection as refusal:
        return _begin_page(pack, refusal), status_of(refusal)


@blueprint.post("/workshop/<pack>/rehearse/keep")
def keep(pack: str) -> Any:
    """Make a scenario of the run: a draft of a file, which expects what came."""
    run = carried()
    title, name = request.form.get("title", "").strip(), request.form.get("name", "").strip()
    path = f"scenarios/{name.removesuffix('.toml')}.toml"
    parts = request.form.getlist("expect")
    try:
        found = expected_of(stage.seen(pack, run))
        scenario = Scenario(
            title=title or path,
            setup=run.setup,
            steps=run.steps or (NOTHING,),
            expect={part: value for part, value in found.items() if part in parts},
        )
        if "expect-steps" in request.form:
            scenario = with_expectations(all_packs(pack, run.state), scenario)
        _save(pack, path, scenario, replaces=path == run.path)
    except Rejection as refusal:
        return stage.show(pack, run, stage.Telling(refusal=refusal))
    flash(gettext("Kept as a scenario. It is a change of yours until you make a revision."), "good")
    return redirect(url_for("workshop_scenarios.show", pack=pack), 303)


def _save(pack: str, path: str, scenario: Scenario, *, replaces: bool) -> None:
    try:
        there = engine().ask(workshop.file, actor(), pack, path)
    except NotFound:
        there = None
    if there is not None and not replaces:
        raise InvalidState("Expected a path that is free, but there is a file {path}", path=path)
    command = SaveModelDraft(
        pack=pack, path=path, content=write_scenario(scenario), expected=there.tag if there else None
    )
    engine().execute(command, actor=actor())


def _begin_page(pack: str, refusal: Rejection | None = None) -> str:
    files = engine().ask(workshop.files, actor(), pack)
    drafted, _ = engine().ask(packs_of, pack, "draft")
    speak(drafted)
    now = engine().clock.now().astimezone(engine().zone)
    begin_at = datetime.combine(now.date(), time(9), now.tzinfo)
    return render_template(
        "workshop/rehearse.html", pack=pack, refusal=refusal, now=begin_at, files=_titles(scenarios_of(files)),
        profile=entries_of(drafted), states=STATES,
    )  # fmt: skip


def _titles(files: dict[str, bytes]) -> dict[str, str]:
    """The path of each scenario, and what it shows; one that can't be read has its path."""
    found = {}
    for path, content in files.items():
        try:
            found[path] = read_scenario(content, path).title
        except InvalidInput:
            found[path] = path
    return found
