"""A browser's form fields turned into answers: names with dots and row numbers become nested values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from engine.forms.answers import choice_text
from engine.forms.model import INPUTS, MULTIPLE, Component, Form
from engine.forms.records import Path, get, put
from engine.forms.settling import MAX_ROWS


class FormData(Protocol):
    """What is needed of a werkzeug MultiDict."""

    def __iter__(self) -> Iterator[str]: ...

    def getlist(self, key: str) -> list[Any]: ...


def decode(form: Form, formdata: FormData) -> dict[str, Any]:
    """The answers in a posted form, nested, as text, lists, booleans and None; names that are no fields are left
    alone.

    An input that was not sent is left out (it keeps its stored value): browsers do not send disabled ones. So that an
    unticked box and a list without rows can be told from them, the templates send a hidden "false" or "" before
    these. Rows in which nothing was typed are dropped, unless the number of rows is fixed.
    """
    answers: dict[str, Any] = {}
    _decode(form.components, formdata, frozenset(formdata), "", (), answers)
    return answers


def _decode(
    components: Iterable[Component],
    data: FormData,
    sent: frozenset[str],
    prefix: str,
    path: Path,
    record: dict[str, Any],
) -> None:
    for component in components:
        inner = path + component.path
        name = prefix + ".".join(inner)
        if component.type == "group":
            _decode(component.components, data, sent, prefix, inner, record)
        elif not component.path or component.disabled:
            continue
        elif component.type == "dynamiclist":
            indexes = _indexes(name, sent)
            if indexes or name in sent:
                put(record, inner, list(_rows(component, data, sent, name, indexes)))
        elif component.type in INPUTS and name in sent:
            put(record, inner, _value(component, data.getlist(name)))


def _value(component: Component, values: list[Any]) -> Any:
    if component.type in MULTIPLE:
        return [value for value in values if value != ""]
    # The hidden "false" comes first and the box, if ticked, after it.
    value = values[-1] if values else None
    if component.type == "checkbox":
        return value == "true"
    return None if value == "" else value


def _indexes(name: str, sent: frozenset[str]) -> list[int]:
    pattern = re.compile(re.escape(name) + r"-(\d{1,4})-", re.ASCII)
    found = {int(match[1]) for match in map(pattern.match, sent) if match}
    return sorted(found)[: MAX_ROWS + 1]


def _rows(
    rows: Component, data: FormData, sent: frozenset[str], name: str, indexes: list[int]
) -> Iterator[dict[str, Any]]:
    for index in indexes:
        row: dict[str, Any] = {}
        _decode(rows.components, data, sent, f"{name}-{index}-", (), row)
        if not rows.add_remove or not _is_blank(rows.components, row):
            yield row


def _is_blank(components: Iterable[Component], row: Any) -> bool:
    """Nothing was typed into the row: every value is empty or what the form put there itself."""
    for component in components:
        if component.type == "group":
            if not _is_blank(component.components, get(row, component.path)):
                return False
        elif component.path:
            value = get(row, component.path)
            text = value.strip() if isinstance(value, str) else value
            if text and text != component.default and text != choice_text(component.default):
                return False
    return True
