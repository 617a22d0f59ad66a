"""Matters: search, the page of one, and registration with a look at likely repeats."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import forms
from engine.commands.casework import OpenCase, RevealPersonalData
from engine.commands.human_task import Completion
from engine.errors import InvalidInput, InvalidState, KeyReused, Rejection
from engine.queries import cases, definitions, repeats
from webui.inbox import take
from webui.pages import actor, engine, execute_once, form_view, has_rules, id_in, page_number, shown_fields

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases")
def search() -> str:
    text, state = request.args.get("q", ""), request.args.get("state", "")
    found = engine().ask(cases.search, actor(), text, state=state, page=page_number())
    return render_template("staff/cases.html", cases=found, most=found.most, search=text, state=state)


@blueprint.get("/cases/<int:case_id>")
def show(case_id: int) -> str:
    return render_template("staff/case.html", case=engine().ask(cases.detail, actor(), case_id))


@blueprint.post("/cases/<int:case_id>/reveal")
def reveal(case_id: int) -> Any:
    """Show identity numbers once; who looked and why is logged first."""
    case = engine().ask(cases.detail, actor(), case_id)
    try:
        engine().execute(RevealPersonalData(case_id=case_id, reason=request.form.get("reason", "")), actor=actor())
    except InvalidInput as refusal:
        return render_template("staff/case.html", case=case, reveal_errors=refusal.errors), 422
    return render_template("staff/case.html", case=engine().ask(cases.detail, actor(), case_id, reveal=True))


@blueprint.get("/register", defaults={"case_type": None})
@blueprint.get("/register/<case_type>")
def register(case_type: str | None) -> Any:
    startable = engine().ask(definitions.startable, actor())
    if case_type is None:
        if len(startable) == 1:
            return redirect(url_for("cases.register", case_type=startable[0].case_type))
        return render_template("staff/register.html", start=None, startable=startable)
    return _form_page(_start_form(case_type), {})


@blueprint.post("/register/<case_type>")
def start(case_type: str) -> Any:
    """Register and go on with the first step in the same sitting; a second click opens nothing."""
    form = _start_form(case_type)
    data = _typed(form)
    if request.form.get("lx-look"):
        return _form_page(form, data, similar=engine().ask(repeats.likely, actor(), case_type, data))
    command = OpenCase(case_type=case_type, data=data, repeat_of=id_in(request.form, "lx-repeat-of"))
    key = request.form.get("lx-request-key", "")[:200] or secrets.token_urlsafe(16)
    try:
        opened = Completion(**execute_once(command, key, asdict))
    except InvalidInput as refusal:
        # With the panel, or the matter that was said to be repeated would be forgotten.
        likely = engine().ask(repeats.likely, actor(), case_type, data)
        return _form_page(form, data, errors=refusal.errors, similar=likely), 422
    except (InvalidState, KeyReused) as refusal:
        return _form_page(form, data, refusal=refusal), 409
    flash(gettext("The matter is registered."), "good")
    if opened.next_task_id and take(opened.next_task_id):
        return redirect(url_for("inbox.task", task_id=opened.next_task_id, place="sitting"), 303)
    return redirect(url_for("cases.show", case_id=opened.case_id), 303)


@blueprint.post("/register/<case_type>/similar")
def similar(case_type: str) -> str:
    """The panel of likely repeats of what is being typed."""
    found = engine().ask(repeats.likely, actor(), case_type, _typed(_start_form(case_type)))
    return render_template("staff/similar.html", similar=found, looked=True, repeat_of=_repeat_of())


@blueprint.post("/register/<case_type>/fields")
def fields(case_type: str) -> dict[str, bool]:
    """Which fields are shown after these answers; for the script."""
    form = _start_form(case_type)
    return shown_fields(form_view(form.form, _typed(form), variables=form.variables))


def _form_page(
    start_form: definitions.StartForm,
    data: dict[str, Any],
    *,
    errors: dict[str, list[str]] | None = None,
    refusal: Rejection | None = None,
    similar: tuple[repeats.SimilarCase, ...] | None = None,
) -> str:
    return render_template(
        "staff/register.html",
        start=start_form,
        startable=engine().ask(definitions.startable, actor()),
        form_view=form_view(start_form.form, data, variables=start_form.variables, errors=errors),
        has_rules=has_rules(start_form.form),
        errors=errors or {},
        refusal=refusal.message if refusal else None,
        # Kept over a correction: it is the same registration until it succeeds.
        request_key=request.form.get("lx-request-key") or secrets.token_urlsafe(16),
        similar=similar,
        looked=similar is not None,
        repeat_of=_repeat_of(),
    )


def _start_form(case_type: str) -> definitions.StartForm:
    startable = engine().ask(definitions.startable, actor())
    found = next((start_form for start_form in startable if start_form.case_type == case_type), None)
    return found or abort(404)


def _typed(start_form: definitions.StartForm) -> dict[str, Any]:
    return forms.decode(start_form.form, request.form) if start_form.form is not None else {}


def _repeat_of() -> int | None:
    return id_in(request.form, "lx-repeat-of")
