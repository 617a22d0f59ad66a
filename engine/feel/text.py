"""The text of any FEEL value, as `string()` gives it."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.environment import DEFAULT, Run
from engine.feel.far import FarDate
from engine.feel.temporal import temporal_text
from engine.feel.values import Range, YearsMonthsDuration, read


def to_text(value: Any, run: Run | None = None) -> str:
    """`string(value)`: a string is itself; within lists and contexts it is quoted."""
    return value if isinstance(value, str) else _text(value, run or Run(DEFAULT))


def number_text(value: Decimal) -> str:
    """All digits, without an exponent and without zeros at the end of the fraction."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def quoted(text: str) -> str:
    """The string as a FEEL literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: Any, run: Run) -> str:
    value = read(value)
    run.spend()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + _joined([_text(part, run) for part in value], run) + "]"
    if isinstance(value, dict):
        return "{" + _joined([f"{key}: {_text(part, run)}" for key, part in value.items()], run) + "}"
    if isinstance(value, date | FarDate | time | timedelta | YearsMonthsDuration):
        return temporal_text(value)
    if isinstance(value, Range):
        return _range_text(value, run)
    return f"function {getattr(value, 'name', '')}".strip()


def _joined(parts: list[str], run: Run) -> str:
    run.fit(sum(map(len, parts)))
    return ", ".join(parts)


def _range_text(value: Range, run: Run) -> str:
    if value.excluded is not None:
        return f"(!= {_text(value.excluded, run)})"
    if value.start is None and value.end is not None:
        return f"({'<=' if value.end_included else '<'} {_text(value.end, run)})"
    if value.end is None and value.start is not None:
        return f"({'>=' if value.start_included else '>'} {_text(value.start, run)})"
    start, end = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{start}{_text(value.start, run)}..{_text(value.end, run)}{end}"
