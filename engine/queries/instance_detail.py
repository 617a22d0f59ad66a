"""One process instance for its operator: where it is, what it waits for, what it knows and what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from engine import access
from engine.access import Actor
from engine.errors import NotFound
from engine.model.repository import ProcessDefinition
from engine.model.runtime import (
    HumanTask,
    Incident,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    Timer,
)
from engine.queries import history, places, privacy, running
from engine.queries.context import QueryContext
from engine.queries.instances import InstanceRow, Wanted, search
from engine.queries.places import Diagram, Place
from engine.queries.rehearsal import Find

SHOWN = 200
LONGEST_VALUE = 2_000  # characters of a value that are shown


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """Where the instance is. State: active, incident."""

    element_instance_id: str
    element_id: str
    element_name: str
    element_type: str
    state: str


@dataclass(frozen=True, kw_only=True)
class ScopeRow:
    """Variables of one scope as JSON texts, masked where they must be. `root`: the instance's own."""

    element_instance_id: str
    element_id: str
    element_name: str
    element_type: str
    root: bool
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class WaitRow:
    """What the instance waits for. Kind: user task, job, timer, message, signal."""

    kind: str
    element_id: str
    element_name: str
    detail: str
    status: str
    at: datetime | None
    task_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class StuckRow:
    incident_id: int
    element_id: str
    element_name: str
    code: str
    message: str
    raised_at: datetime


@dataclass(frozen=True, kw_only=True)
class InstanceDetail:
    row: InstanceRow
    tokens: tuple[TokenRow, ...]
    scopes: tuple[ScopeRow, ...]
    waits: tuple[WaitRow, ...]
    incidents: tuple[StuckRow, ...]
    places: tuple[Place, ...]
    diagrams: tuple[Diagram, ...]
    history: tuple[history.HistoryLine, ...]


def detail(context: QueryContext, actor: Actor, instance_id: int) -> InstanceDetail:
    """All there is to know of it. Raises NotFound."""
    access.ensure(actor, "operate", f"see instance {instance_id}")
    instance = context.session.get(ProcessInstance, instance_id)
    if instance is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="instance", id=instance_id)
    (row,) = search(context, actor, Wanted(), before=instance_id + 1, size=1).items
    find = partial(context.definitions.element, context.session, instance)
    definition = context.session.get_one(ProcessDefinition, instance.definition_id)
    at = places.places_of(context, instance, ())
    return InstanceDetail(
        row=row,
        tokens=_tokens(context, find, instance),
        scopes=_scopes(context, actor, find, instance),
        waits=_waits(context, find, instance_id),
        incidents=_incidents(context, find, instance_id),
        places=at,
        diagrams=places.diagrams_of(context, definition, at),
        history=history.of_instance(context, instance, limit=SHOWN),
    )


def _tokens(context: QueryContext, find: Find, instance: ProcessInstance) -> tuple[TokenRow, ...]:
    if instance.status != "running":
        return ()
    return tuple(
        TokenRow(
            element_instance_id=token.element_instance_id,
            element_id=token.element_id,
            element_name=_name(find, token.element_id),
            element_type=_type(find, token.element_id),
            state=token.state,
        )
        for token in running.load(context, instance).tokens()
    )


def _scopes(context: QueryContext, actor: Actor, find: Find, instance: ProcessInstance) -> tuple[ScopeRow, ...]:
    execution = running.load(context, instance)
    shown = privacy.shown_variables(context, actor, execution.scope_variables())
    element = {id: element_id for id, _, element_id in execution.open_scopes()}
    return tuple(
        ScopeRow(
            element_instance_id=id,
            element_id=element[id],
            element_name=_name(find, element[id]),
            element_type=_type(find, element[id]),
            root=position == 0,
            variables=tuple((name, _text(value)) for name, value in sorted(values.items())),
        )
        for position, (id, values) in enumerate(shown.items())
        if values or position == 0
    )


def _waits(context: QueryContext, find: Find, instance_id: int) -> tuple[WaitRow, ...]:
    found: list[WaitRow] = []

    def add(kind: str, row: Any, detail: str, status: str, at: datetime | None, task_id: int | None = None) -> None:
        name = _name(find, row.element_id)
        found.append(
            WaitRow(
                kind=kind,
                element_id=row.element_id,
                element_name=name,
                detail=detail,
                status=status,
                at=at,
                task_id=task_id,
            )
        )

    def rows(row: Any, *conditions: Any) -> Any:
        return context.session.scalars(
            select(row).where(row.instance_id == instance_id, *conditions).order_by(row.id).limit(SHOWN)
        )

    for task in rows(HumanTask, HumanTask.status == "open"):
        add("user task", task, context.person(task.assignee) or "", task.status, task.created_at, task.id)
    for job in rows(Job, Job.status.in_(("open", "failed"))):
        add("job", job, job.error or job.type, job.status, job.created_at)
    for timer in rows(Timer):
        add("timer", timer, "", timer.status, timer.due_at)
    for message in rows(MessageSubscription):
        add("message", message, f"{message.message_name} {message.correlation_key}".strip(), "open", None)
    for signal in rows(SignalSubscription):
        add("signal", signal, signal.signal_name, "open", None)
    return tuple(found)


def _incidents(context: QueryContext, find: Find, instance_id: int) -> tuple[StuckRow, ...]:
    found = context.session.scalars(
        select(Incident)
        .where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
        .order_by(Incident.id)
        .limit(SHOWN)
    )
    return tuple(
        StuckRow(
            incident_id=incident.id,
            element_id=incident.element_id,
            element_name=_name(find, incident.element_id),
            code=incident.code,
            message=incident.message,
            raised_at=incident.raised_at,
        )
        for incident in found
    )


def _name(find: Find, element_id: str) -> str:
    element = find(element_id)
    return (element and element.name) or element_id


def _type(find: Find, element_id: str) -> str:
    element = find(element_id)
    return element.type if element else ""


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"
