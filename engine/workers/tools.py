"""What a worker is handed besides its variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.calendar import Calendar


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What jobs may reach, if anything: a mail server, smtp:// or smtps://, for one sender; hosts, or host:port."""

    mail_url: str = field(default="", repr=False)
    mail_from: str = ""
    webhook_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Tools:
    """now: this moment, aware. zone: of the authority. calendar: its working days. key: the job's idempotency key."""

    now: datetime
    zone: ZoneInfo
    calendar: Calendar
    key: str = ""
    outside: Outside = field(default_factory=Outside)
