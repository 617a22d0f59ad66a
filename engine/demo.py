"""Demo people and cases of a pack, made by the real commands on a clock that is set to the past.

`demo/people.toml` holds [[people]] with username, names by language and groups. `demo/cases.toml` holds [[cases]] with
type, by, days_ago, the start form's data, and [[cases.steps]] with task (the element's id), by, days_ago, data. A step
with `claim_only = true` only claims. A text such as "today-3" in the data is that day, counted from the step's own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.access import SYSTEM, Actor
from engine.clock import FixedClock
from engine.commands.casework import OpenCase
from engine.commands.deployment import DeployPack
from engine.commands.human_task import ClaimTask, CompleteTask
from engine.commands.identity import CreateUser
from engine.commands.workshop import CreateModelPack
from engine.config import Settings
from engine.errors import InvalidInput, NotFound, Rejection
from engine.executor import Engine
from engine.model.casework import Case
from engine.model.runtime import HumanTask
from engine.model.workshop import ModelPack
from engine.packs import MANIFEST, read_pack
from engine.queries import people
from engine.queries.context import QueryContext
from engine.service import Service
from engine.workshop import SUFFIXES

PASSWORD = "lianxi-demo-2026"
OFFICE_OPENS = time(9, 0)
BETWEEN_STEPS = timedelta(minutes=7)
ARRIVALS = timedelta(hours=1)  # the matters of a day come within it, in their order


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account to print: who it is and what it is for."""

    username: str
    name: str
    purpose: str


def default_folder() -> Path:
    """The first pack below `processes/` here. Raises NotFound."""
    found = sorted(path.parent for path in Path("processes").glob(f"*/{MANIFEST}"))
    if not found:
        raise NotFound("Expected a pack below processes/, but there is none here")
    return found[0]


def load_demo(service: Service, folder: Path) -> list[Account]:
    """Deploy the pack and put it into the workshop, make its people, and its cases unless there are cases already.

    Returns the accounts.
    """
    engine = service.engine
    engine.execute(DeployPack(pack=read_pack(folder), reason="The demonstration office"), actor=SYSTEM)
    if engine.ask(_is_unknown_to_the_workshop, folder.resolve().name):
        begun = CreateModelPack(name=folder.resolve().name, message="As delivered", files=_models(folder))
        engine.execute(begun, actor=SYSTEM)
    entries = _toml(folder / "demo" / "people.toml").get("people", [])
    if engine.ask(_is_empty):
        for entry in entries:
            engine.execute(
                CreateUser(
                    username=entry["username"],
                    password=PASSWORD,
                    names=entry["names"],
                    groups=tuple(entry["groups"]),
                ),
                actor=SYSTEM,
            )
        _load_cases(engine, _toml(folder / "demo" / "cases.toml").get("cases", []))
    return [
        Account(username=entry["username"], name=entry["names"]["zh"], purpose=entry.get("purpose", ""))
        for entry in entries
    ]


def _is_unknown_to_the_workshop(context: QueryContext, name: str) -> bool:
    return context.session.scalar(select(ModelPack.id).where(ModelPack.name == name)) is None


def _models(folder: Path) -> dict[str, bytes]:
    """What designers work on: all of the pack's folder but the demo's own people and cases."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if name.endswith(SUFFIXES) and not name.startswith(("demo/", "."))
    }


def print_accounts(accounts: list[Account], settings: Settings) -> None:
    print(f"\nLianxi 联席: http://{settings.host}:{settings.port}   (data: {settings.data_folder})")
    print(f"Demo accounts, password {PASSWORD}:")
    for account in accounts:
        print(f"  {account.username:<16} {account.name}  {account.purpose}")
    print(flush=True)


def _load_cases(engine: Engine, cases: list[dict[str, Any]]) -> None:
    now, clock = engine.clock.now(), FixedClock(engine.clock.now())
    real, engine.clock = engine.clock, clock
    try:
        # Oldest first, so that numbers follow dates.
        for index, case in enumerate(sorted(cases, key=lambda case: -case.get("days_ago", 0))):
            _play(engine, clock, now, case, ARRIVALS * index / len(cases))
    finally:
        engine.clock = real


def _play(engine: Engine, clock: FixedClock, now: datetime, case: Mapping[str, Any], after_opening: timedelta) -> None:
    moment = _set(engine, clock, now, case.get("days_ago", 0), after_opening)
    try:
        opened = engine.execute(
            OpenCase(case_type=case["type"], data=_dated(case["data"], moment)), actor=_actor(engine, case["by"])
        )
        for step in case.get("steps", ()):
            moment = max(
                moment + BETWEEN_STEPS,
                _moment(engine, now, step.get("days_ago", case.get("days_ago", 0)), timedelta(0)),
            )
            clock.set(min(moment, now))
            _take(engine, opened.case_id, step)
    except Rejection as refusal:
        details = refusal.errors if isinstance(refusal, InvalidInput) else ""
        raise InvalidInput(
            {},
            "Expected the demo case {case} to play, but {why} {details}",
            case=case["data"],
            why=refusal.message,
            details=details,
        ) from refusal


def _take(engine: Engine, case_id: int, step: Mapping[str, Any]) -> None:
    actor, now = _actor(engine, step["by"]), engine.clock.now().astimezone(engine.zone)
    refusals: list[str] = []
    for task_id in engine.ask(_open_tasks, case_id, step["task"]):
        try:
            engine.execute(ClaimTask(task_id=task_id), actor=actor)
        except InvalidInput:
            raise
        except Rejection as refusal:
            refusals.append(str(refusal))
            continue
        if not step.get("claim_only"):
            engine.execute(CompleteTask(task_id=task_id, data=_dated(step.get("data", {}), now)), actor=actor)
        return
    raise NotFound(
        "Expected an open task {task} for {who} in case {case}, but there is none: {why}",
        task=step["task"],
        who=step["by"],
        case=case_id,
        why="; ".join(refusals),
    )


def _dated(data: Any, moment: datetime) -> Any:
    """The data with texts such as "today-3" replaced by dates."""
    if isinstance(data, Mapping):
        return {key: _dated(value, moment) for key, value in data.items()}
    if isinstance(data, list):
        return [_dated(value, moment) for value in data]
    if isinstance(data, str) and (found := re.fullmatch(r"today([+-]\d+)?", data)):
        return (moment.date() + timedelta(days=int(found[1] or 0))).isoformat()
    return data


def _set(engine: Engine, clock: FixedClock, now: datetime, days_ago: float, after_opening: timedelta) -> datetime:
    moment = _moment(engine, now, days_ago, after_opening)
    clock.set(moment)
    return moment


def _moment(engine: Engine, now: datetime, days_ago: float, after_opening: timedelta) -> datetime:
    """A time of office hours on the working day so many days ago, or that last before it."""
    local = now.astimezone(engine.zone)
    day = engine.ask(_working_day, (local - timedelta(days=days_ago)).date())
    moment = datetime.combine(day, OFFICE_OPENS, engine.zone) + after_opening
    return min(moment, now - timedelta(minutes=90) + after_opening)


def _working_day(context: QueryContext, day: Any) -> Any:
    calendar = context.calendar
    return day if calendar.is_working_day(day) else calendar.previous_working_day(day)


def _actor(engine: Engine, username: str) -> Actor:
    person = engine.ask(people.get, username)
    if person is None:
        raise NotFound("Expected demo person {who}, but there is none", who=username)
    return person.actor


def _is_empty(context: QueryContext) -> bool:
    return context.session.scalar(select(Case.id).limit(1)) is None


def _open_tasks(context: QueryContext, case_id: int, element_id: str) -> list[int]:
    return list(
        context.session.scalars(
            select(HumanTask.id)
            .where(HumanTask.case_id == case_id, HumanTask.element_id == element_id, HumanTask.status == "open")
            .order_by(HumanTask.id)
        )
    )


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
