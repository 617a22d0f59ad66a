"""Built-in functions over strings (DMN 10.3.4.3); patterns run on re2, in time linear to the text."""

import re
from decimal import Decimal
from typing import Any

from engine.feel.builtins.patterns import compiled
from engine.feel.builtins.table import drawer
from engine.feel.environment import Run
from engine.feel.errors import Undefined
from engine.feel.text import to_text
from engine.feel.values import items, kind

_REPLACEMENT = re.compile(r"\\(.)|\$(\d{1,2})|([\\$])", re.DOTALL)


def substring(string: str, start: Decimal, length: Decimal | None = None) -> str:
    """From a position counted from 1, or from the end where it is negative."""
    first = _whole(start)
    if not first or abs(first) > max(len(string), 0):
        raise Undefined(f"Expected a start from 1 to {len(string)}, but got {first}")
    begin = first - 1 if first > 0 else len(string) + first
    if length is None:
        return string[begin:]
    count = _whole(length)
    if count < 1:
        raise Undefined(f"Expected a length from 1 on, but got {count}")
    return string[begin : begin + count]


def substring_before(string: str, match: str) -> str:
    """What stands before the first match; nothing where there is none."""
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


def substring_after(string: str, match: str) -> str:
    """What stands behind the first match; nothing where there is none."""
    if not match:
        return string
    return string.partition(match)[2]


def matches(run: Run, string: str, pattern: str, flags: str | None = None) -> bool:
    """Whether the pattern is found within the string."""
    run.spend(len(string) // 100)
    return compiled(pattern, flags or "").search(string) is not None


def replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    """Each place where the pattern is found replaced; `$1` stands for its first group."""
    expression = compiled(pattern, flags or "")
    template = _template(replacement, expression.groups)
    parts: list[str] = []
    size, end = 0, 0
    for found in expression.finditer(string):
        run.spend()
        new = "".join(part if isinstance(part, str) else (found.group(part) or "") for part in template)
        size += found.start() - end + len(new)
        run.fit(size)
        parts += (string[end : found.start()], new)
        end = found.end()
    parts.append(string[end:])
    return "".join(parts)


def split(run: Run, string: str, delimiter: str) -> list[str]:
    """The pieces between the places where the pattern is found."""
    expression = compiled(delimiter, "")
    if expression.search("") is not None:
        raise Undefined("Expected a delimiter that is not empty")
    pieces, end = [], 0
    for found in expression.finditer(string):
        run.spend()
        pieces.append(string[end : found.start()])
        end = found.end()
    return [*pieces, string[end:]]


def string_join(run: Run, values: list[Any], delimiter: str | None = None) -> str:
    """The strings one after another; nulls are left out."""
    pieces = [piece for piece in items(values) if piece is not None]
    for piece in pieces:
        if type(piece) is not str:
            raise Undefined(f"Expected strings to join, but got {kind(piece)}")
    run.fit(sum(map(len, pieces)) + len(delimiter or "") * len(pieces))
    return (delimiter or "").join(pieces)


def string_from(run: Run, value: Any) -> str | None:
    """The text of a value; null stays null."""
    return None if value is None else to_text(value, run)


def _template(replacement: str, groups: int) -> list[str | int]:
    template: list[str | int] = []
    end = 0
    for found in _REPLACEMENT.finditer(replacement):
        template.append(replacement[end : found.start()])
        end = found.end()
        escaped, group, stray = found.groups()
        if stray or (escaped and escaped not in "\\$"):
            raise Undefined(f"Expected $1 or \\$ in the replacement, but got {found[0]!r}")
        if escaped:
            template.append(escaped)
        elif int(group) <= groups:
            template.append(int(group))
        elif len(group) == 2 and int(group[0]) <= groups:
            template += (int(group[0]), group[1])
    template.append(replacement[end:])
    return template


def _whole(number: Decimal) -> int:
    return int(number) if abs(number) < 10**12 else 10**12 * (1 if number > 0 else -1)


STRINGS = drawer(
    "strings",
    {
        "substring": [
            ("string: string, start position: number, length?: number", substring, "Characters from a position on")
        ],
        "string length": [("string: string", lambda string: Decimal(len(string)), "The number of characters")],
        "upper case": [("string: string", str.upper, "In capitals")],
        "lower case": [("string: string", str.lower, "In small letters")],
        "substring before": [("string: string, match: string", substring_before, "What stands before the match")],
        "substring after": [("string: string, match: string", substring_after, "What stands behind the match")],
        "replace": [
            (
                "input: string, pattern: string, replacement: string, flags?: string or null",
                replace,
                "Matches of a regular expression replaced",
            )
        ],
        "contains": [("string: string, match: string", lambda string, match: match in string, "Whether it contains")],
        "starts with": [("string: string, match: string", str.startswith, "Whether it starts so")],
        "ends with": [("string: string, match: string", str.endswith, "Whether it ends so")],
        "matches": [
            (
                "input: string, pattern: string, flags?: string or null",
                matches,
                "Whether a regular expression is found in it",
            )
        ],
        "split": [("string: string, delimiter: string", split, "The pieces between matches of a regular expression")],
        "string join": [
            ("list: list, delimiter?: string or null", string_join, "The strings of a list, with the delimiter between")
        ],
        "string": [("from: any", string_from, "The text of a value")],
    },
    with_run=frozenset({matches, replace, split, string_join, string_from}),
)
