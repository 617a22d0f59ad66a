"""The inbox and the task: look, claim, give back, keep a draft, hand in.

A task is shown in three places, which the forms name in `lx-place`: "inbox:<view>", "task" (a page of its own) and
"sitting" (right after registration). Every answer is a whole page; the script takes out of it what it needs.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import forms
from engine.commands.human_task import AssignTask, ClaimTask, CompleteTask, Completion, ReleaseTask, SaveDraft
from engine.errors import InvalidInput, NotFound, Rejection
from engine.queries import inbox as queries
from engine.queries import people, tasks
from engine.queries.finding import MOST_COUNTED
from webui.i18n import label
from webui.pages import (
    actor,
    engine,
    execute_once,
    form_of,
    form_view,
    has_rules,
    id_in,
    page_number,
    shown_fields,
    status_of,
    typed_facts,
)
from webui.security import may

blueprint = Blueprint("inbox", __name__)

PLACES = ("task", "sitting")


@blueprint.get("/")
def home() -> Response:
    return redirect(url_for("inbox.show"))


@blueprint.get("/inbox")
def show() -> str:
    """A view's page; asked for the pane alone, as a click on a row does, only the task beside the list."""
    view, task_id = request.args.get("view", "mine"), id_in(request.args, "task")
    if request.headers.get("HX-Target") == "task-pane" and task_id is not None:
        detail = engine().ask(tasks.detail, actor(), task_id)
        return render_template("staff/task_pane.html", **_task(detail, place=f"inbox:{view}"))
    return _inbox_page(view, task_id)


@blueprint.get("/tasks/<int:task_id>")
def task(task_id: int) -> str:
    detail = engine().ask(tasks.detail, actor(), task_id)
    place = request.args.get("place", "task")
    return _alone(detail, place if place in PLACES else "task")


@blueprint.post("/tasks/<int:task_id>/claim")
def claim(task_id: int) -> Any:
    try:
        engine().execute(ClaimTask(task_id=task_id), actor=actor())
    except NotFound:
        raise
    except Rejection as refusal:
        return _again(task_id, refusal)
    return _stay(task_id, view="mine")


@blueprint.post("/tasks/<int:task_id>/release")
def release(task_id: int) -> Any:
    try:
        engine().execute(ReleaseTask(task_id=task_id), actor=actor())
    except NotFound:
        raise
    except Rejection as refusal:
        return _again(task_id, refusal)
    flash(gettext("The task is back with its group."), "good")
    return _stay(task_id, view="group")


@blueprint.post("/tasks/<int:task_id>/assign")
def assign(task_id: int) -> Any:
    """Who distributes work gives the task to a person, or with no name back to its group."""
    try:
        engine().execute(AssignTask(task_id=task_id, assignee=request.form.get("assignee") or None), actor=actor())
    except Rejection as refusal:
        return _again(task_id, refusal)
    flash(gettext("The task is given on."), "good")
    return _stay(task_id, view=None)


@blueprint.post("/tasks/<int:task_id>/draft")
def draft(task_id: int) -> Any:
    form = engine().ask(form_of, actor(), task_id)[1]
    if form is not None:
        data = forms.decode(form, request.form)
        try:
            engine().execute(SaveDraft(task_id=task_id, data=data), actor=actor())
        except NotFound:
            raise
        except Rejection as refusal:
            return _again(task_id, refusal)
    return _stay(task_id, view=None)


@blueprint.post("/tasks/<int:task_id>/complete")
def complete(task_id: int) -> Any:
    step, form = engine().ask(form_of, actor(), task_id)
    data = forms.decode(form, request.form) if form is not None else {}
    try:
        # Sent twice, by a double click or a browser that got no answer, it is handed in once and leads to one place.
        told = execute_once(CompleteTask(task_id=task_id, data=data), "", asdict)
    except NotFound:
        raise
    except InvalidInput as refusal:
        return _place_page(engine().ask(tasks.detail, actor(), task_id), values=data, errors=refusal.errors), 422
    except Rejection as refusal:
        return _again(task_id, refusal)
    return _onwards(step, Completion(**told))


@blueprint.post("/tasks/<int:task_id>/fields")
def fields(task_id: int) -> dict[str, bool]:
    """Which fields are shown after these answers; for the script."""
    detail = engine().ask(tasks.detail, actor(), task_id)
    if detail.form is None:
        return {}
    return shown_fields(form_view(detail.form, forms.decode(detail.form, request.form), variables=detail.variables))


def take(task_id: int) -> int | None:
    """Claim a task for whoever just worked on its matter; None where somebody else was quicker."""
    try:
        engine().execute(ClaimTask(task_id=task_id), actor=actor())
    except Rejection:
        return None
    return task_id


def _onwards(step: str, completion: Completion) -> Response:
    """After handing in: the next step of the same matter where it is ours, else the next task of the list."""
    place, next_id = _place(), completion.next_task_id
    flash(gettext("“%(step)s” is handed in and can't be taken back.", step=label(step)), "good")
    if place == "sitting":
        if next_id and take(next_id):
            return redirect(url_for("inbox.task", task_id=next_id, place="sitting"), 303)
        if completion.case_id and may("cases.show"):
            return redirect(url_for("cases.show", case_id=completion.case_id), 303)
        return redirect(url_for("inbox.show"), 303)
    if place == "task":
        return redirect(url_for("inbox.task", task_id=next_id) if next_id else url_for("inbox.show"), 303)
    return redirect(url_for("inbox.show", view=_view(), task=next_id), 303)


def _stay(task_id: int, view: str | None) -> Response:
    """Back to the same task at the same place; `view` is the inbox view it has moved to."""
    place = _place()
    if place in PLACES:
        return redirect(url_for("inbox.task", task_id=task_id, place=None if place == "task" else place), 303)
    return redirect(url_for("inbox.show", view=view or _view(), task=task_id), 303)


def _again(task_id: int, refusal: Rejection) -> tuple[str, int]:
    """The same place with the task as it is now, what was typed, and why it was refused."""
    detail = engine().ask(tasks.detail, actor(), task_id)
    values = forms.decode(detail.form, request.form) if detail.form is not None else {}
    return _place_page(detail, values=values, refusal=refusal.message), status_of(refusal)


def _place_page(detail: tasks.TaskDetail, **more: Any) -> str:
    place = _place()
    if place in PLACES:
        return _alone(detail, place, **more)
    return _inbox_page(_view(), detail.task_id, detail=detail, **more)


def _alone(detail: tasks.TaskDetail, place: str, **more: Any) -> str:
    template = "staff/sitting.html" if place == "sitting" else "staff/task.html"
    return render_template(template, **_task(detail, place=place, **more))


def _inbox_page(view: str, task_id: int | None, *, detail: tasks.TaskDetail | None = None, **more: Any) -> str:
    sort, search = request.args.get("sort", "due"), request.args.get("q", "")
    how: dict[str, Any] = {"sort": sort, "search": search, "page": page_number()}
    chosen = detail is not None or task_id is not None
    if detail is None:
        inbox, detail = engine().ask(queries.desk, actor(), view, task_id=task_id, **how)
    else:
        inbox = engine().ask(queries.show, actor(), view, **how)
    shown = _task(detail, place=f"inbox:{inbox.view}", **more) if detail else {"task": None, "errors": {}}
    return render_template(
        "staff/inbox.html", inbox=inbox, most=MOST_COUNTED, sort=sort, search=search, chosen=chosen, **shown
    )


def _task(
    detail: tasks.TaskDetail,
    *,
    place: str,
    values: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
    refusal: Any = None,
) -> dict[str, Any]:
    """What the task's template needs. What was typed just now wins over the draft."""
    if values is None:
        values = dict(detail.draft.data) if detail.draft else {}
    page = form_view(detail.form, values, variables=detail.variables, errors=errors) if detail.can_complete else None
    return {
        "task": detail,
        "place": place,
        "view": place.partition(":")[2],
        "form_view": page,
        "has_rules": has_rules(detail.form),
        "errors": errors or {},
        "refusal": refusal,
        "typed": typed_facts(detail.form, values, detail.variables) if refusal is not None and page is None else (),
        "people": _candidates(detail) if detail.state == "open" and may("inbox.assign") else (),
    }


def _candidates(detail: tasks.TaskDetail) -> list[people.Person]:
    """Those of the task's groups; everybody where it has none."""
    wanted = set(detail.candidate_groups)
    listed = engine().ask(people.listing)
    return [person for person in listed if not wanted or wanted & {group.name for group in person.groups}]


def _place() -> str:
    return request.form.get("lx-place", "task")


def _view() -> str:
    return _place().partition(":")[2] or "mine"
