"""What a command handler works with: the session, the actor, the time, and the running instance under its lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, func, insert, select
from sqlalchemy.orm import Session

from engine import calendar, dmn, feel, projections
from engine.access import Actor
from engine.bpmn import Execution, Runtime
from engine.definitions import Definitions
from engine.errors import NotFound
from engine.events import Event
from engine.model.casework import Case, LocalDay
from engine.model.history import HistoryEvent
from engine.model.repository import Deployment, ProcessDefinition
from engine.model.runtime import HumanTask, ProcessInstance
from engine.rows import Rows, write_all
from engine.workers import INLINE, Tools

Enqueue = Callable[..., None]
Watch = Callable[[ProcessInstance, Sequence[Event]], None]


@dataclass(kw_only=True)
class CommandContext:
    """One command's surroundings. `enqueue(session, name, args)` defers a job in this transaction."""

    session: Session
    actor: Actor
    now: datetime
    zone: ZoneInfo
    definitions: Definitions
    enqueue: Enqueue
    watch: Watch | None = None
    jobs_deferred: bool = field(default=False)
    jobs_offered: set[str] = field(default_factory=set)
    fired: set[tuple[int, str]] = field(default_factory=set)  # instance and element instance of timers without a row
    _locked: dict[int, ProcessInstance] = field(default_factory=dict)  # held, or the session would forget and ask again
    _history: list[dict[str, Any]] = field(default_factory=list)
    _together: list[Rows] | None = field(default=None)
    _traces: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def lock_instance(self, instance_id: int) -> ProcessInstance:
        """Return the instance, holding its lock. Raises NotFound."""
        return self._lock(ProcessInstance, instance_id, "instance")

    def lock_task(self, task_id: int) -> HumanTask:
        """Return the task, holding the lock of its instance. Raises NotFound.

        The instance row is the only lock and is taken before anything is checked; a check made first would still be
        believed after waiting for another user's completion.
        """
        self._lock(HumanTask, task_id, "task")
        return self.session.get_one(HumanTask, task_id)

    def lock_owner(self, row: type[Any], row_id: int, kind: str) -> Any:
        """Return a row that belongs to an instance (job, timer, …), holding the instance's lock. Raises NotFound."""
        self._lock(row, row_id, kind)
        return self.session.get(row, row_id, populate_existing=True)

    def lock_owners(self, row: type[Any], row_ids: Collection[int]) -> None:
        """Lock the instances of these rows, in id order, so that two who want some of them can't wait in a ring."""
        newest = select(func.max(Deployment.id)).scalar_subquery()
        owners = select(row.instance_id).where(row.id.in_(row_ids))
        for instance, stamp in self.session.execute(
            select(ProcessInstance, newest)
            .where(ProcessInstance.id.in_(owners))
            .order_by(ProcessInstance.id)
            .with_for_update(of=ProcessInstance)
            .execution_options(populate_existing=True)
        ):
            self.definitions.seen(stamp)
            self._locked[instance.id] = instance

    def look(self, instance: ProcessInstance) -> Execution:
        """An instance as it stands; whatever is done to it is not stored."""
        model = self.definitions.model(self.session, instance.definition_id)
        return Execution.load(model, instance.state, self._runtime(instance))

    def wait_for_turn(self, *names: str) -> None:
        """Let those who do the same to the same names do it one after the other; before any instance is locked.

        SQLite has one writer at a time anyway.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("\n".join(names), 0))))

    @contextmanager
    def running(self, instance_id: int, task: HumanTask | None = None) -> Iterator[Execution]:
        """Move an instance whose lock is held; what happened is projected and its state stored at the end."""
        instance = self._locked[instance_id]
        model = self.definitions.model(self.session, instance.definition_id)
        execution = Execution.load(model, instance.state, self._runtime(instance, task))

        yield execution

        self._store(instance, execution)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What happens to instances within is written at the end, each table once for all of them."""
        self._together = []
        yield
        rows, self._together = self._together, None
        write_all(rows, self.session)

    def finish(self, rows: Rows) -> None:
        """Write what was collected for an instance, now or together with others."""
        if self._together is None:
            write_all((rows,), self.session)
        else:
            self._together.append(rows)

    def rehearse(self, instance: ProcessInstance) -> Execution:
        """The instance with all that a command has, for looking at what would happen; nothing is stored."""
        model = self.definitions.model(self.session, instance.definition_id)
        return Execution.load(model, instance.state, self._runtime(instance))

    def start(
        self,
        definition: ProcessDefinition,
        variables: Mapping[str, Any],
        *,
        case: Case | None = None,
        business_key: str | None = None,
        start_event: str | None = None,
    ) -> ProcessInstance:
        """Start an instance of a definition and run it to its first wait states."""
        instance = ProcessInstance(
            definition_id=definition.id,
            case_id=case and case.id,
            business_key=business_key,
            status="running",
            started_at=self.now,
            started_by=self.actor.username,
            called_definitions=[],
        )
        model = self.definitions.model(self.session, definition.id)
        execution = Execution.start(model, variables, self._runtime(instance), start_event=start_event)
        instance.state = execution.dump()
        self.session.add(instance)
        self.session.flush()  # Its rows want its id.
        self._project(instance, execution)
        return instance

    def defer(self, job: str, /, key: str | None = None, **args: Any) -> None:
        """Have a job done after the commit, at least once; with a key, only one of that key waits at a time."""
        self.enqueue(self.session, job, args, **({"key": key} if key else {}))
        self.jobs_deferred = True

    def offer(self, job_type: str) -> None:
        """Tell workers outside, after the commit, that a job of this type is there."""
        self.jobs_offered.add(job_type)

    def remember(
        self,
        kind: str,
        *,
        instance_id: int | None = None,
        case_id: int | None = None,
        element_id: str | None = None,
        name: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Add a fact to the history; `kind` is a key of engine.queries.history.WORDS."""
        self._history.append(
            {
                "instance_id": instance_id,
                "case_id": case_id,
                "at": self.now,
                "actor": self.actor.username,
                "type": kind,
                "element_id": element_id,
                "name": name,
                "data": data,
            }
        )

    def told(self) -> dict[str, int]:
        """The instance and the case that the facts of this command are about, where it is one; for the log."""
        about = {key: {fact[key] for fact in self._history} - {None} for key in ("instance_id", "case_id")}
        return {key: ids.pop() for key, ids in about.items() if len(ids) == 1}

    def element_name(self, instance: ProcessInstance, element_id: str) -> str | None:
        """What people call an element of the instance's diagrams."""
        element = self.definitions.element(self.session, instance, element_id)
        return element.name if element else None

    def take_trace(self, decision_id: str) -> dict[str, Any] | None:
        """How the decision came about that was evaluated first and not yet told of; for the history."""
        for index, (decided, trace) in enumerate(self._traces):
            if decided == decision_id:
                del self._traces[index]
                return trace
        return None

    def write_history(self) -> None:
        """Write what was remembered, in one statement; the executor calls this at the end."""
        if self._history:
            # Into the table, not as objects: those without data would each be a statement of their own.
            self.session.execute(insert(HistoryEvent.__table__), self._history)  # type: ignore[arg-type]
            self._history = []

    @cached_property
    def calendar(self) -> calendar.Calendar:
        return load_calendar(self.session)

    @cached_property
    def tools(self) -> Tools:
        return Tools(now=self.now, zone=self.zone, calendar=self.calendar)

    @cached_property
    def environment(self) -> feel.Environment:
        return feel.Environment(now=self.now.astimezone(self.zone), functions=LazyFunctions(lambda: self.calendar))

    def constants(self, instance: ProcessInstance, task: HumanTask | None = None) -> dict[str, Any]:
        """The read-only names of every FEEL text of the instance: case, profile, and task while one is completed."""
        definition = self.definitions.definition(self.session, instance.definition_id)
        case = self.session.get(Case, instance.case_id) if instance.case_id else None
        return {
            "profile": self.definitions.pack_of(self.session, definition).profile,
            "case": case and describe(case, self.zone),
            "task": task
            and {
                "id": task.id,
                "assignee": task.assignee,
                "completed_by": self.actor.username,
                "completed_at": self.now.astimezone(self.zone).isoformat(timespec="seconds"),
            },
        }

    def _runtime(self, instance: ProcessInstance, task: HumanTask | None = None) -> Runtime:
        return Runtime(
            env=self.environment,
            constants=self.constants(instance, task),
            decide=self._decide,
            called=partial(self.definitions.called, self.session),
            version=partial(self.definitions.model, self.session),
            inline={job_type: partial(_inline, worker, self) for job_type, worker in INLINE.items()},
        )

    def _decide(self, decision_id: str, variables: Mapping[str, Any], definition_id: int | None = None) -> Any:
        if definition_id is None:
            model = self.definitions.latest_decision(self.session, decision_id)
        else:
            model = self.definitions.decision_beside(self.session, decision_id, definition_id)
        if model is None:
            raise NotFound("Expected to evaluate decision {key}, but none was deployed", key=decision_id)
        result = model.evaluate(decision_id, variables, self.environment)
        self._traces.append((decision_id, dmn.trace(result)))
        return result

    def _store(self, instance: ProcessInstance, execution: Execution) -> None:
        instance.state = execution.dump()
        self._project(instance, execution)

    def _project(self, instance: ProcessInstance, execution: Execution) -> None:
        if self.watch is not None:
            self.watch(instance, execution.events)
        projections.project(execution, instance, self)

    def _lock(self, row: Any, row_id: int, kind: str) -> ProcessInstance:
        found = self.session.execute(_locking(row), {"row_id": row_id}).first()
        if found is None:
            raise NotFound("Expected to find {kind} {id}, but there is none", kind=kind, id=row_id)
        self.definitions.seen(found[1])
        self._locked[found[0].id] = found[0]
        return found[0]


@cache  # to make the statement takes longer than to carry it out
def _locking(row: Any) -> Select[ProcessInstance, int]:
    """Lock the instance itself or that of a row; with the newest deployment, which everybody has to know of."""
    wanted: Any = bindparam("row_id")
    if row is not ProcessInstance:
        wanted = select(row.instance_id).where(row.id == wanted).scalar_subquery()
    return (
        select(ProcessInstance, select(func.max(Deployment.id)).scalar_subquery())
        .where(ProcessInstance.id == wanted)
        .with_for_update(of=ProcessInstance)
        .execution_options(populate_existing=True)
    )


class LazyFunctions(Mapping[str, Callable[..., Any]]):
    """The FEEL functions of the calendar; the local days are read when a text first calls one."""

    _NAMES = tuple(calendar.feel_functions(calendar.Calendar()))

    def __init__(self, load: Callable[[], calendar.Calendar]) -> None:
        self._load = load

    @cached_property
    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        return calendar.feel_functions(self._load())

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if name not in self._NAMES:
            raise KeyError(name)
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._NAMES)

    def __len__(self) -> int:
        return len(self._NAMES)


def load_calendar(session: Session) -> calendar.Calendar:
    """The national calendar with the local days of the database."""
    days = session.scalars(select(LocalDay))
    return calendar.Calendar(calendar.LocalDay(date=day.day, working=day.working, name=day.name) for day in days)


def describe(case: Case, zone: ZoneInfo) -> dict[str, Any]:
    """What FEEL texts may know of the case."""
    return {
        "id": case.id,
        "number": case.number,
        "title": case.title,
        "opened_at": case.opened_at.astimezone(zone).isoformat(timespec="seconds"),
        "opened_by": case.opened_by,
    }


def _inline(worker: Any, context: CommandContext, variables: dict[str, Any]) -> dict[str, Any]:
    return worker(variables, context.tools)
