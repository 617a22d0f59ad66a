"""The end of a case's term: hold it back, or delete it and keep what leads to nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from engine import access, forgetting
from engine.errors import InvalidInput, InvalidState, NotFound
from engine.model.casework import Case, CaseAccess, Clock
from engine.model.history import AuditEvent, CaseStatistic
from engine.model.runtime import ProcessInstance

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class HoldCase:
    """Keep the case beyond its term, for a lawsuit or an inspection; without a reason it is let go again."""

    number: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ForgetCase:
    """Delete all rows of a closed case for good. A row of statistics stays.

    note: for the log, such as the archive's name.
    """

    case_id: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ForgetInstance:
    """Delete all rows of an ended instance that belongs to no case."""

    instance_id: int


def hold_case(command: HoldCase, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", f"hold case {command.number}")
    case = context.session.scalars(select(Case).where(Case.number == command.number)).first()
    if case is None:
        raise NotFound("Expected to find case {case}, but there is none", case=command.number)
    if command.reason is not None and not command.reason.strip():
        raise InvalidInput({"reason": ["Expected a reason"]}, "Expected a reason for holding a case")

    case.hold_reason = command.reason and command.reason.strip()
    _log("hold" if command.reason else "let go", case.number, case.hold_reason, context)


def forget_case(command: ForgetCase, context: CommandContext) -> Counter[str]:
    """Return how many rows went, by table."""
    access.ensure(context.actor, "operate", f"delete case {command.case_id}")
    session = context.session
    for instance_id in session.scalars(
        select(ProcessInstance.id).where(ProcessInstance.case_id == command.case_id).order_by(ProcessInstance.id)
    ).all():
        _ensure_ended(context.lock_instance(instance_id))
    case = session.get(Case, command.case_id)
    if case is None:
        raise NotFound("Expected to find case {case}, but there is none", case=command.case_id)
    if case.closed_at is None:
        raise InvalidState("Expected to delete case {case}, but it is open", case=case.number)
    if case.hold_reason:
        raise InvalidState(
            "Expected to delete case {case}, but it is held: {reason}", case=case.number, reason=case.hold_reason
        )

    number, closed = case.number, case.closed_at
    session.add(_statistic(case, context))
    session.execute(update(AuditEvent).where(AuditEvent.subject == number).values(reason=None))
    session.flush()
    session.expunge_all()  # else rows that are gone would be written again
    connection = session.connection()
    gone = forgetting.delete_all(connection, forgetting.of_case(connection, command.case_id))
    note = f"closed {closed.astimezone(context.zone).date()}, {sum(gone.values())} rows"
    _log("forget", number, f"{note}; {command.note}" if command.note else note, context)
    return gone


def forget_instance(command: ForgetInstance, context: CommandContext) -> Counter[str]:
    """Return how many rows went, by table."""
    access.ensure(context.actor, "operate", f"delete instance {command.instance_id}")
    instance = context.lock_instance(command.instance_id)
    _ensure_ended(instance)
    if instance.case_id is not None:
        raise InvalidState(
            "Expected to delete an instance without a case, but {instance} belongs to one", instance=instance.id
        )

    context.session.expunge_all()
    connection = context.session.connection()
    gone = forgetting.delete_all(connection, forgetting.of_instance(connection, command.instance_id))
    _log("forget", f"instance {command.instance_id}", f"{sum(gone.values())} rows", context)
    return gone


def _ensure_ended(instance: ProcessInstance) -> None:
    if instance.status == "running":
        raise InvalidState("Expected to delete an instance that has ended, but {instance} runs", instance=instance.id)


def _statistic(case: Case, context: CommandContext) -> CaseStatistic:
    session, zone = context.session, context.zone
    opened, closed = case.opened_at.astimezone(zone).date(), (case.closed_at or context.now).astimezone(zone).date()
    clocks = session.scalars(select(Clock).where(Clock.case_id == case.id)).all()
    groups = session.scalars(
        select(CaseAccess.name)
        .where(CaseAccess.case_id == case.id, CaseAccess.kind == "group")
        .order_by(CaseAccess.name)
    )
    return CaseStatistic(
        type=case.type,
        category=case.category,
        outcome=case.outcome,
        urgent=case.urgent,
        people_involved=case.people_involved,
        opened_month=opened.replace(day=1),
        closed_month=closed.replace(day=1),
        days=(closed - opened).days,
        groups=list(groups),
        late=any(
            (clock.stopped_at.astimezone(zone).date() if clock.stopped_at else closed) > clock.legal_due
            for clock in clocks
        ),
    )


def _log(action: str, subject: str, reason: str | None, context: CommandContext) -> None:
    context.session.add(
        AuditEvent(at=context.now, actor=context.actor.username, action=action, subject=subject, reason=reason)
    )
