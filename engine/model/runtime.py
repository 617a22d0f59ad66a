"""Rows of running instances. The instance's state is the truth; the others are projections of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.errors import Forbidden, InvalidState
from engine.model.base import Base, Bytes, Id, Json, UtcDateTime

OPEN = text("status = 'open'")
OF_A_CASE = text("case_id IS NOT NULL")
COMPLETED = text("completed_by IS NOT NULL")
FREE = text("free")
NEVER = datetime(9998, 12, 31, tzinfo=UTC)  # the last instant there is


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


class HumanTask(Base):
    """A work item of a person. Status: open, completed, cancelled. `form_id` is the version it was opened with."""

    __tablename__ = "human_task"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_record.id"))
    element_instance_id: Mapped[str]
    element_id: Mapped[str]
    process_id: Mapped[str]
    name: Mapped[str]
    form_id: Mapped[int | None] = mapped_column(ForeignKey("form_definition.id"))
    assignee: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    priority: Mapped[int] = mapped_column(default=50)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    follow_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_by: Mapped[str | None]
    excluded_users: Mapped[list[str]] = mapped_column(Json, default=list)
    properties: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    __table_args__ = (
        UniqueConstraint("instance_id", "element_instance_id"),
        Index("ix_human_task_case_id", "case_id", sqlite_where=OF_A_CASE, postgresql_where=OF_A_CASE),
        Index("ix_human_task_assignee_open", "assignee", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_human_task_name_open", "name", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_human_task_due_open", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_human_task_completed_by_closed_at",
            "completed_by",
            "closed_at",
            sqlite_where=COMPLETED,
            postgresql_where=COMPLETED,
        ),
    )

    @property
    def outcome_field(self) -> str | None:
        """The key of the field that decides how the task ends, as the diagram's property `outcomes` names it."""
        return (self.properties or {}).get("outcomes")

    def ensure_open(self, order: str) -> None:
        if self.status != "open":
            raise InvalidState(
                "Expected to {order} task {task}, but it was already {status} by {who} at {when}"
                if self.completed_by
                else "Expected to {order} task {task}, but it is {status}",
                order=order,
                task=self.id,
                status=self.status,
                **({"who": self.completed_by, "when": self.closed_at} if self.completed_by else {}),
            )

    def claim(self, username: str) -> None:
        """Take the task. Raises InvalidState where somebody else has it, Forbidden where four eyes are wanted."""
        self.ensure_open("claim")
        if self.assignee not in (None, username):
            raise InvalidState(
                "Expected to claim task {task}, but it is assigned to {who}", task=self.id, who=self.assignee
            )
        self.ensure_not_excluded("claim", username)
        self.assignee = username

    def release(self, username: str) -> None:
        """Give the task back to its candidates."""
        self.ensure_open("release")
        self.ensure_assignee("release", username)
        self.assignee = None

    def ensure_assignee(self, order: str, username: str) -> None:
        if self.assignee is None:
            raise InvalidState("Expected to {order} task {task}, but nobody has claimed it", order=order, task=self.id)
        if self.assignee != username:
            raise Forbidden(
                "Expected to {order} task {task}, but it is assigned to {who}",
                order=order,
                task=self.id,
                who=self.assignee,
            )

    def ensure_not_excluded(self, order: str, username: str) -> None:
        if username in self.excluded_users:
            raise Forbidden(
                "Expected to {order} task {task} as somebody who did not work on the step before, but {who} did",
                order=order,
                task=self.id,
                who=username,
            )


class TaskCandidate(Base):
    """Who may claim an open task: a group or a user. Rows leave with the task.

    The other columns repeat the task's, for the inbox to read in order; the database's triggers keep them. `free`:
    nobody has it. `due_by` is NEVER where the task has no due date.
    """

    __tablename__ = "task_candidate"

    task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    free: Mapped[bool | None]
    due_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority: Mapped[int | None] = mapped_column()
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "kind", "name", "task_id"),
        Index(
            "ix_task_candidate_due",
            "kind",
            "name",
            "due_by",
            priority.desc(),
            "task_id",
            sqlite_where=FREE,
            postgresql_where=FREE,
        ),
        Index(
            "ix_task_candidate_priority",
            "kind",
            "name",
            priority.desc(),
            "due_by",
            "task_id",
            sqlite_where=FREE,
            postgresql_where=FREE,
        ),
        Index(
            "ix_task_candidate_created",
            "kind",
            "name",
            created_at.desc(),
            task_id.desc(),
            sqlite_where=FREE,
            postgresql_where=FREE,
        ),
    )


class Draft(Base):
    """What a person typed into a task's form and has not handed in."""

    __tablename__ = "draft"

    task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id"), primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


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
