"""What a piece of logic is made of, whatever it is: the variables it reads, the tables within."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from engine import feel
from engine.dmn.boxed import Context, Iteration
from engine.dmn.functions import Function
from engine.dmn.tables import DecisionTable


def names_read(logic: Any) -> frozenset[str]:
    """The names that come from around the logic: not its own entries, parameters and loop variables."""
    return frozenset(_names(logic))


def tables_in(part: Any) -> Iterator[DecisionTable]:
    """All tables of a decision, of business knowledge or of a piece of logic."""
    if isinstance(part, DecisionTable):
        yield part
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from tables_in(each)
    elif isinstance(part, tuple | list):
        for each in part:
            yield from tables_in(each)
    elif is_dataclass(part) and type(part).__module__ in _HOLDERS:
        for field in fields(part):
            if field.name != "borrows":
                yield from tables_in(getattr(part, field.name))


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, feel.Expression | feel.UnaryTests):
        yield from part.names
    elif isinstance(part, Context):
        own: set[str | None] = set()
        for name, logic in part.entries:
            yield from (each for each in _names(logic) if each not in own)
            own.add(name)
    elif isinstance(part, Function):
        yield from names_read(part.logic) - {parameter.name for parameter in part.parameters}
    elif isinstance(part, Iteration):
        yield from _names(part.collection)
        yield from names_read(part.each) - {part.variable, "partial", "item"}
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from _names(each)
    elif isinstance(part, tuple | list):
        for each in part:
            yield from _names(each)
    elif is_dataclass(part) and type(part).__module__ in _LOGIC:
        for field in fields(part):
            yield from _names(getattr(part, field.name))


_LOGIC = {f"engine.dmn.{name}" for name in ("boxed", "expressions", "tables")}
_HOLDERS = {f"engine.dmn.{name}" for name in ("boxed", "expressions", "functions", "model")}
