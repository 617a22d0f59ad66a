"""An upgrade while people work: the version before and this one side by side, on one database.

`python -m tests.crash.versions [REVISION] [--database sqlite] [--matters 20]` prints the figures of each database as a
JSON line; the exit code is 1 where something was lost or somebody was refused. The version before is taken from the
history of this repository and runs with today's packages. On PostgreSQL its server and worker are at work while this
version migrates, and go on beside a server and a worker of this version; on SQLite one server follows the other.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import migrations
from engine.clock import SystemClock
from engine.database import open_database
from tests.crash.audit import audit, drain
from tests.crash.installation import DATABASES, SECRET
from tests.crash.kill import FAULTS
from tests.crash.matters import LetterWriter
from tests.crash.processes import Process
from tests.crash.staff import Staff, at_work
from tests.support import postgres
from tests.support.driver import open_driver
from tests.support.server import ROOT, free_port, whole

# The last one whose tables end with 0016. Take a later one when what it does is no longer the version before.
BEFORE = "771165adb20464363e4fa6856d83d3679384a039"
FOLDERS = ("engine", "webui", "tests", "bench", "tools", "processes")
CLERKS = 4
STATUSES = {0, 200, 204, 409}  # 0: a connection of a server that stopped
COMPLETED = "CompleteTask"  # in a log
PREPARE = """
import json, sys
from pathlib import Path
from engine.clock import SystemClock
from engine.database import open_database
from tests.crash import matters
from tests.support.driver import open_driver
office = open_driver(sys.argv[1], Path(sys.argv[2]))
office.engine.clock = SystemClock()
print(json.dumps(matters.prepare(office, int(sys.argv[3]))))
office.service.close()
"""


class NoHistory(Exception):
    """The commit is not in this copy of the repository, as in a shallow clone."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where both versions are at work: the database, the data folder, and the code of the version before."""

    database: str
    url: str
    folder: Path
    code: Path

    def process(self, name: str, port: int, *, before: bool, worker: bool = False) -> Process:
        return Process(
            arguments=["worker" if worker else "serve"],
            environment=self.environment(port, before=before),
            log=self.folder / f"{name}.log",
            url="" if worker else f"http://127.0.0.1:{port}",
            code=self.code if before else ROOT,
        )

    def environment(self, port: int, *, before: bool) -> dict[str, str]:
        return {
            "LIANXI_DATA": str(self.folder),
            "LIANXI_DATABASE_URL": self.url,
            "LIANXI_SECRET_KEY": SECRET,
            "LIANXI_PORT": str(port),
            "LIANXI_DRAIN_SECONDS": "0",
            "PYTHONPATH": str(self.code if before else ROOT),
        }

    def prepare(self, clerks: int) -> dict[str, str]:
        """With the code of the version before make its tables, the process and the clerks; their tokens."""
        done = subprocess.run(
            [sys.executable, "-P", "-c", PREPARE, self.url, str(self.folder), str(clerks)],
            env=whole(self.environment(0, before=True)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    @property
    def revision(self) -> str | None:
        """The revision of the tables as they are now."""
        database = open_database(self.url)
        try:
            return migrations.current_revision(database)
        finally:
            database.dispose()


def run(
    database: str, matters_each: int, *, clerks: int = CLERKS, revision: str = BEFORE, patient: bool = True
) -> dict[str, Any]:
    """Begin with the version before, change over while clerks work, and look whether all is there, once.

    `patient`: the old server beside the new one is stopped in order, which takes half a minute while people are
    connected, and else killed.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxi-versions-")))
        url = f"sqlite:///{folder}/lianxi.db"
        if database == "postgresql":
            server = postgres.running_server()
            url = server.create_database()
            stack.callback(server.drop_database, url)
        place = Place(database=database, url=url, folder=folder, code=check_out(revision, folder / "before"))
        tokens = place.prepare(clerks)
        tables = [place.revision]
        if database == "postgresql":
            staff, figures = side_by_side(place, tokens, matters_each, stack, patient=patient)
        else:
            staff, figures = one_after_the_other(place, tokens, matters_each, stack)
        tables.append(place.revision)
        logs = {log.stem: log.read_text(errors="replace") for log in sorted(folder.glob("*.log"))}
        office = open_driver(url, folder)
        stack.callback(office.service.close)
        office.engine.clock = SystemClock()
        return {
            "database": database,
            "before": revision[:12],
            "tables": tables,
            **audit(office, staff, "".join(logs.values())),
            **figures,
            "completions_by": {name: log.count(COMPLETED) for name, log in logs.items() if "server" in name},
            "replies": dict(sorted(staff.replies.items())),
        }


def side_by_side(
    place: Place, tokens: Mapping[str, str], matters_each: int, stack: ExitStack, *, patient: bool
) -> tuple[Staff, dict[str, Any]]:
    """Migrate under the old server and worker, put new ones beside them, and take the old ones away at last."""
    port, new_port = free_port(), free_port()
    old = [
        place.process("server before", port, before=True),
        place.process("worker before", port, before=True, worker=True),
    ]
    new = [
        place.process("server", new_port, before=False),
        place.process("worker", new_port, before=False, worker=True),
    ]
    for process in (*old, *new):
        stack.callback(process.stop)
    start(old)
    half = len(tokens) // 2
    urls = [old[0].url, new[0].url]
    with at_work(urls, dict(list(tokens.items())[:half]), matters_each) as first:
        first.wait_until(lambda: first.completed >= half)
        begun = first.completed
        open_driver(place.url, place.folder).service.close()  # what `lianxi migrate` does
        migrated = first.completed
        start(new)
        ready = {"before": failing(old[0].url), "now": failing(new[0].url)}
        with at_work(urls[::-1], dict(list(tokens.items())[half:]), matters_each) as second:
            second.wait_until(lambda: second.completed >= half)
            old[1].stop()
            if patient:
                old[0].stop()
            else:
                old[0].kill()
            first.finish()
            second.finish()
            finish(place)
        both = together(first, second)
    for process in new:
        process.stop()
    return both, {"completed_before_migrating": begun, "while_migrating": migrated - begun, "not_ready": ready}


def one_after_the_other(
    place: Place, tokens: Mapping[str, str], matters_each: int, stack: ExitStack
) -> tuple[Staff, dict[str, Any]]:
    """The old server ends in the middle of the work, without a word; the new one migrates and goes on."""
    port = free_port()
    old, new = place.process("server before", port, before=True), place.process("server", port, before=False)
    for process in (old, new):
        stack.callback(process.stop)
    start([old])
    with at_work([old.url], tokens, matters_each) as staff:
        staff.wait_until(lambda: staff.completed >= len(tokens) * matters_each // 2)
        old.kill()  # stopped in order it would go on answering those who are connected, and do half of the rest
        begun = staff.completed
        start([new])
        ready = {"now": failing(new.url)}
        staff.finish()
        finish(place)
    new.stop()
    return staff, {"completed_before_migrating": begun, "not_ready": ready}


def check_out(revision: str, folder: Path) -> Path:
    """Put the code of a commit there. Raises NoHistory."""
    archive = subprocess.run(
        ["git", "archive", revision, *FOLDERS], cwd=ROOT, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    if archive.returncode != 0:
        raise NoHistory(f"{revision[:12]} is not in this copy of the repository: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def start(processes: list[Process]) -> None:
    """At once, and wait for all."""
    for process in processes:
        process.start()
    for process in processes:
        process.start_until_it_answers()


def failing(url: str) -> list[str]:
    """The checks of /readyz that fail, whatever of the disk."""
    try:
        with urllib.request.urlopen(f"{url}/readyz?except=disk", timeout=30) as answer:
            return list(json.load(answer)["failing"])
    except urllib.error.HTTPError as refusal:
        return list(json.load(refusal)["failing"])


def finish(place: Place) -> None:
    """Wait until nothing is left to do."""
    office = open_driver(place.url, place.folder)
    try:
        drain(office, 120)
    finally:
        office.service.close()


def together(first: Staff, second: Staff) -> Staff:
    letters = LetterWriter(client=first.letters.client, sent=first.letters.sent + second.letters.sent)
    letters.client.replies.update(second.letters.client.replies)
    return Staff(clerks=first.clerks + second.clerks, letters=letters, working=[])


def is_good(figures: dict[str, Any]) -> bool:
    """Nothing lost or doubled, nobody refused, both versions ready, and the tables are new."""
    faults = [figures[name] for name in FAULTS if name in figures] + list(figures["not_ready"].values())
    before, now = figures["tables"]
    return not any(faults) and set(figures["replies"]) <= STATUSES and before < now == migrations.newest_revision()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", nargs="?", default=BEFORE, help="a commit of this repository")
    parser.add_argument("--database", choices=DATABASES, action="append", help="both, one after the other, without")
    parser.add_argument("--matters", type=int, default=20, help="of each of four clerks")
    options = parser.parse_args()
    good = True
    for database in options.database or DATABASES:
        figures = run(database, options.matters, revision=options.revision)
        print(json.dumps({**figures, "good": is_good(figures)}), flush=True)
        good = good and is_good(figures)
    sys.exit(0 if good else 1)
