"""What the views share: the engine, the person, a form drawn for this request, and asking for numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flask import current_app, g, request

from engine import forms
from engine.access import Actor
from engine.commands.idempotency import Answer, Request
from engine.errors import InvalidInput, NoSpace, Rejection, Unavailable
from engine.executor import Engine
from engine.queries import QueryContext, user_tasks
from webui.i18n import label


def engine() -> Engine:
    return current_app.extensions["lianxi"]


def actor() -> Actor:
    return g.person.actor


def status_of(refusal: Rejection) -> int:
    """The HTTP status of a page that stays where it is and says why it was refused."""
    kinds = {InvalidInput: 422, NoSpace: 507, Unavailable: 503}
    return next((status for kind, status in kinds.items() if isinstance(refusal, kind)), 409)


def execute_once(command: Any, key: str, answer: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Carry out what this form orders and say what `answer` tells of it; the form sent again is told the same.

    Raises KeyReused where the form of this key was sent with other answers before.
    """
    typed = sorted(pair for pair in request.form.items(multi=True) if pair[0] != "lx-csrf")
    fingerprint = hashlib.sha256(json.dumps([request.path, typed]).encode()).hexdigest()
    told = engine().execute_once(
        command,
        actor=actor(),
        request=Request(key=f"form:{key or fingerprint}", fingerprint=fingerprint),
        answer=lambda result: Answer(status=303, body=answer(result)),
    )
    return told.body or {}


def page_number() -> int:
    """The page asked for in the address; the first for anything else than a number."""
    return max(1, request.args.get("page", 1, type=int))


def id_in(given: Mapping[str, str], name: str) -> int | None:
    """The id that a field or the address names; None for anything that can't be one."""
    text = given.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def form_view(
    form: forms.Form | None,
    values: Mapping[str, Any] | None = None,
    *,
    variables: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> forms.FormView | None:
    """The form to draw, with what was typed or stored and what is wrong with it."""
    if form is None:
        return None
    return engine().ask(_drawn, form, values or {}, variables or {}, errors or {})


def typed_facts(form: forms.Form | None, values: Mapping[str, Any], variables: Mapping[str, Any]) -> list[forms.Fact]:
    """What was typed, to be read where its form is no longer drawn."""
    return engine().ask(_read, form, values, variables) if form is not None else []


def has_rules(form: forms.Form | None) -> bool:
    """Whether answers decide which of the form's fields are shown."""
    return form is not None and _any_rule(form.components)


def shown_fields(page: forms.FormView | None) -> dict[str, bool]:
    """By the id of a field, whether it is shown now."""
    return dict(_visibility(page.fields)) if page else {}


def form_of(context: QueryContext, actor: Actor, task_id: int) -> tuple[str, forms.Form | None]:
    """A query: the step's name and the form it was opened with. Raises NotFound."""
    task = user_tasks.get(context, actor, task_id)
    return task.name, context.definitions.form(context.session, task.form_id) if task.form_id else None


def _any_rule(components: Iterable[forms.Component]) -> bool:
    return any(component.hide or _any_rule(component.components) for component in components)


def _visibility(fields: Iterable[forms.FieldView]) -> Iterator[tuple[str, bool]]:
    for field in fields:
        if field.id:
            yield field.id, field.visible
        yield from _visibility(field.children)
        for row in field.rows:
            yield from _visibility(row.children)


def _read(
    context: QueryContext, form: forms.Form, values: Mapping[str, Any], variables: Mapping[str, Any]
) -> list[forms.Fact]:
    return forms.facts(form, values, variables, context.environment)


def _drawn(
    context: QueryContext,
    form: forms.Form,
    values: Mapping[str, Any],
    variables: Mapping[str, Any],
    errors: Mapping[str, list[str]],
) -> forms.FormView:
    # Inside of a query, because rules and defaults may ask the calendar.
    return forms.view(form, values, context=variables, env=context.environment, errors=errors, translate=label)
