"""Put a backup in place: only what is whole and not newer than this code, and nothing that was there is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import NullPool, create_engine, inspect, text
from sqlalchemy.engine import make_url

from engine import backup, migrations
from engine.backup import FILES, MEMBERS, REPLACED, Manifest
from engine.clock import Clock, SystemClock
from engine.config import Settings
from engine.database import open_database, sole_process
from engine.errors import InvalidState


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was put in place. `kept_aside`: where the database is that was there before, or None."""

    manifest: Manifest
    files: int
    kept_aside: str | None


def restore(settings: Settings, path: Path, *, replace: bool = False, clock: Clock | None = None) -> Restored:
    """Put the archive's database and files where the settings say, and bring the database to this version.

    A database that has tables is refused; with `replace` it is kept aside under another name. Files that are there with
    another content are overwritten with `replace` only, the secret always, as no row remembers it. Raises InvalidState.
    """
    manifest = backup.verify(path)
    dialect = make_url(settings.database_url).get_backend_name()
    if manifest.dialect != dialect:
        raise InvalidState(
            "Expected to restore a backup of {wanted} to {wanted}, but the settings name {found};"
            " restore it to {wanted} and use `lianxi migrate-db`",
            wanted=manifest.dialect,
            found=dialect,
        )
    if manifest.revision is None or not migrations.is_known(manifest.revision):
        raise InvalidState(
            "Expected a backup that this version can read, but it is at revision {revision} of version {version};"
            " install that version or a newer one",
            revision=manifest.revision or "none",
            version=manifest.version,
        )
    stamp = f"{(clock or SystemClock()).now():%Y%m%d_%H%M%S}"
    database = open_database(settings.database_url, synchronous=settings.sqlite_synchronous)
    with sole_process(database), backup.unpacked(path, settings.data_folder) as members:
        _refuse_other_files(settings, members, replace)
        put = _put_sqlite if dialect == "sqlite" else _put_postgresql
        database.dispose()
        kept_aside = put(settings.database_url, members / MEMBERS[dialect], manifest, stamp, replace)
        migrations.upgrade(database)
        database.dispose()
        files = _put_files(settings, members)
    return Restored(manifest=manifest, files=files, kept_aside=kept_aside)


def _refuse_other_files(settings: Settings, members: Path, replace: bool) -> None:
    for source, target in _files(settings, members):
        same = not target.exists() or target.read_bytes() == source.read_bytes()
        if not (same or replace or target == settings.data_folder / "secret_key"):
            raise InvalidState(
                "Expected an empty place to restore to, but {file} has another content; --replace overwrites it",
                file=target,
            )


def _put_files(settings: Settings, members: Path) -> int:
    files = _files(settings, members)
    for source, target in files:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(source, target)
        target.chmod(0o600)
    return len(files)


def _files(settings: Settings, members: Path) -> list[tuple[Path, Path]]:
    found = sorted(path for path in (members / FILES).rglob("*") if path.is_file())
    return [(path, settings.data_folder / path.relative_to(members / FILES)) for path in found]


def _put_sqlite(url: str, source: Path, manifest: Manifest, stamp: str, replace: bool) -> str | None:
    with closing(sqlite3.connect(source)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise InvalidState(
            "Expected a database that is whole in the backup, but SQLite says: {verdict}", verdict=verdict
        )
    _compare_counts(f"sqlite:///{source}", manifest)
    target = Path(str(make_url(url).database))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept_aside = None
    if target.is_file() and target.stat().st_size:
        with closing(sqlite3.connect(target, timeout=30)) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if tables:
            _refuse_unless(replace, str(target))
            kept_aside = f"{target}.{REPLACED}{stamp}"
            os.rename(target, kept_aside)
    for companion in ("-wal", "-shm"):  # of the database that was there: with the new one they would be nonsense
        Path(f"{target}{companion}").unlink(missing_ok=True)
    source.chmod(0o600)
    shutil.move(source, target)
    return kept_aside


def _put_postgresql(url: str, source: Path, manifest: Manifest, stamp: str, replace: bool) -> str | None:
    program = backup.find_program("pg_restore")
    bind = create_engine(url, poolclass=NullPool)
    with bind.connect() as connection:
        occupied = bool(inspect(connection).get_table_names())
    kept_aside = None
    if occupied:
        _refuse_unless(replace, str(make_url(url).database))
        kept_aside = f"{REPLACED}{stamp}"
        with bind.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(text(f"ALTER SCHEMA public RENAME TO {kept_aside}"))
            connection.execute(text("CREATE SCHEMA public"))
    command = [program, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--no-password"]
    backup.run_program([*command, str(source)], url)
    _compare_counts(url, manifest)
    return kept_aside


def _refuse_unless(replace: bool, place: str) -> None:
    if not replace:
        raise InvalidState(
            "Expected an empty database to restore to, but {place} has tables; --replace keeps it aside and goes on",
            place=place,
        )


def _compare_counts(url: str, manifest: Manifest) -> None:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        found = backup.counts(connection)
    if different := {name for name in {*found, *manifest.counts} if found.get(name) != manifest.counts.get(name)}:
        raise InvalidState(
            "Expected as many rows as were saved, but {tables} have others", tables=", ".join(sorted(different))
        )
