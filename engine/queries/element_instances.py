"""The elements of one instance that are under way, and the work in it that is done: one row for each time."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from engine.access import Actor
from engine.errors import NotFound
from engine.model.runtime import HumanTask, Incident, Job, ProcessInstance
from engine.queries import running, user_tasks
from engine.queries.context import QueryContext
from engine.queries.user_tasks import Filter, InstanceRow, unknown_comparison

ROOT = "1"  # the process itself is the first element instance of every instance
UNDER_WAY = ("open", "failed")  # what tasks and jobs are called that are not done
COLUMNS: dict[str, Callable[[ElementInstanceRow], Any]] = {
    "element_instance_id": lambda row: row.element_instance_id,
    "instance_id": lambda row: row.instance.id,
    "definition_id": lambda row: row.instance.definition_id,
    "process_key": lambda row: row.instance.process_key,
    "element_id": lambda row: row.element_id,
    "element_name": lambda row: row.element_name,
    "element_type": lambda row: row.element_type,
    "scope_id": lambda row: row.scope_id,
    "status": lambda row: row.status,
    "started_at": lambda row: row.started_at,
    "ended_at": lambda row: row.ended_at,
    "incident_id": lambda row: row.incident_id,
}
# The comparisons of user_tasks, of values that are in no table.
FITS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, wanted: value == wanted,
    "$neq": lambda value, wanted: value != wanted,
    "$exists": lambda value, wanted: (value is not None) == wanted,
    "$gt": lambda value, wanted: value is not None and value > wanted,
    "$gte": lambda value, wanted: value is not None and value >= wanted,
    "$lt": lambda value, wanted: value is not None and value < wanted,
    "$lte": lambda value, wanted: value is not None and value <= wanted,
    "$in": lambda value, wanted: value in wanted,
    "$notIn": lambda value, wanted: value not in wanted,
    "$like": lambda value, wanted: value is not None and fnmatch.fnmatchcase(value, wanted),
}


@dataclass(frozen=True, kw_only=True)
class ElementInstanceRow:
    """status: running, completed, cancelled. scope_id: what it is in, None for the process and for what has ended.

    started_at: when its task, job or incident was made; where it has none, when the instance was started.
    """

    instance: InstanceRow
    element_instance_id: str
    element_id: str
    element_name: str
    element_type: str
    scope_id: str | None
    status: str
    started_at: datetime
    ended_at: datetime | None
    incident_id: int | None


def search(
    context: QueryContext,
    actor: Actor,
    instance_id: int,
    *,
    where: Filter,
    sort: Iterable[tuple[str, bool]] = (),
    offset: int = 0,
    limit: int = 100,
) -> tuple[tuple[ElementInstanceRow, ...], int]:
    """Those of an instance that fit, and how many there are. `where`: column -> comparison -> value, all must hold.

    `sort`: (column, descending). Raises NotFound, also where the person may not know of the instance, and InvalidInput
    for unknown comparisons.
    """
    found = [row for row in of_instance(context, actor, instance_id) if _fits(row, where)]
    for name, descending in reversed([*sort]):
        found.sort(key=lambda row, name=name: _order(COLUMNS[name](row)), reverse=descending)  # type: ignore[misc]
    return tuple(found[offset : offset + limit]), len(found)


def of_instance(context: QueryContext, actor: Actor, instance_id: int) -> tuple[ElementInstanceRow, ...]:
    """All of an instance, by number. Of what has ended only the process, user tasks and jobs are known by number.

    Raises NotFound, also where the person may not know of the instance.
    """
    instance = user_tasks.instance(context, actor, instance_id)
    incidents = {
        incident.element_instance_id: incident
        for incident in context.session.scalars(
            select(Incident).where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
        )
    }
    work = {row.element_instance_id: row for kind in (HumanTask, Job) for row in _work(context, kind, instance_id)}
    found = _open(context, instance, work, incidents) if instance.status == "running" else [_process(instance)]
    found += _done(context, instance, work)
    return tuple(sorted(found, key=lambda row: int(row.element_instance_id)))


def get(context: QueryContext, actor: Actor, instance_id: int, element_instance_id: str) -> ElementInstanceRow:
    """One of an instance. Raises NotFound."""
    for row in of_instance(context, actor, instance_id):
        if row.element_instance_id == element_instance_id:
            return row
    raise NotFound(
        "Expected to find element instance {id} of instance {instance}, but there is none",
        id=element_instance_id,
        instance=instance_id,
    )


def _open(
    context: QueryContext,
    instance: InstanceRow,
    work: Mapping[str, HumanTask | Job],
    incidents: Mapping[str, Incident],
) -> list[ElementInstanceRow]:
    found = []
    execution = running.load(context, context.session.get_one(ProcessInstance, instance.id))
    for each in execution.element_instances():
        stuck = incidents.get(each.element_instance_id)
        row = work.get(each.element_instance_id)
        began = row.created_at if row is not None else stuck.raised_at if stuck is not None else instance.started_at
        found.append(
            ElementInstanceRow(
                instance=instance,
                element_instance_id=each.element_instance_id,
                element_id=each.element_id,
                element_name=each.name or each.element_id,
                element_type=each.element_type,
                scope_id=each.scope_id,
                status="running",
                started_at=began,
                ended_at=None,
                incident_id=stuck.id if stuck is not None else None,
            )
        )
    return found


def _process(instance: InstanceRow) -> ElementInstanceRow:
    return ElementInstanceRow(
        instance=instance,
        element_instance_id=ROOT,
        element_id=instance.process_key,
        element_name=instance.process_name,
        element_type="process",
        scope_id=None,
        status=instance.status,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
        incident_id=None,
    )


def _done(
    context: QueryContext, instance: InstanceRow, work: Mapping[str, HumanTask | Job]
) -> list[ElementInstanceRow]:
    stored = context.session.get_one(ProcessInstance, instance.id)
    find = partial(context.definitions.element, context.session, stored)
    found = []
    for row in work.values():
        if row.status in UNDER_WAY:
            continue
        element = find(row.element_id)
        found.append(
            ElementInstanceRow(
                instance=instance,
                element_instance_id=row.element_instance_id,
                element_id=row.element_id,
                element_name=(element and element.name) or row.element_id,
                element_type=element.type if element else "",
                scope_id=None,
                status=row.status,
                started_at=row.created_at,
                ended_at=row.closed_at,
                incident_id=None,
            )
        )
    return found


def _work(context: QueryContext, kind: type[HumanTask | Job], instance_id: int) -> list[HumanTask | Job]:
    return list(context.session.scalars(select(kind).where(kind.instance_id == instance_id)))


def _fits(row: ElementInstanceRow, where: Filter) -> bool:
    for name, comparisons in where.items():
        for comparison, wanted in comparisons.items():
            if comparison not in FITS:
                raise unknown_comparison(name, comparison)
            if not FITS[comparison](COLUMNS[name](row), wanted):
                return False
    return True


def _order(value: Any) -> tuple[bool, Any]:
    """Numbers as numbers, nothing last."""
    return (value is None, int(value) if isinstance(value, str) and value.isdecimal() else value)
