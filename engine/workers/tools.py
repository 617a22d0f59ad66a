"""What a worker is handed besides its variables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.calendar import Calendar


@dataclass(frozen=True, kw_only=True)
class Tools:
    """now: this moment, aware. zone: of the authority. calendar: its working days. key: the job's idempotency key."""

    now: datetime
    zone: ZoneInfo
    calendar: Calendar
    key: str = ""
