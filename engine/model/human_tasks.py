"""Rows of human tasks: the work itself, who may claim it, and what was typed and not handed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.errors import Forbidden, InvalidState
from engine.model.base import Base, Id, Json, UtcDateTime

OPEN = text("status = 'open'")
OF_A_CASE = text("case_id IS NOT NULL")
COMPLETED = text("completed_by IS NOT NULL")
FREE = text("free")
NEVER = datetime(9998, 12, 31, tzinfo=UTC)  # the last instant there is


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
        Index(
            "ix_human_task_taken",
            "assignee",
            "due_at",
            priority.desc(),
            "id",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_human_task_name_open", "name", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_human_task_due_open", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_human_task_done",
            "completed_by",
            "closed_at",
            "id",
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
