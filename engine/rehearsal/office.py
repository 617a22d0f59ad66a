"""An installation of its own for one rehearsal: a database in a temporary folder, a clock that is moved, no queue."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import select

from engine import events
from engine.access import SYSTEM, Actor
from engine.bpmn.timers import parse_duration
from engine.clock import FixedClock
from engine.commands.casework import OpenCase
from engine.commands.clock import ExtendClock, PauseClock, ResumeClock
from engine.commands.human_task import ClaimTask, CompleteTask, ReleaseTask
from engine.commands.incident import RetryIncident
from engine.commands.instance import StartInstance
from engine.commands.job import CompleteJob, FailJob, ThrowJobError
from engine.commands.message import PublishMessage
from engine.commands.signal import BroadcastSignal
from engine.commands.timer import TriggerTimer
from engine.database import open_database
from engine.errors import InvalidInput, InvalidState, Message, Rejection
from engine.executor import Engine
from engine.jobs.functions import JOBS, JobContext
from engine.model.casework import Clock
from engine.model.identity import Group
from engine.model.runtime import HumanTask, Incident, Job, ProcessInstance, Timer
from engine.packs import Pack
from engine.rehearsal.furnishing import YEARS, Setup, furnishings
from engine.rehearsal.steps import Step

MOST_TIMERS = 2_000  # that fire in one step; more are a short cycle over a long time
MOST_SECONDS = 20.0  # of one step in which timers fire
LONGEST_CHAIN = 1_000  # jobs that follow from one step; more are a ring of processes that call each other


class Office:
    """Packs deployed where nobody sees it. `seen`: process id -> elements and flows that were passed; close it."""

    def __init__(self, packs: Sequence[Pack], setup: Setup) -> None:
        self.setup = setup
        self.steps: list[Step] = []
        self.path: list[str] = []
        self.came: tuple[str, ...] = ()  # what the last step completed
        self.before: Any = None  # the view before the last step, where somebody looks on
        self.torn = False  # a step was refused when a part of it was done
        self._orders = 0
        self.seen: dict[str, set[str]] = {}
        self._folder, definitions = furnishings.copy(packs, setup)
        self._database = open_database(f"sqlite:///{self._folder / 'office.db'}", synchronous="OFF")
        self.clock = FixedClock(setup.now)
        self._deferred: list[tuple[str, Mapping[str, Any]]] = []
        self.engine = Engine(
            self._database,
            zone=setup.zone,
            clock=self.clock,
            enqueue=lambda _, name, args: self._deferred.append((name, args)),
            watch=self._watch,
        )
        self.engine.definitions = definitions

    def close(self) -> None:
        self._database.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, step: Step) -> None:
        """Take a step with all that follows from it at once. Raises a Rejection; nothing changed, or it is torn."""
        came, orders = len(self.path), self._orders
        try:
            ACTIONS[step.verb](self, step)
        except Rejection:
            self.torn = self._orders > orders and step.verb != "task"  # which undoes what it did
            raise
        try:
            self._follow()
        except Rejection:
            self.torn = True
            raise
        self.steps.append(step)
        self.came = tuple(self.path[came:])

    def open(self, step: Step) -> None:
        self._order(OpenCase(case_type=step.what, data=step.answers), self.person(step.by, "case:open"))

    def start(self, step: Step) -> None:
        self._order(StartInstance(process_key=step.what, variables=step.variables))

    def task(self, step: Step) -> None:
        task = self._nth(HumanTask, step, "task")
        actor = self.person(step.by or task.assignee or "")
        if task.assignee is None:
            self._order(ClaimTask(task_id=task.id), actor)
        try:
            self._order(CompleteTask(task_id=task.id, data=step.answers), actor)
        except BaseException:
            if task.assignee is None:
                self._give_back(task.id, actor)
            raise

    def claim(self, step: Step) -> None:
        task = self._nth(HumanTask, step, "task")
        self._order(ClaimTask(task_id=task.id), self.person(step.by))

    def release(self, step: Step) -> None:
        task = self._nth(HumanTask, step, "task")
        self._order(ReleaseTask(task_id=task.id), self.person(step.by or task.assignee or ""))

    def job(self, step: Step) -> None:
        self._order(CompleteJob(job_id=self._nth(Job, step, "job").id, variables=step.result))

    def fail(self, step: Step) -> None:
        message = step.message or "It failed in the rehearsal"
        self._order(FailJob(job_id=self._nth(Job, step, "job").id, message=message, retries=step.retries))

    def error(self, step: Step) -> None:
        job = self._nth(Job, step, "job")
        self._order(ThrowJobError(job_id=job.id, code=step.code, message=step.message))

    def message(self, step: Step) -> None:
        order = PublishMessage(
            name=step.what, correlation_key=step.key, variables=step.variables, time_to_live_ms=86_400_000
        )
        self._order(order)

    def signal(self, step: Step) -> None:
        self._order(BroadcastSignal(name=step.what, variables=step.variables))

    def extend(self, step: Step) -> None:
        clock = self._nth(Clock, step, "clock")
        self._order(ExtendClock(clock_id=clock.id, days=step.days, reason=step.reason), self._head(step.by))

    def pause(self, step: Step) -> None:
        clock = self._nth(Clock, step, "clock")
        self._order(PauseClock(clock_id=clock.id, reason=step.reason), self._head(step.by))

    def resume(self, step: Step) -> None:
        clock = self._nth(Clock, step, "clock")
        self._order(ResumeClock(clock_id=clock.id), self._head(step.by))

    def retry(self, step: Step) -> None:
        self._order(RetryIncident(incident_id=self._nth(Incident, step, "incident").id))

    def wait(self, step: Step) -> None:
        """Let time pass, with every timer firing at its own moment, in due order."""
        until = self._moment(step.what)
        fired, began = 0, perf_counter()
        while (due := self.next_timer()) is not None and due[1] <= until:
            fired += 1
            if fired > MOST_TIMERS:
                raise InvalidState(
                    "Expected at most {most} timers to fire in one step, but there are more", most=MOST_TIMERS
                )
            if perf_counter() - began > MOST_SECONDS:
                raise InvalidState("Expected timers to have fired within {seconds} s, but there are more",
                                   seconds=round(MOST_SECONDS))  # fmt: skip
            self.clock.set(max(due[1], self.clock.now()))
            self._order(TriggerTimer(timer_id=due[0]))
            self._follow()
        self.clock.set(until)

    def person(self, by: str, *permissions: str) -> Actor:
        """Who acts: somebody of the group `by`, or a user of that name; with the group's rights, or the wanted ones."""
        if not by:
            return SYSTEM
        group = self._find(Group, by.partition("/")[0])
        allowed = group.permissions if group is not None else permissions
        return Actor(
            username=by,
            groups=frozenset({group.key} if group is not None else ()),
            permissions=frozenset(allowed),
        )

    def _head(self, by: str) -> Actor:
        """Somebody who may change deadlines: of the group `by` with its rights, else with those that are needed."""
        return self.person(by, "case:assign")

    def next_timer(self) -> tuple[int, datetime] | None:
        """The timer that fires next, and when."""
        found = self._all(select(Timer).order_by(Timer.due_at, Timer.id).limit(1))
        return (found[0].id, found[0].due_at) if found else None

    def next_moment(self) -> datetime | None:
        """When something happens next by the calendar: a timer fires, or a deadline has passed."""
        now = self.clock.now()
        moments = [due[1] for due in [self.next_timer()] if due]
        for clock in self._all(select(Clock).where(Clock.status == "running")):
            moments += [moment for moment in map(self._begin_after, (clock.safe_due, clock.legal_due)) if moment > now]
        return min(moments, default=None)

    def _moment(self, what: str) -> datetime:
        now = self.clock.now().astimezone(self.setup.zone)
        if what == "next":
            found = self.next_moment()
            if found is None:
                raise InvalidState("Expected to go to the next deadline, but nothing has one")
            return max(found, now)
        if (duration := parse_duration(what)) is not None:
            try:
                until = duration.after(now)
            except (OverflowError, ValueError):
                until = datetime.max
        else:
            try:
                until = datetime.fromisoformat(what)
            except ValueError:
                wanted = Message("Expected a duration such as P3D, a date, or next, but it is {given}", given=what)
                raise InvalidInput({"wait": [wanted]}, wanted.template, **wanted.params) from None
        if until.year > YEARS[-1]:
            raise InvalidState("Expected to go on to a day before the year {year}, but it is {given}",
                               year=YEARS[-1] + 1, given=what)  # fmt: skip
        until = until if until.tzinfo else until.replace(tzinfo=self.setup.zone)
        if until < now:
            raise InvalidState(
                "Expected to go on to {until}, but it is {now} already",
                until=until.isoformat(timespec="minutes"), now=now.isoformat(timespec="minutes"),
            )  # fmt: skip
        return until

    def _begin_after(self, day: date) -> datetime:
        return datetime.combine(day + timedelta(days=1), time(), self.setup.zone)

    def _order(self, command: Any, actor: Actor = SYSTEM) -> Any:
        done = self.engine.execute(command, actor=actor)
        self._orders += 1
        return done

    def _follow(self) -> None:
        """What the queue would do; work for workers waits to be answered by a step."""
        for _ in range(LONGEST_CHAIN):
            if not self._deferred:
                return
            name, args = self._deferred.pop(0)
            if name != "run_job":
                JOBS[name](JobContext(engine=self.engine), **args)
        self._deferred.clear()
        raise InvalidState("Expected an end after {count} messages in a row, but they go on", count=LONGEST_CHAIN)

    def _give_back(self, task_id: int, actor: Actor) -> None:
        """The answers were refused: the task is as it was before."""
        self._order(ReleaseTask(task_id=task_id), actor)

    def _nth(self, row: type[Any], step: Step, kind: str) -> Any:
        """The open row that the step names; those at the same element, or clocks of a name, are counted from 1."""
        name = row.name if row is Clock else row.element_id
        found = self._all(select(row).where(_is_open(row), name == step.what).order_by(row.id))
        if not 1 <= step.nth <= len(found):
            others = ", ".join(sorted(set(self._all(select(name).where(_is_open(row)))))) or "none"
            raise InvalidState(
                "Expected an open {kind} at {element}, but there are {found}; open are {others}",
                kind=kind, element=step.what, found=len(found), others=others,
            )  # fmt: skip
        return found[step.nth - 1]

    def _all(self, statement: Any) -> list[Any]:
        return self.engine.ask(lambda context: list(context.session.scalars(statement)))

    def _find(self, row: type[Any], key: Any) -> Any:
        return self.engine.ask(lambda context: context.session.get(row, key))

    def _watch(self, _: ProcessInstance, happened: Sequence[events.Event]) -> None:
        for event in happened:
            if isinstance(event, events.ElementCompleted | events.FlowTaken):
                self.seen.setdefault(event.process_id, set()).add(event.element_id)
            if isinstance(event, events.ElementCompleted):
                self.path.append(event.element_id)


def _is_open(row: type[Any]) -> Any:
    if row is Incident:
        return Incident.resolved_at.is_(None)
    return Clock.status != "stopped" if row is Clock else row.status == "open"


ACTIONS = {
    "open": Office.open,
    "start": Office.start,
    "task": Office.task,
    "claim": Office.claim,
    "release": Office.release,
    "job": Office.job,
    "fail": Office.fail,
    "error": Office.error,
    "message": Office.message,
    "signal": Office.signal,
    "extend": Office.extend,
    "pause": Office.pause,
    "resume": Office.resume,
    "retry": Office.retry,
    "wait": Office.wait,
}
