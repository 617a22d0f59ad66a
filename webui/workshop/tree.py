"""Orders about single files of a pack: add, upload, rename, remove, discard, and what to do with a conflict."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from engine.commands.model_drafts import (
    DiscardModelDrafts,
    KeepModelDraft,
    RemoveModelFile,
    RenameModelFile,
    SaveModelDraft,
)
from engine.errors import InvalidInput, InvalidState, Message, NotFound, Rejection
from engine.packs import Pack
from engine.queries import workshop
from engine.starters import KINDS, first_content
from webui.pages import actor, engine, status_of
from webui.workshop.packs import pack_page

blueprint = Blueprint("workshop_tree", __name__)

# kind -> the folder it goes to and its ending, where these aren't typed
PLACES = {
    "process": ("", ".bpmn"),
    "decision": ("decisions/", ".dmn"),
    "form": ("forms/", ".form"),
    "scenario": ("scenarios/", ".toml"),
    "text": ("", ".md"),
}
MOST_UPLOADED = 100
ID = re.compile(rb'\bid"?\s*[=:]\s*"([^"]+)"')


@blueprint.post("/workshop/<pack>/files")
def add(pack: str) -> Any:
    """A new file that is sound from the beginning; its editor opens."""
    kind = request.form.get("kind", "")
    try:
        path = _path(kind, request.form.get("path", "").strip())
        files = engine().ask(workshop.files, actor(), pack)
        if path in files:
            raise InvalidState("Expected a path that is free, but there is a file {path}", path=path)
        content = first_content(kind, path, _groups(pack, files), _ids(path, files))
        engine().execute(SaveModelDraft(pack=pack, path=path, content=content, expected=None), actor=actor())
    except (InvalidInput, InvalidState) as refusal:
        return _refused(pack, refusal)
    return redirect(url_for("workshop_files.edit", pack=pack, path=path), 303)


@blueprint.post("/workshop/<pack>/uploads")
def upload(pack: str) -> Any:
    """Files as they are, over those of the same name; each becomes a draft."""
    folder = request.form.get("folder", "").strip().strip("/")
    try:
        sent = [file for file in request.files.getlist("files") if file.filename]
        if not 0 < len(sent) <= MOST_UPLOADED:
            wanted = Message(
                "Expected from 1 to {most} files, but there are {count}", most=MOST_UPLOADED, count=len(sent)
            )
            raise InvalidInput({"files": [wanted]}, wanted.template, **wanted.params)
        paths = [_save(pack, folder, file) for file in sent]
    except (InvalidInput, InvalidState) as refusal:
        return _refused(pack, refusal)
    flash(gettext("Uploaded as your draft: %(paths)s", paths=", ".join(paths)), "good")
    return _back(pack)


@blueprint.post("/workshop/<pack>/text")
def write(pack: str) -> Any:
    """A file's text, typed where no script is needed. What was typed stays on the page where it is refused."""
    path = _given_path()
    typed = request.form.get("content", "")
    content = typed.replace("\r\n", "\n").encode()
    try:
        order = SaveModelDraft(pack=pack, path=path, content=content, expected=request.form.get("tag") or None)
        engine().execute(order, actor=actor())
    except (InvalidInput, InvalidState) as refusal:
        file = engine().ask(workshop.file, actor(), pack, path)
        page = render_template("workshop/text.html", pack=pack, file=file, text=typed, refusal=refusal)
        return page, status_of(refusal)
    flash(gettext("Saved"), "good")
    return redirect(url_for("workshop_files.edit", pack=pack, path=path) + "?as=text", 303)


@blueprint.post("/workshop/<pack>/rename")
def rename(pack: str) -> Any:
    to = request.form.get("to", "").strip()
    return _ordered(
        pack, RenameModelFile(pack=pack, path=_given_path(), to=to), gettext("Renamed to %(path)s", path=to)
    )


@blueprint.post("/workshop/<pack>/remove")
def remove(pack: str) -> Any:
    path = _given_path()
    said = gettext("%(path)s goes with your next revision. Until then you can discard that.", path=path)
    return _ordered(pack, RemoveModelFile(pack=pack, path=path), said)


@blueprint.post("/workshop/<pack>/discard")
def discard(pack: str) -> Any:
    """Forget drafts: of one path, or with `all` every one."""
    path = None if request.form.get("all") else _given_path()
    return _ordered(
        pack, DiscardModelDrafts(pack=pack, path=path), gettext("Discarded: it is as in the newest revision")
    )


@blueprint.post("/workshop/<pack>/conflict")
def settle(pack: str) -> Any:
    """Of a file that a colleague changed too: `keep` one's own draft over what was looked at, or take theirs."""
    path = _given_path()
    if request.form.get("take") == "theirs":
        order: Any = DiscardModelDrafts(pack=pack, path=path)
        return _ordered(pack, order, gettext("%(path)s is as your colleague left it", path=path))
    order = KeepModelDraft(pack=pack, path=path, seen=request.form.get("seen") or None)
    return _ordered(pack, order, gettext("Your draft of %(path)s stands", path=path))


def _ordered(pack: str, command: Any, said: str) -> Any:
    try:
        engine().execute(command, actor=actor())
    except (InvalidInput, InvalidState, NotFound) as refusal:
        return _refused(pack, refusal)
    flash(said, "good")
    return _back(pack)


def _refused(pack: str, refusal: Rejection) -> Any:
    return pack_page(pack, refusal=refusal), status_of(refusal)


def _back(pack: str) -> Any:
    return redirect(url_for("workshop.show", pack=pack), 303)


def _given_path() -> str:
    return request.form.get("path", "")


def _path(kind: str, typed: str) -> str:
    folder, ending = PLACES.get(kind, ("", ""))
    if kind not in KINDS or not typed:
        wanted = Message("Expected a name for the new file")
        raise InvalidInput({"path": [wanted]}, wanted.template)
    if PurePosixPath(typed).suffix != ending and not (kind == "text" and PurePosixPath(typed).suffix):
        typed += ending
    return typed if "/" in typed else folder + typed


def _groups(pack: str, files: dict[str, bytes]) -> tuple[str, ...]:
    """The groups of the manifest; none where it can't be read."""
    try:
        return tuple(group.key for group in Pack(name=pack, resources=files).groups)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def _ids(path: str, files: dict[str, bytes]) -> set[str]:
    """What files of the same kind call their parts, so that a new one calls none the same."""
    alike = [content for other, content in files.items() if PurePosixPath(other).suffix == PurePosixPath(path).suffix]
    return {found.decode(errors="replace") for content in alike for found in ID.findall(content)}


def _save(pack: str, folder: str, file: FileStorage) -> str:
    name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]  # some browsers send their own folders
    path = f"{folder}/{name}" if folder else name
    try:
        expected = engine().ask(workshop.file, actor(), pack, path).tag
    except NotFound:
        expected = None
    engine().execute(SaveModelDraft(pack=pack, path=path, content=file.read(), expected=expected), actor=actor())
    return path
