"""The page of a rehearsal as it stands, and how it is reached: all that counts comes with the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request

from engine import forms
from engine.access import SYSTEM
from engine.errors import InvalidInput, InvalidState, Rejection
from engine.packs import Pack
from engine.queries import QueryContext, definitions, workshop
from engine.rehearsal import EXPECTATIONS, Compared, Office, Scenario, View, compare, expected_of, look, rehearse
from engine.rehearsal.changes import Changes, changes
from engine.rehearsal.kept import MOST_SECONDS, Rehearsals, take
from engine.rehearsal.outcome import not_taken
from webui.i18n import label
from webui.pages import actor, engine, status_of
from webui.workshop.runs import Run, all_packs, drawings, speak, unique
from webui.workshop.steps import step_of_request

REHEARSALS = Rehearsals()  # of this process; another one takes the steps again
USUALLY_KEPT = ("path", "tasks", "clocks", "decisions", "case", "ended", "incidents")  # variables hold today's dates


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What a page says besides how the rehearsal stands. given: the run with the steps that can't be taken any more."""

    refusal: Rejection | None = None
    given: Run | None = None
    scenario: Scenario | None = None


def show(pack: str, run: Run, telling: Telling | None = None) -> Any:
    """The page after these steps. Where one can't be taken any more, as far as it goes, with the reason."""
    telling = telling or Telling()
    packs = all_packs(pack, run.state)
    office, refusal = REHEARSALS.go(packs, run.setup, run.steps, actor().username)
    if refusal is not None:
        return _as_far_as_it_goes(pack, run, packs, office, refusal)
    page = _page(pack, run, office, packs, telling)
    return (page, status_of(telling.refusal)) if telling.refusal is not None else page


def show_step(pack: str, run: Run, verb: str) -> Any:
    """Take the step the request asks for; where it is refused the page is as before, with what was typed."""
    packs = all_packs(pack, run.state)
    office, refused = REHEARSALS.go(packs, run.setup, run.steps, actor().username)
    if refused is not None:
        return _as_far_as_it_goes(pack, run, packs, office, refused)
    try:
        step = step_of_request(office, verb)
        take(office, step)
    except Rejection as refusal:
        if office.torn:
            office.close()
            office = REHEARSALS.reach(packs, run.setup, run.steps, actor().username)
        return _page(pack, run, office, packs, Telling(refusal=refusal)), status_of(refusal)
    return _page(pack, replace(run, steps=(*run.steps, step)), office, packs, Telling())


def seen(pack: str, run: Run) -> View:
    """How it stands. Raises what refuses a step."""
    packs = all_packs(pack, run.state)
    office = REHEARSALS.reach(packs, run.setup, run.steps, actor().username)
    try:
        return look(office)
    finally:
        REHEARSALS.keep(packs, office, actor().username)


def _as_far_as_it_goes(pack: str, run: Run, packs: tuple[Pack, ...], office: Office, refusal: Rejection) -> Any:
    taken = len(office.steps)
    said = not_taken(taken + 1, run.steps[taken], refusal)
    telling = Telling(refusal=InvalidState(said.template, **said.params), given=run)
    return _page(pack, replace(run, steps=run.steps[:taken]), office, packs, telling), 409


def _page(pack: str, run: Run, office: Office, packs: tuple[Pack, ...], telling: Telling) -> str:
    """The rehearsal as it stands. The office is given back for the next step."""
    speak(packs[-1])
    typed = request.form if telling.refusal is not None else {}
    try:
        view = look(office)
        last = changes(office.before, view) if run.steps else Changes()
        started = office.engine.ask(definitions.startable, SYSTEM) if not view.instances else ()
        tasks = [(task, _form_view(office, task, typed, telling.refusal)) for task in view.tasks]
        opened = [(start, _form_view(office, start, typed, telling.refusal)) for start in started]
    finally:
        REHEARSALS.keep(packs, office, actor().username)
    drawn = drawings(pack, engine().ask(workshop.files, actor(), pack, run.state), run.state)
    can_be_expected = expected_of(view)
    return render_template(
        "workshop/rehearsal.html", pack=pack, run=run, view=view, last=last, tasks=tasks, opened=opened,
        refusal=telling.refusal, given=telling.given, scenario=telling.scenario,
        compared=_compared(packs, run, telling.scenario, view), groups=_groups(packs), drawings=drawn,
        processes=sorted(drawn), typed=typed, usual=USUALLY_KEPT,
        expectations=[part for part in EXPECTATIONS if part in can_be_expected],
    )  # fmt: skip


def _compared(
    packs: tuple[Pack, ...], run: Run, scenario: Scenario | None, view: View
) -> tuple[Compared, ...] | list[Compared]:
    if scenario is None or len(run.steps) < len(scenario.steps):
        return ()
    if any(step.expect for step in scenario.steps):
        return rehearse(packs, scenario, most_seconds=MOST_SECONDS).compared
    return compare(view, scenario.expect)


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
    drawn = office.engine.ask(_view, shown.form, values, variables, errors)
    return unique(drawn, f"{name}-{shown.nth if is_task else 0}-")


def _view(context: QueryContext, form: forms.Form, values: Any, variables: Any, errors: Any) -> forms.FormView:
    return forms.view(form, values, context=variables, env=context.environment, errors=errors, translate=label)


def _groups(packs: tuple[Pack, ...]) -> dict[str, str]:
    return {group.key: group.name for pack in packs for group in pack.groups}
