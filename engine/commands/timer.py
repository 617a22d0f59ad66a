"""Timers whose time has come: many fire in one transaction, and who can't be fired becomes an incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, select, update

from engine import access
from engine.errors import NotFound
from engine.model.runtime import Incident, ProcessInstance, Timer

if TYPE_CHECKING:
    from engine.context import CommandContext

COLUMNS = (Timer.id, Timer.instance_id, Timer.element_instance_id, Timer.element_id, Timer.due_at, Timer.status)
NOT_FIRED = "TIMER_NOT_FIRED"


@dataclass(frozen=True, kw_only=True)
class TriggerTimer:
    """The timer is due. A timer that is gone, because its activity ended or it fired already, is no trouble."""

    timer_id: int


@dataclass(frozen=True, kw_only=True)
class TriggerTimers:
    """These are due: in the order they were due each moves its instance, or none does if one of them can't."""

    timer_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class SeparateTimers:
    """Let each of these be fired by a job of its own: one of them keeps the others from firing."""

    timer_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class FailTimer:
    """Firing it was tried often enough: it becomes an incident, which an operator can retry."""

    timer_id: int
    message: str


def trigger_timer(command: TriggerTimer, context: CommandContext) -> bool:
    """Return whether the timer still ran."""
    return trigger_timers(TriggerTimers(timer_ids=(command.timer_id,)), context) > 0


def trigger_timers(command: TriggerTimers, context: CommandContext) -> int:
    """Return how many fired."""
    access.ensure(context.actor, "operate", "fire timers")
    context.lock_owners(Timer, command.timer_ids)

    timers = _find(command.timer_ids, context)
    # The clock was set back since they were enqueued: they wait again, or nobody would ever look at them.
    early = [timer.id for timer in timers if timer.due_at > context.now]
    if early:
        context.session.execute(update(Timer).where(Timer.id.in_(early)).values(status="open"))
    due = [timer for timer in timers if timer.id not in early]
    _remove_first(due, context)
    moved: set[int] = set()
    fired = 0
    with context.together():
        for timer in due:
            if timer.instance_id in moved and not _find((timer.id,), context):
                continue  # Another one of its instance ended what it belonged to.
            _fire(timer, context)
            moved.add(timer.instance_id)
            fired += 1
    return fired


def separate_timers(command: SeparateTimers, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", "fire timers")

    for timer in _find(command.timer_ids, context):
        context.defer("fire_timer", key=f"timer {timer.id}", timer_id=timer.id)


def fail_timer(command: FailTimer, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", f"give up timer {command.timer_id}")
    timer = context.lock_owner(Timer, command.timer_id, "timer")
    if timer is None or timer.status == "failed":
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="timer", id=command.timer_id)

    timer.status = "failed"
    context.session.add(
        Incident(
            instance_id=timer.instance_id,
            element_instance_id=timer.element_instance_id,
            element_id=timer.element_id,
            code=NOT_FIRED,
            message=command.message,
            raised_at=context.now,
        )
    )
    _remember("incident raised", timer, context, {"code": NOT_FIRED, "message": command.message})


def _find(timer_ids: tuple[int, ...], context: CommandContext) -> Sequence[Row[Any]]:
    """The timers that are there, the longest due first; as plain rows, which cost the session nothing."""
    wanted = select(*COLUMNS).where(Timer.id.in_(timer_ids)).order_by(Timer.due_at, Timer.id)
    return context.session.execute(wanted).all()  # type: ignore[return-value]


def _remove_first(due: Sequence[Row[Any]], context: CommandContext) -> None:
    """Remove the rows of each instance's first timer, in one statement: they fire for certain, or nothing does."""
    first = {timer.instance_id: timer for timer in reversed(due)}.values()
    going = [timer for timer in first if timer.status != "failed"]  # That one's incident has to be resolved.
    gone = delete(Timer).where(Timer.id.in_([timer.id for timer in going]))
    context.session.execute(gone, execution_options={"synchronize_session": False})
    context.fired = {(timer.instance_id, timer.element_instance_id) for timer in going}


def _fire(timer: Row[Any], context: CommandContext) -> None:
    _remember("timer fired", timer, context)
    with context.running(timer.instance_id) as execution:
        execution.trigger_timer(timer.element_instance_id)


def _remember(kind: str, timer: Any, context: CommandContext, data: dict[str, Any] | None = None) -> None:
    instance = context.session.get_one(ProcessInstance, timer.instance_id)
    context.remember(
        kind,
        instance_id=instance.id,
        case_id=instance.case_id,
        element_id=timer.element_id,
        name=context.element_name(instance, timer.element_id),
        data=data,
    )
