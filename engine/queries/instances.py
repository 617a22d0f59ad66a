"""Process instances as operators look for them: filtered, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from engine import access
from engine.access import Actor
from engine.model.casework import Case
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
from engine.queries import user_tasks
from engine.queries.context import QueryContext
from engine.queries.operations import LATE
from engine.queries.user_tasks import COMPARISONS, Filter, unknown_comparison

SIZE = 50
MOST_COUNTED = 10_000  # counting a million rows for every page would be slower than the page
COLUMNS: dict[str, Any] = {
    "id": ProcessInstance.id,
    "definition_id": ProcessInstance.definition_id,
    "process_key": ProcessDefinition.key,
    "process_name": ProcessDefinition.name,
    "business_key": ProcessInstance.business_key,
    "status": ProcessInstance.status,
    "started_at": ProcessInstance.started_at,
    "ended_at": ProcessInstance.ended_at,
}
STATUSES = ("running", "completed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which instances. Empty values let all through.

    element: an element id somebody waits at, or is stuck at. failed_job, timer, late: with such a job or timer.
    text: the instance's number, or in its business key or the case's number.
    """

    process: str = ""
    version: int | None = None
    status: str = ""
    incident: bool = False
    failed_job: bool = False
    timer: bool = False
    late: bool = False
    element: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class InstanceRow:
    instance_id: int
    definition_id: int
    process: str
    process_key: str
    version: int
    status: str
    incidents: int
    business_key: str | None
    case_id: int | None
    number: str | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class InstancePage:
    """A page by instance id, from high to low. `older`, `newer`: ids to go on from, None at the ends.

    total: how many match, at most MOST_COUNTED + 1, which stands for more than that.
    """

    items: tuple[InstanceRow, ...]
    total: int
    newer: int | None
    older: int | None


def search(
    context: QueryContext,
    actor: Actor,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    size: int = SIZE,
) -> InstancePage:
    """The instances, newest first: those before or after an id. Ids make the last page as quick as the first."""
    access.ensure(actor, "operate", "list instances")
    where = _conditions(context, wanted)
    statement = (
        select(ProcessInstance, ProcessDefinition, Case.number)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(*where)
    )
    if after is not None:
        later = statement.where(ProcessInstance.id > after).order_by(ProcessInstance.id).limit(size + 1)
        found = list(context.session.execute(later).all())
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        if before is not None:
            statement = statement.where(ProcessInstance.id < before)
        found = list(context.session.execute(statement.order_by(ProcessInstance.id.desc()).limit(size + 1)).all())
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    rows = _rows(context, found)
    return InstancePage(
        items=rows,
        total=context.session.scalar(
            select(func.count()).select_from(
                select(ProcessInstance.id).where(*where).limit(MOST_COUNTED + 1).subquery()
            )
        )
        or 0,
        newer=rows[0].instance_id if rows and more_newer else None,
        older=rows[-1].instance_id if rows and more_older else None,
    )


def find(
    context: QueryContext,
    actor: Actor,
    *,
    where: Filter,
    sort: list[tuple[str, bool]],
    incident: bool | None = None,
    element: str | None = None,
    offset: int = 0,
    limit: int = 100,
) -> tuple[tuple[user_tasks.InstanceRow, ...], int]:
    """The instances as an API lists them, and how many there are. `sort`: (column, whether descending)."""
    access.ensure(actor, "operate", "list instances")
    stuck = _has(Incident, Incident.resolved_at.is_(None))
    wanted = [_comparison(name, each, value) for name, given in where.items() for each, value in given.items()]
    if incident is not None:
        wanted.append(stuck if incident else ~stuck)
    if element is not None:
        wanted.append(or_(*_at(element)))
    join = ProcessDefinition.id == ProcessInstance.definition_id
    total = context.session.scalar(
        select(func.count()).select_from(ProcessInstance).join(ProcessDefinition, join).where(*wanted)
    )
    order = [COLUMNS[name].desc() if descending else COLUMNS[name] for name, descending in sort]
    found = context.session.execute(
        select(ProcessInstance, ProcessDefinition)
        .join(ProcessDefinition, join)
        .where(*wanted)
        .order_by(*order, ProcessInstance.id)
        .offset(offset)
        .limit(limit)
    ).all()
    troubled = _stuck(context, [instance.id for instance, _ in found])
    return tuple(
        user_tasks.InstanceRow(
            id=instance.id,
            definition_id=definition.id,
            process_key=definition.key,
            process_name=definition.name,
            version=definition.version,
            business_key=instance.business_key,
            status=instance.status,
            started_at=instance.started_at,
            ended_at=instance.ended_at,
            has_incident=instance.id in troubled,
        )
        for instance, definition in found
    ), total or 0


def processes(context: QueryContext) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Key, name and versions of all processes, the newest version first; for the filter."""
    found: dict[str, tuple[str, list[int]]] = {}
    for key, name, version in context.session.execute(
        select(ProcessDefinition.key, ProcessDefinition.name, ProcessDefinition.version).order_by(
            ProcessDefinition.key, ProcessDefinition.version.desc()
        )
    ):
        found.setdefault(key, (name, []))[1].append(version)
    return tuple((key, name, tuple(versions)) for key, (name, versions) in found.items())


def elements(context: QueryContext, process: str) -> tuple[tuple[str, str], ...]:
    """Id and name of what instances of the newest version of this process can be at; for the filter."""
    newest = context.session.scalar(select(func.max(ProcessDefinition.id)).where(ProcessDefinition.key == process))
    if newest is None:
        return ()
    model = context.definitions.model(context.session, newest)
    flowing = (element for element in model.elements.values() if element.type not in ("process", "startEvent"))
    return tuple((element.id, element.name or element.id) for element in flowing)


def _conditions(context: QueryContext, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.process:
        definition = select(ProcessDefinition.id).where(ProcessDefinition.key == wanted.process)
        if wanted.version is not None:
            definition = definition.where(ProcessDefinition.version == wanted.version)
        found.append(ProcessInstance.definition_id.in_(definition.correlate(None)))
    if wanted.status in STATUSES:
        found.append(ProcessInstance.status == wanted.status)
    if wanted.incident:
        found.append(_has(Incident, Incident.resolved_at.is_(None)))
    if wanted.failed_job:
        found.append(_has(Job, Job.status == "failed"))
    if wanted.timer:
        found.append(_has(Timer))
    if wanted.late:
        found.append(_has(Timer, Timer.due_at < context.now - LATE))
    if wanted.element:
        found.append(or_(*_at(wanted.element)))
    if text := wanted.text.strip():
        cases = select(Case.id).where(Case.number.icontains(text, autoescape=True)).correlate(None)
        named = [ProcessInstance.business_key.icontains(text, autoescape=True), ProcessInstance.case_id.in_(cases)]
        if text.isascii() and text.isdigit() and len(text) <= 18:
            named.append(ProcessInstance.id == int(text))
        found.append(or_(*named))
    return found


def _at(element: str) -> Iterable[ColumnElement[bool]]:
    """What waits or is stuck at an element, whatever it waits for."""
    yield _has(HumanTask, HumanTask.element_id == element, HumanTask.status == "open")
    yield _has(Job, Job.element_id == element, Job.status.in_(("open", "failed")))
    yield _has(Timer, Timer.element_id == element)
    yield _has(MessageSubscription, MessageSubscription.element_id == element)
    yield _has(SignalSubscription, SignalSubscription.element_id == element)
    yield _has(Incident, Incident.element_id == element, Incident.resolved_at.is_(None))


def _has(row: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return ProcessInstance.id.in_(select(row.instance_id).where(*conditions))


def _rows(context: QueryContext, found: list[Any]) -> tuple[InstanceRow, ...]:
    stuck = _stuck(context, [instance.id for instance, _, _ in found])
    return tuple(
        InstanceRow(
            instance_id=instance.id,
            definition_id=definition.id,
            process=definition.name,
            process_key=definition.key,
            version=definition.version,
            status=instance.status,
            incidents=stuck.get(instance.id, 0),
            business_key=instance.business_key,
            case_id=instance.case_id,
            number=number,
            started_at=instance.started_at,
            started_by=instance.started_by,
            ended_at=instance.ended_at,
        )
        for instance, definition, number in found
    )


def _stuck(context: QueryContext, instance_ids: list[int]) -> dict[int, int]:
    """How many open incidents the instances have that have any."""
    counted = (
        select(Incident.instance_id, func.count())
        .where(Incident.instance_id.in_(instance_ids), Incident.resolved_at.is_(None))
        .group_by(Incident.instance_id)
    )
    return dict(context.session.execute(counted).all())


def _comparison(name: str, comparison: str, value: Any) -> ColumnElement[bool]:
    if comparison not in COMPARISONS:
        raise unknown_comparison(name, comparison)
    return COMPARISONS[comparison](COLUMNS[name], value)
