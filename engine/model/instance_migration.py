"""Rows of instance migrations: what was ordered for many instances, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base, Id, Json, UtcDateTime


class InstanceMigrationBatch(Base):
    """An order to put instances of one version on another. `plan` holds the fields of engine.bpmn's MigrationPlan.

    It is finished when no item waits; once it was stopped, the items that wait are left alone.
    """

    __tablename__ = "instance_migration_batch"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str]
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_by: Mapped[str | None]


class InstanceMigrationItem(Base):
    """One instance of a batch. Status: waiting, migrated, refused (`reasons` say why), failed (our mistake), gone.

    gone: it had ended, or was on a third version, before its turn came. reasons: a list of [element id, sentence], a
    sentence being the template and params of an engine.errors.Message.
    """

    __tablename__ = "instance_migration_item"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("instance_migration_batch.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    status: Mapped[str] = mapped_column(default="waiting")
    reasons: Mapped[list[Any] | None] = mapped_column(Json)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("batch_id", "instance_id"),
        Index(None, "batch_id", "status"),
        Index(None, "instance_id"),
    )
