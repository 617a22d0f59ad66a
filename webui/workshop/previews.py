"""Trying out what is not saved yet: a decision's answer, a form as staff will see it, a FEEL expression."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template, request

from engine import forms
from engine.queries import tryouts
from webui.i18n import label, say
from webui.pages import actor, engine

blueprint = Blueprint("workshop_previews", __name__)

EXAMPLES = (
    ('if people >= 5 then "escalate" else "refer"', '{"people": 7}'),
    ('date(received) + duration("P15D")', '{"received": "2026-03-02"}'),
    ("count(items[done = false])", '{"items": [{"done": true}, {"done": false}]}'),
    ('some each in circumstances satisfies each = "threat"', '{"circumstances": ["funding", "threat"]}'),
    ('string join(for each in units return upper case(each), ", ")', '{"units": ["hrss", "fire"]}'),
)


@blueprint.post("/workshop/<pack>/try/<path:path>")
def decision(pack: str, path: str) -> Any:
    """What the unsaved decisions can be asked; with `decision` what one of them answers to `given`, texts by path."""
    asked = request.get_json(silent=True)
    asked = asked if isinstance(asked, dict) else {}
    given = asked.get("given")
    wanted = asked.get("decision")
    found = engine().ask(
        tryouts.decision,
        actor(),
        pack,
        path,
        str(asked.get("text", "")).encode(),
        wanted=wanted if isinstance(wanted, str) else None,
        given={str(name): str(text) for name, text in given.items()} if isinstance(given, dict) else {},
    )
    return jsonify(
        decisions=[
            {
                "id": each.id,
                "name": label(each.name),
                "asks": [{"path": ask.path, "type": ask.type, "suggested": ask.suggested} for ask in each.asks],
            }
            for each in found.askable
        ],
        trace=found.trace,
        error=found.error and say(found.error),
        element=found.element,
    )


@blueprint.post("/workshop/<pack>/preview")
def form(pack: str) -> str:
    """The unsaved form (`lx-form`) over variables (`lx-variables`) with the answers so far, as a piece of page."""
    check = "lx-check" in request.form
    found = engine().ask(
        tryouts.form,
        actor(),
        request.form.get("lx-form", "").encode(),
        lambda read: forms.decode(read, request.form),
        variables=request.form.get("lx-variables", ""),
        check=check,
        translate=label,
    )
    return render_template("workshop/preview.html", tried=found, checked=check)


@blueprint.route("/workshop/feel", methods=["GET", "POST"])
def feel() -> str:
    """A FEEL expression over variables; with `value` it is a test of it. Links may carry all three."""
    text = request.values.get("expression", "").strip()
    variables = request.values.get("variables", "")
    value = request.values.get("value", "").strip()
    tried = engine().ask(tryouts.expression, actor(), text, variables=variables, value=value or None) if text else None
    return render_template(
        "workshop/feel.html",
        tried=tried,
        expression=text,
        variables=variables,
        value=value,
        examples=EXAMPLES,
    )
