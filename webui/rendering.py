"""What templates may call besides translation: built assets, addresses, values and states in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from webui.i18n import day_words, label, moment_words

DIST = Path(__file__).parent / "static" / "dist"
STATES = {
    "active": lazy_gettext("in progress"),
    "waiting": lazy_gettext("waiting"),
    "failed": lazy_gettext("stuck"),
    "completed": lazy_gettext("passed"),
}
ELEMENT_TYPES: dict[str, LazyString] = {
    "startEvent": lazy_gettext("Start"),
    "endEvent": lazy_gettext("End"),
    "userTask": lazy_gettext("User task"),
    "serviceTask": lazy_gettext("Service task"),
    "sendTask": lazy_gettext("Send task"),
    "receiveTask": lazy_gettext("Receive task"),
    "scriptTask": lazy_gettext("Script"),
    "businessRuleTask": lazy_gettext("Decision"),
    "manualTask": lazy_gettext("Manual task"),
    "task": lazy_gettext("Task"),
    "callActivity": lazy_gettext("Called process"),
    "subProcess": lazy_gettext("Sub-process"),
    "exclusiveGateway": lazy_gettext("Either-or branch"),
    "parallelGateway": lazy_gettext("Parallel branch"),
    "inclusiveGateway": lazy_gettext("And-or branch"),
    "eventBasedGateway": lazy_gettext("Branch by event"),
    "intermediateCatchEvent": lazy_gettext("Wait for an event"),
    "intermediateThrowEvent": lazy_gettext("Event"),
    "boundaryEvent": lazy_gettext("Event at a step"),
}


def init_rendering(app: Flask) -> None:
    hashes = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))

    def asset(name: str) -> str:
        """The address of a built file; its hash makes every version another address, so browsers may keep it."""
        return url_for("static", filename=f"dist/{name}", v=hashes[name])

    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset, here=here, fact_value=fact_value, type_name=type_name, place_marks=place_marks, page_url=page_url
    )


def here() -> str:
    """The address to come back to after changing the language; never another site."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return url_for("inbox.home")


def page_url(**changes: Any) -> str:
    """This page's address with some arguments changed."""
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), **request.args.to_dict(), **changes})


def fact_value(fact: Any) -> str | Markup:
    """The value of a fact as the reader reads it."""
    value = fact.value
    if value is None or value == "" or value == []:
        return Markup('<span class="quiet">{}</span>').format("—")
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list | tuple):
        return Markup("<br>").join(label(part) for part in value)
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, date):
        return day_words(value)
    return label(value) if fact.kind in ("choice", "text") else str(value)


def type_name(element_type: str) -> str:
    return str(ELEMENT_TYPES.get(element_type, element_type))


def place_marks(places: Iterable[Any]) -> list[dict[str, Any]]:
    """What the diagram viewer draws: per element its state, the number of tokens, and both in words."""
    return [
        {
            "element": place.element_id,
            "state": place.state,
            "count": place.count,
            "words": f"{label(place.element_name) or type_name(place.element_type)}: {STATES[place.state]}, {place.count}",
        }
        for place in places
    ]
