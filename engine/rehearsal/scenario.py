"""Scenario files, `scenarios/*.toml` of a pack: what is given, and what is expected to come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w

from engine.calendar import LocalDay
from engine.notations import read_toml
from engine.rehearsal.expectations import read_expect, unfit
from engine.rehearsal.furnishing import Setup
from engine.rehearsal.steps import Step, read_step

MOST_STEPS = 500


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A story of a pack. `path`: the file it is in."""

    title: str
    setup: Setup
    steps: tuple[Step, ...]
    expect: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""


def read_scenario(content: bytes, path: str = "scenario") -> Scenario:
    """The scenario of a file. Raises InvalidInput, which says what was wanted where."""
    try:
        raw = read_toml(content)
    except ValueError as error:
        raise unfit(path, "Expected readable TOML in {path}, but {error}", path=path, error=str(error)) from None
    allowed = {"title", "now", "time_zone", "profile", "local_days", "steps", "expect"}
    if unknown := sorted(raw.keys() - allowed):
        raise unfit(
            path, "Expected {path} to have only {allowed}, but it has {found}",
            path=path, allowed=", ".join(sorted(allowed)), found=", ".join(unknown),
        )  # fmt: skip
    steps = raw.get("steps", [])
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        raise unfit(path, "Expected 1 to {most} steps in {path}", most=MOST_STEPS, path=path)
    return Scenario(
        title=str(raw.get("title") or path),
        setup=_setup(raw, path),
        steps=tuple(read_step(step, f"step {number}") for number, step in enumerate(steps, 1)),
        expect=read_expect(raw.get("expect", {}), path),
        path=path,
    )


def write_scenario(scenario: Scenario) -> bytes:
    """The file of a scenario; reading it gives the same again."""
    setup = scenario.setup
    raw: dict[str, Any] = {"title": scenario.title, "now": setup.now.astimezone(setup.zone)}
    raw["now"] = raw["now"].replace(tzinfo=None)  # local to the time zone, as people say it
    raw["time_zone"] = setup.zone.key
    if setup.changes:
        raw["profile"] = dict(setup.changes)
    if setup.local_days:
        raw["local_days"] = [{"date": day.date, "working": day.working, "name": day.name} for day in setup.local_days]
    raw["steps"] = [step.as_mapping() for step in scenario.steps]
    if scenario.expect:
        raw["expect"] = without_nulls(scenario.expect)
    return tomli_w.dumps(raw, multiline_strings=True, indent=2).encode()


def without_nulls(value: Any) -> Any:
    """TOML has no word for null: such entries are left out."""
    if isinstance(value, Mapping):
        return {str(name): without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(inner) for inner in value if inner is not None]
    return value


def _setup(raw: Mapping[str, Any], path: str) -> Setup:
    try:
        zone = ZoneInfo(raw.get("time_zone", "Asia/Shanghai"))
    except (ValueError, OSError, KeyError, TypeError):
        raise unfit(path, "Expected a time zone such as Asia/Shanghai in {path}", path=path) from None
    now = raw.get("now")
    if isinstance(now, str):
        try:
            now = datetime.fromisoformat(now)
        except ValueError:
            now = None
    if not isinstance(now, datetime):
        raise unfit(path, "Expected {path} to say when it begins, such as now = 2026-03-02T09:00:00", path=path)
    days = raw.get("local_days", [])
    changes = raw.get("profile", {})
    if not isinstance(changes, Mapping) or not isinstance(days, list):
        raise unfit(path, "Expected profile to be a table and local_days a list in {path}", path=path)
    return Setup(
        now=now if now.tzinfo else now.replace(tzinfo=zone),
        zone=zone,
        changes=dict(changes),
        local_days=tuple(_local_day(day, path) for day in days),
    )


def _local_day(raw: Any, path: str) -> LocalDay:
    day = raw.get("date") if isinstance(raw, Mapping) else None
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            day = None
    if not isinstance(day, date) or not isinstance(raw.get("working", False), bool):
        raise unfit(path, "Expected local days with date, working and name in {path}", path=path)
    return LocalDay(date=day, working=raw.get("working", False), name=str(raw.get("name", "")))
