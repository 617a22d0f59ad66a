"""Change the deadlines: extend, pause, resume a clock; declare local days. Tokens are never touched.

Tasks and timers that are due at the last second of a clock's day move with it; others keep their dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from engine import access
from engine.calendar import DueDate
from engine.errors import InvalidInput, InvalidState, Message
from engine.model.casework import Clock, LocalDay
from engine.model.history import AuditEvent
from engine.model.runtime import HumanTask, ProcessInstance, Timer
from engine.workers.clocks import end_of_day

if TYPE_CHECKING:
    from engine.context import CommandContext

LONGEST_EXTENSION = 3660  # days; no law gives ten years


@dataclass(frozen=True, kw_only=True)
class ExtendClock:
    """Add days to a clock, counted from its start before the last day rolls; the reason goes into the history."""

    clock_id: int
    days: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PauseClock:
    """The days from today on do not count until the clock is resumed."""

    clock_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ResumeClock:
    """Days count again; those since the pause are excluded."""

    clock_id: int


@dataclass(frozen=True, kw_only=True)
class SetLocalDay:
    """Declare a day free or working over the national calendar, or with working=None take that back."""

    day: date
    working: bool | None
    name: str = ""


def extend_clock(command: ExtendClock, context: CommandContext) -> None:
    clock = _running_clock(command.clock_id, "extend", context)
    if command.days < 1:
        raise InvalidInput({"days": ["Expected at least one day"]}, "Expected to extend by at least one day")
    if command.days > LONGEST_EXTENSION:
        wanted = Message("Expected to extend by at most {most} days, but it is {days}",
                         most=LONGEST_EXTENSION, days=command.days)  # fmt: skip
        raise InvalidInput({"days": [wanted]}, wanted.template, **wanted.params)
    if not command.reason.strip():
        raise InvalidInput({"reason": ["Expected a reason"]}, "Expected a reason for the extension")

    clock.extension_days += command.days
    recompute(clock, context)
    _remember(clock, "clock extended", {"days": command.days, "reason": command.reason}, context)


def pause_clock(command: PauseClock, context: CommandContext) -> None:
    clock = _running_clock(command.clock_id, "pause", context)
    if clock.status == "paused":
        raise InvalidState("Expected to pause clock {clock}, but it is paused", clock=clock.name)

    clock.status, clock.paused_on = "paused", context.now.astimezone(context.zone).date()
    _remember(clock, "clock paused", {"reason": command.reason}, context)


def resume_clock(command: ResumeClock, context: CommandContext) -> None:
    clock = _running_clock(command.clock_id, "resume", context)
    if clock.status != "paused" or clock.paused_on is None:
        raise InvalidState("Expected to resume clock {clock}, but it is running", clock=clock.name)

    days = (context.now.astimezone(context.zone).date() - clock.paused_on).days
    clock.excluded_days += days
    clock.status, clock.paused_on = "running", None
    recompute(clock, context)
    _remember(clock, "clock resumed", {"days": days}, context)


def set_local_day(command: SetLocalDay, context: CommandContext) -> int:
    """Return how many running clocks moved."""
    access.ensure(context.actor, "accounts:manage", "change the calendar")

    known = context.session.get(LocalDay, command.day)
    if command.working is None:
        if known is not None:
            context.session.delete(known)
    else:
        day = known or LocalDay(day=command.day)
        day.working, day.name = command.working, command.name
        context.session.add(day)
    context.session.flush()
    context.__dict__.pop("calendar", None)  # read again with the new day
    context.session.add(
        AuditEvent(at=context.now, actor=context.actor.username, action="calendar", subject=command.day.isoformat())
    )
    return sum(recompute(clock, context) for clock in _unstopped(context))


def recompute(clock: Clock, context: CommandContext) -> bool:
    """Count the clock's dates again and move the tasks and timers that are due with it; whether they moved."""
    due = _due(clock, context)
    moved = (clock.legal_due, clock.safe_due) != (due.legal_due, due.safe_due)
    if clock.safe_due != due.safe_due:
        _move_tasks(clock, due.safe_due, context)
    if moved:
        _move_timers(clock, due, context)
    _set_dates(clock, due)
    return moved


def date_anew(clock: Clock, context: CommandContext) -> None:
    """Give dates to a clock that has none yet."""
    _set_dates(clock, _due(clock, context))


def _unstopped(context: CommandContext) -> list[Clock]:
    """The clocks that still count, holding the locks of their instances, which are taken in id order."""
    unstopped = select(Clock).where(Clock.status != "stopped").order_by(Clock.instance_id)
    owners = unstopped.order_by(None).with_only_columns(Clock.instance_id)
    context.session.execute(
        select(ProcessInstance.id)
        .where(ProcessInstance.id.in_(owners))
        .order_by(ProcessInstance.id)
        .with_for_update(of=ProcessInstance)
    ).all()
    return list(context.session.scalars(unstopped))


def _running_clock(clock_id: int, order: str, context: CommandContext) -> Clock:
    access.ensure(context.actor, "case:assign", f"{order} clock {clock_id}")
    clock = context.lock_owner(Clock, clock_id, "clock")
    clock.ensure_not_stopped(order)
    return clock


def _due(clock: Clock, context: CommandContext) -> DueDate:
    return context.calendar.due(
        start=clock.start,
        count=clock.count,
        unit=clock.unit,  # type: ignore[arg-type]
        excluded_days=clock.excluded_days,
        extension=clock.extension_days,
    )


def _set_dates(clock: Clock, due: DueDate) -> None:
    clock.raw_last_day, clock.legal_due, clock.safe_due = due.raw_last_day, due.legal_due, due.safe_due
    clock.provisional = due.provisional
    clock.why = [
        {"template": reason.template, "params": {key: str(value) for key, value in reason.params.items()}}
        for reason in due.reasons
    ]


def _move_tasks(clock: Clock, safe_due: date, context: CommandContext) -> None:
    """Open tasks that were due with the clock are due with it again."""
    context.session.execute(
        update(HumanTask)
        .where(
            HumanTask.instance_id == clock.instance_id,
            HumanTask.status == "open",
            HumanTask.due_at == end_of_day(clock.safe_due, context.tools),
        )
        .values(due_at=end_of_day(safe_due, context.tools))
    )


def _move_timers(clock: Clock, due: DueDate, context: CommandContext) -> None:
    """Timers that were due with the clock are due with it again, also those that are about to fire."""
    end = partial(end_of_day, tools=context.tools)
    moves = {end(clock.legal_due): end(due.legal_due), end(clock.safe_due): end(due.safe_due)}
    for timer in context.session.scalars(
        select(Timer).where(Timer.instance_id == clock.instance_id, Timer.due_at.in_(moves))
    ):
        timer.due_at = moves[timer.due_at]
        timer.status = "open"


def _remember(clock: Clock, kind: str, data: dict[str, object], context: CommandContext) -> None:
    data = {"clock": clock.name, "legal_due": clock.legal_due.isoformat(), **data}
    context.remember(kind, instance_id=clock.instance_id, case_id=clock.case_id, data=data)
