"""One file of a pack: its editor, its content for the editor's script, and what a check finds in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask_babel import gettext

from engine.commands.model_drafts import SaveModelDraft
from engine.errors import InvalidInput, InvalidState, Message, Unavailable
from engine.queries import feel_functions, workshop
from engine.queries.offers import offers
from webui.i18n import label, say
from webui.pages import actor, engine, status_of
from webui.security import CONTENT_SECURITY_POLICY, FILE_POLICY
from webui.workshop.offers import as_json

blueprint = Blueprint("workshop_files", __name__)

# kind of file -> the page that edits it; all others are edited as text
EDITORS = {"process": "workshop/process.html", "decision": "workshop/decision.html", "form": "workshop/form.html"}
# The editors place some of their parts by style attributes; styles from elsewhere and scripts in the page stay refused.
EDITOR_POLICY = f"{CONTENT_SECURITY_POLICY}; style-src-attr 'unsafe-inline'"
TYPES = {"process": "application/xml", "decision": "application/xml", "form": "application/json"}


@blueprint.get("/workshop/<pack>/files/<path:path>")
def edit(pack: str, path: str) -> Response:
    """The editor. `?as=text` shows the bare text of any kind."""
    file = engine().ask(workshop.file, actor(), pack, path)
    editor = EDITORS.get(file.kind) if request.args.get("as") != "text" else None
    template = editor or "workshop/text.html"
    functions = _functions() if editor else ()
    page = make_response(render_template(template, pack=pack, file=file, text=_text(file.content), functions=functions))
    if editor:
        page.headers["Content-Security-Policy"] = EDITOR_POLICY
    return page


@blueprint.get("/workshop/<pack>/content/<path:path>")
def content(pack: str, path: str) -> Response:
    """The file as the reader sees it. `?state=` head, live or a revision's number gives another state of it."""
    if state := request.args.get("state"):
        found = engine().ask(workshop.files, actor(), pack, state).get(path)
        return Response(found or b"", 200 if found is not None else 404, mimetype="application/octet-stream")
    file = engine().ask(workshop.file, actor(), pack, path)
    response = Response(file.content, mimetype=TYPES.get(file.kind, "text/plain"))
    response.set_etag(file.tag)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


@blueprint.put("/workshop/<pack>/content/<path:path>")
def save(pack: str, path: str) -> tuple[Response, int]:
    """Keep a draft. If-Match names the tag that was opened; without it the file is new. 409 where it is stale."""
    expected = next(iter(request.if_match.as_set()), None)
    command = SaveModelDraft(
        pack=pack, path=path, content=request.get_data(), expected=expected, base=request.args.get("base")
    )
    try:
        tag = engine().execute(command, actor=actor())
    except (InvalidInput, InvalidState, Unavailable) as refusal:
        return jsonify(error=say(refusal.message)), status_of(refusal)
    response = jsonify(tag=tag, saved=gettext("Saved"))
    response.set_etag(tag)
    return response, 200


@blueprint.post("/workshop/<pack>/check")
def check(pack: str) -> Response:
    """What a deployment would find now. With `?path=` the body is that file's content, not saved yet."""
    instead = {request.args["path"]: request.get_data()} if "path" in request.args else None
    found = engine().ask(workshop.check, actor(), pack, instead)
    return jsonify(findings=[_finding(finding) for finding in found])


@blueprint.post("/workshop/<pack>/offers")
def offered(pack: str) -> Response:
    """What menus and panels offer in the diagram at `?path=`, whose content the body is, not saved yet."""
    path = request.args.get("path", "")
    found = engine().ask(offers, actor(), pack, path, {path: request.get_data()} if path else None)
    return jsonify(as_json(found))


def _functions() -> list[dict[str, Any]]:
    """What the editors' FEEL fields offer to call, in the reader's language; ways that look the same once."""
    found = {(each.name, each.names): each for each in reversed(engine().ask(feel_functions.functions, actor()))}
    return [
        {"name": name, "parameters": names, "gives": gettext(each.gives), "example": f"{each.call} = {each.result}"}
        for (name, names), each in found.items()
    ]


def _finding(finding: Any) -> dict[str, Any]:
    message = Message(finding.message.template, **finding.params) if hasattr(finding.message, "template") else None
    return {
        "severity": finding.severity,
        "path": finding.resource,
        "element": finding.element_id,
        "code": finding.code,
        "message": say(message) if message else label(finding.message),
    }


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
