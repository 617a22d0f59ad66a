"""Write docs/feel.md: every function a FEEL expression may call, with an example (`python -m tools.feel_functions`)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from engine.calendar import Calendar, feel_functions
from engine.feel import BUILTINS, Environment, Limits
from engine.feel.builtins.table import BuiltIn, Parameter, Signature
from tools.feel_examples import EXAMPLES, NOW

PAGE = Path(__file__).resolve().parent.parent / "docs" / "feel.md"

DRAWERS = {
    "conversion": "Conversion",
    "numbers": "Numbers",
    "strings": "Strings",
    "lists": "Lists",
    "dates": "Dates and times",
    "ranges": "Ranges",
    "contexts": "Contexts",
}
# What Lianxi adds: parameters, what it gives, an example in a week with a holiday on Thursday, 1 May 2025.
EXTENSIONS: dict[str, tuple[str, str, str]] = {
    "add working days": (
        "date: date, count: number",
        "The day so many working days later, or earlier where the count is negative",
        'add working days(@"2025-04-30", 1) = @"2025-05-06"',
    ),
    "is working day": (
        "date: date",
        "Whether the authority works on that day",
        'is working day(@"2025-05-01") = false',
    ),
    "working days between": (
        "start: date, end: date",
        "The number of working days after the start, up to and with the end",
        'working days between(@"2025-04-28", @"2025-05-06") = 3',
    ),
    "mask name": (
        "name: string",
        "A name of which only first letters are left",
        'mask name("Rita Novak") = "R*** N****"',
    ),
    "mask phone": (
        "number: string",
        "A telephone number without its middle",
        'mask phone("13800001234") = "138****1234"',
    ),
    "mask id": (
        "number: string",
        "An identity number without its middle",
        'mask id("110101199003070011") = "110101**********11"',
    ),
}
LIMITS = Limits()
HEADING = f"""\
# Functions of FEEL

Written by `python -m tools.feel_functions`; do not edit. Every example is evaluated by the tests.

Conditions, mappings, deadlines, rules of forms and decisions are written in FEEL, the expression language of DMN.
These functions can be called in all of them, by position or by name: `substring(string: "hotline", start position: 4)`.
A parameter with `?` may be left out; one with `...` takes any number of arguments, by position only. Arguments that fit
no signature give null, and the reason is shown where the expression is tried out.

An evaluation may take {LIMITS.steps:,} steps, {LIMITS.seconds * 1000:.0f} ms, {LIMITS.depth} calls within each other,
and strings and lists of {LIMITS.size:,} characters or elements.
What exceeds them is an incident in a process and a refusal elsewhere. Numbers have 34 digits. Times have nanoseconds,
of which `=` sees whole seconds only while `<` and `>` see all; durations have microseconds. Patterns are those of XPath
without back-references.
"""


def page() -> str:
    """The text of docs/feel.md."""
    return "\n".join([HEADING, *_extensions(), *_drawers()])


def environment() -> Environment:
    """What the examples are evaluated in."""
    return Environment(now=datetime.fromisoformat(NOW), functions=feel_functions(Calendar()))


def examples() -> Iterator[tuple[str, Signature | None, str]]:
    """The function, its signature (none of an extension) and the example, a FEEL text that is true."""
    for built_in in BUILTINS.values():
        for signature, example in zip(built_in.signatures, EXAMPLES[built_in.name], strict=True):
            yield built_in.name, signature, example
    for name in feel_functions(Calendar()):
        yield name, None, EXTENSIONS[name][2]


def _extensions() -> Iterator[str]:
    yield from _heading("Working days and personal data", "Lianxi's own; the others are those of DMN 1.5.")
    for name, function in feel_functions(Calendar()).items():
        parameters, description, example = EXTENSIONS[name]
        assert len(inspect.signature(function).parameters) == len(parameters.split(", ")), name
        yield _row(name, parameters, description, example)
    yield ""


def _drawers() -> Iterator[str]:
    for drawer, title in DRAWERS.items():
        yield from _heading(title)
        for built_in in BUILTINS.values():
            if built_in.drawer == drawer:
                yield from _rows(built_in)
        yield ""


def _heading(title: str, remark: str = "") -> Iterator[str]:
    yield from (f"## {title}", "", *([remark, ""] if remark else []))
    yield from ("| Function | Gives | Example |", "|---|---|---|")


def _rows(built_in: BuiltIn) -> Iterator[str]:
    for signature, example in zip(built_in.signatures, EXAMPLES[built_in.name], strict=True):
        parameters = ", ".join(_parameter(parameter) for parameter in signature.parameters)
        yield _row(built_in.name, parameters, signature.description, example)


def _parameter(parameter: Parameter) -> str:
    kind = {"any": "", "something": "", "day": "date or date and time", "point": "number, string or time"}
    shown = kind.get(parameter.kind, parameter.kind.removesuffix(" or null"))
    mark = "..." if parameter.repeated else "?" if parameter.optional else ""
    return f"{parameter.name}{mark}" + (f": {shown}" if shown else "")


def _row(name: str, parameters: str, description: str, example: str) -> str:
    return f"| `{name}({parameters})` | {description} | `{example.replace('|', chr(92) + '|')}` |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
