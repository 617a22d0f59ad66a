"""Where a case is and was in its diagrams, and who has it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.access import Actor
from engine.model.casework import Case
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
    """An element of the diagram the case is or was at. State: active, waiting, failed, completed."""

    element_id: str
    element_name: str
    element_type: str
    state: str
    count: int
    entered_at: datetime | None
    holder: str | None
    process_id: str


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
    model = context.definitions.model(context.session, instance.definition_id)
    failed = set(
        context.session.scalars(
            select(Incident.element_id).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
        )
    )
    now: dict[str, int] = {}
    if instance.status == "running":
        execution = running.load(context, instance)
        for token in execution.tokens():
            now[token.element_id] = now.get(token.element_id, 0) + 1
        for element_id in execution.around_tokens():
            now.setdefault(element_id, 1)  # the body around several iterations is no token of its own
    by_step: dict[str, Holder] = {}
    for holder in holders:
        by_step.setdefault(holder.step, holder)
    places: dict[tuple[str, str], Place] = {}
    for event in history.events_of(context, instance.id):
        element = model.elements.get(event.element_id or "")
        if element is None or event.type not in ("element completed", "task completed"):
            continue
        past = places.get((element.id, "completed"))
        places[(element.id, "completed")] = Place(
            element_id=element.id,
            element_name=element.name or "",
            element_type=element.type,
            state="completed",
            count=(past.count if past else 0) + 1,
            entered_at=event.at,
            holder=context.person(event.actor) if event.type == "task completed" else None,
            process_id=element.process_id,
        )
    for element_id, count in now.items():
        element = model.elements.get(element_id)
        if element is None:
            continue
        human = element.type in ("userTask", "manualTask")
        held = by_step.get(element.name or "")
        places[(element_id, "now")] = Place(
            element_id=element_id,
            element_name=element.name or "",
            element_type=element.type,
            state="failed" if element_id in failed else "active" if human else "waiting",
            count=count,
            entered_at=held.since if held else None,
            holder=(held.assignee or held.unit) if held else None,
            process_id=element.process_id,
        )
    return tuple(sorted(places.values(), key=lambda place: place.state == "completed"))


def diagrams_of(context: QueryContext, root: ProcessDefinition, places: tuple[Place, ...]) -> tuple[Diagram, ...]:
    """The processes the case has entered, where it is now first, each in the version of the root's deployment."""
    model = context.definitions.model(context.session, root.id)
    entered = dict.fromkeys([root.key, *(place.process_id for place in places)])
    found = []
    for process_id in entered:
        definition = context.session.scalars(
            select(ProcessDefinition)
            .where(ProcessDefinition.key == process_id, ProcessDefinition.deployment_id <= root.deployment_id)
            .order_by(ProcessDefinition.version.desc())
            .limit(1)
        ).first()
        if definition is not None:
            element = model.elements.get(process_id)
            name = (element and element.name) or definition.name
            found.append(Diagram(definition_id=definition.id, process_id=process_id, process=name))
    here = {place.process_id for place in places if place.state in ("active", "failed")}
    return tuple(sorted(found, key=lambda diagram: diagram.process_id not in here))


def units_of(context: QueryContext, task_ids: list[int]) -> dict[int, str]:
    rows = context.session.execute(
        select(TaskCandidate.task_id, TaskCandidate.name)
        .where(TaskCandidate.task_id.in_(task_ids), TaskCandidate.kind == "group")
        .order_by(TaskCandidate.name.desc())
    )
    return {task_id: context.group_names.get(name, name) for task_id, name in rows}
