"""Rows of cases: what a matter is about, whom it concerns, its dates and its links."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.errors import InvalidState
from engine.model.base import Base, Id, Json, UtcDateTime


class Case(Base):
    """A matter. Its descriptive columns are computed from the root instance's variables as the pack's manifest says.

    hold_reason: why it may not be deleted although its term is over (legal hold); empty where it may.
    """

    __tablename__ = "case_record"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    pack: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    people_involved: Mapped[int | None]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_key: Mapped[str | None] = mapped_column(unique=True)
    hold_reason: Mapped[str | None]

    __table_args__ = (Index(None, "opened_at", "id"),)


class Party(Base):
    """Somebody the case concerns. `phone_digits` is the phone without signs, for finding the same person again."""

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_record.id"), index=True)
    role: Mapped[str]
    name: Mapped[str] = mapped_column(default="", index=True)
    phone: Mapped[str] = mapped_column(default="")
    phone_digits: Mapped[str] = mapped_column(default="", index=True)
    address: Mapped[str] = mapped_column(default="")
    id_number: Mapped[str] = mapped_column(default="")


class CaseLink(Base):
    """`case` is a repeat of, related to, or a follow-up of `other`. Kinds: repeat_of, related, follow_up_of."""

    __tablename__ = "case_link"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_record.id"))
    other_case_id: Mapped[int] = mapped_column(ForeignKey("case_record.id"), index=True)
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]

    __table_args__ = (UniqueConstraint("case_id", "other_case_id", "kind"),)


class CaseAccess(Base):
    """This group or user worked or works on the case and may read it."""

    __tablename__ = "case_access"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_record.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "kind", "name", "case_id"),)


class Clock(Base):
    """A deadline as data. Dates are days of the authority's calendar; lights go by `safe_due`, breach by `legal_due`.

    Status: running, paused, stopped. `rule` is the rule of the profile it was computed from, `why` the sentences that
    explain the dates.
    """

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_record.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    name: Mapped[str]
    rule: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    start: Mapped[date]
    count: Mapped[int]
    unit: Mapped[str]
    extension_days: Mapped[int] = mapped_column(default=0)
    excluded_days: Mapped[int] = mapped_column(default=0)
    paused_on: Mapped[date | None]
    raw_last_day: Mapped[date]
    legal_due: Mapped[date]
    safe_due: Mapped[date]
    provisional: Mapped[bool] = mapped_column(default=False)
    why: Mapped[list[Any]] = mapped_column(Json, default=list)
    status: Mapped[str] = mapped_column(default="running")
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def ensure_not_stopped(self, order: str) -> None:
        if self.status == "stopped":
            raise InvalidState("Expected to {order} clock {clock}, but it is stopped", order=order, clock=self.name)


class LocalDay(Base):
    """A day the local authority declared free or working, over the national calendar."""

    __tablename__ = "local_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str]


class NumberSequence(Base):
    """The last number given out under a key such as "XF-2026"."""

    __tablename__ = "number_sequence"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
