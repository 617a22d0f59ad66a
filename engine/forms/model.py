"""A form as frozen dataclasses, read from form-js JSON (schemaVersion up to 19)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Message

SCHEMA_VERSION = 19
MAX_COMPONENTS = 1_000
MAX_DEPTH = 8

INPUTS = frozenset({
    "textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "taglist", "datetime",
})  # fmt: skip
CHOICES = frozenset({"radio", "select", "checklist", "taglist"})
MULTIPLE = frozenset({"checklist", "taglist"})
KEYED = INPUTS | {"expression"}
CONTAINERS = frozenset({"group", "dynamiclist"})
DISPLAY = frozenset({"text", "separator", "spacer", "button"})
REFUSED: Mapping[str, str] = {
    "html": "raw HTML could carry scripts and styles; use a text component",
    "iframe": "pages of other sites are not embedded; use a link in a text component",
    "filepicker": "files are added to the case as documents, beside the form",
    "documentPreview": "documents are shown beside the form",
    "image": "pictures are not shown in forms; use a text component with a link",
    "table": "use a dynamic list whose fields are read-only",
}


class FormError(Exception):
    """The form itself is wrong; `component_id` says where ("" for the form as a whole)."""

    def __init__(self, message: Message, component_id: str = "") -> None:
        self.message = message
        self.component_id = component_id
        super().__init__(f"{component_id}: {message}" if component_id else message)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One choice: the JSON value that is stored and the text that is shown."""

    value: Any
    label: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """form-js `validate`. A bound is a number or a FEEL text beginning with "="; lengths count UTF-16 units."""

    required: bool = False
    minimum: Any = None
    maximum: Any = None
    min_length: Any = None
    max_length: Any = None
    pattern: str | None = None
    pattern_message: str | None = None
    kind: str | None = None  # "email" | "phone"


@dataclass(frozen=True, kw_only=True)
class Component:
    """One component of a form. `path` is its key in parts (`land.area` is ("land", "area")); () where it has none."""

    type: str
    id: str
    path: tuple[str, ...] = ()
    label: str = ""
    description: str = ""
    text: str = ""
    rules: Rules = Rules()
    default: Any = None
    disabled: bool = False
    readonly: bool | str = False
    hide: str | None = None
    expression: str | None = None
    options: tuple[Option, ...] | None = None
    options_key: str | None = None
    options_expression: str | None = None
    decimal_digits: int | None = None
    increment: Any = None
    as_text: bool = False
    subtype: str = "date"
    no_past: bool = False
    minutes_step: int | None = None
    time_format: str = "no_timezone"
    repetitions: int = 0
    add_remove: bool = True
    suffix: str = ""
    prefix: str = ""
    components: tuple[Component, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form that can be shown and validated. The title is the form's name, else its id."""

    id: str
    title: str
    components: tuple[Component, ...]


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


def every_component(components: tuple[Component, ...]) -> Iterator[Component]:
    """All components, depth first, in the order of the document."""
    for component in components:
        yield component
        yield from every_component(component.components)


def keys(form: Form) -> frozenset[str]:
    """The variable names the form may write: the first part of each input's path."""
    return frozenset(path[0] for path in own_paths(form.components, disabled=False))


def own_paths(components: tuple[Component, ...], *, disabled: bool = True) -> Iterator[tuple[str, ...]]:
    """Paths of the inputs, expressions and lists of one record, through groups;

    rows of a list are records of their own.
    """
    for component in components:
        if component.type == "group":
            for path in own_paths(component.components, disabled=disabled):
                yield component.path + path
        elif component.path and component.type in KEYED | {"dynamiclist"} and (disabled or not component.disabled):
            yield component.path


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
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
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
        repetitions=_whole(item, "defaultRepetitions", component_id) or 0,
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


def option_of(item: Any) -> Option | None:
    """An option from a scalar or an object with value and label (each stands in for the other); None for neither."""
    if isinstance(item, Mapping):
        value, label = item.get("value"), item.get("label")
        if value is None and label is None:
            return None
        return Option(value=label if value is None else value, label=str(value if label is None else label))
    if item is None or isinstance(item, list):
        return None
    return Option(value=item, label=str(item))


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
