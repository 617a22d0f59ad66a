"""Where the rows of an instance are not what its stored state waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import events
from engine.bpmn import Execution
from engine.clock_story import ToldClock, matched, told_clocks
from engine.errors import Message
from engine.model.casework import Clock
from engine.model.runtime import (
    NEVER,
    HumanTask,
    Incident,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    TaskCandidate,
    Timer,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Of each row, whether it says that the instance waits.
WAITING: dict[Any, Any] = {
    HumanTask: HumanTask.status == "open",
    Job: Job.status.not_in(("completed", "cancelled")),
    Timer: Timer.id.is_not(None),
    MessageSubscription: MessageSubscription.id.is_not(None),
    SignalSubscription: SignalSubscription.id.is_not(None),
    Incident: Incident.resolved_at.is_(None),
}
ROW_OF: dict[type[events.Event], type[Any]] = {
    events.UserTaskCreated: HumanTask,
    events.JobCreated: Job,
    events.TimerScheduled: Timer,
    events.MessageSubscribed: MessageSubscription,
    events.SignalSubscribed: SignalSubscription,
    events.IncidentRaised: Incident,
}
NAMES = {
    HumanTask: "human task",
    Job: "job",
    Timer: "timer",
    MessageSubscription: "message subscription",
    SignalSubscription: "signal subscription",
    Incident: "incident",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is wrong.

    trouble: "missing" (no row for `wait`), "wrong" (`row` says something else of `wait`), "superfluous" (nothing of
    the state waits for `row`), "unseen" (the failed job `row` has no incident), "ended" (the state has, the instance's
    row has not), "unreadable" (the state can't be loaded). Of clocks, which the history tells of
    and no state: "no clock" (none for `told`), "wrong clock" (`row` says something else), "lost clock" (none, and too
    little is told to make it again).
    """

    instance_id: int
    trouble: Literal[
        "missing", "wrong", "superfluous", "unseen", "ended", "unreadable", "no clock", "wrong clock", "lost clock"
    ]
    sentence: Message
    wait: events.Event | None = None
    row: Any = None
    told: ToldClock | None = None


def differences(execution: Execution | None, instance: ProcessInstance, session: Session) -> list[Difference]:
    """Compare all rows of the instance with its state; an instance that has ended (`execution` None) waits for nothing.

    Due dates, assignees and what people typed are the rows' own and not compared. Candidates are missed only where
    there are none, because they are evaluated when a task opens and the variables may have changed since.
    """
    if execution is not None and execution.finished:
        sentence = Message("Expected instance {instance} to run, but its state has ended", instance=instance.id)
        return [Difference(instance_id=instance.id, trouble="ended", sentence=sentence)]
    waits = _by_place(execution.waits() if execution is not None else ())
    rows = _rows(instance, session)
    found = [*_missing(waits, rows, instance, session), *_superfluous(waits, rows, instance)]
    return found + _without_incident(rows, instance)


def clock_differences(instances: Sequence[ProcessInstance], session: Session, zone: ZoneInfo) -> list[Difference]:
    """Compare the clocks of instances with what the history tells of them; dates follow from the rest."""
    told = told_clocks(instances, session, zone)
    rows: dict[int, list[Clock]] = defaultdict(list)
    if told:
        for row in session.scalars(select(Clock).where(Clock.instance_id.in_(told)).order_by(Clock.id)):
            rows[row.instance_id].append(row)
    return [
        difference
        for instance_id, clocks in told.items()
        for clock, row in matched(clocks, rows[instance_id])
        if (difference := _of_clock(clock, row)) is not None
    ]


def _of_clock(told: ToldClock, row: Clock | None) -> Difference | None:
    if row is None and told.can_be_restored:
        sentence = Message(
            "Expected clock {clock} of instance {instance}, of which the history tells, but there is none",
            clock=told.name,
            instance=told.instance_id,
        )
        return Difference(instance_id=told.instance_id, trouble="no clock", sentence=sentence, told=told)
    if row is None:
        sentence = Message(
            "Expected clock {clock} of instance {instance}, but there is none, and too little is told to make it again",
            clock=told.name,
            instance=told.instance_id,
        )
        return Difference(instance_id=told.instance_id, trouble="lost clock", sentence=sentence, told=told)
    wrong = told.differs(row)
    if not wrong:
        return None
    sentence = Message(
        "Expected clock {clock} of instance {instance} to say {wanted}, but it does not",
        clock=told.name,
        instance=told.instance_id,
        wanted=", ".join(f"{name} {getattr(told, name)}" for name in wrong),
    )
    return Difference(instance_id=told.instance_id, trouble="wrong clock", sentence=sentence, row=row, told=told)


def _by_place(waits: Iterable[events.Event]) -> dict[tuple[type[Any], str], events.Event]:
    return {(ROW_OF[type(wait)], wait.element_instance_id): wait for wait in waits if type(wait) in ROW_OF}


def _rows(instance: ProcessInstance, session: Session) -> dict[tuple[type[Any], str], list[Any]]:
    found: dict[tuple[type[Any], str], list[Any]] = defaultdict(list)
    for kind, waiting in WAITING.items():
        for row in session.scalars(select(kind).where(kind.instance_id == instance.id, waiting).order_by(kind.id)):
            found[kind, row.element_instance_id].append(row)
    return found


def _missing(
    waits: dict[tuple[type[Any], str], events.Event],
    rows: dict[tuple[type[Any], str], list[Any]],
    instance: ProcessInstance,
    session: Session,
) -> list[Difference]:
    found = []
    for (kind, place), wait in waits.items():
        there = rows.get((kind, place))
        if not there:
            sentence = Message(
                "Expected an open {kind} for {element} of instance {instance}, but there is none",
                kind=NAMES[kind],
                element=wait.element_id,
                instance=instance.id,
            )
            found.append(Difference(instance_id=instance.id, trouble="missing", sentence=sentence, wait=wait))
        elif wrong := _wrong(wait, there[0], session):
            sentence = Message(
                "Expected {kind} {row} of instance {instance} to say {wanted}, but it does not",
                kind=NAMES[kind],
                row=there[0].id,
                instance=instance.id,
                wanted=wrong,
            )
            found.append(
                Difference(instance_id=instance.id, trouble="wrong", sentence=sentence, wait=wait, row=there[0])
            )
    return found


def _wrong(wait: events.Event, row: Any, session: Session) -> str | None:
    """What the row should say and does not."""
    wanted: dict[str, Any] = {"element_id": wait.element_id}
    if isinstance(wait, events.UserTaskCreated):
        wanted["process_id"] = wait.process_id
        if (wait.candidate_groups or wait.candidate_users) and row.assignee is None:
            known = session.scalar(select(TaskCandidate.name).where(TaskCandidate.task_id == row.id).limit(1))
            if known is None:
                return f"candidates {', '.join((*wait.candidate_groups, *wait.candidate_users))}"
        if _offered_otherwise(row, session):
            return f"free {row.assignee is None}, due {row.due_at}, priority {row.priority}"
    elif isinstance(wait, events.JobCreated):
        wanted["type"] = wait.job_type
    elif isinstance(wait, events.MessageSubscribed):
        wanted |= {"message_name": wait.message_name, "correlation_key": wait.correlation_key}
    elif isinstance(wait, events.SignalSubscribed):
        wanted["signal_name"] = wait.signal_name
    wrong = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    return ", ".join(f"{name} {value}" for name, value in wrong.items()) or None


def _offered_otherwise(task: HumanTask, session: Session) -> bool:
    """Whether the inbox reads of a candidate's row what the task does not say."""
    said = (task.assignee is None, task.due_at or NEVER, task.priority, task.created_at)
    rows = session.execute(
        select(TaskCandidate.free, TaskCandidate.due_by, TaskCandidate.priority, TaskCandidate.created_at).where(
            TaskCandidate.task_id == task.id
        )
    )
    return any(tuple(row) != said for row in rows)


def _superfluous(
    waits: dict[tuple[type[Any], str], events.Event],
    rows: dict[tuple[type[Any], str], list[Any]],
    instance: ProcessInstance,
) -> list[Difference]:
    found = []
    for (kind, place), there in rows.items():
        allowed = 1 if (kind, place) in waits else 0
        if kind is Incident and any(
            row.status == "failed" for own in (Job, Timer) for row in rows.get((own, place), ())
        ):
            allowed = max(allowed, 1)  # to be out of retries is the row's own trouble, of which the state knows nothing
        for row in there[allowed:]:
            sentence = Message(
                "Expected instance {instance} to wait for {kind} {row} of {element}, but it does not",
                instance=instance.id,
                kind=NAMES[kind],
                row=row.id,
                element=row.element_id,
            )
            found.append(Difference(instance_id=instance.id, trouble="superfluous", sentence=sentence, row=row))
    return found


def _without_incident(rows: dict[tuple[type[Any], str], list[Any]], instance: ProcessInstance) -> list[Difference]:
    """Jobs out of retries that no operator sees."""
    return [
        Difference(
            instance_id=instance.id,
            trouble="unseen",
            sentence=Message(
                "Expected an incident for job {job} of instance {instance}, which failed, but there is none",
                job=job.id,
                instance=instance.id,
            ),
            row=job,
        )
        for (kind, place), jobs in list(rows.items())
        if kind is Job
        for job in jobs
        if job.status == "failed" and not rows.get((Incident, place))
    ]
