"""Where a case is and was in its diagrams, and who has it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.access import Actor
from engine.model.casework import Case
from engine.model.history import HistoryEvent
from engine.model.repository import ProcessDefinition
from engine.model.runtime import HumanTask, Incident, ProcessInstance, TaskCandidate
from engine.queries import history, running
from engine.queries.context import QueryContext
from engine.queries.due import Due, task_due


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who has the case now: an open task."""

    task_id: int
    step: str
    unit: str | None
    assignee: str | None
    since: datetime
    due: Due | None
    mine: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """An element of the diagram the case is or was at. State: active, waiting, failed, completed.

    `definition_id` is the version of the process it is drawn in.
    """

    element_id: str
    element_name: str
    element_type: str
    state: str
    count: int
    entered_at: datetime | None
    holder: str | None
    process_id: str
    definition_id: int


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A process the case went through; `definition_id` names the version that holds its drawing."""

    definition_id: int
    process_id: str
    process: str


def holders_of(context: QueryContext, actor: Actor, case: Case) -> tuple[Holder, ...]:
    open_tasks = context.session.scalars(
        select(HumanTask).where(HumanTask.case_id == case.id, HumanTask.status == "open").order_by(HumanTask.id)
    ).all()
    dues = task_due(context, open_tasks)
    units = units_of(context, [task.id for task in open_tasks])
    return tuple(
        Holder(
            task_id=task.id,
            step=task.name,
            unit=units.get(task.id),
            assignee=context.person(task.assignee),
            since=task.created_at,
            due=dues.get(task.id),
            mine=task.assignee == actor.username,
        )
        for task in open_tasks
    )


def places_of(context: QueryContext, instance: ProcessInstance, holders: tuple[Holder, ...]) -> tuple[Place, ...]:
    own = instance.definition_id
    failed = set(
        context.session.scalars(
            select(Incident.element_id).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
        )
    )
    now: dict[tuple[int, str], int] = {}
    if instance.status == "running":
        execution = running.load(context, instance)
        for token in execution.tokens():
            at = (token.definition_id or own, token.element_id)
            now[at] = now.get(at, 0) + 1
        for token in execution.around_tokens():  # the body around several iterations is no token of its own
            now.setdefault((token.definition_id or own, token.element_id), 1)
    by_step: dict[str, Holder] = {}
    for holder in holders:
        by_step.setdefault(holder.step, holder)
    places: dict[tuple[int, str, str], Place] = {}
    for event in history.events_of(context, instance):
        if event.type not in ("element completed", "task completed"):
            continue
        version = _version(context, instance, event)
        element = context.definitions.model(context.session, version).elements.get(event.element_id or "")
        if element is None:
            continue
        past = places.get((version, element.id, "completed"))
        places[(version, element.id, "completed")] = Place(
            element_id=element.id,
            element_name=element.name or "",
            element_type=element.type,
            state="completed",
            count=(past.count if past else 0) + 1,
            entered_at=event.at,
            holder=context.person(event.actor) if event.type == "task completed" else None,
            process_id=element.process_id,
            definition_id=version,
        )
    for (version, element_id), count in now.items():
        element = context.definitions.model(context.session, version).elements.get(element_id)
        if element is None:
            continue
        human = element.type in ("userTask", "manualTask")
        held = by_step.get(element.name or "")
        places[(version, element_id, "now")] = Place(
            element_id=element_id,
            element_name=element.name or "",
            element_type=element.type,
            state="failed" if element_id in failed else "active" if human else "waiting",
            count=count,
            entered_at=held.since if held else None,
            holder=(held.assignee or held.unit) if held else None,
            process_id=element.process_id,
            definition_id=version,
        )
    return tuple(sorted(places.values(), key=lambda place: place.state == "completed"))


def diagrams_of(context: QueryContext, root: ProcessDefinition, places: tuple[Place, ...]) -> tuple[Diagram, ...]:
    """The versions of processes the case has entered, where it is now first."""
    found = []
    for version in dict.fromkeys([root.id, *(place.definition_id for place in places)]):
        definition = context.definitions.definition(context.session, version)
        found.append(Diagram(definition_id=version, process_id=definition.key, process=definition.name))
    here = {place.definition_id for place in places if place.state in ("active", "failed")}
    return tuple(sorted(found, key=lambda diagram: diagram.definition_id not in here))


def _version(context: QueryContext, instance: ProcessInstance, event: HistoryEvent) -> int:
    """The version of the process in which something happened: what is not told was in the instance's own, if there."""
    own, element_id = instance.definition_id, event.element_id or ""
    if (told := (event.data or {}).get("definition")) is not None and event.type == "element completed":
        return told
    for version in (own, *reversed(context.definitions.called_by(context.session, instance))):
        if element_id in context.definitions.model(context.session, version).elements:
            return version
    return own


def units_of(context: QueryContext, task_ids: list[int]) -> dict[int, str]:
    rows = context.session.execute(
        select(TaskCandidate.task_id, TaskCandidate.name)
        .where(TaskCandidate.task_id.in_(task_ids), TaskCandidate.kind == "group")
        .order_by(TaskCandidate.name.desc())
    )
    return {task_id: context.group_names.get(name, name) for task_id, name in rows}
