"""A form as frozen dataclasses: what the rest of the form engine speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Message, Rejection

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


class FormError(Rejection):
    """The form itself is wrong; `component_id` says where ("" for the form as a whole).

    To whoever fills it in it is a refusal as any other: nothing is changed, and the sentence says why.
    """

    def __init__(self, message: Message, component_id: str = "") -> None:
        self.message = message
        self.component_id = component_id
        Exception.__init__(self, f"{component_id}: {message}" if component_id else message)


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
    rows_at_first: int = 0
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
