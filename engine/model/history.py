"""Rows of what happened: appended, never changed; on PostgreSQL parted by month, see engine/partitions.py."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base, Id, Json, UtcDateTime

OF_A_CASE = text("case_id IS NOT NULL")


class HistoryEvent(Base):
    """One fact. `type` is a key of engine.queries.history.WORDS, `name` the element's name at that time.

    No foreign keys: history outlives what it tells of.
    """

    __tablename__ = "history_event"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(Id)
    case_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str]
    type: Mapped[str]
    element_id: Mapped[str | None]
    name: Mapped[str | None]
    data: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        Index(None, "instance_id", "id"),
        Index("ix_history_event_case_id_id", "case_id", "id", sqlite_where=OF_A_CASE, postgresql_where=OF_A_CASE),
    )


class AuditEvent(Base):
    """Who signed in, who looked at personal data and why, who changed accounts, calendars and deployments."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str | None]


class CaseStatistic(Base):
    """What stays of a case that was deleted at the end of its term: nothing that leads to a person."""

    __tablename__ = "case_statistic"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    type: Mapped[str]
    category: Mapped[str]
    outcome: Mapped[str]
    urgent: Mapped[bool]
    people_involved: Mapped[int | None]
    opened_month: Mapped[date]
    closed_month: Mapped[date]
    days: Mapped[int]
    groups: Mapped[list[str]] = mapped_column(Json, default=list)
    late: Mapped[bool]


class Upkeep(Base):
    """When something that must be done regularly was last done: backup, retention."""

    __tablename__ = "upkeep"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
