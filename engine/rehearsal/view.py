"""What a designer sees of a rehearsal: what waits, where the tokens are, variables, deadlines, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import forms
from engine.model.casework import Case, Clock
from engine.model.history import HistoryEvent
from engine.model.repository import ProcessDefinition
from engine.model.runtime import HumanTask, Incident, Job, ProcessInstance, TaskCandidate, Timer
from engine.queries import history, places, running
from engine.queries.context import QueryContext
from engine.queries.due import ClockRow, Due, clock_row, task_due
from engine.rehearsal.office import Office
from engine.rehearsal.results import results_of


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """A form to answer. `groups`, `users` and `assignee` may; `values`: what the form's texts can read."""

    element_id: str
    nth: int
    step: str
    groups: tuple[str, ...]
    users: tuple[str, ...]
    assignee: str | None
    excluded: tuple[str, ...]
    form: forms.Form | None
    values: Mapping[str, Any]
    due: Due | None


@dataclass(frozen=True, kw_only=True)
class OpenJob:
    """Work a worker would do. `variables`: what it would get; `results`: names that its type answers, where known."""

    element_id: str
    nth: int
    name: str
    type: str
    variables: Mapping[str, Any]
    results: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A timer (`due_at`), message or signal (`what`, `key`) that is waited for, or an incident (`what` says why)."""

    kind: str
    element_id: str
    name: str
    what: str = ""
    key: str = ""
    due_at: datetime | None = None
    nth: int = 1


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision that was taken, with its trace (see engine.dmn.trace), newest first."""

    element_id: str
    decision_id: str
    at: datetime
    decisions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class InstanceView:
    """An instance: `scopes` are (element id or "", its variables), outer ones first; places as in the case's page."""

    id: int
    process_id: str
    status: str
    scopes: tuple[tuple[str, Mapping[str, Any]], ...]
    places: tuple[places.Place, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """A rehearsal as it stands. now, next_moment: its local time. names: what elements are called, by id."""

    now: datetime
    next_moment: datetime | None
    tasks: tuple[OpenTask, ...]
    jobs: tuple[OpenJob, ...]
    waiting: tuple[Waiting, ...]
    clocks: tuple[ClockRow, ...]
    decided: tuple[Decided, ...]
    instances: tuple[InstanceView, ...]
    history: tuple[history.HistoryLine, ...]
    cases: tuple[Mapping[str, Any], ...]
    path: tuple[str, ...]
    seen: Mapping[str, frozenset[str]]
    names: Mapping[str, str]

    @property
    def variables(self) -> dict[str, Any]:
        """Those of all instance scopes; of instances that have ended, as they were."""
        merged: dict[str, Any] = {}
        for instance in self.instances:
            for element_id, scope in instance.scopes:
                if not element_id:
                    merged |= scope
        return merged

    @property
    def all_variables(self) -> dict[str, Any]:
        """Those of inner scopes too, where no outer one has the name."""
        inner = {
            name: value for instance in self.instances for _, scope in instance.scopes for name, value in scope.items()
        }
        return inner | self.variables


def look(office: Office) -> View:
    """How the rehearsal stands."""
    found: View = office.engine.ask(_view, office)
    return found


def _view(context: QueryContext, office: Office) -> View:
    zone, session = office.setup.zone, context.session
    instances = session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)).all()
    next_moment = office.next_moment()
    stories = [line for instance in instances for line in history.of_instance(context, instance)]
    return View(
        now=context.now.astimezone(zone),
        next_moment=next_moment and next_moment.astimezone(zone),
        tasks=_tasks(context),
        jobs=_jobs(context),
        waiting=_waiting(context, zone),
        clocks=tuple(clock_row(context, clock) for clock in session.scalars(select(Clock).order_by(Clock.id))),
        decided=_decided(context),
        instances=tuple(_instance(context, instance) for instance in instances),
        history=tuple(sorted(stories, key=lambda line: line.at, reverse=True)),
        cases=tuple(_case(case) for case in session.scalars(select(Case).order_by(Case.id))),
        path=tuple(office.path),
        seen={process: frozenset(elements) for process, elements in office.seen.items()},
        names=_names(context),
    )


def _tasks(context: QueryContext) -> tuple[OpenTask, ...]:
    rows = list(context.session.scalars(select(HumanTask).where(HumanTask.status == "open").order_by(HumanTask.id)))
    dues, counted, found = task_due(context, rows), _Counter(), []
    executions: dict[int, Any] = {}  # thousands of tasks may be of one instance
    for row in rows:
        candidates = list(
            context.session.scalars(select(TaskCandidate).filter_by(task_id=row.id).order_by(TaskCandidate.name))
        )
        instance = context.session.get_one(ProcessInstance, row.instance_id)
        if instance.id not in executions:
            executions[instance.id] = running.load(context, instance)
        found.append(
            OpenTask(
                element_id=row.element_id,
                nth=counted.next(row.element_id),
                step=row.name,
                groups=tuple(candidate.name for candidate in candidates if candidate.kind == "group"),
                users=tuple(candidate.name for candidate in candidates if candidate.kind == "user"),
                assignee=row.assignee,
                excluded=tuple(row.excluded_users),
                form=context.definitions.form(context.session, row.form_id) if row.form_id else None,
                values=running.visible_variables(context, instance, row, execution=executions[instance.id]),
                due=dues.get(row.id),
            )
        )
    return tuple(found)


def _jobs(context: QueryContext) -> tuple[OpenJob, ...]:
    counted = _Counter()
    return tuple(
        OpenJob(
            element_id=row.element_id,
            nth=counted.next(row.element_id),
            name=_name(context, row),
            type=row.type,
            variables=row.variables,
            results=results_of(context, row),
        )
        for row in context.session.scalars(select(Job).where(Job.status == "open").order_by(Job.id))
    )


def _waiting(context: QueryContext, zone: Any) -> tuple[Waiting, ...]:
    found = [
        Waiting(kind="timer", element_id=row.element_id, name=_name(context, row), due_at=row.due_at.astimezone(zone))
        for row in context.session.scalars(select(Timer).order_by(Timer.due_at, Timer.id))
    ]
    for instance in context.session.scalars(select(ProcessInstance).where(ProcessInstance.status == "running")):
        for wait in running.load(context, instance).waits():
            names = {"MessageSubscribed": "message_name", "SignalSubscribed": "signal_name"}
            if (attribute := names.get(type(wait).__name__)) is not None:
                element = context.definitions.element(context.session, instance, wait.element_id, wait.process_id)
                found.append(
                    Waiting(
                        kind=attribute.removesuffix("_name"),
                        element_id=wait.element_id,
                        name=(element and element.name) or wait.element_id,
                        what=getattr(wait, attribute),
                        key=getattr(wait, "correlation_key", ""),
                    )
                )
    counted = _Counter()
    found += [
        Waiting(
            kind="incident",
            element_id=row.element_id,
            name=_name(context, row),
            what=row.message,
            nth=counted.next(row.element_id),
        )
        for row in context.session.scalars(select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id))
    ]
    return tuple(found)


def _decided(context: QueryContext) -> tuple[Decided, ...]:
    rows = select(HistoryEvent).where(HistoryEvent.type == "decision evaluated").order_by(HistoryEvent.id.desc())
    return tuple(
        Decided(
            element_id=row.element_id or "",
            decision_id=(row.data or {}).get("decision", ""),
            at=row.at,
            decisions=tuple(((row.data or {}).get("trace") or {}).get("decisions", ())),
        )
        for row in context.session.scalars(rows)
    )


def _instance(context: QueryContext, instance: ProcessInstance) -> InstanceView:
    execution = running.load(context, instance)
    elements = {element_instance_id: element_id for element_instance_id, _, element_id in execution.open_scopes()}
    scopes: list[tuple[str, Mapping[str, Any]]] = []
    for element_instance_id, variables in execution.scope_variables().items():
        outermost = not scopes
        scopes.append(("" if outermost else elements.get(element_instance_id, element_instance_id), variables))
    definition = context.definitions.definition(context.session, instance.definition_id)
    return InstanceView(
        id=instance.id,
        process_id=definition.key,
        status=instance.status,
        scopes=tuple(scopes),
        places=places.places_of(context, instance, ()),
    )


def _case(case: Case) -> Mapping[str, Any]:
    columns = ("number", "title", "summary", "category", "place", "status", "outcome", "urgent", "people_involved")
    return {"open": case.closed_at is None, **{name: getattr(case, name) for name in columns}}


def _names(context: QueryContext) -> dict[str, str]:
    return {
        element.id: element.name
        for id in context.session.scalars(select(ProcessDefinition.id))
        for element in context.definitions.model(context.session, id).elements.values()
        if element.name
    }


def _name(context: QueryContext, row: Any) -> str:
    instance = context.session.get_one(ProcessInstance, row.instance_id)
    element = context.definitions.element(context.session, instance, row.element_id)
    return (element and element.name) or row.element_id


class _Counter:
    """Counts how often each name came."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def next(self, name: str) -> int:
        self._counts[name] = self._counts.get(name, 0) + 1
        return self._counts[name]
