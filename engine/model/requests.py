"""Rows of requests that were answered and may come again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base, Json, UtcDateTime


class AnsweredRequest(Base):
    """A command that its sender named by a key, written in the command's own transaction.

    The fingerprint is the SHA-256 of what was asked; the answer is what the sender was told. Rows leave after two days.
    """

    __tablename__ = "answered_request"

    username: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
