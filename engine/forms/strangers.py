"""Names in a submission that no field of the form has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Message
from engine.forms import messages
from engine.forms.model import INPUTS, KEYED, Component, Form
from engine.forms.records import put

_LEAF = object()


def strangers(form: Form, submitted: Mapping[str, Any]) -> dict[str, list[str]]:
    """A sentence for each unknown name.

    Fields that are hidden, disabled or computed are known: a browser may well send them.
    """
    return _strangers(_names(form.components), submitted, "")


def _names(components: tuple[Component, ...]) -> dict[str, Any]:
    """The names of one record: an object for a group, a component for a dynamic list, a leaf for anything else."""
    tree: dict[str, Any] = {}
    _collect(components, (), tree)
    return tree


def _collect(components: tuple[Component, ...], path: tuple[str, ...], tree: dict[str, Any]) -> None:
    for component in components:
        if component.type == "group":
            _collect(component.components, path + component.path, tree)
        elif component.path and component.type in INPUTS | KEYED:
            put(tree, path + component.path, _LEAF)
        elif component.path and component.type == "dynamiclist":
            put(tree, path + component.path, component)


def _strangers(tree: dict[str, Any], submitted: Mapping[str, Any], prefix: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for key, value in submitted.items():
        known = tree.get(key) if isinstance(key, str) else None
        name = f"{prefix}{key}"
        if known is None:
            errors[name] = [Message(messages.UNKNOWN_FIELD)]
        elif isinstance(known, dict):
            if isinstance(value, Mapping):
                errors.update(_strangers(known, value, f"{name}."))
            elif value is not None:
                errors[name] = [Message(messages.NOT_A_GROUP)]
        elif isinstance(known, Component) and isinstance(value, list):
            names = _names(known.components)
            for index, row in enumerate(value):
                if isinstance(row, Mapping):
                    errors.update(_strangers(names, row, f"{name}-{index}-"))
    return errors
