"""The revisions of a pack: who made them, why, what changed, and going back to one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.workshop import RestoreModels
from engine.errors import InvalidInput, InvalidState, Rejection
from engine.queries import workshop
from webui.pages import actor, engine, id_in, status_of

blueprint = Blueprint("workshop_history", __name__)


@blueprint.get("/workshop/<pack>/history")
def show(pack: str) -> str:
    return _page(pack)


@blueprint.post("/workshop/<pack>/restore")
def restore(pack: str) -> Any:
    """Make the files of an earlier revision the newest one."""
    number = id_in(request.form, "number") or 0
    try:
        order = RestoreModels(pack=pack, number=number, message=request.form.get("message", ""))
        made = engine().execute(order, actor=actor())
    except (InvalidInput, InvalidState) as refusal:
        return _page(pack, refusal), status_of(refusal)
    flash(gettext("Revision %(made)s has the files of revision %(number)s.", made=made, number=number), "good")
    return redirect(url_for("workshop_history.show", pack=pack), 303)


def _page(pack: str, refusal: Rejection | None = None) -> str:
    return render_template(
        "workshop/history.html",
        pack=engine().ask(workshop.pack, actor(), pack),
        revisions=engine().ask(workshop.history, actor(), pack),
        refusal=refusal,
        message=request.form.get("message", ""),
        chosen=id_in(request.form, "number"),
    )
