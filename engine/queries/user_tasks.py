"""Human tasks, instances and variables as an API lists them: filtered, sorted, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from engine.access import Actor
from engine.errors import InvalidInput, NotFound
from engine.model.casework import Case
from engine.model.repository import FormDefinition, ProcessDefinition, Resource
from engine.model.runtime import HumanTask, Incident, ProcessInstance, TaskCandidate
from engine.queries import privacy, running
from engine.queries.context import QueryContext
from engine.visibility import readable

Filter = Mapping[str, Mapping[str, Any]]

COMPARISONS: dict[str, Any] = {
    "$eq": lambda column, value: column == value,
    "$neq": lambda column, value: column != value,
    "$in": lambda column, value: column.in_(value),
    "$notIn": lambda column, value: column.not_in(value),
    "$gt": lambda column, value: column > value,
    "$gte": lambda column, value: column >= value,
    "$lt": lambda column, value: column < value,
    "$lte": lambda column, value: column <= value,
    "$exists": lambda column, value: column.is_not(None) if value else column.is_(None),
    "$like": lambda column, value: column.like(value.replace("*", "%").replace("?", "_")),
}
COLUMNS: dict[str, Any] = {
    "id": HumanTask.id,
    "status": HumanTask.status,
    "assignee": HumanTask.assignee,
    "element_id": HumanTask.element_id,
    "name": HumanTask.name,
    "priority": HumanTask.priority,
    "created_at": HumanTask.created_at,
    "closed_at": HumanTask.closed_at,
    "due_at": HumanTask.due_at,
    "follow_up_at": HumanTask.follow_up_at,
    "instance_id": HumanTask.instance_id,
    "process_key": ProcessDefinition.key,
    "definition_id": ProcessInstance.definition_id,
    "business_key": ProcessInstance.business_key,
}


@dataclass(frozen=True, kw_only=True)
class UserTaskRow:
    """A human task with what its process is."""

    id: int
    status: str
    name: str
    element_id: str
    element_instance_id: str
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    priority: int
    created_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    follow_up_at: datetime | None
    form_id: int | None
    instance_id: int
    business_key: str | None
    definition_id: int
    process_key: str
    process_name: str
    process_version: int


@dataclass(frozen=True, kw_only=True)
class InstanceRow:
    """A process instance."""

    id: int
    definition_id: int
    process_key: str
    process_name: str
    version: int
    business_key: str | None
    status: str
    started_at: datetime
    ended_at: datetime | None
    has_incident: bool


@dataclass(frozen=True, kw_only=True)
class VariableRow:
    """A variable in its scope; `value` is JSON text."""

    key: int
    name: str
    value: str
    scope: str
    instance_id: int


@dataclass(frozen=True, kw_only=True)
class FormRow:
    """A form version; `schema` is its JSON text."""

    id: int
    key: str
    version: int
    schema: str


def search(
    context: QueryContext,
    actor: Actor,
    *,
    where: Filter | None = None,
    sort: Iterable[tuple[str, bool]] = (),
    offset: int = 0,
    limit: int = 100,
) -> tuple[tuple[UserTaskRow, ...], int]:
    """The tasks this person may see, and how many there are. `where`: column -> comparison -> value, all must hold.

    `sort`: (column, descending). Raises InvalidInput for unknown columns and comparisons.
    """
    conditions = [_visible(actor), *_conditions(where or {})]
    joined = (
        select(HumanTask, ProcessInstance, ProcessDefinition)
        .join(ProcessInstance, ProcessInstance.id == HumanTask.instance_id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(*conditions)
    )
    total = context.session.scalar(select(func.count()).select_from(joined.subquery())) or 0
    order = [COLUMNS[name].desc() if descending else COLUMNS[name] for name, descending in sort]
    found = context.session.execute(joined.order_by(*order, HumanTask.id).offset(offset).limit(limit)).all()
    return _rows(context, found), total


def get(context: QueryContext, actor: Actor, task_id: int) -> UserTaskRow:
    """One task. Raises NotFound also where the person may not know of it."""
    rows, _ = search(context, actor, where={"id": {"$eq": task_id}}, limit=1)
    if not rows:
        raise NotFound("Expected to find task {task}, but there is none for you", task=task_id)
    return rows[0]


def form_of(context: QueryContext, actor: Actor, task_id: int) -> FormRow | None:
    """The form of a task, None where it has none. Raises NotFound."""
    task = get(context, actor, task_id)
    if task.form_id is None:
        return None
    definition, content = context.session.execute(
        select(FormDefinition, Resource.content)
        .join(Resource, Resource.id == FormDefinition.resource_id)
        .where(FormDefinition.id == task.form_id)
    ).one()
    return FormRow(id=definition.id, key=definition.key, version=definition.version, schema=content.decode())


def instance(context: QueryContext, actor: Actor, instance_id: int) -> InstanceRow:
    """One instance. Raises NotFound also where the person may not know of it."""
    found = context.session.execute(
        select(ProcessInstance, ProcessDefinition)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(ProcessInstance.id == instance_id)
    ).first()
    if found is None or not _may_see_instance(context, actor, found[0]):
        raise NotFound("Expected to find instance {instance}, but there is none for you", instance=instance_id)
    row, definition = found
    stuck = context.session.scalar(
        select(Incident.id).where(Incident.instance_id == row.id, Incident.resolved_at.is_(None)).limit(1)
    )
    return InstanceRow(
        id=row.id,
        definition_id=definition.id,
        process_key=definition.key,
        process_name=definition.name,
        version=definition.version,
        business_key=row.business_key,
        status=row.status,
        started_at=row.started_at,
        ended_at=row.ended_at,
        has_incident=stuck is not None,
    )


def variables(context: QueryContext, actor: Actor, instance_id: int) -> tuple[VariableRow, ...]:
    """All variables of an instance by scope, sorted by name, masked where they must be. Raises NotFound."""
    instance(context, actor, instance_id)
    row = context.session.get_one(ProcessInstance, instance_id)
    scopes = privacy.shown_variables(context, actor, running.load(context, row).scope_variables())
    found = [(name, scope, value) for scope, values in scopes.items() for name, value in values.items()]
    return tuple(
        VariableRow(
            key=index + 1,
            name=name,
            value=json.dumps(value, ensure_ascii=False),
            scope=scope,
            instance_id=instance_id,
        )
        for index, (name, scope, value) in enumerate(sorted(found, key=lambda entry: entry[:2]))
    )


def task_variables(context: QueryContext, actor: Actor, task_id: int) -> tuple[VariableRow, ...]:
    """The variables a task can read, inner scopes over outer ones, masked where they must be. Raises NotFound."""
    get(context, actor, task_id)
    task = context.session.get_one(HumanTask, task_id)
    row = context.session.get_one(ProcessInstance, task.instance_id)
    element = task.element_instance_id if task.status == "open" else None
    execution = running.load(context, row)
    # Masked together with all scopes: a text is personal also where another scope holds it under its own name.
    shown = privacy.shown_variables(
        context, actor, {"": execution.variables(element), "all": {"": list(execution.scope_variables().values())}}
    )
    values = shown[""]
    return tuple(
        VariableRow(
            key=index + 1,
            name=name,
            value=json.dumps(value, ensure_ascii=False),
            scope=task.element_instance_id,
            instance_id=row.id,
        )
        for index, (name, value) in enumerate(sorted(values.items()))
    )


def unknown_comparison(name: str, comparison: str) -> InvalidInput:
    return InvalidInput(
        {name: ["Expected a comparison"]},
        "Expected one of {known}, but it is {comparison}",
        known=", ".join(COMPARISONS),
        comparison=comparison,
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.may("operate"):
        return HumanTask.id.is_not(None)
    candidate = exists().where(
        TaskCandidate.task_id == HumanTask.id,
        or_(
            and_(TaskCandidate.kind == "group", TaskCandidate.name.in_(actor.groups)),
            and_(TaskCandidate.kind == "user", TaskCandidate.name == actor.username),
        ),
    )
    case = exists().where(Case.id == HumanTask.case_id, readable(actor))
    mine = or_(HumanTask.assignee == actor.username, HumanTask.completed_by == actor.username)
    return or_(mine, candidate, case)


def _conditions(where: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, comparisons in where.items():
        for comparison, value in comparisons.items():
            if comparison not in COMPARISONS:
                raise unknown_comparison(name, comparison)
            if name in ("candidate_group", "candidate_user"):
                matches = and_(
                    TaskCandidate.kind == name.removeprefix("candidate_"),
                    COMPARISONS[comparison](TaskCandidate.name, value),
                )
                found.append(exists().where(TaskCandidate.task_id == HumanTask.id, matches))
            else:
                found.append(COMPARISONS[comparison](COLUMNS[name], value))
    return found


def _rows(context: QueryContext, found: Iterable[Any]) -> tuple[UserTaskRow, ...]:
    found = list(found)
    candidates: dict[int, list[tuple[str, str]]] = {}
    for row in context.session.scalars(
        select(TaskCandidate).where(TaskCandidate.task_id.in_([task.id for task, _, _ in found]))
    ):
        candidates.setdefault(row.task_id, []).append((row.kind, row.name))
    return tuple(
        UserTaskRow(
            id=task.id,
            status=task.status,
            name=task.name,
            element_id=task.element_id,
            element_instance_id=task.element_instance_id,
            assignee=task.assignee,
            candidate_groups=_names(candidates.get(task.id, []), "group"),
            candidate_users=_names(candidates.get(task.id, []), "user"),
            priority=task.priority,
            created_at=task.created_at,
            closed_at=task.closed_at,
            due_at=task.due_at,
            follow_up_at=task.follow_up_at,
            form_id=task.form_id,
            instance_id=instance.id,
            business_key=instance.business_key,
            definition_id=definition.id,
            process_key=definition.key,
            process_name=definition.name,
            process_version=definition.version,
        )
        for task, instance, definition in found
    )


def _names(candidates: list[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    return tuple(sorted(name for kind, name in candidates if kind == wanted))


def _may_see_instance(context: QueryContext, actor: Actor, row: ProcessInstance) -> bool:
    if actor.may("operate"):
        return True
    return row.case_id is not None and privacy.may_read(context, actor, row.case_id)
