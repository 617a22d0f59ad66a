"""Rows of the designers' workshop: packs with their revisions, and what each designer is changing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base, Bytes, Id, UtcDateTime


class ModelPack(Base):
    """A pack that is worked on here. Its newest revision is what colleagues see."""

    __tablename__ = "model_pack"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]


class ModelContent(Base):
    """The content of files, once for each different one."""

    __tablename__ = "model_content"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(Bytes)


class ModelRevision(Base):
    """A state of all files of a pack, with who made it and why. `deployment_id`: what it was last deployed as."""

    __tablename__ = "model_revision"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    pack_id: Mapped[int] = mapped_column(ForeignKey("model_pack.id"))
    number: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str]
    message: Mapped[str]
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployment.id"))

    __table_args__ = (UniqueConstraint("pack_id", "number"),)


class ModelFile(Base):
    """One file of a revision; its path is relative, with forward slashes."""

    __tablename__ = "model_file"

    revision_id: Mapped[int] = mapped_column(ForeignKey("model_revision.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("model_content.sha256"))


class ModelDraft(Base):
    """What one designer changed in one file and has not made a revision of.

    sha256: the content, empty where the file is to go. base: the content it was changed from, empty for a new file.
    """

    __tablename__ = "model_draft"

    pack_id: Mapped[int] = mapped_column(ForeignKey("model_pack.id"), primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("model_content.sha256"))
    base: Mapped[str | None]
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "username"),)
