"""Answers checked by a marshmallow Schema made of exactly the fields that are visible and can be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from engine import feel
from engine.errors import InvalidInput, Message
from engine.forms import messages
from engine.forms.answers import coerced, initial, parse, refuse, same
from engine.forms.expressions import value_of
from engine.forms.model import KEYED, Component, Form, own_paths
from engine.forms.records import MISSING, get, merged, put
from engine.forms.rules import checks_of
from engine.forms.settling import MAX_ROWS, Place, Settled, settle
from engine.forms.strangers import strangers

Errors = dict[str, list[str]]


def validate(
    form: Form,
    submitted: Mapping[str, Any],
    *,
    context: Mapping[str, Any] | None = None,
    env: feel.Environment | None = None,
) -> dict[str, Any]:
    """The variables a submission writes: every visible field that is not disabled, and the computed fields.

    `context` are the variables FEEL may read and the stored values of the fields. A field that was not submitted
    keeps its stored value, else its default. Hidden and disabled fields and computed ones are ignored where
    submitted; anything else is refused. Objects keep the members that are no fields of the form. Raises InvalidInput
    with sentences by input name, FormError where an expression of the form cannot be run.
    """
    context, env = context or {}, env or feel.Environment()
    if not isinstance(submitted, Mapping):
        raise InvalidInput({"": [Message(messages.NOT_AN_OBJECT)]})
    errors: Errors = strangers(form, submitted)
    settled = settle(form, submitted, context=context, env=env)
    spec, data = _spec(form.components, settled.root, settled)

    try:
        answers = _schema(spec).load(data)
    except ValidationError as error:
        errors.update(_flat(error.normalized_messages()))
    if errors:
        raise InvalidInput(errors)
    return {name: merged(_rest(form, context, name), value) for name, value in answers.items()}


class FormSchema(Schema):
    """The schema a form is turned into."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "unknown": Message(messages.UNKNOWN_FIELD),
        "type": Message(messages.NOT_A_GROUP),
    }


class Answer(fields.Field):
    """The answer to one component. Nothing, blank text and null were made the same before."""

    def __init__(self, component: Component, place: Place, settled: Settled) -> None:
        required = component.rules.required
        super().__init__(
            required=required,
            allow_none=not required,
            validate=checks_of(component, place, settled.env),
            # In a list marshmallow leaves the message alone, and it keeps its template.
            error_messages={name: [Message(messages.REQUIRED)] for name in ("required", "null")},
        )
        self.component = component
        self.options = settled.options(place, component)
        self.env = settled.env

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return parse(self.component, value, self.options, self.env)


class Unchanged(fields.Field):
    """A read-only answer: what is submitted must be what was stored, and what was stored is kept as it is."""

    def __init__(self, component: Component, place: Place, settled: Settled) -> None:
        super().__init__(allow_none=True)
        stored = get(place.stored, place.path + component.path)
        self.kept = initial(component, stored, place.scope, settled.env)
        self.expected = coerced(component, self.kept, settled.options(place, component), settled.env)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if not same(value, self.expected):
            raise refuse(messages.UNCHANGED)
        return self.kept


class Kept(fields.Field):
    """A value the engine itself put there: a computed field, or a disabled one in a row."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value


class Rows(fields.Field):
    """The rows of a dynamic list. Each row has a schema of its own, since its rules may hide other fields."""

    def __init__(self, component: Component, schemas: list[Schema], stored: Any) -> None:
        super().__init__(allow_none=False, error_messages={"null": [Message(messages.ROWS)]})
        self.component, self.schemas = component, schemas
        self.fixed = None if component.add_remove else _fixed(component, stored)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise refuse(messages.ROWS)
        if len(value) > MAX_ROWS:
            raise refuse(messages.TOO_MANY_ROWS, max=MAX_ROWS, count=len(value))
        if len(value) != len(self.schemas):
            raise refuse(messages.ROWS)
        if self.fixed is not None and len(value) != self.fixed:
            raise refuse(messages.FIXED_ROWS, rows=self.fixed, count=len(value))
        rows: list[Any] = []
        errors: dict[int, Any] = {}
        for index, (schema, row) in enumerate(zip(self.schemas, value, strict=True)):
            try:
                rows.append(schema.load(row))
            except ValidationError as error:
                errors[index] = error.normalized_messages()
        if errors:
            raise ValidationError(errors)
        return rows


def _spec(components: tuple[Component, ...], place: Place, settled: Settled) -> tuple[dict[str, Any], dict[str, Any]]:
    """The visible fields of one record, nested by path, and the data for them."""
    spec: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for component, where in _visible(components, place, settled):
        path = where.path + component.path
        value = where.value(component)
        put(spec, path, _field(component, where, settled))
        if component.type == "dynamiclist" and isinstance(value, list):
            rows = [_spec(component.components, row, settled) for row in settled.rows(where, component)]
            put(spec, path, Rows(component, [_schema(row) for row, _ in rows], get(where.stored, path)))
            value = [row for _, row in rows] if rows else value
        if value is not MISSING:
            put(data, path, value)
    return spec, data


def _visible(components: tuple[Component, ...], place: Place, settled: Settled) -> Iterator[tuple[Component, Place]]:
    for component in components:
        if settled.hides(place, component):
            continue
        if component.type == "group":
            yield from _visible(component.components, place.inside(component), settled)
        elif component.path and _is_asked(component, place):
            yield component, place


def _is_asked(component: Component, place: Place) -> bool:
    if component.type == "dynamiclist":
        return not component.disabled
    return component.type in KEYED and place.value(component) is not MISSING


def _field(component: Component, place: Place, settled: Settled) -> fields.Field[Any]:
    if component.type == "dynamiclist":
        return Rows(component, [], MISSING)
    if component.type == "expression" or component.disabled:
        return Kept()
    if value_of(component.readonly, place.scope, settled.env, component.id) is True:
        return Unchanged(component, place, settled)
    return Answer(component, place, settled)


def _schema(spec: dict[str, Any]) -> Schema:
    nested = {name: fields.Nested(_schema(entry)) if isinstance(entry, dict) else entry for name, entry in spec.items()}
    return FormSchema.from_dict(nested)()


def _fixed(component: Component, stored: Any) -> int:
    return len(stored) if isinstance(stored, list) else component.rows_at_first


def _rest(form: Form, context: Mapping[str, Any], name: str) -> Any:
    """The stored object of this name where fields of the form are its members, else nothing."""
    members = any(len(path) > 1 and path[0] == name for path in own_paths(form.components))
    return context.get(name) if members else None


def _flat(errors: Mapping[Any, Any], prefix: str = "") -> Errors:
    """marshmallow's nested messages by input name: "land.area", "cosigners-0-phone"."""
    flat: Errors = {}
    for key, value in errors.items():
        name = prefix.rstrip(".-") if key == "_schema" else f"{prefix}{key}"
        if not isinstance(value, Mapping):
            flat.setdefault(name, []).extend(value)
        elif all(isinstance(inner, int) for inner in value):
            for index, row in value.items():
                flat.update(_flat(row, f"{name}-{index}-"))
        else:
            flat.update(_flat(value, f"{name}."))
    return flat
