"""The lights of a clock: how near its due date is, and when that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from engine.calendar import Calendar

Light = Literal["green", "blue", "amber", "orange", "yellow", "red"]

LIGHTS: tuple[Light, ...] = ("green", "blue", "amber", "orange", "yellow", "red")  # from calm to breached

DEFAULT_WARNINGS: tuple[Mapping[str, Any], ...] = (
    {"at_fraction": 0.5, "level": "blue"},
    {"working_days_before_safe": 3, "level": "amber"},
    {"working_days_before_safe": 1, "level": "orange"},
)


class HasDueDates(Protocol):
    """Anything with two due dates: a `DueDate` or a stored clock."""

    @property
    def legal_due(self) -> date: ...
    @property
    def safe_due(self) -> date: ...


def light(
    due_date: HasDueDates,
    start: date,
    today: date,
    calendar: Calendar,
    warnings: Iterable[Mapping[str, Any]] = DEFAULT_WARNINGS,
) -> Light:
    """How near the due date is: green, blue, amber, orange before `safe_due`, yellow after it, red after `legal_due`.

    Warnings look like `{"at_fraction": 0.5, "level": "blue"}` (more than that part of the days has passed) or
    `{"working_days_before_safe": 3, "level": "amber"}` (that many working days or fewer are left).
    """
    reached = [level for day, level in light_changes(due_date, start, calendar, warnings) if day <= today]
    return max(reached, key=LIGHTS.index, default="green")


def light_changes(
    due_date: HasDueDates,
    start: date,
    calendar: Calendar,
    warnings: Iterable[Mapping[str, Any]] = DEFAULT_WARNINGS,
) -> Sequence[tuple[date, Light]]:
    """The days on which the light changes, earliest first; what a clock's warning timers are set to."""
    safe, length = due_date.safe_due, (due_date.safe_due - start).days
    changes: list[tuple[date, Light]] = []
    for warning in warnings:
        if (fraction := warning.get("at_fraction")) is not None:
            day = start + timedelta(days=int(length * fraction + 1e-9) + 1)
        else:
            day = calendar.add_working_days(safe, -warning["working_days_before_safe"])
        if start <= day <= safe:
            changes.append((day, warning["level"]))
        elif day < start <= safe:  # a period shorter than its warning begins with the warning
            changes.append((start, warning["level"]))
    changes.append((safe + timedelta(days=1), "yellow"))
    changes.append((due_date.legal_due + timedelta(days=1), "red"))
    return sorted(changes, key=lambda change: (change[0], LIGHTS.index(change[1])))
