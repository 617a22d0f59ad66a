"""Forms for the tests, in few words."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel import Environment
from engine.forms import Form, parse_form

NOW = datetime(2026, 3, 31, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
ENV = Environment(now=NOW)
NUMBERS = itertools.count(1)


def component(kind: str, key: str = "", /, **rest: Any) -> dict[str, Any]:
    """One form-js component; its id and label follow from its key unless given."""
    name = "path" if kind in ("group", "dynamiclist") else "key"
    made: dict[str, Any] = {
        "type": kind,
        "id": rest.pop("id", f"{kind}_{next(NUMBERS)}"),
        "label": f"Label of {key or kind}",
    }
    if key:
        made[name] = key
    hide = rest.pop("hide", None)
    if hide:
        made["conditional"] = {"hide": hide}
    rules = {name: rest.pop(name) for name in RULES if name in rest}
    if rules:
        made["validate"] = rules
    return {**made, **rest}


RULES = ("required", "min", "max", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType")


def choices(*values: Any) -> list[dict[str, Any]]:
    return [{"value": value, "label": f"The {value}"} for value in values]


def document(*components: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"type": "default", "id": "registration", "schemaVersion": 19, "components": list(components), **rest}


def form(*components: dict[str, Any]) -> Form:
    return parse_form(document(*components))


REGISTRATION = document(
    component("text", id="intro", text="# Register\nFields marked * are **required**."),
    component("textfield", "name", required=True, maxLength=30, properties={"sensitivity": "personal"}),
    component("textfield", "phone", required=True, pattern="^1[3-9]\\d{9}$", patternErrorMessage="Eleven digits"),
    component("select", "kind", required=True, values=choices("land", "labour", "other")),
    component(
        "group",
        "land",
        hide='=kind != "land"',
        components=[
            component("number", "area", required=True, min=0, max=1_000_000, decimalDigits=2),
            component("datetime", "since", subtype="date"),
        ],
    ),
    component("radio", "before", required=True, values=choices("yes", "no")),
    component("textfield", "where", required=True, minLength=2, hide='=before != "yes"'),
    component("checklist", "wanted", values=choices("sms", "letter", "call")),
    component("textarea", "body", required=True, minLength=10, maxLength=2000),
    component(
        "dynamiclist",
        "cosigners",
        components=[component("textfield", "name", required=True), component("textfield", "phone")],
    ),
    component("expression", "signers", expression="=1 + count(cosigners)"),
    component("checkbox", "truthful", required=True),
)

ANSWERS: dict[str, Any] = {
    "name": "Wang Fang",
    "phone": "13800000000",
    "kind": "land",
    "land": {"area": 12.5, "since": "2026-01-02"},
    "before": "no",
    "wanted": ["sms"],
    "body": "The fields beside the road were taken.",
    "cosigners": [{"name": "Li Si", "phone": "13900000000"}],
    "truthful": True,
}


class Posted(dict[str, list[str]]):
    """What a browser posts: a multi-dict with the two readers that decode() uses."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])
