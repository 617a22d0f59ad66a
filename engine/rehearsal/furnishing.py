"""What a rehearsal begins with: the packs deployed in a database of their own, made once and copied for each."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from engine.access import SYSTEM
from engine.calendar import LocalDay
from engine.clock import FixedClock
from engine.commands.clock import SetLocalDay
from engine.commands.deployment import DeployPack
from engine.database import open_database
from engine.definitions import Definitions
from engine.errors import InvalidInput, Message
from engine.executor import Engine
from engine.notations import read_yaml
from engine.packs import Pack, digest

MOST_KEPT = 6
MOST_LOCAL_DAYS = 400
YEARS = range(1900, 2201)
PREFIX = "lianxi-rehearsals-"
LEFT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How a rehearsal begins.

    now: aware. changes: entries of the profile that are tried instead, by path such as "reply.days". local_days: days
    off and working days beside the national ones.
    """

    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    changes: Mapping[str, Any] = field(default_factory=dict)
    local_days: tuple[LocalDay, ...] = ()

    def __post_init__(self) -> None:
        """Raises InvalidInput for what no calendar has, or what takes long."""
        if self.now.year not in YEARS:
            wanted = Message("Expected a beginning in the years {first} to {last}, but it is in {year}",
                             first=YEARS[0], last=YEARS[-1], year=self.now.year)  # fmt: skip
            raise InvalidInput({"now": [wanted]}, wanted.template, **wanted.params)
        if len(self.local_days) > MOST_LOCAL_DAYS:
            wanted = Message("Expected at most {most} days off and working days, but there are {count}",
                             most=MOST_LOCAL_DAYS, count=len(self.local_days))  # fmt: skip
            raise InvalidInput({"local_days": [wanted]}, wanted.template, **wanted.params)


@dataclass(frozen=True, kw_only=True)
class Furnished:
    """A database with packs deployed in it, to be copied, and the definitions parsed from it, to be shared."""

    file: Path
    definitions: Definitions


class Furnishings:
    """The latest ones of this process."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Furnished] = OrderedDict()

    def copy(self, packs: Sequence[Pack], setup: Setup) -> tuple[Path, Definitions]:
        """A folder with a database of its own (office.db), and the definitions in it. Raises what refuses a pack."""
        key = start_key(packs, setup)
        with self._lock:  # held meanwhile: two who want the same wait for one, and nobody copies what is dropped
            if key not in self._kept:
                self._kept[key] = _furnish(packs, setup)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)[1].file.unlink()
            furnished = self._kept[key]
            folder = Path(tempfile.mkdtemp(dir=_folder()))
            shutil.copy(furnished.file, folder / "office.db")
        return folder, furnished.definitions


furnishings = Furnishings()


def start_key(packs: Sequence[Pack], setup: Setup, *more: Any) -> str:
    """What is the same for rehearsals that begin alike, and went on with the same `more`."""
    days = [(str(day.date), day.working, day.name) for day in setup.local_days]
    said = [setup.now.isoformat(), setup.zone.key, dict(setup.changes), days, list(more)]
    return digest(*(pack.sha256.encode() for pack in packs), msgspec.json.encode(said))


def _furnish(packs: Sequence[Pack], setup: Setup) -> Furnished:
    file = Path(tempfile.mkstemp(dir=_folder(), suffix=".db")[1])
    shutil.copy(_template(), file)
    database = open_database(f"sqlite:///{file}", synchronous="OFF")
    engine = Engine(database, zone=setup.zone, clock=FixedClock(setup.now), enqueue=lambda *_: None)
    try:
        for day in setup.local_days:
            engine.execute(SetLocalDay(day=day.date, working=day.working, name=day.name), actor=SYSTEM)
        for pack in packs:
            engine.execute(DeployPack(pack=_changed(pack, setup.changes)), actor=SYSTEM)
    except BaseException:
        database.dispose()
        file.unlink()
        raise
    database.dispose()  # the last connection brings everything into the one file
    return Furnished(file=file, definitions=engine.definitions)


def _changed(pack: Pack, changes: Mapping[str, Any]) -> Pack:
    """The pack with other values in its profile: what if the law gave twenty days?"""
    name = pack.manifest.get("profile")
    if not changes or not name or name not in pack.resources:
        return pack
    profile = read_yaml(pack.resources[name])
    for path, value in changes.items():
        _put(profile, path, value)
    text = yaml.safe_dump(profile, allow_unicode=True, sort_keys=False)
    return Pack(name=pack.name, resources={**pack.resources, name: text.encode()})


def _put(profile: Any, path: str, value: Any) -> None:
    *way, last = path.split(".")
    for step in way:
        profile = profile.get(step) if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or last not in profile:
        raise InvalidInput({path: [Message("Expected an entry of the profile")]}, "Expected an entry of the profile")
    profile[last] = value


@functools.cache
def _template() -> Path:
    """An empty database with all tables, made once per process."""
    from engine import migrations  # takes a quarter of a second to load, which most processes don't need

    folder = _folder()
    database = open_database(f"sqlite:///{folder}/empty.db", synchronous="OFF")
    migrations.upgrade(database)
    database.dispose()
    return folder / "empty.db"


@functools.cache
def _folder() -> Path:
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):  # by a process that was killed
        if time.time() - left.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=PREFIX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
