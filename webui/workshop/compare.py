"""Two states of a pack side by side: which files differ, and of one file what differs in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from engine.comparing import compare
from engine.packs import is_deployed
from engine.queries import workshop
from webui.pages import actor, engine

blueprint = Blueprint("workshop_compare", __name__)

STATES = ("draft", "head", "live")


@blueprint.get("/workshop/<pack>/compare")
def show(pack: str) -> str:
    """`before` and `after` are draft, head, live or a revision's number; with `path` one file is looked into."""
    before, after = _state("before", "head"), _state("after", "draft")
    detail = engine().ask(workshop.pack, actor(), pack)
    old, new = (engine().ask(workshop.files, actor(), pack, state) for state in (before, after))
    if "live" in (before, after):  # of what is not deployed anyway, nothing differs
        old, new = ({path: files[path] for path in files if is_deployed(path)} for files in (old, new))
    path = request.args.get("path")
    if path is not None and path not in old and path not in new:
        abort(404)
    compared = compare(path, old.get(path), new.get(path)) if path is not None else None
    return render_template(
        "workshop/compare.html",
        pack=detail,
        before=before,
        after=after,
        changes=workshop.changes(old, new),
        path=path,
        compared=compared,
        file=next((file for file in detail.files if file.path == path), None),
        revisions=engine().ask(workshop.history, actor(), pack),
        drawings=_drawings(pack, path, {before: old, after: new}) if compared and compared.kind == "process" else None,
    )


def _state(name: str, default: str) -> str:
    """What the address says, or 404 where it says no state."""
    state = request.args.get(name, default)
    if state not in STATES and not (state.isascii() and state.isdigit() and len(state) < 10):
        abort(404)
    return state


def _drawings(pack: str, path: str | None, states: dict[str, Any]) -> list[str | None]:
    """The addresses of both drawings; None where the file isn't there."""
    return [
        url_for("workshop_files.content", pack=pack, path=path, state=state) if path in files else None
        for state, files in states.items()
    ]
