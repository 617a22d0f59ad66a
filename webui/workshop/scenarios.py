"""All scenarios of a pack: do they come as expected, what does nobody try, and what if the rules were others."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.errors import InvalidInput, InvalidState, Message
from engine.queries import workshop
from engine.rehearsal import LocalDay
from engine.rehearsal.suite import Tried, changed
from engine.rehearsal.suites import Run, suites
from webui.pages import actor, engine, status_of
from webui.workshop.runs import changes_tried, days_tried, drawings, entries_of, packs_of, speak

blueprint = Blueprint("workshop_scenarios", __name__)

PATIENCE = 1.5  # seconds a page waits for results before it shows what there is; then a script asks again
AGAIN = "HX-Request"


@blueprint.get("/workshop/<pack>/scenarios")
def show(pack: str) -> Any:
    """All scenarios of the reader's view: what came otherwise, and what nobody tries. `?if=` and `?day=` ask what if.

    They are run beside the request; the page shows what has come so far, and asks again until all has.
    """
    files = engine().ask(workshop.files, actor(), pack)
    drafted, others = engine().ask(packs_of, pack, "draft")
    speak(drafted)
    tried = _tried()
    try:
        run = suites.begin(drafted, files, others)
        then = suites.begin(drafted, files, others, tried=tried) if tried is not None else None
    except InvalidState as refusal:
        return _page(pack, drafted, files, refusal=refusal), 503
    last = then or run  # one after the other
    ended = last.wait(0 if AGAIN in request.headers else PATIENCE)
    page = _what_if(pack, run, then, tried) if then is not None else _page(pack, drafted, files, run)
    return _answer(page, ended=ended)


@blueprint.post("/workshop/<pack>/scenarios")
def what_if(pack: str) -> Any:
    """Ask what changes in the scenarios where an entry of the profile were another, or a day were off."""
    files = engine().ask(workshop.files, actor(), pack)
    drafted, _ = engine().ask(packs_of, pack, "draft")
    speak(drafted)
    try:
        entries, days = changes_tried(entries_of(drafted)), days_tried()
        if not entries and not days:
            wanted = Message(gettext("Expected another value or a day to try, but all is as it is now"))
            raise InvalidInput({"profile": [wanted]}, wanted.template)
    except InvalidInput as refusal:
        return _page(pack, drafted, files, refusal=refusal), status_of(refusal)
    asked: dict[str, Any] = {
        "if": [f"{path}={json.dumps(value, ensure_ascii=False)}" for path, value in entries.items()],
        "day": [f"{day.date.isoformat()}={'working' if day.working else 'off'}" for day in days],
    }
    place = url_for("workshop_scenarios.show", pack=pack, **asked)
    return redirect(place, 303)


def _page(pack: str, drafted: Any, files: Mapping[str, bytes], run: Run | None = None, refusal: Any = None) -> str:
    """Without a run the page says what was refused, and offers to look again."""
    suite = run.suite if run is not None else None
    coverage = suite.coverage if suite else ()
    return render_template(
        "workshop/scenarios.html",
        pack=pack,
        run=run,
        suite=suite,
        results=tuple(run.results) if run is not None else (),
        coverage=coverage,
        names={id: name for each in coverage for id, name in each.names.items()},
        drawings=drawings(pack, files),
        profile=entries_of(drafted),
        refusal=refusal,
        failure=_failure(run) if run is not None else "",
    )


def _what_if(pack: str, run: Run, then: Run, tried: Tried | None) -> str:
    found = changed(run.suite, then.suite) if run.suite and then.suite else ()
    names = {id: name for each in (run.suite.coverage if run.suite else ()) for id, name in each.names.items()}
    return render_template(
        "workshop/what_if.html", pack=pack, tried=tried, found=found, names=names, done=len(run.results + then.results),
        total=run.total + then.total, ended=bool(run.suite and then.suite), failure=_failure(run) or _failure(then),
        unchanged=then.total - len(found),
    )  # fmt: skip


def _answer(page: str, *, ended: bool) -> Any:
    """The page; a script that asked again is told to load it anew when all has come."""
    response = make_response(page)
    if ended and AGAIN in request.headers:
        response.headers["HX-Refresh"] = "true"
    return response


def _failure(run: Run) -> str:
    return gettext("The scenarios could not be run.") if run.failure is not None else ""


def _tried() -> Tried | None:
    """What the address asks to try; what can't be read of it is left out."""
    entries: dict[str, Any] = {}
    for text in request.args.getlist("if"):
        path, _, value = text.partition("=")
        try:
            tried = json.loads(value)
        except (ValueError, RecursionError):
            continue
        if isinstance(tried, str | int | float) and tried not in (math.inf, -math.inf):  # as the page offers
            entries[path] = tried
    days = []
    for text in request.args.getlist("day"):
        day, _, kind = text.partition("=")
        try:
            days.append(LocalDay(date=date.fromisoformat(day), working=kind == "working", name=gettext("tried")))
        except ValueError:
            continue
    return Tried(changes=entries, local_days=tuple(days)) if entries or days else None
