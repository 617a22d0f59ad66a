"""The step of a rehearsal that a request's fields ask for."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from flask_babel import gettext

from engine import forms
from engine.access import SYSTEM
from engine.errors import InvalidInput
from engine.queries import definitions
from engine.rehearsal import Office, Step, look, read_step

# field of a step -> the verbs whose forms ask for it as plain text
TEXTS = {
    "by": ("claim", "release", "extend", "pause", "resume"),
    "message": ("fail", "error"),
    "code": ("error",),
    "key": ("message",),
    "reason": ("extend", "pause"),
}
COUNTED = ("task", "claim", "release", "job", "fail", "error", "retry", "extend", "pause", "resume")


def step_of_request(office: Office, verb: str) -> Step:
    """The step of this request's fields. Raises InvalidInput."""
    given, what = request.form, request.form.get("lx-what", "").strip()
    raw: dict[str, Any] = {verb: what}
    if verb in ("open", "task"):
        raw["by"] = given.get("lx-by", "")
        form = _form_of(office, verb, what)
        if form is not None:
            raw["answers"] = {name: value for name, value in forms.decode(form, given).items() if value is not None}
    if verb in COUNTED:
        raw["nth"] = given.get("lx-nth", 1, type=int)
    if verb in ("start", "message", "signal"):
        raw["variables"] = _json(given.get("lx-variables", ""), "variables")
    if verb == "job":
        raw["result"] = _json(given.get("lx-variables", ""), "result")
    if verb == "extend":
        raw["days"] = given.get("lx-days", 0, type=int)
    for name, verbs in TEXTS.items():
        if verb in verbs:
            raw[name] = given.get(f"lx-{name}", "").strip()
    return read_step(raw, gettext("this step"))


def _form_of(office: Office, verb: str, what: str) -> forms.Form | None:
    if verb == "open":
        startable = office.engine.ask(definitions.startable, SYSTEM)
        return next((start.form for start in startable if start.case_type == what), None)
    return next((task.form for task in look(office).tasks if task.element_id == what), None)


def _json(text: str, name: str) -> Any:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidInput({name: [str(error)]}, "Expected {name} as JSON, but {why}", name=name, why=error) from None
    if not isinstance(found, dict):
        raise InvalidInput({}, "Expected {name} as JSON, but {why}", name=name, why="it has no names")
    return found
