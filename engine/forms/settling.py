"""Which components are visible: answers, hide rules and computed fields brought to a state where they agree."""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import feel
from engine.forms.answers import coerced, initial, options_of
from engine.forms.expressions import Scope, computed, hides
from engine.forms.model import CONTAINERS, INPUTS, KEYED, Component, Form, Option, own_paths
from engine.forms.records import MISSING, Path, drop, get, put

MAX_ROWS = 200
_PASSES = 10  # expressions may read each other; a chain longer than this stays unsettled


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where components stand: a record (the form's answers, or one row), and the path inside it made by groups.

    `prefix` begins the names of the record's inputs ("" or "cosigners-0-"); `given` and `stored` are what was
    submitted for the record and what was there before; `scope` is what FEEL sees: this, parent and i, then the
    record, then what is outside.
    """

    record: dict[str, Any]
    path: Path = ()
    prefix: str = ""
    given: Any = None
    stored: Any = None
    scope: Scope = field(default_factory=dict)

    def name(self, component: Component) -> str:
        """The name of the component's input: "land.area", "cosigners-0-phone"."""
        return self.prefix + ".".join(self.path + component.path)

    def value(self, component: Component) -> Any:
        return get(self.record, self.path + component.path)

    def inside(self, group: Component) -> Place:
        return replace(self, path=self.path + group.path)

    def row(self, rows: Component, index: int, record: dict[str, Any]) -> Place:
        """The place of the components of one row; `i` counts from 1 as FEEL does."""
        here: dict[str, Any] = {"this": record, "parent": self.record, "i": index + 1}
        return Place(
            record=record,
            prefix=f"{self.name(rows)}-{index}-",
            given=_item(get(self.given, self.path + rows.path), index),
            stored=_item(get(self.stored, self.path + rows.path), index),
            scope=ChainMap(here, record, self.scope),  # type: ignore[arg-type]
        )


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A form with answers: the root place, the addresses of hidden components, and what settling needed."""

    form: Form
    root: Place
    hidden: frozenset[str]
    context: Scope
    env: feel.Environment

    def hides(self, place: Place, component: Component) -> bool:
        return _address(place, component) in self.hidden

    def options(self, place: Place, component: Component) -> tuple[Option, ...]:
        return options_of(component, place.scope, self.context, self.env)

    def rows(self, place: Place, rows: Component) -> Iterator[Place]:
        """The places of a dynamic list's rows; none where its value is no list of rows."""
        return rows_of(place, rows)


def settle(form: Form, given: Any, *, context: Scope, env: feel.Environment) -> Settled:
    """Bring a form to rest.

    A field that was not given has its stored value (from the context), else its default, else nothing. Hidden fields
    vanish from the answers and so from the other rules, until nothing more hides (what is hidden once stays hidden,
    so this ends). The form's own names hide variables of the same name in the context; members of a stored object
    that are no fields of the form stay readable.
    """
    root = laid_out(form, given, context=context, env=env)
    hidden: set[str] = set()

    while _conceal(form.components, root, hidden, env):
        _compute(form.components, root, hidden, env)
    return Settled(form=form, root=root, hidden=frozenset(hidden), context=context, env=env)


def laid_out(form: Form, given: Any, *, context: Scope, env: feel.Environment) -> Place:
    """The form with all its answers in place and its expressions computed, before anything is hidden."""
    own = list(own_paths(form.components, disabled=False))
    names = {path[0] for path in own}
    record: dict[str, Any] = {path[0]: copy.deepcopy(context[path[0]]) for path in own if _is_member(path, context)}
    for path in own:
        drop(record, path)
    around = {name: value for name, value in context.items() if name not in names}
    scope: Scope = ChainMap({"this": record, "parent": None}, record, around)
    root = Place(record=record, given=given, stored=context, scope=scope)
    _take(form.components, root, context, env)
    _compute(form.components, root, set(), env)
    return root


def rows_of(place: Place, rows: Component) -> Iterator[Place]:
    value = place.value(rows)
    if is_rows(value):
        for index, record in enumerate(value):
            yield place.row(rows, index, record)


def is_rows(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_ROWS and all(isinstance(item, dict) for item in value)


def _is_member(path: Path, context: Scope) -> bool:
    return len(path) > 1 and isinstance(context.get(path[0]), dict)


def _item(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list | tuple) and index < len(items) else MISSING


def _address(place: Place, component: Component) -> str:
    return place.prefix + component.id


def _take(components: tuple[Component, ...], place: Place, context: Scope, env: feel.Environment) -> None:
    """Write what was given, or was there before, into the records."""
    for component in components:
        if component.type == "group":
            _take(component.components, place.inside(component), context, env)
        elif component.type == "dynamiclist" and component.path:
            _take_rows(component, place, context, env)
        elif component.type in INPUTS and component.path:
            _take_input(component, place, context, env)


def _take_input(component: Component, place: Place, context: Scope, env: feel.Environment) -> None:
    path = place.path + component.path
    if component.disabled:
        # At the root the stored value is seen through the context; a row has no other way to keep its own.
        if place.prefix and get(place.stored, path) is not MISSING:
            put(place.record, path, get(place.stored, path))
        return
    value = get(place.given, path)
    if value is MISSING:
        value = initial(component, get(place.stored, path), place.scope, env)
    put(place.record, path, coerced(component, value, options_of(component, place.scope, context, env), env))


def _take_rows(rows: Component, place: Place, context: Scope, env: feel.Environment) -> None:
    path = place.path + rows.path
    if rows.disabled:
        return
    value = get(place.given, path)
    if value is MISSING:
        value = get(place.stored, path)
    if value is MISSING:
        value = [] if rows.add_remove else [{} for _ in range(rows.rows_at_first)]
    if not (isinstance(value, list) and len(value) <= MAX_ROWS and all(isinstance(item, Mapping) for item in value)):
        put(place.record, path, [] if value is None else value)
        return
    given = replace(place, given=_under(path, value))
    records: list[dict[str, Any]] = [{} for _ in value]
    put(place.record, path, records)
    for index, record in enumerate(records):
        _take(rows.components, given.row(rows, index, record), context, env)


def _under(path: Path, value: Any) -> dict[str, Any]:
    record: dict[str, Any] = {}
    put(record, path, value)
    return record


def _compute(components: tuple[Component, ...], place: Place, hidden: set[str], env: feel.Environment) -> None:
    """Compute the visible expression fields until they no longer change."""
    for _ in range(_PASSES):
        if not _compute_once(components, place, hidden, env):
            return


def _compute_once(components: tuple[Component, ...], place: Place, hidden: set[str], env: feel.Environment) -> bool:
    changed = False
    for component in components:
        if _address(place, component) in hidden:
            continue
        if component.type == "group":
            changed |= _compute_once(component.components, place.inside(component), hidden, env)
        elif component.type == "dynamiclist":
            for row in rows_of(place, component):
                changed |= _compute_once(component.components, row, hidden, env)
        elif component.type == "expression" and component.path and component.expression:
            value = computed(component.expression, place.scope, env, component.id)
            if place.value(component) is MISSING or place.value(component) != value:
                put(place.record, place.path + component.path, value)
                changed = True
    return changed


def _conceal(components: tuple[Component, ...], place: Place, hidden: set[str], env: feel.Environment) -> bool:
    """Remove the answers of components that are hidden now, in document order; whether there were any."""
    changed = False
    for component in components:
        if _address(place, component) in hidden:
            continue
        if component.hide and hides(component.hide, place.scope, env, component.id):
            hidden.add(_address(place, component))
            _forget(component, place)
            changed = True
        elif component.type == "group":
            changed |= _conceal(component.components, place.inside(component), hidden, env)
        elif component.type == "dynamiclist":
            for row in rows_of(place, component):
                changed |= _conceal(component.components, row, hidden, env)
    return changed


def _forget(component: Component, place: Place) -> None:
    """Drop the value of a hidden component; a group takes its fields along, and its object if it has a path."""
    if component.type == "group":
        for inner in component.components:
            _forget(inner, place.inside(component))
    if component.path and (component.type in KEYED or component.type in CONTAINERS):
        drop(place.record, place.path + component.path)
