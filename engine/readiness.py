"""Whether this process can do its work: the database, its tables, a worker, room on the disk."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Rejection
from engine.executor import Engine
from engine.logs import get_logger
from engine.queries import gauges

DATABASE_SECONDS = 1.0
HEARTBEAT_SECONDS = 60.0
LEAST_FREE = 0.10  # of the disk

logger = get_logger("lianxi.health")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must be so. `told` says in English what was found, without names of hosts or people."""

    name: str
    good: bool
    told: str


class Readiness:
    """Looks when asked. One look at the database at a time, so that a database that hangs costs one thread."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._looking = threading.Lock()

    def checks(self) -> list[Check]:
        return [*self._database_checks(), disk(self._folder)]

    def _database_checks(self) -> list[Check]:
        found: list[Check] = []
        late = Check(name="database", good=False, told=f"no answer within {DATABASE_SECONDS:g} s")
        if not self._looking.acquire(timeout=DATABASE_SECONDS):  # an earlier look still waits
            return [late]

        def look() -> None:
            try:
                found.extend(_look(self._engine))
            finally:
                self._looking.release()

        thread = threading.Thread(target=look, name="lianxi-readiness", daemon=True)
        thread.start()
        thread.join(DATABASE_SECONDS)
        return list(found) or [late]


def disk(folder: Path) -> Check:
    """The disk of the data folder."""
    try:
        usage = shutil.disk_usage(folder if folder.exists() else folder.parent)
    except OSError as error:
        return Check(name="disk", good=False, told=error.strerror or "cannot be looked at")
    free = usage.free / usage.total if usage.total else 0.0
    return Check(name="disk", good=free > LEAST_FREE, told=f"{free:.0%} free")


def _look(engine: Engine) -> list[Check]:
    steps: list[Callable[[Engine], Check]] = [_schema, _worker]
    found: list[Check] = []
    try:
        for step in steps:
            found.append(step(engine))
    except Rejection as refusal:
        return [Check(name="database", good=False, told=refusal.message.template)]
    except Exception:
        logger.exception("not ready", check="database")
        return [Check(name="database", good=False, told="it refused the question; see the log")]
    return [Check(name="database", good=True, told="answers"), *found]


def _schema(engine: Engine) -> Check:
    """The tables are those this code wants, or newer ones: revisions only add, so the code of before runs on them."""
    from engine import migrations

    with engine.database.read():
        found = migrations.current_revision(engine.database)
    wanted, known = migrations.newest_revision(), migrations.known_revisions()
    if found == wanted:
        return Check(name="schema", good=True, told=f"at {found}")
    if found and found not in known:
        return Check(name="schema", good=True, told=f"at {found}, newer than {wanted} of this version")
    return Check(name="schema", good=False, told=f"at {found}, but this version wants {wanted}: run lianxi migrate")


def _worker(engine: Engine) -> Check:
    age = engine.ask(gauges.heartbeat_age)
    if age is None:
        return Check(name="worker", good=False, told="none is at work")
    return Check(name="worker", good=age < HEARTBEAT_SECONDS, told=f"gave a sign of life {age:.0f} s ago")
