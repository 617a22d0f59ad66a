"""A draft rehearsed in the browser: the page carries its start and its steps, nothing that counts is kept here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone, gettext

from engine import forms
from engine.access import SYSTEM
from engine.commands.workshop import SaveModelDraft
from engine.errors import InvalidInput, InvalidState, NotFound, Rejection
from engine.packs import Pack
from engine.queries import QueryContext, definitions, workshop
from engine.rehearsal import (
    EXPECTATIONS,
    Office,
    Scenario,
    Step,
    View,
    expected_of,
    look,
    read_scenario,
    read_step,
    write_scenario,
)
from engine.rehearsal.kept import Rehearsals
from engine.rehearsal.suite import scenarios_of
from webui.i18n import label
from webui.pages import actor, engine
from webui.workshop.packs import status
from webui.workshop.runs import NOTHING, STATES, Run, all_packs, carried, drawings, new_run, packs_of, scalars, speak

blueprint = Blueprint("workshop_rehearsal", __name__)

REHEARSALS = Rehearsals()  # of this process; another one takes the steps again


@blueprint.get("/workshop/<pack>/rehearse")
def begin(pack: str) -> Any:
    """How to begin; with `?scenario=` the run of that file, as far as `?steps=`."""
    path = request.args.get("scenario")
    if path is None:
        return _begin_page(pack)
    content = engine().ask(workshop.files, actor(), pack, "draft").get(path) or abort(404)
    try:
        scenario = read_scenario(content, path)
    except InvalidInput as refusal:
        return _begin_page(pack, refusal), 422
    steps = scenario.steps[: request.args.get("steps", len(scenario.steps), type=int)]
    run = Run(state="draft", setup=scenario.setup, steps=steps, title=scenario.title, path=path)
    return _run_page(pack, run)


@blueprint.post("/workshop/<pack>/rehearse")
def go_on(pack: str) -> Any:
    """Begin, take a further step, or take the last one back."""
    try:
        run = new_run(pack) if "lx-run" not in request.form else carried()
        order = request.form.get("lx-step", "")
        if order == "undo":
            run = replace(run, steps=run.steps[:-1])
        elif order == "again":
            run = replace(run, steps=())
        elif order:
            return _with_step(pack, run, order)
    except InvalidInput as refusal:
        return _begin_page(pack, refusal), 422
    return _run_page(pack, run)


@blueprint.post("/workshop/<pack>/rehearse/keep")
def keep(pack: str) -> Any:
    """Make a scenario of the run: a draft of a file, which expects what came."""
    run = carried()
    title, name = request.form.get("title", "").strip(), request.form.get("name", "").strip()
    path = f"scenarios/{name.removesuffix('.toml')}.toml"
    view, problem = _seen(pack, run)
    if view is None or problem is not None:
        return _run_page(pack, run, problem), 422
    parts = request.form.getlist("expect")
    expect = {part: value for part, value in expected_of(view).items() if part in parts}
    scenario = Scenario(title=title or path, setup=run.setup, steps=run.steps or (NOTHING,), expect=expect)
    try:
        there = engine().ask(workshop.file, actor(), pack, path)
    except NotFound:
        there = None
    if there is not None and path != run.path:
        refusal = InvalidState("Expected a path that is free, but there is a file {path}", path=path)
        return _run_page(pack, run, refusal), 409
    command = SaveModelDraft(
        pack=pack, path=path, content=write_scenario(scenario), expected=there.tag if there else None
    )
    try:
        engine().execute(command, actor=actor())
    except (InvalidInput, InvalidState) as refused:
        return _run_page(pack, run, refused), status(refused)
    flash(gettext("Kept as a scenario. It is a change of yours until you make a revision."), "good")
    return redirect(url_for("workshop_scenarios.show", pack=pack), 303)


def _with_step(pack: str, run: Run, verb: str) -> Any:
    """Take the step the form asks for; where it is refused the page is as before, with what was typed."""
    packs = all_packs(pack, run.state)
    try:
        office = REHEARSALS.reach(packs, run.setup, run.steps)
    except Rejection as refusal:
        return _run_page(pack, run, refusal), 422
    try:
        step = _step(office, verb)
        office.do(step)
    except Rejection as refusal:
        return _drawn_page(pack, run, office, packs, refusal), status(refusal)
    return _drawn_page(pack, replace(run, steps=(*run.steps, step)), office, packs)


def _step(office: Office, verb: str) -> Step:
    """The step of this request's fields. Raises InvalidInput."""
    given, what = request.form, request.form.get("lx-what", "")
    raw: dict[str, Any] = {verb: what}
    if verb in ("open", "task"):
        raw["by"] = given.get("lx-by", "")
        form = _form_of(office, verb, what)
        if form is not None:
            raw["answers"] = {name: value for name, value in forms.decode(form, given).items() if value is not None}
    if verb in ("task", "job", "fail", "error", "retry"):
        raw["nth"] = given.get("lx-nth", 1, type=int)
    if verb in ("start", "message", "signal"):
        raw["variables"] = _json(given.get("lx-variables", ""), "variables")
    if verb == "job":
        raw["result"] = _json(given.get("lx-variables", ""), "result")
    for verbs, name in ((("fail", "error"), "message"), (("error",), "code"), (("message",), "key")):
        if verb in verbs:
            raw[name] = given.get(f"lx-{name}", "")
    return read_step(raw, gettext("this step"))


def _json(text: str, name: str) -> Any:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidInput({name: [str(error)]}, "Expected {name} as JSON, but {why}", name=name, why=error) from None
    if not isinstance(found, dict):
        raise InvalidInput({}, "Expected {name} as JSON, but {why}", name=name, why="it has no names")
    return found


def _form_of(office: Office, verb: str, what: str) -> forms.Form | None:
    if verb == "open":
        startable = office.engine.ask(definitions.startable, SYSTEM)
        return next((start.form for start in startable if start.case_type == what), None)
    return next((task.form for task in look(office).tasks if task.element_id == what), None)


def _run_page(pack: str, run: Run, refusal: Rejection | None = None) -> Any:
    packs = all_packs(pack, run.state)
    try:
        office = REHEARSALS.reach(packs, run.setup, run.steps)
    except Rejection as problem:
        taken = run.steps
        while taken:  # as far as it goes
            taken = taken[:-1]
            try:
                office = REHEARSALS.reach(packs, run.setup, taken)
            except Rejection:
                continue
            return _drawn_page(pack, replace(run, steps=taken), office, packs, refusal or problem), status(problem)
        return _begin_page(pack, problem), status(problem)
    return _drawn_page(pack, run, office, packs, refusal)


def _drawn_page(pack: str, run: Run, office: Office, packs: tuple[Pack, ...], refusal: Rejection | None = None) -> str:
    """The rehearsal as it stands. The office is given back for the next step."""
    speak(packs[-1])
    try:
        view = look(office)
        started = office.engine.ask(definitions.startable, SYSTEM)
        typed = request.form if refusal is not None else {}
        tasks = [(task, _form_view(office, task, typed, refusal)) for task in view.tasks]
        opened = [(start, _form_view(office, start, typed, refusal)) for start in started] if not view.instances else []
    finally:
        REHEARSALS.keep(packs, office)
    files = engine().ask(workshop.files, actor(), pack, run.state)
    return render_template(
        "workshop/rehearsal.html", pack=pack, run=run, view=view, tasks=tasks, opened=opened, refusal=refusal,
        groups=_groups(packs), drawings=drawings(pack, files), processes=sorted(drawings(pack, files)), typed=typed,
        expectations=[part for part in EXPECTATIONS if part in expected_of(view)],
    )  # fmt: skip


def _form_view(office: Office, shown: Any, typed: Mapping[str, Any], refusal: Rejection | None) -> Any:
    """The form of a task or a start, as staff see it; the one that was just refused keeps what was typed."""
    if shown.form is None:
        return None
    is_task = hasattr(shown, "element_id")
    name = shown.element_id if is_task else shown.case_type
    mine = bool(typed) and typed.get("lx-what") == name and (not is_task or typed.get("lx-nth") == str(shown.nth))
    values = forms.decode(shown.form, request.form) if mine else {}
    errors = refusal.errors if mine and isinstance(refusal, InvalidInput) else {}
    variables = shown.values if is_task else shown.variables
    return office.engine.ask(_view, shown.form, values, variables, errors)


def _view(context: QueryContext, form: forms.Form, values: Any, variables: Any, errors: Any) -> forms.FormView:
    return forms.view(form, values, context=variables, env=context.environment, errors=errors, translate=label)


def _seen(pack: str, run: Run) -> tuple[View | None, Rejection | None]:
    packs = all_packs(pack, run.state)
    try:
        office = REHEARSALS.reach(packs, run.setup, run.steps)
    except Rejection as refusal:
        return None, refusal
    try:
        return look(office), None
    finally:
        REHEARSALS.keep(packs, office)


def _begin_page(pack: str, refusal: Rejection | None = None) -> str:
    files = engine().ask(workshop.files, actor(), pack)
    drafted, _ = engine().ask(packs_of, pack, "draft")
    speak(drafted)
    now = engine().clock.now().astimezone(get_timezone())
    begin_at = datetime.combine(now.date(), time(9), now.tzinfo)
    try:
        profile = scalars(drafted.profile)
    except Exception:  # a manifest or profile that can't be read is among the findings
        profile = {}
    return render_template(
        "workshop/rehearse.html", pack=pack, refusal=refusal, now=begin_at, files=list(scenarios_of(files)),
        profile=profile, states=STATES,
    )  # fmt: skip


def _groups(packs: tuple[Pack, ...]) -> dict[str, str]:
    return {group.key: group.name for pack in packs for group in pack.groups}
