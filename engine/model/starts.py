"""Rows of what starts instances by itself: timers of process starts, and the messages that have started one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base, Id, Json, UtcDateTime
from engine.model.runtime import OPEN


class StartTimer(Base):
    """When the newest version of a process is to be started next, and by which start event.

    Status: open, enqueued (a job was deferred to start it). Rows leave after the last turn, and with a newer version.
    """

    __tablename__ = "start_timer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    event_id: Mapped[str]
    schedule: Mapped[dict[str, Any]] = mapped_column(Json)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(default="open")

    __table_args__ = (
        UniqueConstraint("definition_id", "event_id"),
        Index("ix_start_timer_due_open", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )


class MessageStart(Base):
    """An open instance that a message with a correlation key started: the process starts no other for that key.

    `instance_id` is empty only within the transaction that starts it. Rows leave when the instance ends.
    """

    __tablename__ = "message_start"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    process_key: Mapped[str]
    correlation_key: Mapped[str]
    message_name: Mapped[str]
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"), index=True)

    __table_args__ = (UniqueConstraint("process_key", "correlation_key"),)
