"""What a variable may be called, and how much an instance may keep.

An instance is loaded, changed and stored whole with every step, and what workers and people get is copied from it; so
variables are for facts and not for documents. 4 MB is also the most that Zeebe takes in one message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from engine import feel
from engine.errors import InvalidInput, Message

LONGEST_NAME = 256  # characters
MOST_OF_ONE = 1_000_000  # bytes of a variable as compact JSON
MOST_OF_ALL = 4_000_000  # bytes of all variables of an instance

# What FEEL reads as something else than a name, wherever it stands.
_WORDS = frozenset({
    "null", "true", "false", "function", "if", "then", "else", "for", "return", "between", "instance", "in", "and",
    "or", "some", "every", "satisfies",
})  # fmt: skip

_encode = msgspec.json.Encoder().encode


def name_problem(name: str) -> Message | None:
    """Why a variable can't be called so, as the end of a sentence; None where it can."""
    if len(name) > LONGEST_NAME:
        return Message("is longer than {most} characters", most=LONGEST_NAME)
    if not name.isidentifier():
        return Message("is no name of letters, digits and _ that begins with a letter")
    return Message("is a word of FEEL") if name in _WORDS else None


def path_problem(path: str) -> Message | None:
    """Like name_problem for the target of a mapping: a name, then members behind dots."""
    name, *members = path.split(".")
    if (problem := name_problem(name)) is not None:
        return problem
    fits = all(part.isidentifier() and len(part) <= LONGEST_NAME for part in members)
    return None if fits else Message("is no path of names such as order.number")


def size(value: Any) -> int:
    """The bytes a JSON-like value takes as compact JSON in UTF-8."""
    return len(_encode(value))


def ensure_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables from outside as JSON-like values. Raises InvalidInput: a name, a size or a value that can't be kept."""
    wrong = {name: problem for name in variables if (problem := name_problem(name)) is not None}
    if wrong:
        raise InvalidInput(
            {name: [Message("Expected the name of a variable")] for name in wrong},
            "Expected names of variables, but {names}",
            names="; ".join(f"{_short(name)} {problem}" for name, problem in wrong.items()),
        )
    try:
        given = {name: feel.to_json(value) for name, value in variables.items()}
    except feel.FeelError as error:
        raise InvalidInput({}, "Expected variables that can be kept, but: {error}", error=error.message) from error
    for name, value in given.items():
        if (taken := size(value)) > MOST_OF_ONE:
            raise InvalidInput(
                {name: [Message("Expected at most {most} bytes", most=MOST_OF_ONE)]},
                "Expected variable {name} of at most {most} bytes, but it has {size}",
                name=name,
                most=MOST_OF_ONE,
                size=taken,
            )
    return given


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}..."
