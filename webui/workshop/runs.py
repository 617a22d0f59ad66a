"""What pages of a rehearsal carry with them, and of what it is made: the packs, the start, what is tried otherwise."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext

from engine.errors import InvalidInput, Message
from engine.forms import FieldView, FormView
from engine.packs import as_pack
from engine.queries import QueryContext, workshop
from engine.rehearsal import Scenario, Setup, Step, read_scenario, write_scenario
from engine.rehearsal.outcome import drawn_in
from engine.rehearsal.suite import needed
from webui.i18n import speech
from webui.pages import actor, engine

STATES = ("draft", "head", "live")
LARGEST_RUN = 1_000_000  # characters of the hidden field
NOTHING = Step(verb="wait", what="PT0S")  # a scenario file has at least one step
NO_TITLE = "…"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A rehearsal as the page carries it: of which state of the pack, how it began, what was done. `path`: its file."""

    state: str
    setup: Setup
    steps: tuple[Step, ...] = ()
    title: str = ""
    path: str = ""

    def text(self) -> str:
        """What the hidden field holds: a scenario, and of what."""
        scenario = Scenario(
            title=self.title or NO_TITLE, setup=self.setup, steps=self.steps or (NOTHING,), path=self.path
        )
        return json.dumps({"state": self.state, "path": self.path, "scenario": write_scenario(scenario).decode()})


def new_run(pack: str) -> Run:
    state = request.form.get("state", "draft")
    if state not in STATES:
        abort(400)
    try:
        now = datetime.fromisoformat(request.form.get("now", ""))
    except ValueError:
        wanted = Message(gettext("Expected a date and a time to begin"))
        raise InvalidInput({"now": [wanted]}, wanted.template) from None
    drafted, _ = engine().ask(packs_of, pack, state)
    setup = Setup(
        now=now if now.tzinfo else now.replace(tzinfo=engine().zone),
        zone=engine().zone,
        changes=changes_tried(entries_of(drafted)),
        local_days=days_tried(),
    )
    return Run(state=state, setup=setup)


def carried() -> Run:
    """The run of the hidden field; it is checked like any other input. Raises InvalidInput."""
    text = request.form.get("lx-run", "")
    try:
        said: Any = json.loads(text) if len(text) <= LARGEST_RUN else None
        state, path, scenario = said["state"], said["path"], read_scenario(said["scenario"].encode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        abort(400)
    if state not in STATES or not isinstance(path, str):
        abort(400)
    steps = () if scenario.steps == (NOTHING,) else scenario.steps
    title = "" if scenario.title == NO_TITLE else scenario.title
    return Run(state=state, setup=scenario.setup, steps=steps, title=title, path=path)


def changes_tried(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of the profile that were typed differently, each of the kind it was. Raises InvalidInput."""
    found: dict[str, Any] = {}
    for path, was in profile.items():
        text = request.form.get(f"profile-{path}")
        if text is None or text.strip() == str(was):
            continue
        try:
            found[path] = type(was)(text.strip()) if not isinstance(was, bool) else text.strip().lower() == "true"
        except ValueError:
            wanted = Message("Expected a number for {entry}, but it is {given}", entry=path, given=text)
            raise InvalidInput({path: [wanted]}, wanted.template, **wanted.params) from None
    return found


def days_tried() -> tuple[Any, ...]:
    """Days off and working days, one date to a line. Raises InvalidInput."""
    raw = [
        {"date": line.strip(), "working": working, "name": gettext("tried")}
        for field, working in (("days-off", False), ("days-working", True))
        for line in request.form.get(field, "").split()
    ]
    head = "now = 2026-01-01T00:00:00\n[[steps]]\nwait = 'next'\n"
    if not raw:
        return ()
    days = "".join(
        f"[[local_days]]\ndate = {json.dumps(day['date'])}\nworking = {str(day['working']).lower()}\n" for day in raw
    )
    return read_scenario((head + days).encode(), gettext("the days")).setup.local_days


def packs_of(context: QueryContext, name: str, state: str) -> tuple[Any, tuple[Any, ...]]:
    """A query: the pack in this state of the reader's, and the other packs that are live."""
    found = as_pack(name, workshop.files(context, actor(), name, state))
    _ = context.stamp
    return found, tuple(pack for pack in context.definitions.packs(context.session) if pack.name != name)


def all_packs(pack: str, state: str) -> tuple[Any, ...]:
    drafted, others = engine().ask(packs_of, pack, state)
    return tuple(needed(drafted, others))


def speak(pack: Any) -> None:
    """Texts of the draft in the reader's language, also those that were never deployed."""
    now = speech()
    try:
        drafted = {text: said[now.language] for text, said in pack.labels.items() if now.language in said}
    except (ValueError, KeyError, csv.Error):
        return
    now.labels = {**now.labels, **drafted}


def entries_of(pack: Any) -> dict[str, Any]:
    """The entries of a pack's profile that can be tried otherwise; none where it can't be read, which a check says."""
    try:
        return scalars(pack.profile)
    except Exception:  # whatever a designer wrote into manifest or profile
        return {}


def scalars(profile: Any, prefix: str = "") -> dict[str, Any]:
    """The profile's entries that are one number or word, by path."""
    found: dict[str, Any] = {}
    for name, value in profile.items() if isinstance(profile, Mapping) else ():
        if isinstance(value, Mapping):
            found |= scalars(value, f"{prefix}{name}.")
        elif isinstance(value, bool | int | float | str) and "." not in str(name):
            found[f"{prefix}{name}"] = value
    return found


def drawings(pack: str, files: Mapping[str, bytes], state: str = "draft") -> dict[str, str]:
    """Process id -> the address of the file it is drawn in."""
    other = state if state != "draft" else None
    return {
        process_id: url_for("workshop_files.content", pack=pack, path=path, state=other)
        for process_id, path in drawn_in(files).items()
    }


def unique(view: FormView, prefix: str) -> FormView:
    """The form with ids of its own, for a page that shows several."""
    errors = tuple(replace(error, href=error.href and prefix + error.href) for error in view.errors)
    return replace(view, fields=_with_ids(view.fields, prefix), errors=errors)


def _with_ids(fields: tuple[FieldView, ...], prefix: str) -> tuple[FieldView, ...]:
    return tuple(
        replace(
            field,
            id=prefix + field.id,
            options=tuple(replace(option, id=prefix + option.id) for option in field.options),
            children=_with_ids(field.children, prefix),
            rows=tuple(replace(row, children=_with_ids(row.children, prefix)) for row in field.rows),
            row_template=field.row_template
            and replace(field.row_template, children=_with_ids(field.row_template.children, prefix)),
        )
        for field in fields
    )
