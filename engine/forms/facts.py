"""What people answered, to be read: labels instead of values, lists as rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine import feel
from engine.forms.answers import choice_text, same
from engine.forms.expressions import interpolate, shown
from engine.forms.model import CHOICES, INPUTS, MULTIPLE, Component, Form
from engine.forms.moments import instant
from engine.forms.records import MISSING, get
from engine.forms.settling import Place, Settled, settle


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One answer to read.

    kind: the form-js type, for datetime its subtype ("date", "time", "datetime"), "masked" after masking. `value` is
    what to show: the label of a radio or select, a tuple of labels for checklist and taglist, True or False for a
    checkbox, a date for "date" and an aware datetime for "datetime" where they can be read, else text. A
    "dynamiclist" has the text of each row as its value, and a table: `columns` (labels) and `rows`, whose facts stand
    in the order of the columns, one for each. `text` is the same in one line. sensitivity: "personal", "sensitive" or
    None. summary: the designer wants it among the facts shown first.
    """

    key: str
    label: str
    value: Any
    text: str
    kind: str
    sensitivity: str | None = None
    summary: bool = False
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Fact, ...], ...] = ()


def facts(
    forms: Form | Sequence[Form],
    values: Mapping[str, Any],
    context: Mapping[str, Any] | None = None,
    env: feel.Environment | None = None,
) -> list[Fact]:
    """The answered, visible fields of one form or several, each key once, in the order of the forms.

    Labels and the labels of options are as the form has them: the page translates them. Unanswered fields are left out.
    """
    found: dict[str, Fact] = {}
    for form in [forms] if isinstance(forms, Form) else forms:
        settled = settle(form, values, context=context or {}, env=env or feel.Environment())
        for fact in _facts(form.components, settled.root, settled):
            found.setdefault(fact.key, fact)
    return list(found.values())


def masked(fact: Fact, how: str | Callable[[str], str]) -> Fact:
    """The fact made unreadable: "name" keeps the first letter of each word, "id" the last two signs, or a function."""
    text = _masked(fact.text, how)
    rows = tuple(tuple(masked(cell, how) for cell in row) for row in fact.rows)
    value: Any = tuple(_masked(str(part), how) for part in fact.value) if isinstance(fact.value, tuple) else text
    return replace(fact, value=value, text=text, kind=fact.kind if rows else "masked", rows=rows)


def _masked(text: str, how: str | Callable[[str], str]) -> str:
    if callable(how):
        return how(text)
    if how == "name":
        return re.sub(r"\w+", lambda word: word[0][0] + "*" * (len(word[0]) - 1), text)
    kept = text[-2:] if len(text) > 4 else ""
    return re.sub(r"\w", "*", text.removesuffix(kept)) + kept


def _facts(components: tuple[Component, ...], place: Place, settled: Settled) -> Iterator[Fact]:
    for component in components:
        if settled.hides(place, component):
            continue
        if component.type == "group":
            yield from _facts(component.components, place.inside(component), settled)
        elif component.type == "dynamiclist" and component.path:
            rows = list(settled.rows(place, component))
            if rows and get(place.given, place.path + component.path) is not MISSING:
                yield _rows(component, place, rows, settled)
        elif component.path and (component.type in INPUTS or (component.type == "expression" and component.label)):
            fact = _fact(component, place, settled)
            if fact.text:
                yield fact


def _fact(component: Component, place: Place, settled: Settled) -> Fact:
    answer = get(place.given, place.path + component.path)
    kind = component.subtype if component.type == "datetime" else component.type
    value = None if answer is MISSING else _value(component, answer, place, settled)
    return Fact(
        key=place.name(component),
        label=_label(component, place, settled),
        value=value,
        text=_text(value),
        kind=kind,
        sensitivity=component.properties.get("sensitivity"),
        summary=component.properties.get("summary") == "true",
    )


def _rows(component: Component, place: Place, rows: list[Place], settled: Settled) -> Fact:
    """A table: a column for each field of the rows, also where it is hidden or blank in some."""
    columns = list(_columns(component.components, rows[0]))
    table = tuple(
        tuple(
            Fact(key=where.name(column), label="", value=None, text="", kind=column.type)
            if settled.hides(where, column)
            else _fact(column, where, settled)
            for column, where in _columns(component.components, row)
        )
        for row in rows
    )
    lines = tuple(", ".join(cell.text for cell in row if cell.text) for row in table)
    return Fact(
        key=place.name(component),
        label=_label(component, place, settled),
        value=lines,
        text="; ".join(lines),
        kind="dynamiclist",
        sensitivity=component.properties.get("sensitivity") or _strictest(table),
        summary=component.properties.get("summary") == "true",
        columns=tuple(_label(column, where, settled) for column, where in columns),
        rows=table,
    )


def _columns(components: tuple[Component, ...], place: Place) -> Iterator[tuple[Component, Place]]:
    for component in components:
        if component.type == "group":
            yield from _columns(component.components, place.inside(component))
        elif component.path and component.type in INPUTS:
            yield component, place


def _label(component: Component, place: Place, settled: Settled) -> str:
    return interpolate(component.label, place.scope, settled.env, component.id)


def _value(component: Component, answer: Any, place: Place, settled: Settled) -> Any:
    if answer is None or answer == "":
        return None
    if component.type in CHOICES:
        options = settled.options(place, component)
        labels = tuple(
            next((option.label for option in options if same(option.value, item)), choice_text(item))
            for item in (answer if isinstance(answer, list) else [answer])
        )
        return labels if component.type in MULTIPLE else ", ".join(labels)
    if component.type == "checkbox" and isinstance(answer, bool):
        return answer
    if component.type == "datetime":
        return _moment(component, answer, settled.env)
    return " ".join(part for part in (component.prefix, shown(answer), component.suffix) if part)


def _moment(component: Component, answer: Any, env: feel.Environment) -> Any:
    zone = env.now.tzinfo if env.now else None
    if component.subtype == "datetime" and (moment := instant(answer)) and (moment.tzinfo or zone):
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if component.subtype == "date" and isinstance(answer, str):
        try:
            return date.fromisoformat(answer)
        except ValueError:
            return answer
    return shown(answer)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else str(value)


def _strictest(table: tuple[tuple[Fact, ...], ...]) -> str | None:
    marks = {cell.sensitivity for row in table for cell in row}
    return next((mark for mark in ("sensitive", "personal") if mark in marks), None)
