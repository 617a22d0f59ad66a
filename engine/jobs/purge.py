"""Forgets what is over: sessions of browsers, messages nobody took."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from engine.jobs.queue import Jobs
from engine.model.identity import LoginSession
from engine.model.runtime import BufferedMessage

EXPIRING = (LoginSession, BufferedMessage)


def forget_expired(jobs: Jobs, now: datetime) -> None:
    for row in EXPIRING:
        with jobs.database.write() as session:
            session.execute(delete(row).where(row.expires_at <= now))
