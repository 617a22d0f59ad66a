"""When something is due, in a form pages can say in words and colours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine.calendar import light as light_of
from engine.errors import Message
from engine.model.casework import Clock
from engine.model.runtime import HumanTask
from engine.queries.context import QueryContext


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
        why=tuple(Message(entry["template"], **entry["params"]) for entry in clock.why or ()),
        extended_by=clock.extension_days,
        basis=(clock.rule or {}).get("basis"),
        stopped_at=clock.stopped_at,
    )


def task_due(context: QueryContext, tasks: Iterable[HumanTask]) -> dict[int, Due | None]:
    """The due states of tasks, with the lawful day and the reasons of the clocks they follow."""
    tasks = list(tasks)
    by_case: dict[int | None, list[Clock]] = {}
    for clock in clocks_of(context, {task.case_id for task in tasks}):
        by_case.setdefault(clock.case_id, []).append(clock)
    return {task.id: due_with(context, task, by_case.get(task.case_id, [])) for task in tasks}


def clocks_of(context: QueryContext, case_ids: Iterable[int | None]) -> list[Clock]:
    wanted = [case_id for case_id in case_ids if case_id is not None]
    if not wanted:
        return []
    return list(
        context.session.scalars(
            select(Clock)
            .where(context.among(Clock.case_id, wanted), Clock.status != "stopped")
            .order_by(Clock.safe_due)
        )
    )


def due_with(context: QueryContext, task: HumanTask, clocks: list[Clock]) -> Due | None:
    if task.due_at is None:
        return None
    day = task.due_at.astimezone(context.zone).date()
    clock = next((clock for clock in clocks if clock.safe_due == day), None)
    if clock is None:
        return due_of(context, task.due_at, task.created_at)
    row = clock_row(context, clock)
    return Due(
        due_on=row.safe_due,
        legal_on=row.legal_due,
        light=row.light,
        working_days=row.working_days,
        provisional=row.provisional,
        why=row.why,
    )


def working_days_left(context: QueryContext, day: date) -> int:
    if day >= context.today:
        return context.calendar.working_days_between(context.today, day)
    return -context.calendar.working_days_between(day, context.today)


def _light(
    context: QueryContext, clock: str, legal_due: date, safe_due: date, start: date, today: date | None = None
) -> str:
    days: Any = _Days(legal_due=legal_due, safe_due=safe_due)
    return light_of(days, start, today or context.today, context.calendar, context.warnings_of(clock))


@dataclass(frozen=True, kw_only=True)
class _Days:
    legal_due: date
    safe_due: date
