"""Rows of what was deployed: immutable, versioned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base, Bytes, Id, Json, UtcDateTime


class Deployment(Base):
    """One successful deployment of a pack; `sha256` is over all its resources, `reason` why it was wanted."""

    __tablename__ = "deployment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str]
    deployed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deployed_by: Mapped[str]
    reason: Mapped[str | None]

    __table_args__ = (Index(None, "name", "id"),)


class Resource(Base):
    """One file of a deployment, byte for byte. `kind`: manifest, process, decision, form, profile, labels, other."""

    __tablename__ = "resource"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    name: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(Bytes)

    __table_args__ = (UniqueConstraint("deployment_id", "name"),)


class ProcessDefinition(Base):
    """One version of a process.

    `sha256` covers what is bound to its deployment: when that changes, this is a new version. `calls` are the processes
    it calls by ids that are written out; None where nobody looked. `version_tag` is the name its designer gave it.
    """

    __tablename__ = "process_definition"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]
    start_form: Mapped[str | None]
    start_messages: Mapped[list[str]] = mapped_column(Json, default=list)
    version_tag: Mapped[str | None]
    calls: Mapped[list[str] | None] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("key", "version"),)


class DecisionDefinition(Base):
    """One version of a decision (DMN)."""

    __tablename__ = "decision_definition"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]

    __table_args__ = (UniqueConstraint("key", "version"),)


class FormDefinition(Base):
    """One version of a form (form-js JSON)."""

    __tablename__ = "form_definition"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    key: Mapped[str]
    version: Mapped[int]
    sha256: Mapped[str]

    __table_args__ = (UniqueConstraint("key", "version"),)
