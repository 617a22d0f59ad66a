"""A form as a tree of things to draw: the dataclasses that templates read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class OptionView:
    """One choice of a field. `value` is the text a browser sends for it."""

    id: str
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, kw_only=True)
class RowView:
    """One row of a dynamic list."""

    name: str
    children: tuple[FieldView, ...]


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """One component to draw.

    `kind` is the form-js type; `key` is the input's name; `id` its id in the page ("f-<key>").

    value: text; a list of texts for checklist and taglist; a bool for checkbox. visible: whether the rules show it
    now. A field whose rule reads other fields of the form is drawn even when it is not visible, since without scripts
    nobody could open it: `show_when` (JSON, see templates/forms/fields.html) lets a script hide it, and the server
    ignores it while hidden.
    """

    kind: str
    key: str
    id: str
    label: str = ""
    description: str = ""
    value: Any = ""
    options: tuple[OptionView, ...] = ()
    required: bool = False
    readonly: bool = False
    disabled: bool = False
    visible: bool = True
    errors: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[FieldView, ...] = ()
    rows: tuple[RowView, ...] = ()
    row_template: RowView | None = None
    row_token: str = ""
    next_row: int = 0
    can_add: bool = False
    html: str = ""
    show_when: str | None = None
    width: str | None = None
    sensitivity: str | None = None
    summary: bool = False
    prefix: str = ""
    suffix: str = ""

    @property
    def described_by(self) -> str:
        """The ids of hint and error, for aria-describedby."""
        parts = [f"{self.id}-hint"] if self.description else []
        return " ".join([*parts, *([f"{self.id}-error"] if self.errors else [])])


@dataclass(frozen=True, kw_only=True)
class ErrorView:
    """One line of the error summary. `href` is the id of the control to go to, None where the form has none."""

    href: str | None
    label: str
    message: str


@dataclass(frozen=True, kw_only=True)
class FormView:
    """A form to draw; `errors` in the order of the fields."""

    id: str
    title: str
    fields: tuple[FieldView, ...]
    errors: tuple[ErrorView, ...] = ()
