"""The texts of a pack beside their translations, as a table that works without a script."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.model_drafts import SaveModelDraft
from engine.errors import InvalidInput, InvalidState, NotFound, Rejection
from engine.packs import LABELS
from engine.queries import texts, workshop
from webui.pages import actor, engine, page_number

blueprint = Blueprint("workshop_labels", __name__)

PAGE = 40  # texts
VIEWS = ("missing", "all", "unused")


@blueprint.get("/workshop/<pack>/labels")
def show(pack: str) -> Any:
    """The texts, those without a translation first. `?view=` missing or unused shows only those, `?q=` what has it."""
    return _page(pack)


@blueprint.post("/workshop/<pack>/labels")
def save(pack: str) -> Any:
    """Keep the translations typed as a draft of labels.csv. Where that was changed meanwhile: 409, and they stay."""
    typed = _typed()
    add = (request.form.get("language") or "").strip() or None if "add" in request.form else None
    try:
        content = _content(pack)
        changed = texts.changed(content, typed, add=add, remove=request.form.get("remove"))
        if changed != content:
            order = SaveModelDraft(pack=pack, path=LABELS, content=changed, expected=request.form.get("tag") or None)
            engine().execute(order, actor=actor())
    except InvalidInput as refusal:
        return _page(pack, typed=typed, refusal=refusal), 422
    except InvalidState as refusal:
        return _page(pack, typed=typed, refusal=refusal), 409
    flash(gettext("Saved"), "good")
    kept: Any = {name: request.form[name] for name in ("view", "q", "page") if request.form.get(name)}
    return redirect(url_for("workshop_labels.show", pack=pack, **kept), 303)


def _page(pack: str, *, typed: dict[str, dict[str, str]] | None = None, refusal: Rejection | None = None) -> str:
    try:
        found = engine().ask(texts.labels, actor(), pack)
    except InvalidInput as unreadable:
        return render_template("workshop/labels.html", pack=pack, labels=None, refusal=refusal or unreadable)
    view, sought = request.values.get("view", ""), request.values.get("q", "").strip()
    shown = [each for each in found.labels if _shows(each, found, view) and _has(each, sought)]
    if typed:
        shown = [each for each in found.labels if each.text in typed] or shown
    pages = max(1, -(-len(shown) // PAGE))
    page = min(page_number(), pages)
    return render_template(
        "workshop/labels.html",
        pack=pack,
        path=LABELS,
        labels=found,
        rows=shown if typed else shown[(page - 1) * PAGE : page * PAGE],
        count=len(shown),
        unused=sum(not each.uses for each in found.labels),
        typed=typed or {},
        view=view,
        q=sought,
        page=page,
        pages=1 if typed else pages,
        refusal=refusal,
    )


def _shows(each: texts.Label, found: texts.Labels, view: str) -> bool:
    if view == "missing":
        return each.misses(found.languages)
    return not each.uses if view == "unused" else True


def _has(each: texts.Label, sought: str) -> bool:
    said = (each.text, *each.translations.values(), *(use.path for use in each.uses))
    return any(sought.casefold() in text.casefold() for text in said)


def _typed() -> dict[str, dict[str, str]]:
    """English text -> language -> translation, of the rows that were sent: text-3 and said-3-zh belong together."""
    found: dict[str, dict[str, str]] = {}
    for name, said in request.form.items():
        if not name.startswith("said-"):
            continue
        _, number, language = name.split("-", 2) if name.count("-") >= 2 else ("", "", "")
        text = request.form.get(f"text-{number}", "").replace("\r\n", "\n").strip()
        if text and language:
            found.setdefault(text, {})[language] = said.replace("\r\n", "\n")
    return found


def _content(pack: str) -> bytes:
    try:
        return engine().ask(workshop.file, actor(), pack, LABELS).content
    except NotFound:
        return b""
