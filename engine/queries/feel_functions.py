"""Every function that FEEL can call here, with an example of each way to call it and what that gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import feel
from engine.access import Actor, ensure
from engine.calendar import Calendar, feel_functions
from engine.feel import BUILTINS, Environment
from engine.feel.builtins.table import Parameter, Signature
from engine.feel.examples import EXAMPLES, NOW
from engine.feel.text import quoted
from engine.queries.context import QueryContext

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
OWN = "Working days and personal data"


@dataclass(frozen=True, kw_only=True)
class Function:
    """One way to call a function. `call`: an example, evaluated just now to the text of `result`.

    names: of the parameters that a call can't do without.
    """

    name: str
    names: tuple[str, ...]
    parameters: str
    gives: str
    drawer: str
    call: str
    result: str


def functions(context: QueryContext, actor: Actor) -> tuple[Function, ...]:
    """Ours first, then those of the specification by drawer."""
    ensure(actor, "deploy", "read of FEEL")
    env = environment()
    return tuple(_function(name, signature, example, env) for name, signature, example in _in_order())


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


def texts() -> Iterator[str]:
    """What is said of the functions, to be translated."""
    yield from (OWN, *DRAWERS.values())
    yield from (gives for _, gives, _ in EXTENSIONS.values())
    yield from (signature.description for built_in in BUILTINS.values() for signature in built_in.signatures)


def parameter(given: Parameter) -> str:
    kind = {"any": "", "something": "", "day": "date or date and time", "point": "number, string or time"}
    shown = kind.get(given.kind, given.kind.removesuffix(" or null"))
    mark = "..." if given.repeated else "?" if given.optional else ""
    return f"{given.name}{mark}" + (f": {shown}" if shown else "")


def _in_order() -> list[tuple[str, Signature | None, str]]:
    return sorted(examples(), key=lambda each: list(DRAWERS).index(BUILTINS[each[0]].drawer) if each[1] else -1)


def _function(name: str, signature: Signature | None, example: str, env: Environment) -> Function:
    call = example.rsplit(" = ", 1)[0]
    return Function(
        name=name,
        names=_names(name, signature),
        parameters=", ".join(map(parameter, signature.parameters)) if signature else EXTENSIONS[name][0],
        gives=signature.description if signature else EXTENSIONS[name][1],
        drawer=DRAWERS[BUILTINS[name].drawer] if signature else OWN,
        call=call,
        result=_written(feel.evaluate(call, {}, env)),
    )


def _names(name: str, signature: Signature | None) -> tuple[str, ...]:
    if signature:
        return tuple(each.name for each in signature.parameters if not each.optional)
    return tuple(each.split(":")[0] for each in EXTENSIONS[name][0].split(", "))


def _written(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else feel.to_text(value)
