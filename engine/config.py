"""The settings, read from the environment once and passed on as a value."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import Rejection

SYNCHRONOUS_LEVELS = ("FULL", "NORMAL", "OFF", "EXTRA")
SHORTEST_SECRET = 16
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class InvalidSetting(Rejection):
    """A setting has a value that we can't work with; the sentence names the variable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between two installations.

    database_url: as SQLAlchemy writes it, driver included. data_folder: database, secret and files; an absolute path.
    time_zone: in which a day begins for the people served. cookie_secure: send cookies over HTTPS only.
    sqlite_synchronous: FULL survives a power cut; NORMAL may lose the last seconds of commits reported as done.
    """

    database_url: str = field(repr=False)
    data_folder: Path
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    cookie_secure: bool = False
    sqlite_synchronous: str = "FULL"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the LIANXI_ variables; an empty value counts as not given.

        The first call without LIANXI_SECRET_KEY makes one and keeps it in the data folder, so that a restart logs
        nobody out. Raises InvalidSetting.
        """
        data_folder = Path(environ.get("LIANXI_DATA") or "data").expanduser().absolute()
        return cls(
            database_url=_database_url(environ.get("LIANXI_DATABASE_URL") or f"sqlite:///{data_folder / 'lianxi.db'}"),
            data_folder=data_folder,
            secret_key=_secret_key(environ.get("LIANXI_SECRET_KEY", ""), data_folder),
            host=environ.get("LIANXI_HOST") or "127.0.0.1",
            port=_port(environ.get("LIANXI_PORT") or "8000"),
            time_zone=_time_zone(environ.get("LIANXI_TIME_ZONE") or "Asia/Shanghai"),
            cookie_secure=_yes_or_no("LIANXI_COOKIE_SECURE", environ.get("LIANXI_COOKIE_SECURE", "")),
            sqlite_synchronous=_synchronous(environ.get("LIANXI_SQLITE_SYNCHRONOUS") or "FULL"),
        )


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text isn't repeated: it may hold a password.
        raise InvalidSetting("Expected LIANXI_DATABASE_URL to be a database URL, but it can't be read as one") from None
    if url.get_backend_name() not in DRIVERS:
        raise InvalidSetting(
            "Expected LIANXI_DATABASE_URL to begin with sqlite or postgresql, but it begins with {given}",
            given=url.drivername,
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise InvalidSetting("Expected LIANXI_DATABASE_URL to name a file, but it is an SQLite database in memory")
    return url.set(drivername=DRIVERS[url.get_backend_name()]).render_as_string(hide_password=False)


def _secret_key(given: str, data_folder: Path) -> str:
    if given:
        if len(given) < SHORTEST_SECRET:
            raise InvalidSetting(
                "Expected LIANXI_SECRET_KEY to have at least {shortest} characters, but it has {length}",
                shortest=SHORTEST_SECRET,
                length=len(given),
            )
        return given
    file = data_folder / "secret_key"
    if not file.exists():
        _keep_new_secret(file)
    kept = file.read_text(encoding="ascii").strip()
    if len(kept) < SHORTEST_SECRET:
        raise InvalidSetting(
            "Expected a secret in {file}, but it is too short; remove the file to get a new one", file=file
        )
    return kept


def _keep_new_secret(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and linked: two processes that start together end up with one secret, and never with half of one.
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=".secret_key-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
        os.link(aside, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(aside)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise InvalidSetting("Expected LIANXI_PORT to be a number from 1 to 65535, but it is {given}", given=text)
    return int(text)


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSetting(
            "Expected LIANXI_TIME_ZONE to be a zone such as Asia/Shanghai, but it is {given}", given=name
        ) from None


def _yes_or_no(variable: str, text: str) -> bool:
    if text.lower() not in YES + NO:
        raise InvalidSetting("Expected {variable} to be 1 or 0, but it is {given}", variable=variable, given=text)
    return text.lower() in YES


def _synchronous(text: str) -> str:
    if text.upper() not in SYNCHRONOUS_LEVELS:
        raise InvalidSetting(
            "Expected LIANXI_SQLITE_SYNCHRONOUS to be one of {levels}, but it is {given}",
            levels=", ".join(SYNCHRONOUS_LEVELS),
            given=text,
        )
    return text.upper()
