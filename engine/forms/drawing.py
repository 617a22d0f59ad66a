"""Drawing a form: what was stored or typed, what the rules say of each field, and the errors beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from engine import feel
from engine.forms import markdown
from engine.forms.answers import choice_text, coerced, initial
from engine.forms.expressions import (
    TEMPLATE,
    computed,
    expression_text,
    interpolate,
    is_expression,
    show_rule,
    shown,
    value_of,
)
from engine.forms.model import CHOICES, INPUTS, MULTIPLE, Component, Form, keys, own_paths
from engine.forms.moments import local_text
from engine.forms.records import MISSING, get
from engine.forms.settling import MAX_ROWS, Place, Settled, laid_out, settle
from engine.forms.views import ErrorView, FieldView, FormView, OptionView, RowView

Translate = Callable[[str], str]


def view(
    form: Form,
    values: Mapping[str, Any] | None = None,
    *,
    context: Mapping[str, Any] | None = None,
    env: feel.Environment | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    translate: Translate = str,
) -> FormView:
    """What a page draws.

    `values` is a draft or what decode() gave: shown as typed; other fields show their stored value or default.

    `errors` are those of InvalidInput. `translate` is asked for texts with {{expressions}} and for text components,
    which a template cannot translate afterwards; all other texts are left as the form has them. Raises FormError as
    validate does.
    """
    values, context, env = values or {}, context or {}, env or feel.Environment()
    drawing = _Drawing(
        settled=settle(form, values, context=context, env=env),
        errors=dict(errors or {}),
        translate=translate,
        own=frozenset(keys(form)) | {path[0] for path in own_paths(form.components)},
    )
    root = laid_out(form, values, context=context, env=env)
    fields = tuple(_fields(form.components, root, _Names(form.components, ""), drawing))
    return FormView(id=form.id, title=form.title, fields=fields, errors=tuple(_summary(fields, drawing.errors)))


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    settled: Settled
    errors: dict[str, Sequence[str]]
    translate: Translate
    own: frozenset[str]


class _Names:
    """What a key in a rule is called in the page: a field of the same row, else one outside."""

    def __init__(self, components: tuple[Component, ...], prefix: str, outer: _Names | None = None) -> None:
        self.names = {".".join(path): f"{prefix}{'.'.join(path)}" for path in _input_paths(components)}
        self.outer = outer

    def find(self, key: str) -> str | None:
        return self.names.get(key) or (self.outer.find(key) if self.outer else None)

    def knows(self, name: str) -> bool:
        mine = any(key.split(".")[0] == name for key in self.names)
        return mine or (self.outer is not None and self.outer.knows(name))


def _input_paths(components: tuple[Component, ...]) -> Iterator[tuple[str, ...]]:
    for component in components:
        if component.type == "group":
            for path in _input_paths(component.components):
                yield component.path + path
        elif component.type in INPUTS and component.path:
            yield component.path


def _fields(components: tuple[Component, ...], place: Place, names: _Names, drawing: _Drawing) -> Iterator[FieldView]:
    for component in components:
        if component.type in ("button", "spacer"):
            continue
        visible = not drawing.settled.hides(place, component)
        if not visible and component.hide and not _can_change(component.hide, names, drawing):
            continue
        common = _common(component, place, names, drawing, visible)
        if component.type == "group":
            children = tuple(_fields(component.components, place.inside(component), names, drawing))
            yield replace(common, children=children)
        elif component.type == "dynamiclist":
            yield _list(component, place, names, drawing, common)
        elif component.type == "text":
            yield replace(common, html=_html(component, place, drawing))
        elif component.type == "separator":
            yield common
        elif component.type in INPUTS:
            yield _input(component, place, drawing, common)


def _can_change(rule: str, names: _Names, drawing: _Drawing) -> bool:
    """Whether an answer in this form could make the rule show its component."""
    words = set(re.findall(r"[^\W\d]\w*", re.sub(r'"[^"]*"', "", expression_text(rule))))
    return bool(words & (drawing.own | {"this", "parent", "i"})) or any(names.knows(word) for word in words)


def _common(component: Component, place: Place, names: _Names, drawing: _Drawing, visible: bool) -> FieldView:
    env, scope = drawing.settled.env, place.scope
    name = place.name(component) if component.path else place.prefix + component.id
    properties = component.properties
    return FieldView(
        kind=component.type,
        key=name,
        id=f"f-{name}",
        label=_sentence(component.label, component, scope, drawing),
        description=_sentence(component.description, component, scope, drawing),
        required=component.rules.required,
        readonly=value_of(component.readonly, scope, env, component.id) is True,
        disabled=component.disabled,
        visible=visible,
        errors=tuple(drawing.errors.get(name, ())) if component.path else (),
        show_when=_show_when(component, names),
        width=properties.get("width"),
        sensitivity=properties.get("sensitivity"),
        summary=properties.get("summary") == "true",
        prefix=component.prefix,
        suffix=component.suffix,
    )


def _sentence(text: str, component: Component, scope: Mapping[str, Any], drawing: _Drawing) -> str:
    if not is_expression(text) and not TEMPLATE.search(text):
        return text
    text = text if is_expression(text) else drawing.translate(text)
    return interpolate(text, scope, drawing.settled.env, component.id)


def _show_when(component: Component, names: _Names) -> str | None:
    rule = show_rule(component.hide) if component.hide else None
    name = names.find(rule[0]) if rule else None
    if rule is None or name is None:
        return None
    return json.dumps({"key": name, rule[1]: list(rule[2])}, ensure_ascii=False)


def _html(component: Component, place: Place, drawing: _Drawing) -> Markup:
    def evaluate(text: str) -> str:
        return shown(computed(text, place.scope, drawing.settled.env, component.id))

    if is_expression(component.text):
        return markdown.render("{{" + expression_text(component.text) + "}}", evaluate)
    return markdown.render(drawing.translate(component.text), evaluate)


def _list(component: Component, place: Place, names: _Names, drawing: _Drawing, common: FieldView) -> FieldView:
    """The rows there are, and blank ones: up to the default number, and always one where rows can be added."""
    records = place.value(component)
    records = records if isinstance(records, list) and all(isinstance(item, dict) for item in records) else []
    can_add = component.add_remove and not component.disabled and len(records) < MAX_ROWS
    count = max(len(records) + can_add, component.rows_at_first)
    token = f"__row{place.prefix.count('-') // 2 + 1}__"

    def row(index: int, prefix: str | None = None) -> RowView:
        inner = place.row(component, index, records[index] if index < len(records) else {})
        inner = inner if prefix is None else replace(inner, prefix=prefix)
        row_names = _Names(component.components, inner.prefix, names)
        return RowView(name=inner.prefix[:-1], children=tuple(_fields(component.components, inner, row_names, drawing)))

    return replace(
        common,
        rows=tuple(row(index) for index in range(count)),
        row_template=row(count, f"{common.key}-{token}-") if can_add else None,
        row_token=token,
        next_row=count,
        can_add=can_add,
    )


def _input(component: Component, place: Place, drawing: _Drawing, common: FieldView) -> FieldView:
    settled = drawing.settled
    options = settled.options(place, component) if component.type in CHOICES else ()
    value = _value(component, place, settled)
    if component.type in CHOICES:
        # What the form-js type allows: a stored 1 selects the option 1, a typed "1" as well.
        value = coerced(component, value, options, settled.env)
        chosen = [choice_text(item) for item in (value if isinstance(value, list) else [value]) if item is not None]
        views = tuple(
            OptionView(
                id=common.id if number == 1 and component.type != "select" else f"{common.id}-{number}",
                value=choice_text(option.value),
                label=option.label,
                selected=choice_text(option.value) in chosen,
            )
            for number, option in enumerate(options, 1)
        )
        shown_value: Any = chosen if component.type in MULTIPLE else "".join(chosen[:1])
        return replace(common, options=views, value=shown_value)
    if component.type == "checkbox":
        return replace(common, value=value is True or value == "true")
    text = local_text(component, value, settled.env) if component.type == "datetime" else None
    return replace(
        common, value=shown(value) if text is None else text, attributes=_attributes(component, place, settled.env)
    )


def _value(component: Component, place: Place, settled: Settled) -> Any:
    """As typed, else as stored, else the default."""
    path = place.path + component.path
    for record in (place.given, place.record):
        if get(record, path) is not MISSING:
            return get(record, path)
    return initial(component, get(place.stored, path), place.scope, settled.env)


def _attributes(component: Component, place: Place, env: feel.Environment) -> dict[str, str]:
    """The attributes of the control beyond name, id and value."""
    attributes: dict[str, str] = {}
    if component.type == "textarea":
        attributes["rows"] = component.properties.get("rows", "5")
    elif component.type == "datetime":
        attributes["type"] = {"date": "date", "time": "time"}.get(component.subtype, "datetime-local")
        if component.minutes_step and component.subtype != "date":
            attributes["step"] = str(component.minutes_step * 60)
        if component.no_past and env.now and component.subtype != "time":
            today = env.now.date().isoformat()
            attributes["min"] = today if component.subtype == "date" else f"{today}T00:00"
    else:
        attributes["type"] = {"email": "email", "phone": "tel"}.get(component.rules.kind or "", "text")
    if component.type == "number":
        attributes["inputmode"] = "numeric" if component.decimal_digits == 0 else "decimal"
    if component.type in ("textfield", "textarea"):
        longest = value_of(component.rules.max_length, place.scope, env, component.id)
        if isinstance(longest, int | float) and not isinstance(longest, bool) and longest > 0:
            attributes["maxlength"] = str(int(longest))
    for name in ("autocomplete", "inputmode"):
        if component.properties.get(name):
            attributes[name] = component.properties[name]
    return attributes


def _summary(fields: tuple[FieldView, ...], errors: Mapping[str, Sequence[str]]) -> Iterator[ErrorView]:
    met: set[str] = set()
    for item in _every(fields):
        if item.errors:
            met.add(item.key)
            yield from (ErrorView(href=item.id, label=item.label, message=message) for message in item.errors)
    for name, sentences in errors.items():
        if name not in met:
            yield from (ErrorView(href=None, label=name, message=message) for message in sentences)


def _every(fields: tuple[FieldView, ...]) -> Iterator[FieldView]:
    for item in fields:
        yield item
        yield from _every(item.children)
        for row in item.rows:
            yield from _every(row.children)
