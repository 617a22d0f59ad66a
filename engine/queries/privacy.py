"""What of a case a person may see: who may read it at all, and names, phones and numbers masked where they must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine import forms, masking
from engine.access import Actor
from engine.errors import NotFound
from engine.forms.model import every_component
from engine.model.casework import Case, Party
from engine.model.history import HistoryEvent
from engine.model.repository import FormDefinition
from engine.model.runtime import ProcessInstance
from engine.queries import history
from engine.queries.context import QueryContext
from engine.visibility import readable


@dataclass(frozen=True, kw_only=True)
class PartyRow:
    """Somebody the case concerns, as this person may see them."""

    role: str
    name: str
    phone: str
    address: str
    id_number: str


def may_read(context: QueryContext, actor: Actor, case_id: int) -> bool:
    return context.session.scalar(select(Case.id).where(Case.id == case_id, readable(actor))) is not None


def case(context: QueryContext, actor: Actor, case_id: int) -> Case:
    """The case's row. Raises NotFound also where the person may not know of it."""
    found = context.session.scalars(select(Case).where(Case.id == case_id, readable(actor))).first()
    if found is None:
        raise NotFound("Expected to find case {case}, but there is none for you", case=case_id)
    return found


def first_parties(context: QueryContext, actor: Actor, case_ids: list[int]) -> dict[int, tuple[str, int]]:
    """By case: the first party's name and how many parties there are."""
    found: dict[int, tuple[str, int]] = {}
    rows = context.session.execute(
        select(Party.case_id, Party.name).where(context.among(Party.case_id, case_ids)).order_by(Party.id)
    )
    for case_id, name in rows:
        first, count = found.get(case_id, (shown_name(actor, name), 0))
        found[case_id] = (first, count + 1)
    return found


def parties(context: QueryContext, actor: Actor, case_id: int, *, reveal: bool = False) -> tuple[PartyRow, ...]:
    """The parties. With `reveal`, which the log must know, identity numbers are whole for those who may see them."""
    rows = context.session.scalars(select(Party).where(Party.case_id == case_id).order_by(Party.id))
    full = actor.may("personal_data:read")
    return tuple(
        PartyRow(
            role=row.role,
            name=shown_name(actor, row.name),
            phone=row.phone if full else masking.mask_phone(row.phone) if row.phone else "",
            address=row.address if full else "",
            id_number=row.id_number if reveal and full else masking.mask_id(row.id_number) if row.id_number else "",
        )
        for row in rows
    )


def shown_name(actor: Actor, name: str) -> str:
    return name if actor.may("personal_data:read") or not name else masking.mask_name(name)


def case_facts(context: QueryContext, actor: Actor, case: Case, instance: ProcessInstance) -> tuple[Any, ...]:
    """What was registered, labelled by the start form; sensitive values masked, personal ones where they must be."""
    opened = context.session.scalar(
        select(HistoryEvent.data)
        .where(
            *history.of_case(case),
            HistoryEvent.at <= case.opened_at + history.CLOCK_SET_BACK,
            HistoryEvent.type == "case opened",
        )
        .limit(1)
    )
    _, case_type = context.definitions.case_type(context.session, case.type)
    deployed = context.definitions.latest_form(context.session, case_type.form) if case_type.form else None
    if opened is None or deployed is None:
        return ()
    facts = forms.facts(deployed.form, opened.get("data", {}), context={}, env=context.environment)
    return tuple(shown_fact(actor, fact) for fact in facts)


def shown_fact(actor: Actor, fact: Any) -> Any:
    """The fact as this person may see it."""
    if fact.sensitivity == "sensitive":
        return forms.masked(fact, "id")
    if fact.sensitivity == "personal" and not actor.may("personal_data:read"):
        return forms.masked(fact, "name")
    return fact


def shown_variables(
    context: QueryContext, actor: Actor, scopes: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Variables by scope as this person may see them: what some form marks as personal or sensitive is masked.

    A marked name is masked at any depth, and a text it held wherever else an instance has copied it to.
    """
    hidden = {
        name: mark
        for name, mark in _marks(context).items()
        if mark == "sensitive" or not actor.may("personal_data:read")
    }
    texts = dict(found for values in scopes.values() for found in _texts_of(values, hidden))
    return {scope: _masked(dict(values), hidden, texts) for scope, values in scopes.items()}


def _marks(context: QueryContext) -> dict[str, str]:
    """By the last part of a field's key: "sensitive" or "personal", the strictest of all versions of all forms."""
    found: dict[str, str] = {}
    for form_id in context.session.scalars(select(FormDefinition.id)):
        for component in every_component(context.definitions.form(context.session, form_id).components):
            mark = component.properties.get("sensitivity")
            if mark and component.path and found.get(component.path[-1]) != "sensitive":
                found[component.path[-1]] = mark
    return found


def _texts_of(value: Any, hidden: Mapping[str, str], mark: str | None = None) -> Iterator[tuple[str, str]]:
    """The texts within marked names, with their mark."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts_of(part, hidden, hidden.get(name, mark))
    elif isinstance(value, list):
        for part in value:
            yield from _texts_of(part, hidden, mark)
    elif mark and isinstance(value, str) and len(value) > 1:
        yield value, mark


def _masked(value: Any, hidden: Mapping[str, str], texts: Mapping[str, str], mark: str | None = None) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(part, hidden, texts, hidden.get(name, mark)) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, hidden, texts, mark) for part in value]
    if value is None or isinstance(value, bool):
        return value
    mark = mark or (texts.get(value) if isinstance(value, str) else None)
    if mark is None:
        return value
    return masking.mask_id(str(value)) if mark == "sensitive" else masking.mask_name(str(value))
