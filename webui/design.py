"""The designer's page: what is deployed, drawn and read-only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from lxml import etree

from engine import forms
from engine.queries import definitions
from webui.i18n import label
from webui.pages import engine, form_view
from webui.security import FILE_POLICY

blueprint = Blueprint("design", __name__)

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@blueprint.get("/design")
def listing() -> str:
    return render_template("design/listing.html", definitions=engine().ask(definitions.listing))


@blueprint.get("/design/<kind>/<int:definition_id>")
def show(kind: str, definition_id: int) -> str:
    if kind not in definitions.KINDS:
        abort(404)
    detail = engine().ask(definitions.detail, kind, definition_id)
    return render_template("design/definition.html", detail=detail, row=detail.row, **_shown(kind, detail))


@blueprint.get("/definitions/<int:definition_id>.bpmn")
def xml(definition_id: int) -> Response:
    """The drawing: byte for byte, or with `language` its names as that reader reads them.

    A version never changes, so browsers may keep it.
    """
    content = engine().ask(definitions.content, "process", definition_id)
    if "language" in request.args:
        content = _named(content)
    response = Response(content, mimetype="application/xml")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def _named(content: bytes) -> bytes:
    tree = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in tree.iter(f"{{{BPMN}}}*"):
        if name := element.get("name"):
            element.set("name", label(name))
        elif element.tag == f"{{{BPMN}}}text" and element.text:
            element.text = label(element.text)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def _shown(kind: str, detail: definitions.DefinitionDetail) -> dict[str, Any]:
    if kind == "form":
        return {"form_view": form_view(forms.parse_form(detail.content))}
    if kind == "decision":
        return {"decision": detail.decision}
    return {}
