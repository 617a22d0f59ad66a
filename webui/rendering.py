"""What templates may call besides translation: built assets, addresses, values and states in words."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for
from flask_babel import get_timezone, gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from webui.i18n import day_words, label, moment_words, say, speech

PACKED = {"text/javascript", "text/css", "image/svg+xml"}
SPOKEN = {"checkbox", "radio", "select"}  # their texts are the designer's, others the writer's
LONG = 160  # characters of a text that are shown at once
DIST = Path(__file__).parent / "static" / "dist"
STATES = {
    "active": lazy_gettext("in progress"),
    "waiting": lazy_gettext("waiting"),
    "failed": lazy_gettext("stuck"),
    "completed": lazy_gettext("passed"),
}
LIGHT_ICONS = {
    "green": "circle-check",
    "blue": "info-circle",
    "amber": "clock",
    "orange": "clock-exclamation",
    "yellow": "alert-triangle",
    "red": "alert-octagon",
}
LINK_KINDS = {
    "repeat_of": lazy_gettext("this one repeats it"),
    "repeated_by": lazy_gettext("repeats this one"),
    "related": lazy_gettext("related"),
    "follow_up_of": lazy_gettext("this one follows from it"),
    "followed_by": lazy_gettext("follows from this one"),
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

    @cache  # a page has dozens of icons
    def address(name: str, below: str) -> str:
        return url_for("static", filename=f"dist/{name}", v=hashes[name])

    def asset(name: str) -> str:
        """The address of a built file; its hash makes every version another address, so browsers may keep it."""
        return address(name, request.script_root)

    def light_mark(light: str, days: int, why: Any) -> Markup:
        """How many working days are left (or, below 0, over), with the light's icon; the reasons when pointed at."""
        said = speech().said
        if (light, days) not in said:
            mark = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>{}</span>')
            said[light, days] = mark.format(asset("icons.svg"), LIGHT_ICONS[light], _days(light, days))
        return Markup(f'<span class="light {light}" title="{escape(say(why))}">{said[light, days]}')

    app.after_request(Packer())
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset,
        here=here,
        page_url=page_url,
        fact_value=fact_value,
        type_name=type_name,
        link_kind=link_kind,
        place_marks=place_marks,
        light_mark=light_mark,
        as_json=as_json,
    )


def as_json(value: Any, indent: int | None = None) -> str:
    """A value for people to read: letters as they are. Templates escape it; scripts are told with `tojson`."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


class Packer:
    """Sends built files packed to browsers that can unpack them; each is packed once.

    Pages are sent as they are: packed, the length of a page with a secret and a reader's own words tells of the secret.
    """

    def __init__(self) -> None:
        self._packed: dict[tuple[str, str | None], bytes] = {}

    def __call__(self, response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in PACKED:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"]:
            return response
        name = request.path, response.headers.pop("ETag", None)  # the tag changes with the file
        if name not in self._packed:
            response.direct_passthrough = False
            self._packed[name] = gzip.compress(response.get_data(), 9, mtime=0)
        response.set_data(self._packed[name])
        response.headers["Content-Encoding"] = "gzip"
        return response


def here() -> str:
    """The address to come back to after changing the language; never another site."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return url_for("inbox.home")


def page_url(**changes: Any) -> str:
    """This page's address with some arguments changed."""
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), **request.args.to_dict(), **changes})


def fact_value(fact: Any) -> str:
    """An answer (engine.forms.Fact) as the reader reads it."""
    if not fact.text:
        return Markup('<span class="quiet">—</span>')
    if fact.kind in ("date", "datetime") and fact.text == str(fact.value):  # masked ones are texts already
        return _dated(fact)
    if fact.kind in ("checklist", "taglist"):
        return Markup("<br>").join(label(part) for part in fact.text.split(", "))
    return say(fact.text) if fact.kind in SPOKEN else _folded(str(fact.text))


def _folded(text: str) -> str:
    """A long text shows its beginning and, opened, all of itself."""
    if len(text) <= LONG + 80:
        return text
    return Markup(
        '<details class="long"><summary><span class="excerpt">{} …</span> <span class="unfold">{}</span>'
        '<span class="fold">{}</span></summary>{}</details>'
    ).format(text[:LONG], gettext("Show all"), gettext("Show less"), text)


def _dated(fact: Any) -> str:
    try:
        if fact.kind == "date":
            return day_words(date.fromisoformat(fact.text))
        moment = datetime.fromisoformat(fact.text)
    except ValueError:
        return str(fact.text)
    return moment_words(moment if moment.tzinfo else get_timezone().localize(moment))


def _days(light: str, days: int) -> str:
    if light == "red":
        past = ngettext("%(num)d day past the legal date", "%(num)d days past the legal date", -days)
        return past if days < 0 else gettext("Past the legal date")
    if light == "yellow" or days < 0:
        return ngettext("%(num)d day overdue", "%(num)d days overdue", -days) if days < 0 else gettext("Overdue")
    return gettext("Due today") if days == 0 else ngettext("%(num)d day left", "%(num)d days left", days)


def type_name(element_type: str) -> str:
    return str(ELEMENT_TYPES.get(element_type, element_type))


def link_kind(kind: str) -> str:
    return str(LINK_KINDS.get(kind, kind))


def place_marks(places: Iterable[Any]) -> list[dict[str, Any]]:
    """What the diagram viewer draws: per element its state, the number of tokens, and both in words."""
    return [
        {
            "element": place.element_id,
            "state": place.state,
            "count": place.count,
            "words": f"{_name(place)}: {STATES[place.state]}, {place.count}",
        }
        for place in places
    ]


def _name(place: Any) -> str:
    return label(place.element_name) or type_name(place.element_type)
