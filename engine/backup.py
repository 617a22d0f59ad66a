"""One file that holds everything: the database, the secret and the attached files, with a manifest that proves it.

The archive is a ZIP: manifest.json, `database.sqlite` or `database.dump`, and `files/` with the data folder's files.
Whoever has it can read everything and sign in as anybody, so it is written for its owner only. Files of the data folder
never change once they are written, and are taken after the database, so each that a row speaks of is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url

from engine import migrations, tables
from engine.access import SYSTEM
from engine.clock import Clock, SystemClock
from engine.commands.upkeep import NoteUpkeep
from engine.config import Settings
from engine.errors import InvalidState, NotFound
from engine.service import open_service

FORMAT = 1
MANIFEST = "manifest.json"
MEMBERS = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
FILES = "files/"
FOLDER = "backups"  # in the data folder; what is in it is not backed up again
LEFT_OUT = (".log", ".lock", "-wal", "-shm", "-journal")
REPLACED = "replaced_"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive holds. `sha256` by member, `counts` by table as of the moment of the copy."""

    format: int
    made_at: str
    version: str
    dialect: str
    revision: str | None
    counts: dict[str, int]
    sha256: dict[str, str]


def back_up(settings: Settings, to: Path | None = None, *, clock: Clock | None = None) -> Path:
    """Write an archive, while the service goes on, and answer its path.

    Everything committed before the call is in it. Without `to` it goes into the data folder's `backups`. A file that
    exists is not overwritten, and one that isn't complete never has the archive's name. Raises InvalidState, NotFound.
    """
    clock = clock or SystemClock()
    made_at = clock.now()
    path = to or settings.data_folder / FOLDER / f"lianxi-{made_at.astimezone(UTC):%Y%m%d-%H%M%S}.zip"
    if path.exists():
        raise InvalidState("Expected to write {file}, but it exists", file=path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    dialect = make_url(settings.database_url).get_backend_name()
    with tempfile.TemporaryDirectory(prefix=".lianxi-backup-", dir=path.parent) as aside:
        member = Path(aside) / MEMBERS[dialect]
        counts, revision = (_copy_sqlite if dialect == "sqlite" else _dump_postgresql)(settings.database_url, member)
        unfinished = Path(aside) / "unfinished.zip"
        with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as stream:
            sha256 = _write(stream, member, settings)
            manifest = Manifest(
                format=FORMAT,
                made_at=made_at.isoformat(timespec="seconds"),
                version=_version(),
                dialect=dialect,
                revision=revision,
                counts=counts,
                sha256=sha256,
            )
        with zipfile.ZipFile(unfinished, "a") as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        _through_to_the_disk(unfinished)
        os.replace(unfinished, path)
    service = open_service(settings, migrate=False, clock=clock)
    data = {"file": str(path), "bytes": path.stat().st_size}
    service.engine.execute(NoteUpkeep(name="backup", data=data), actor=SYSTEM)
    service.close()
    return path


def read_manifest(path: Path) -> Manifest:
    """What the archive says of itself. Raises NotFound, InvalidState for a file that is none."""
    if not path.is_file():
        raise NotFound("Expected a backup at {file}, but there is none", file=path)
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise InvalidState("Expected {file} to be a backup, but it is not: {error}", file=path, error=error) from error
    if manifest.format != FORMAT:
        raise InvalidState(
            "Expected a backup of format {wanted}, but {file} is of format {found}",
            wanted=FORMAT,
            file=path,
            found=manifest.format,
        )
    return manifest


def verify(path: Path) -> Manifest:
    """Read all of the archive and compare the checksums. Raises InvalidState, naming what differs."""
    manifest = read_manifest(path)
    with zipfile.ZipFile(path) as archive:
        held = set(archive.namelist()) - {MANIFEST}
        for name in sorted(held | set(manifest.sha256)):
            if name not in held or name not in manifest.sha256 or _sum(archive, name) != manifest.sha256[name]:
                raise InvalidState(
                    "Expected {name} in {file} to be as it was saved, but it is not", name=name, file=path
                )
    return manifest


def _copy_sqlite(url: str, to: Path) -> tuple[dict[str, int], str | None]:
    source = make_url(url).database
    if not source or not Path(source).is_file():
        raise NotFound("Expected a database at {file}, but there is none", file=source)
    # In one go: the backup interface of SQLite starts again at every write of others, and under load never ends.
    with closing(sqlite3.connect(source, timeout=30, isolation_level=None)) as original:
        original.execute("VACUUM INTO ?", (str(to),))
    with create_engine(f"sqlite:///{to}", poolclass=NullPool).connect() as connection:
        return counts(connection), migrations.revision_of(connection)


def _dump_postgresql(url: str, to: Path) -> tuple[dict[str, int], str | None]:
    program = find_program("pg_dump")
    bind = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    with bind.connect() as connection:
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SET statement_timeout = 0"))
        # The counts are of the very snapshot that is dumped.
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        run_program(
            [
                program,
                "-Fc",
                f"--snapshot={snapshot}",
                f"--exclude-schema={REPLACED}*",
                f"--file={to}",
                "--no-password",
            ],
            url,
        )
        return counts(connection), migrations.revision_of(connection)


def find_program(name: str) -> str:
    """Where PostgreSQL's own tool is. Raises NotFound with a sentence that says what to install."""
    found = shutil.which(name)
    if found is None:
        raise NotFound(
            "Expected {program} on the PATH, but it is not there; it comes with PostgreSQL's client programs",
            program=name,
        )
    return found


def run_program(command: list[str], url: str) -> None:
    """Run one of PostgreSQL's tools on a database. Raises InvalidState with what it said.

    The password goes by the environment: what a command line holds, everybody on the machine can read.
    """
    address = make_url(url).set(drivername="postgresql")
    environment = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
    shown = address.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run([*command, f"--dbname={shown}"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InvalidState(
            "Expected {program} to succeed, but it said: {error}",
            program=Path(command[0]).name,
            error=done.stderr.strip()[-2000:],
        )


def counts(connection: Connection) -> dict[str, int]:
    return {table.name: tables.count(connection, table) for table in tables.all_tables(connection)}


def _write(stream: IO[bytes], database: Path, settings: Settings) -> dict[str, str]:
    """Write the members and answer their checksums."""
    sha256: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        _add(archive, database, database.name, sha256, packed=database.suffix == ".dump")
        for path in data_files(settings):
            _add(archive, path, FILES + path.relative_to(settings.data_folder).as_posix(), sha256)
    return sha256


def data_files(settings: Settings) -> Iterator[Path]:
    """What of the data folder belongs into a backup: all but the database, earlier backups, logs and locks."""
    database = make_url(settings.database_url).database or ""
    for path in sorted(settings.data_folder.rglob("*")):
        inside = path.relative_to(settings.data_folder)
        if (
            path.is_file()
            and not path.is_symlink()
            and inside.parts[0] != FOLDER
            and not any(part.startswith(".") for part in inside.parts)
            and not path.name.endswith(LEFT_OUT)
            and not (database and path.name.startswith(Path(database).name) and path.parent == Path(database).parent)
        ):
            yield path


def _add(archive: zipfile.ZipFile, path: Path, name: str, sha256: dict[str, str], *, packed: bool = False) -> None:
    entry = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as member:
        while block := source.read(1 << 20):
            digest.update(block)
            member.write(block)
    sha256[name] = digest.hexdigest()


def _sum(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as member:
            while block := member.read(1 << 20):
                digest.update(block)
    except (zipfile.BadZipFile, OSError, EOFError):
        return "unreadable"
    return digest.hexdigest()


def _through_to_the_disk(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _version() -> str:
    try:
        return version("lianxi")
    except PackageNotFoundError:
        return "unknown"


@contextmanager
def unpacked(path: Path, folder: Path) -> Iterator[Path]:
    """The archive's members in a folder beside where they are to go."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".lianxi-restore-", dir=folder) as aside, zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise InvalidState("Expected {file} to be a backup, but it names {name}", file=path, name=name)
        archive.extractall(aside)
        yield Path(aside)
