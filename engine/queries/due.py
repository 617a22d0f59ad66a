"""When something is due, in a form pages can say in words and colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from engine.calendar import light as light_of
from engine.errors import Message
from engine.model.casework import Clock
from engine.queries.context import QueryContext

# What a due state is made from, without the rule that a clock was counted by.
COUNTED: tuple[Any, ...] = (
    Clock.case_id,
    Clock.name,
    Clock.start,
    Clock.legal_due,
    Clock.safe_due,
    Clock.provisional,
    Clock.why,
)


@dataclass(frozen=True, kw_only=True)
class Due:
    """due_on: the day to aim for. legal_on: the last lawful day where the law sets one. working_days: left, or over."""

    due_on: date
    legal_on: date | None
    light: str
    working_days: int
    provisional: bool = False
    why: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClockRow:
    """A deadline. `state`: running, paused, stopped; `light` is that of today, or of the day it stopped."""

    clock_id: int
    name: str
    label: str
    state: str
    light: str
    started_on: date
    legal_due: date
    safe_due: date
    raw_last_day: date
    working_days: int
    provisional: bool
    why: tuple[Message, ...]
    extended_by: int
    basis: str | None
    stopped_at: datetime | None


def due_of(context: QueryContext, due_at: datetime | None, started: datetime) -> Due | None:
    """The due state of a task from its due instant. No law is broken where no clock runs, so it is never red."""
    if due_at is None:
        return None
    day = due_at.astimezone(context.zone).date()
    light = _light(context, "", day, day, started.astimezone(context.zone).date())
    return Due(
        due_on=day,
        legal_on=None,
        light="yellow" if light == "red" else light,
        working_days=working_days_left(context, day),
    )


def clock_row(context: QueryContext, clock: Clock) -> ClockRow:
    at = clock.stopped_at.astimezone(context.zone).date() if clock.stopped_at else context.today
    return ClockRow(
        clock_id=clock.id,
        name=clock.name,
        label=(clock.rule or {}).get("label") or clock.name,
        state=clock.status,
        light=_light(context, clock.name, clock.legal_due, clock.safe_due, clock.start, at),
        started_on=clock.start,
        legal_due=clock.legal_due,
        safe_due=clock.safe_due,
        raw_last_day=clock.raw_last_day,
        working_days=working_days_left(context, clock.safe_due),
        provisional=clock.provisional,
        why=_why(clock),
        extended_by=clock.extension_days,
        basis=(clock.rule or {}).get("basis"),
        stopped_at=clock.stopped_at,
    )


def task_due(context: QueryContext, tasks: Sequence[Any]) -> dict[int, Due | None]:
    """The due states of tasks, with the lawful day and the reasons of the clocks they follow.

    tasks: rows of tasks, or of their id, case_id, due_at and created_at.
    """
    by_case: dict[int | None, list[Any]] = {}
    wanted = {task.case_id for task in tasks if task.case_id is not None}
    for clock in context.session.execute(_running(context, COUNTED, wanted)) if wanted else ():
        by_case.setdefault(clock.case_id, []).append(clock)
    return {task.id: due_with(context, task, by_case.get(task.case_id, [])) for task in tasks}


def clocks_of(context: QueryContext, case_ids: Iterable[int | None]) -> list[Clock]:
    wanted = [case_id for case_id in case_ids if case_id is not None]
    return list(context.session.scalars(_running(context, (Clock,), wanted))) if wanted else []


def due_with(context: QueryContext, task: Any, clocks: Sequence[Any]) -> Due | None:
    if task.due_at is None:
        return None
    day = task.due_at.astimezone(context.zone).date()
    clock = next((clock for clock in clocks if clock.safe_due == day), None)
    if clock is None:
        return due_of(context, task.due_at, task.created_at)
    return Due(
        due_on=clock.safe_due,
        legal_on=clock.legal_due,
        light=_light(context, clock.name, clock.legal_due, clock.safe_due, clock.start),
        working_days=working_days_left(context, clock.safe_due),
        provisional=clock.provisional,
        why=_why(clock),
    )


def working_days_left(context: QueryContext, day: date) -> int:
    if day >= context.today:
        return context.calendar.working_days_between(context.today, day)
    return -context.calendar.working_days_between(day, context.today)


def _running(context: QueryContext, shown: tuple[Any, ...], case_ids: Iterable[int]) -> Select[Any]:
    mine = context.among(Clock.case_id, case_ids)
    return select(*shown).where(mine, Clock.status != "stopped").order_by(Clock.safe_due)


def _why(clock: Any) -> tuple[Message, ...]:
    return tuple(Message(entry["template"], **entry["params"]) for entry in clock.why or ())


def _light(
    context: QueryContext, clock: str, legal_due: date, safe_due: date, start: date, today: date | None = None
) -> str:
    days: Any = _Days(legal_due=legal_due, safe_due=safe_due)
    return light_of(days, start, today or context.today, context.calendar, context.warnings_of(clock))


@dataclass(frozen=True, kw_only=True)
class _Days:
    legal_due: date
    safe_due: date
