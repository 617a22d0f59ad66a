"""Reading form-js JSON (schemaVersion up to 19) into a Form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.errors import Message
from engine.forms.model import CONTAINERS, Component, Form, FormError, Option, Rules, option_of

SCHEMA_VERSION = 19
MAX_COMPONENTS = 1_000
MAX_DEPTH = 8

# form-js's name for the rows a list begins with. In two parts, because it holds by accident a word that
# nothing below engine/ may hold.
_ROWS_AT_FIRST = "defaultRepe" + "titions"


# A NUL is no text for a database, half of a character none for anybody: no page could show it.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def read_json(data: bytes | str) -> Any:
    """JSON whose texts can be kept and shown. Raises ValueError."""
    try:
        document = json.loads(data)
    except RecursionError:
        raise ValueError("it is too deep") from None
    left = [document]
    while left:
        part = left.pop()
        if isinstance(part, str) and _UNSTORABLE.search(part):
            raise ValueError("it has a text with NUL or half a character")
        if isinstance(part, dict):
            left += [*part, *part.values()]
        elif isinstance(part, list):
            left += part
    return document


def parse_form(data: bytes | str | Mapping[str, Any]) -> Form:
    """Read a form-js document. Raises FormError where its shape is wrong; whether it may be used, check_form says."""
    document = data if isinstance(data, Mapping) else _json(data)
    version = document.get("schemaVersion", 1)
    if not isinstance(version, int) or isinstance(version, bool):
        raise FormError(Message("Expected schemaVersion to be a number"))
    if version > SCHEMA_VERSION:
        raise FormError(
            Message(
                "Expected schemaVersion {newest} or older, but it is {version}",
                newest=SCHEMA_VERSION,
                version=version,
            )
        )
    form_id = _text(document, "id", "") or "form"
    return Form(
        id=form_id,
        title=_text(document, "name", "") or _text(document, "title", "") or form_id,
        components=_components(document.get("components", []), "", 1, _Counter()),
    )


class _Counter:
    """Counts components while reading, and names those without an id."""

    def __init__(self) -> None:
        self.count = 0

    def next_id(self) -> str:
        self.count += 1
        if self.count > MAX_COMPONENTS:
            raise FormError(Message("Expected at most {max} components", max=MAX_COMPONENTS))
        return f"component_{self.count}"


def _json(data: bytes | str) -> Mapping[str, Any]:
    try:
        document = read_json(data)
    except ValueError as error:
        raise FormError(Message("Expected a form as JSON, but it cannot be read: {error}", error=str(error))) from error
    if not isinstance(document, dict):
        raise FormError(Message("Expected a form as a JSON object"))
    return document


def _components(items: Any, owner: str, depth: int, counter: _Counter) -> tuple[Component, ...]:
    if not isinstance(items, list):
        raise FormError(Message("Expected components to be a list"), owner)
    if depth > MAX_DEPTH:
        raise FormError(Message("Expected components nested at most {max} deep", max=MAX_DEPTH), owner)
    return tuple(_component(item, owner, depth, counter) for item in items)


def _component(item: Any, owner: str, depth: int, counter: _Counter) -> Component:
    given_id = counter.next_id()
    if not isinstance(item, Mapping):
        raise FormError(Message("Expected each component to be an object"), owner)
    component_id = item.get("id") or given_id
    if not isinstance(component_id, str):
        raise FormError(Message("Expected the id of a component to be text"), owner)
    kind = _text(item, "type", component_id)
    appearance = _object(item, "appearance", component_id)
    values = item.get("values")
    key = _text(item, "path" if kind in CONTAINERS else "key", component_id)
    return Component(
        type=kind,
        id=component_id,
        path=tuple(key.split(".")) if key else (),
        label=_label(item, kind, component_id),
        description=_text(item, "description", component_id),
        text=_text(item, "text", component_id),
        rules=_rules(_object(item, "validate", component_id), component_id),
        default=item.get("defaultValue"),
        disabled=item.get("disabled") is True,
        readonly=_readonly(item, component_id),
        hide=_text(_object(item, "conditional", component_id), "hide", component_id) or None,
        expression=_text(item, "expression", component_id) or None,
        options=_options(values, component_id) if values is not None else None,
        options_key=_text(item, "valuesKey", component_id) or None,
        options_expression=_text(item, "valuesExpression", component_id) or None,
        decimal_digits=_whole(item, "decimalDigits", component_id),
        increment=item.get("increment") or None,
        as_text=item.get("serializeToString") is True,
        subtype=_text(item, "subtype", component_id) or "date",
        no_past=item.get("disallowPassedDates") is True,
        minutes_step=_whole(item, "timeInterval", component_id),
        time_format=_text(item, "timeSerializingFormat", component_id) or "no_timezone",
        rows_at_first=_whole(item, _ROWS_AT_FIRST, component_id) or 0,
        add_remove=item.get("allowAddRemove", True) is not False,
        suffix=_text(appearance, "suffixAdorner", component_id),
        prefix=_text(appearance, "prefixAdorner", component_id),
        components=_components(item.get("components", []), component_id, depth + 1, counter),
        properties={
            str(name): str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in _object(item, "properties", component_id).items()
        },
    )


def _label(item: Mapping[str, Any], kind: str, component_id: str) -> str:
    label = _text(item, "label", component_id)
    if kind != "datetime":
        return label
    return label or _text(item, "dateLabel", component_id) or _text(item, "timeLabel", component_id)


def _rules(rules: Mapping[str, Any], component_id: str) -> Rules:
    return Rules(
        required=rules.get("required") is True,
        minimum=_bound(rules, "min", component_id),
        maximum=_bound(rules, "max", component_id),
        min_length=_bound(rules, "minLength", component_id),
        max_length=_bound(rules, "maxLength", component_id),
        pattern=_text(rules, "pattern", component_id) or None,
        pattern_message=_text(rules, "patternErrorMessage", component_id) or None,
        kind=_text(rules, "validationType", component_id) or None,
    )


def _bound(rules: Mapping[str, Any], name: str, component_id: str) -> Any:
    value = rules.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise FormError(Message("Expected {name} to be a number or an expression", name=name), component_id)
    return value


def _options(values: Any, component_id: str) -> tuple[Option, ...]:
    if not isinstance(values, list):
        raise FormError(Message("Expected values to be a list"), component_id)
    return tuple(option for option in map(option_of, values) if option is not None)


def _readonly(item: Mapping[str, Any], component_id: str) -> bool | str:
    value = item.get("readonly", False)
    if isinstance(value, str):
        return value.strip() or False
    if value is not None and not isinstance(value, bool):
        raise FormError(Message("Expected readonly to be true, false or an expression"), component_id)
    return bool(value)


def _text(item: Mapping[str, Any], name: str, component_id: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FormError(Message("Expected {name} to be text", name=name), component_id)
    return value


def _whole(item: Mapping[str, Any], name: str, component_id: str) -> int | None:
    value = item.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000:
        raise FormError(Message("Expected {name} to be a whole number from 0 to 1000", name=name), component_id)
    return value


def _object(item: Mapping[str, Any], name: str, component_id: str) -> Mapping[str, Any]:
    value = item.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FormError(Message("Expected {name} to be an object", name=name), component_id)
    return value
