"""What goes into the log: facts under known names, one JSON object a line, and never a person's data.

Whatever writes to Python's logging ends here too. Logs are read by more people than a matter is, and kept elsewhere, so
this is a list of what may pass, not of what may not: keys that KEYS doesn't have lose their value, words of exceptions
are left out (the place in the code stays), and texts of others lose whatever looks like a name, a number or a token.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars

from engine.errors import Message, Rejection

# key -> nothing but identifiers, numbers and words of ours are ever put under it
_KEYS = """
    event level timestamp logger request_id actor case_id instance_id task_id job_id timer_id incident_id queue_id
    definition_id deployment_id command job outcome refusal route endpoint method status ms exception place reference
    url seconds setting check attempts type count host port workers process version
"""
KEYS = frozenset(_KEYS.split())
LONGEST = 400
LONGEST_WORD = 60
_MADE_BY_US = ("timestamp", "request_id")  # many digits, and no number of anybody
_PATTERNS = (
    (re.compile(r"[^\x00-\x7f]+"), "…"),  # our own words are English
    (re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+"), "[address]"),
    (re.compile(r"://[^/\s@]+@"), "://[account]@"),
    (re.compile(r"\blx_\w+|(?i:bearer)\s+\S+"), "[token]"),
    (re.compile(r"(?i)\b(password|passwd|secret|token)\b(\s*[=:]\s*)\S+"), r"\1\2[secret]"),
    (re.compile(r"\d[\d \-]{5,}[\dXx]"), "[number]"),
)
_PLAIN = re.compile(r"[\w./:<>%-]{1,80}", re.ASCII)
_OURS = "lianxi"  # Flask, under `webui`, tells the address, where somebody may have typed a name
_TEXT_OF_DRIVERS = ("sqlite3",)  # SQLite's words name tables and columns, never values

SHARED: tuple[Any, ...] = (
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
bound = bound_contextvars  # `with logs.bound(case_id=7):` every line of this thread within says so


def configure(log_format: str = "auto", *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (standard output), as JSON or, on a terminal, for reading."""
    stream = stream or sys.stdout
    readable = log_format == "text" or (log_format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*SHARED, _from_logging],
            pass_foreign_args=True,  # the text and its arguments apart
            use_get_message=False,
            processors=[_drop_metadata, redact, _renderer(readable, stream)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("_granian", "granian", "procrastinate", "sqlalchemy", "alembic", "werkzeug", "webui"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("procrastinate", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> Any:
    """A logger for facts: `logger.info("request", status=200, ms=3)`. Before `configure` it is as quiet as logging."""
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Let pass what may be in a log. The last step before writing, whoever the line is from."""
    failure = event.pop("exc_info", None)
    event.pop("stack_info", None)
    clean = {key: _clean(key, value) if key in KEYS else "[redacted]" for key, value in event.items()}
    if failure:
        told = _exception(failure if isinstance(failure, tuple) else sys.exc_info())
        clean |= told
    return clean


def scrub(text: str) -> str:
    """A text without what looks like a name in Chinese, a telephone or identity number, an address or a secret."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def told_of(error: BaseException) -> str:
    """What may be said of an exception: its kind, and words that can't hold anybody's data."""
    kind = type(error).__name__
    if isinstance(error, Rejection):
        return f"{kind}: {error.message.template}"
    origin = getattr(error, "orig", None) or error
    state = getattr(origin, "sqlstate", None)
    if state:
        return f"{kind}: sqlstate {state}"
    module = type(origin).__module__
    if module.startswith(_TEXT_OF_DRIVERS) or (module.startswith("psycopg") and "Operational" in type(origin).__name__):
        return scrub(f"{kind}: {origin}")
    if isinstance(error, OSError) and error.strerror:
        return f"{kind}: {error.strerror}"
    return kind


def _from_logging(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line of Python's logging: its own text, with only those arguments that can't be somebody's data."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    if record.exc_info:
        event["exc_info"] = record.exc_info
    if record.name.startswith("procrastinate"):
        # Its sentences hold the arguments of jobs, and those hold variables.
        job = getattr(record, "job", None) or {}
        event["event"] = getattr(record, "action", None) or "procrastinate"
        if isinstance(job, Mapping):
            event.update(queue_id=job.get("id"), job=job.get("task_name"))
        event.pop("positional_args", None)
        return event
    trusted = record.name.startswith(_OURS)
    given = event.pop("positional_args", ())
    arguments = given if isinstance(given, tuple) else ()
    try:
        event["event"] = str(record.msg) % tuple(_argument(value, trusted) for value in arguments)
    except (TypeError, ValueError):
        event["event"] = str(record.msg)
    return event


def _argument(value: Any, trusted: bool) -> Any:
    if isinstance(value, Message):
        return value.template
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return told_of(value)
    if trusted and isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return "…"


def _clean(key: str, value: Any) -> Any:
    if key in _MADE_BY_US or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Message):
        return scrub(value.template)
    text = str(value)
    return _scrub_word(text) if len(text) <= LONGEST_WORD else scrub(text)


# Routes, commands and outcomes come again and again, and each would be looked through for six patterns.
_scrub_word = functools.lru_cache(maxsize=1_000)(scrub)


def _exception(failure: tuple[Any, BaseException | None, TracebackType | None]) -> dict[str, Any]:
    error = failure[1]
    if error is None:
        return {}
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 5:
        chain.append(told_of(seen))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    place = " > ".join(f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return {"exception": " <- ".join(chain), "place": place}


def _module(path: str) -> str:
    return "/".join(path.split("/")[-2:])


def _drop_metadata(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def _renderer(readable: bool, stream: TextIO) -> Any:
    if readable:
        return structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=24)
    return structlog.processors.JSONRenderer(ensure_ascii=False)
