"""Write docs/feel.md: every function a FEEL expression may call, with an example (`python -m tools.feel_functions`)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from engine.calendar import Calendar, feel_functions
from engine.feel import BUILTINS, Limits
from engine.feel.builtins.table import BuiltIn
from engine.feel.examples import EXAMPLES
from engine.queries.feel_functions import DRAWERS, EXTENSIONS, environment, examples, parameter

PAGE = Path(__file__).resolve().parent.parent / "docs" / "feel.md"

__all__ = ["EXTENSIONS", "PAGE", "environment", "examples", "page"]
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
        parameters = ", ".join(parameter(each) for each in signature.parameters)
        yield _row(built_in.name, parameters, signature.description, example)


def _row(name: str, parameters: str, description: str, example: str) -> str:
    return f"| `{name}({parameters})` | {description} | `{example.replace('|', chr(92) + '|')}` |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
