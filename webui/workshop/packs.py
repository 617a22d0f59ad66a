"""The packs of the workshop, and one pack: its files, findings, revisions made of drafts, and its way in and out."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from engine.commands.model_drafts import DraftModels
from engine.commands.workshop import CommitModels, CreateModelPack, ImportModels
from engine.errors import InvalidInput, InvalidState, Message, Rejection
from engine.queries import workshop
from engine.zipped import LARGEST_ZIP, read_zip, write_zip
from webui.pages import actor, engine, status_of

blueprint = Blueprint("workshop", __name__)


@blueprint.get("/workshop")
def listing() -> Any:
    return _listing()


@blueprint.post("/workshop")
def begin() -> Any:
    """A new pack: with a first process, from a zip, or from what is deployed under the name of `live`."""
    given = request.form
    name = (given.get("live") or given.get("name", "")).strip()
    try:
        files = None
        if given.get("live"):
            files = engine().ask(workshop.live_files, actor(), name)
            message = gettext("As deployed")
        elif given.get("how") == "zip":
            files = _sent_zip()
            message = given.get("message", "").strip() or gettext("From a zip")
        else:
            message = given.get("message", "").strip() or gettext("A first process")
        engine().execute(CreateModelPack(name=name, message=message, files=files), actor=actor())
    except (InvalidInput, InvalidState) as refusal:
        return _listing(refusal=refusal), status_of(refusal)
    flash(gettext("“%(name)s” is in the workshop now.", name=name), "good")
    return redirect(url_for("workshop.show", pack=name), 303)


@blueprint.get("/workshop/<pack>")
def show(pack: str) -> str:
    return pack_page(pack)


@blueprint.post("/workshop/<pack>/revisions")
def commit(pack: str) -> Any:
    """Make a revision of the chosen drafts."""
    chosen = tuple(request.form.getlist("path"))
    try:
        if not chosen:
            raise InvalidInput({}, "Expected a revision of some files, but none is chosen")
        message = request.form.get("message", "")
        number = engine().execute(CommitModels(pack=pack, message=message, paths=chosen), actor=actor())
    except (InvalidInput, InvalidState) as refusal:
        return pack_page(pack, refusal=refusal), status_of(refusal)
    flash(gettext("Revision %(number)s is made. Colleagues see it now.", number=number), "good")
    return redirect(url_for("workshop.show", pack=pack), 303)


@blueprint.get("/workshop/<pack>/export.zip")
def export(pack: str) -> Response:
    """The pack as a zip: the reader's view, or another `?state=`. Unpacked, `lianxi deploy` takes it."""
    files = engine().ask(workshop.files, actor(), pack, request.args.get("state", "draft"))
    response = Response(write_zip(pack, files), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{pack}.zip"'  # names are plain letters
    return response


@blueprint.route("/workshop/<pack>/import", methods=["GET", "POST"])
def bring(pack: str) -> Any:
    """Bring a zip into a pack: as drafts, which one can look at first, or as a new revision."""
    refusal: Rejection | None = None
    detail = engine().ask(workshop.pack, actor(), pack)
    if request.method == "POST":
        try:
            return _brought(detail)
        except (InvalidInput, InvalidState) as refused:
            refusal = refused
    page = render_template("workshop/import.html", pack=detail, refusal=refusal, most=LARGEST_ZIP // 1024**2)
    return page, status_of(refusal) if refusal else 200


def pack_page(pack: str, *, refusal: Rejection | None = None) -> str:
    """The page of a pack, perhaps with what was refused."""
    detail = engine().ask(workshop.pack, actor(), pack)
    folders = defaultdict(list)
    for file in detail.files:
        folders[file.folder].append(file)
    return render_template(
        "workshop/pack.html",
        pack=detail,
        newest=engine().ask(workshop.history, actor(), pack)[0],
        folders=dict(sorted(folders.items())),
        findings=engine().ask(workshop.check, actor(), pack),
        refusal=refusal,
        differing=sum(file.live != "same" for file in detail.files if file.status != "deleted"),
    )


def _listing(*, refusal: Rejection | None = None) -> str:
    return render_template(
        "workshop/packs.html",
        packs=engine().ask(workshop.packs, actor()),
        elsewhere=engine().ask(workshop.elsewhere, actor()),
        refusal=refusal,
        most=LARGEST_ZIP // 1024**2,
    )


def _brought(pack: workshop.PackDetail) -> Any:
    files, replace = _sent_zip(), request.form.get("how") == "replace"
    if request.form.get("becomes") != "revision":
        count = engine().execute(DraftModels(pack=pack.name, files=files, replace=replace), actor=actor())
        said = ngettext("%(num)d file of the zip differs; it is a draft of yours now.",
                        "%(num)d files of the zip differ; they are drafts of yours now.", count)  # fmt: skip
        flash(said if count else gettext("The zip has nothing new; nothing was changed."), "good" if count else "info")
        return redirect(url_for("workshop.show", pack=pack.name), 303)
    order = ImportModels(pack=pack.name, files=files, message=request.form.get("message", ""), replace=replace)
    number = engine().execute(order, actor=actor())
    if number == pack.revision:
        flash(gettext("The zip has nothing new; nothing was changed."), "info")
    else:
        flash(gettext("Revision %(number)s is made of the zip.", number=number), "good")
    return redirect(url_for("workshop_history.show", pack=pack.name), 303)


def _sent_zip() -> dict[str, bytes]:
    sent = request.files.get("zip")
    if sent is None or not sent.filename:
        wanted = Message("Expected a zip, but no file was chosen")
        raise InvalidInput({"zip": [wanted]}, wanted.template)
    return read_zip(sent.stream.read(LARGEST_ZIP + 1))
