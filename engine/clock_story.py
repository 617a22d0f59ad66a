"""Clocks as the history tells of them, to be compared with their rows: no state waits for a clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.model.casework import Clock
from engine.model.history import HistoryEvent
from engine.model.runtime import ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KINDS = ("work done", "clock extended", "clock paused", "clock resumed", "instance cancelled")
COMPARED = ("extension_days", "excluded_days", "paused_on", "status")


@dataclass(kw_only=True)
class ToldClock:
    """One clock, opened and changed as the history says.

    `start` and `rule` are None where it was opened by a version that did not write them down. `sure` is whether what
    happened later is known to have happened to this one: two of a name may run at once.
    """

    instance_id: int
    name: str
    start: date | None = None
    rule: dict[str, Any] | None = None
    extension_days: int = 0
    excluded_days: int = 0
    paused_on: date | None = None
    status: str = "running"
    stopped_at: datetime | None = None
    sure: bool = True

    @property
    def can_be_restored(self) -> bool:
        return self.start is not None and self.rule is not None and self.sure

    def differs(self, row: Clock) -> list[str]:
        """What the row says otherwise."""
        return [name for name in COMPARED if getattr(row, name) != getattr(self, name)] if self.sure else []


def told_clocks(instances: Sequence[ProcessInstance], session: Session, zone: ZoneInfo) -> dict[int, list[ToldClock]]:
    """By instance, in the order they were opened."""
    if not instances:
        return {}
    events = session.scalars(
        select(HistoryEvent)
        .where(
            HistoryEvent.instance_id.in_([instance.id for instance in instances]),
            HistoryEvent.at >= min(instance.started_at for instance in instances),
            HistoryEvent.type.in_(KINDS),
        )
        .order_by(HistoryEvent.id)
    )
    told: dict[int, list[ToldClock]] = defaultdict(list)
    for event in events:
        assert event.instance_id is not None
        _hear(event, told[event.instance_id], zone)
    return told


def matched(told: Iterable[ToldClock], rows: Iterable[Clock]) -> list[tuple[ToldClock, Clock | None]]:
    """Each clock that was told of with its row, or None where it has none."""
    free, pairs = list(rows), []
    for clock in told:
        row = next((row for row in free if row.name == clock.name and clock.start in (None, row.start)), None)
        if row is not None:
            free.remove(row)
        pairs.append((clock, row))
    return pairs


def _hear(event: HistoryEvent, told: list[ToldClock], zone: ZoneInfo) -> None:
    data = event.data or {}
    if event.type == "work done" and data.get("type") == "clock:open":
        start = data.get("start")
        told.append(
            ToldClock(
                instance_id=event.instance_id or 0,
                name=data.get("clock", ""),
                start=date.fromisoformat(start) if start else None,
                rule=data.get("rule"),
            )
        )
        return
    going_on = [clock for clock in told if clock.status != "stopped"]
    if event.type == "instance cancelled":
        _stop(going_on, event.at)
        return
    meant = [clock for clock in going_on if clock.name == data.get("clock")]
    if event.type == "work done":
        if data.get("type") == "clock:stop":
            _stop(meant, event.at)
        return
    for clock in meant:
        clock.sure = len(meant) == 1
        if event.type == "clock extended":
            clock.extension_days += data["days"]
        elif event.type == "clock paused":
            clock.status, clock.paused_on = "paused", event.at.astimezone(zone).date()
        else:
            clock.status, clock.paused_on = "running", None
            clock.excluded_days += data["days"]


def _stop(clocks: Iterable[ToldClock], at: datetime) -> None:
    for clock in clocks:
        clock.status, clock.stopped_at = "stopped", at
