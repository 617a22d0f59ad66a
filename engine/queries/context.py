"""What a query works with: a reading session, the time, the deployed definitions, the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, literal, select
from sqlalchemy.orm import Session

from engine import calendar, feel
from engine.context import LazyFunctions, load_calendar
from engine.definitions import Definitions
from engine.model.identity import Group, User


@dataclass(frozen=True, kw_only=True)
class QueryContext:
    """One query's surroundings; nothing it does is stored."""

    session: Session
    now: datetime
    zone: ZoneInfo
    definitions: Definitions

    @cached_property
    def calendar(self) -> calendar.Calendar:
        return load_calendar(self.session)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def environment(self) -> feel.Environment:
        return feel.Environment(now=self.now.astimezone(self.zone), functions=LazyFunctions(lambda: self.calendar))

    @cached_property
    def stamp(self) -> int:
        """The newest deployment's id; asking for it makes the definitions forget what is no longer latest."""
        stamp = self.definitions.stamp(self.session)
        self.definitions.seen(stamp)
        return stamp

    @cached_property
    def warnings(self) -> dict[str, list[Mapping[str, Any]]]:
        """When lights change, by clock name and as "default", as the packs' profiles say under `warnings`."""
        _ = self.stamp
        found: dict[str, list[Mapping[str, Any]]] = {}
        for pack in self.definitions.packs(self.session):
            declared = pack.profile.get("warnings") if isinstance(pack.profile, dict) else None
            for name, steps in (declared if isinstance(declared, dict) else {}).items():
                if isinstance(steps, list) and all(_is_warning(step) for step in steps):
                    found[name] = steps
        return found

    def warnings_of(self, clock: str) -> list[Mapping[str, Any]]:
        return self.warnings.get(clock) or self.warnings.get("default") or list(calendar.DEFAULT_WARNINGS)

    def among(self, column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
        """The column is one of these ids; PostgreSQL takes them as one value, not each under a name of its own."""
        if self.session.get_bind().dialect.name == "postgresql":
            return column == any_(literal(list(ids), ARRAY(BigInteger)))
        return column.in_(ids)

    @cached_property
    def group_names(self) -> dict[str, str]:
        return dict(self.session.execute(select(Group.key, Group.name)).all())

    @cached_property
    def person_names(self) -> dict[str, dict[str, str]]:
        return dict(self.session.execute(select(User.username, User.names)).all())

    def person(self, username: str | None) -> str | None:
        """The name a person is shown by; Chinese first, because it is the name on their door."""
        if username is None:
            return None
        names = self.person_names.get(username) or {}
        return names.get("zh") or names.get("en") or username


def _is_warning(step: Any) -> bool:
    if not isinstance(step, dict) or step.get("level") not in calendar.LIGHTS:
        return False
    days, fraction = step.get("working_days_before_safe"), step.get("at_fraction")
    return (isinstance(days, int) and 0 <= days <= 366) or (isinstance(fraction, int | float) and 0 <= fraction <= 1)
