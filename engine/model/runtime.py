"""Rows of running instances. The instance's state is the truth; the others are projections of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.errors import InvalidState
from engine.model.base import Base, Bytes, Id, Json, UtcDateTime
from engine.model.human_tasks import NEVER, OPEN, Draft, HumanTask, TaskCandidate

__all__ = [
    "NEVER",
    "OPEN",
    "BufferedMessage",
    "Draft",
    "HumanTask",
    "Incident",
    "Job",
    "MessageSubscription",
    "ProcessInstance",
    "SignalSubscription",
    "TaskCandidate",
    "Timer",
]
ENQUEUED = text("status = 'enqueued'")


class ProcessInstance(Base):
    """One run of a process definition. Status: running, completed, cancelled. Its row is the only lock.

    `called_definitions` are the versions its call activities have called; None: all of its own deployment.
    """

    __tablename__ = "process_instance"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_record.id"), index=True)
    business_key: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default="running")
    version: Mapped[int] = mapped_column()
    state: Mapped[bytes] = mapped_column(Bytes)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    called_definitions: Mapped[list[int] | None] = mapped_column(Json)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so
    __table_args__ = (Index(None, "definition_id", "status"), Index(None, "status", "id"))

    def ensure_running(self, order: str) -> None:
        if self.status != "running":
            raise InvalidState(
                "Expected to {order} instance {instance}, but it is {status}",
                order=order,
                instance=self.id,
                status=self.status,
            )


class Job(Base):
    """Work for a worker. Status: open, failed (its incident is open), completed, cancelled.

    Nobody gets the job before `locked_until`: a worker holds it until then, or without one it waits after a failure.
    `held_by` is the account that took it and `worker` what that worker calls itself; `lease_token` tells one taking
    from the next. Greater `priority` is offered first.
    """

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    element_instance_id: Mapped[str]
    element_id: Mapped[str]
    type: Mapped[str]
    headers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    variables: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    retries: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="open")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    worker: Mapped[str | None]
    held_by: Mapped[str | None]
    lease_token: Mapped[str | None]
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("instance_id", "element_instance_id"),
        Index("ix_job_type_open", "type", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_job_offered", "type", priority.desc(), "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    def ensure_open(self, order: str) -> None:
        if self.status == "open":
            return
        if self.status == "completed" and self.held_by and self.closed_at:
            raise InvalidState(
                "Expected to {order} job {job}, but it was already completed by {who} at {when}",
                order=order,
                job=self.id,
                who=self.held_by,
                when=self.closed_at,
            )
        raise InvalidState(
            "Expected to {order} job {job}, but it is {status}", order=order, job=self.id, status=self.status
        )

    def is_held(self, now: datetime) -> bool:
        """Whether a worker has it; else it waits for one, or for its next try."""
        return self.worker is not None and self.locked_until is not None and self.locked_until > now

    def take(self, *, username: str, worker: str, until: datetime, token: str | None) -> None:
        self.held_by, self.worker, self.locked_until, self.lease_token = username, worker, until, token

    def give_back(self, *, until: datetime | None = None) -> None:
        """Nobody has it any more; it is offered again, not before `until`."""
        self.held_by = self.worker = self.lease_token = None
        self.locked_until = until

    def ensure_reported_by_holder(
        self, order: str, username: str, now: datetime, *, worker: str | None = None, token: str | None = None
    ) -> None:
        """Raise InvalidState where somebody else has taken the job since.

        Whose time is over may still report while nobody else took it: the work is done, and nobody needs it twice.
        Workers of one account are told apart by their token, or by their name where they say it.
        """
        held = self.is_held(now)
        if self.lease_token is not None:
            is_other = token != self.lease_token if held or token is not None else False
        else:
            is_other = held and (self.held_by != username or worker not in (None, self.worker))
        if is_other and held:
            raise InvalidState(
                "Expected to {order} job {job}, but worker {who} has it until {when}",
                order=order,
                job=self.id,
                who=self.worker,
                when=self.locked_until,
            )
        if is_other:
            raise InvalidState(
                "Expected to {order} job {job}, but worker {who} has taken it since",
                order=order,
                job=self.id,
                who=self.worker,
            )


class Timer(Base):
    """A due date of an instance. Rows leave when it fired.

    Status: open, enqueued (a job was deferred to fire it), failed (that was given up; its incident is open).
    """

    __tablename__ = "timer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    element_instance_id: Mapped[str]
    element_id: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(default="open")

    __table_args__ = (
        Index(None, "instance_id", "element_instance_id"),
        Index("ix_timer_due_open", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_timer_enqueued", "id", sqlite_where=ENQUEUED, postgresql_where=ENQUEUED),
    )


class MessageSubscription(Base):
    """An instance waits for this message with this correlation key. Rows leave when it no longer waits."""

    __tablename__ = "message_subscription"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    element_instance_id: Mapped[str]
    element_id: Mapped[str]
    message_name: Mapped[str]
    correlation_key: Mapped[str]

    __table_args__ = (
        Index(None, "instance_id", "element_instance_id"),
        Index(None, "message_name", "correlation_key"),
    )


class SignalSubscription(Base):
    """An instance waits for a signal of this name. Rows leave when it no longer waits."""

    __tablename__ = "signal_subscription"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    element_instance_id: Mapped[str]
    element_id: Mapped[str]
    signal_name: Mapped[str] = mapped_column(index=True)

    __table_args__ = (Index(None, "instance_id", "element_instance_id"),)


class BufferedMessage(Base):
    """A published message for who comes later; it is forgotten at `expires_at`. Each process takes it once."""

    __tablename__ = "buffered_message"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    correlation_key: Mapped[str]
    message_id: Mapped[str | None]
    variables: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    taken_by: Mapped[list[str] | None] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "name", "correlation_key"),
        Index(None, "expires_at"),
        UniqueConstraint("name", "correlation_key", "message_id"),
    )


class Incident(Base):
    """A token is stuck. Open while `resolved_at` is empty."""

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_instance_id: Mapped[str]
    element_id: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None]
