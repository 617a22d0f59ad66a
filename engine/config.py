"""The settings, read from the environment once and passed on as a value."""

from __future__ import annotations

import difflib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import Message, Rejection

SYNCHRONOUS_LEVELS = ("FULL", "NORMAL", "OFF", "EXTRA")
SHORTEST_SECRET = 16
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
LOG_FORMATS = ("auto", "json", "text")
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

# variable -> the default as one would write it ("" is none), and what it is for. docs/operating.md has the same table.
VARIABLES: dict[str, tuple[str, str]] = {
    "LIANXI_DATA": ("data", "folder of the SQLite database, the secret and files"),
    "LIANXI_DATABASE_URL": ("", "postgresql://user:password@host/name; without it SQLite in LIANXI_DATA"),
    "LIANXI_SECRET_KEY": ("", "signs cookies, 16 characters or more; without it one is made and kept in LIANXI_DATA"),
    "LIANXI_HOST": ("127.0.0.1", "address to listen on"),
    "LIANXI_PORT": ("8000", "port to listen on"),
    "LIANXI_TIME_ZONE": ("Asia/Shanghai", "zone in which a day begins for the people served"),
    "LIANXI_COOKIE_SECURE": ("0", "1: cookies over HTTPS only; set it wherever HTTPS is in front"),
    "LIANXI_SQLITE_SYNCHRONOUS": ("FULL", "FULL survives a power cut; NORMAL, OFF, EXTRA as SQLite has them"),
    "LIANXI_POOL_SIZE": ("20", "most connections that one process opens to PostgreSQL for commands and queries"),
    "LIANXI_DRAIN_SECONDS": ("", "how long a stopping server answers on while /readyz says 503; 5, on SQLite 0"),
    "LIANXI_LOG_FORMAT": ("auto", "json, text, or auto: text on a terminal, else json"),
    "LIANXI_METRICS_TOKEN": ("", "bearer token that may read /metrics from elsewhere, 16 characters or more"),
    "LIANXI_WORKER_METRICS_PORT": ("0", "port on LIANXI_HOST where `lianxi worker` shows its metrics; 0: nowhere"),
    "LIANXI_WORKER_NICE": ("5", "how far `lianxi worker` stands back from the pages for the processor: 0 to 19"),
    "LIANXI_TRACES_URL": ("", "OTLP/HTTP address that spans are sent to; needs the extra `telemetry`"),
    "LIANXI_MAIL_URL": (
        "",
        "smtp://user:password@host:port that `mail:send` jobs use, with STARTTLS where offered; or smtps://",
    ),
    "LIANXI_MAIL_FROM": ("", "address that mails come from"),
    "LIANXI_WEBHOOK_HOSTS": ("", "hosts, or host:port, that `webhook:send` jobs may call, with spaces between"),
    "LIANXI_PASSWORD": ("", "password for `lianxi user create`, which else asks for it"),
}


class InvalidSetting(Rejection):
    """A setting has a value that we can't work with; the sentence names the variable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between two installations.

    database_url: as SQLAlchemy writes it, driver included. data_folder: database, secret and files; an absolute path.
    time_zone: in which a day begins for the people served. cookie_secure: send cookies over HTTPS only.
    sqlite_synchronous: FULL survives a power cut; NORMAL may lose the last seconds of commits reported as done.
    pool_size: connections to PostgreSQL per process. drain_seconds: None leaves it to the kind of database.
    metrics_token, traces_url: empty for none. worker_metrics_port: 0 for none. worker_nice: added to the niceness that
    a worker process is started with. mail_url, mail_from, webhook_hosts: what jobs may reach.
    """

    database_url: str = field(repr=False)
    data_folder: Path
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    cookie_secure: bool = False
    sqlite_synchronous: str = "FULL"
    pool_size: int = 20
    drain_seconds: int | None = None
    log_format: str = "auto"
    metrics_token: str = field(default="", repr=False)
    worker_metrics_port: int = 0
    worker_nice: int = 5
    traces_url: str = ""
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""
    webhook_hosts: frozenset[str] = frozenset()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the LIANXI_ variables; an empty value counts as not given.

        The first call without LIANXI_SECRET_KEY makes one and keeps it in the data folder, so that a restart logs
        nobody out. Raises InvalidSetting.
        """
        data_folder = Path(environ.get("LIANXI_DATA") or "data").expanduser().absolute()
        drain = environ.get("LIANXI_DRAIN_SECONDS")
        return cls(
            database_url=_database_url(environ.get("LIANXI_DATABASE_URL") or f"sqlite:///{data_folder / 'lianxi.db'}"),
            data_folder=data_folder,
            secret_key=_secret_key(environ.get("LIANXI_SECRET_KEY", ""), data_folder),
            host=environ.get("LIANXI_HOST") or "127.0.0.1",
            port=_number("LIANXI_PORT", environ.get("LIANXI_PORT") or "8000", 1, 65535),
            time_zone=_time_zone(environ.get("LIANXI_TIME_ZONE") or "Asia/Shanghai"),
            cookie_secure=_yes_or_no("LIANXI_COOKIE_SECURE", environ.get("LIANXI_COOKIE_SECURE", "")),
            sqlite_synchronous=_synchronous(environ.get("LIANXI_SQLITE_SYNCHRONOUS") or "FULL"),
            pool_size=_number("LIANXI_POOL_SIZE", environ.get("LIANXI_POOL_SIZE") or "20", 2, 1000),
            drain_seconds=_number("LIANXI_DRAIN_SECONDS", drain, 0, 600) if drain else None,
            log_format=_log_format(environ.get("LIANXI_LOG_FORMAT") or "auto"),
            metrics_token=_metrics_token(environ.get("LIANXI_METRICS_TOKEN", "")),
            worker_metrics_port=_number(
                "LIANXI_WORKER_METRICS_PORT", environ.get("LIANXI_WORKER_METRICS_PORT") or "0", 0, 65535
            ),
            worker_nice=_number("LIANXI_WORKER_NICE", environ.get("LIANXI_WORKER_NICE") or "5", 0, 19),
            traces_url=environ.get("LIANXI_TRACES_URL", ""),
            mail_url=_mail_url(environ.get("LIANXI_MAIL_URL", "")),
            mail_from=environ.get("LIANXI_MAIL_FROM", ""),
            webhook_hosts=frozenset(environ.get("LIANXI_WEBHOOK_HOSTS", "").lower().split()),
        )


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[Message]:
    """A sentence for every LIANXI_ variable that we don't read, most likely a slip of the pen."""
    strange = [name for name in environ if name.startswith("LIANXI_") and name not in VARIABLES]
    return [_unknown(name) for name in sorted(strange) if not name.startswith("LIANXI_TEST_")]


def _unknown(name: str) -> Message:
    ends = {known.removeprefix("LIANXI_"): known for known in VARIABLES}  # what all begin with makes none alike
    near = difflib.get_close_matches(name.removeprefix("LIANXI_"), ends, n=1, cutoff=0.7)
    if near:
        return Message("Expected settings that exist, but {name} does not; {near} does", name=name, near=ends[near[0]])
    return Message("Expected settings that exist, but {name} does not", name=name)


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


def _mail_url(text: str) -> str:
    try:
        url = urlsplit(text)
        fits = not text or (url.scheme in ("smtp", "smtps") and bool(url.hostname) and url.port != 0)
    except ValueError:
        fits = False
    if not fits:  # The text isn't repeated: it may hold a password.
        raise InvalidSetting("Expected LIANXI_MAIL_URL to be smtp://host or smtps://host, but it can't be read as one")
    return text


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


def _number(variable: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise InvalidSetting(
            "Expected {variable} to be a number from {least} to {most}, but it is {given}",
            variable=variable,
            least=least,
            most=most,
            given=text,
        )
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


def _log_format(text: str) -> str:
    if text.lower() not in LOG_FORMATS:
        raise InvalidSetting(
            "Expected LIANXI_LOG_FORMAT to be one of {formats}, but it is {given}",
            formats=", ".join(LOG_FORMATS),
            given=text,
        )
    return text.lower()


def _metrics_token(given: str) -> str:
    if given and len(given) < SHORTEST_SECRET:
        raise InvalidSetting(
            "Expected LIANXI_METRICS_TOKEN to have at least {shortest} characters, but it has {length}",
            shortest=SHORTEST_SECRET,
            length=len(given),
        )
    return given
