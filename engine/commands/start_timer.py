"""Start processes when the timers of their start events are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from engine import access, bpmn
from engine.bpmn.timers import due_at
from engine.commands import casework
from engine.errors import InvalidDeployment, Message
from engine.model.history import AuditEvent
from engine.model.repository import ProcessDefinition
from engine.model.starts import StartTimer

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class StartByTimer:
    """Start the process of a start timer's turn `due_at`, once, and schedule the next one.

    Where a case type names the process a case is opened for it, without a form's answers. Turns that were missed while
    the service was down are not made up: one start, however late, and then the next turn to come.
    """

    start_timer_id: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class SkipStart:
    """This turn could not be started, for the reason that is given; the cycle goes on."""

    start_timer_id: int
    due_at: datetime
    reason: str


def start_by_timer(command: StartByTimer, context: CommandContext) -> int | None:
    """Return the new instance's id; None where the turn was started already or its version is no longer the newest."""
    access.ensure(context.actor, "operate", f"fire start timer {command.start_timer_id}")
    timer = _due(command, context)
    if timer is None:
        return None

    definition = context.definitions.definition(context.session, timer.definition_id)
    event_id = timer.event_id
    _turn(timer, context)
    instance = casework.start_by_event(definition, {}, context, start_event=event_id)
    context.remember(
        "timer fired",
        instance_id=instance.id,
        case_id=instance.case_id,
        element_id=event_id,
        name=context.element_name(instance, event_id),
    )
    return instance.id


def skip_start(command: SkipStart, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", f"skip start timer {command.start_timer_id}")
    timer = _due(command, context)
    if timer is None:
        return

    definition = context.definitions.definition(context.session, timer.definition_id)
    subject = f"{definition.key} {timer.event_id}"
    context.session.add(
        AuditEvent(
            at=context.now, actor=context.actor.username, action="start failed", subject=subject, reason=command.reason
        )
    )
    _turn(timer, context)


def replace_timers(
    definition: ProcessDefinition,
    timers: Mapping[str, bpmn.TimerCatch],
    before: ProcessDefinition | None,
    resource: str,
    context: CommandContext,
) -> None:
    """A new version's start timers begin to run, and those of the version before stop.

    A date that has passed starts an instance at once, unless the version before had the same; of a cycle that began
    earlier the next turn is the first. Raises InvalidDeployment where a text gives no time.
    """
    earlier: Mapping[str, bpmn.TimerCatch] = {}
    if before is not None:
        earlier = context.definitions.model(context.session, before.id).start_timers
        versions = select(ProcessDefinition.id).where(ProcessDefinition.key == definition.key)
        context.session.execute(delete(StartTimer).where(StartTimer.definition_id.in_(versions)))
    for event_id, timer in timers.items():
        try:
            schedule = timer.first_start(context.environment)
        except bpmn.Stuck as stuck:
            raise InvalidDeployment([_no_time(event_id, resource, stuck)]) from stuck
        if schedule is None or (due_at(schedule) <= context.now and timer.is_like(earlier.get(event_id))):
            continue
        row = StartTimer(definition_id=definition.id, event_id=event_id, schedule=schedule, due_at=due_at(schedule))
        context.session.add(row)


def _due(command: StartByTimer | SkipStart, context: CommandContext) -> StartTimer | None:
    """The locked timer, if this turn of it is still to be started."""
    timer = context.session.get(StartTimer, command.start_timer_id, with_for_update=True)
    if timer is None or timer.due_at != command.due_at:
        return None
    if timer.due_at > context.now:
        timer.status = "open"  # The clock was set back since the turn was enqueued: it comes again when it is due.
        return None
    return timer


def _turn(timer: StartTimer, context: CommandContext) -> None:
    drawn = context.definitions.model(context.session, timer.definition_id).start_timers[timer.event_id]
    schedule = drawn.next_start(timer.schedule, context.environment)
    if schedule is None:
        context.session.delete(timer)
    else:
        timer.schedule, timer.due_at, timer.status = schedule, due_at(schedule), "open"


def _no_time(event_id: str, resource: str, stuck: bpmn.Stuck) -> bpmn.Finding:
    template = "Expected timer {id} to give a time without any variables, but: {reason}"
    params = {"id": event_id, "reason": stuck.message}
    return bpmn.Finding(
        severity="error",
        resource=resource,
        element_id=event_id,
        code="TIMER",
        message=Message(template, **params),
        params=params,
    )
