"""FEEL texts of a model, compiled once, and the plainest decision logic: one literal expression."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol

from engine import feel
from engine.dmn.budget import Surroundings
from engine.dmn.coercion import fitting
from engine.dmn.results import DmnError, Outcome
from engine.dmn.types import Tests, Type
from engine.errors import Message
from engine.feel import nodes
from engine.feel.parser import known_names, parse


class Compiled(Protocol):
    """A FEEL expression, or one that did not compile and says so when it is needed."""

    @property
    def text(self) -> str: ...
    @property
    def names(self) -> frozenset[str]: ...
    def evaluate(self, context: Mapping[str, Any], env: feel.Environment) -> Any: ...


class Logic(Protocol):
    """What stands in a decision or a business knowledge model: a table, a literal or another boxed expression."""

    @property
    def kind(self) -> str: ...
    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome: ...


@dataclass(frozen=True, kw_only=True)
class Literal:
    """A decision given by one expression, and the type its value is to have."""

    expression: Compiled
    type: Type | None = None
    words: str = ""
    kind: str = "literal"

    @property
    def text(self) -> str:
        return self.expression.text

    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome:
        return Outcome(
            value=fitting(self.expression.evaluate(scope, env), self.type, env, self.words),
            inputs={name: scope[name] for name in sorted(self.expression.names) if name in scope},
        )


@dataclass(frozen=True, kw_only=True)
class Typed:
    """Any logic whose value is declared to have a type."""

    logic: Logic
    type: Type
    words: str

    @property
    def kind(self) -> str:
        return self.logic.kind

    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome:
        outcome = self.logic.evaluate(scope, env)
        return replace(outcome, value=fitting(outcome.value, self.type, env, self.words))


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """Logic that is missing or of a kind that is not executed; deployment refuses it, so nobody should get here."""

    message: str
    element_id: str
    kind: str = "unusable"

    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome:
        raise DmnError(self.message, self.element_id)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A text that did not compile, in the place of a `Compiled` or of `Tests`."""

    text: str
    message: str
    element_id: str
    names: frozenset[str] = frozenset()

    def evaluate(self, context: Mapping[str, Any], env: feel.Environment) -> Any:
        raise DmnError(self.message, self.element_id)

    def test(self, value: Any, context: Mapping[str, Any], env: feel.Environment) -> bool | None:
        raise DmnError(self.message, self.element_id)


class Compiler:
    """Compiles the texts of one model with the names it declares, and collects what is wrong as findings."""

    def __init__(self, names: Iterable[str], other: Compiler | None = None) -> None:
        self.findings: list[tuple[str, str]] = [] if other is None else other.findings
        self.warnings: list[tuple[str, str]] = [] if other is None else other.warnings
        # With their words, so that a text is compiled with the names it may hold and not with thousands of others.
        self._names = {name: set(_WORD.findall(name)) for name in names if not name.isidentifier()}

    def expression(self, text: str, element_id: str, place: str) -> Compiled:
        names = self._names_in(text)
        try:
            compiled = feel.compile(text, names=names)
        except feel.FeelError as error:
            return self._broken(text, element_id, place, error)
        if "external" in text and _has_external(parse(text, known_names(names))):
            self.find(
                element_id,
                Message("Expected functions in FEEL in {place}, but an external one is not executed here", place=place),
            )
        return compiled

    def tests(self, text: str, element_id: str, place: str) -> Tests:
        try:
            return feel.compile_unary(text, names=self._names_in(text))
        except feel.FeelError as error:
            return self._broken(text, element_id, place, error)

    def knowing(self, names: Iterable[str]) -> Compiler:
        """A compiler for a part of the model where more names are known, as within a function."""
        return Compiler((*self._names, *names), self)

    def find(self, element_id: str, message: str) -> str:
        self.findings.append((element_id, message))
        return message

    def warn(self, element_id: str, message: str) -> None:
        self.warnings.append((element_id, message))

    def _names_in(self, text: str) -> frozenset[str]:
        words = set(_WORD.findall(text)) if self._names else set()
        return frozenset(name for name, needed in self._names.items() if needed <= words)

    def _broken(self, text: str, element_id: str, place: str, error: feel.FeelError) -> Broken:
        message = self.find(
            element_id,
            Message(
                "Expected FEEL in {place}, but {error}: {text}", place=place, error=error.message, text=_shortened(text)
            ),
        )
        return Broken(text=text, message=message, element_id=element_id)


_WORD = re.compile(r"\w+")


def _has_external(node: Any) -> bool:
    if isinstance(node, nodes.FunctionOf) and node.body is None:
        return True
    if isinstance(node, tuple):
        return any(map(_has_external, node))
    return is_dataclass(node) and any(_has_external(getattr(node, field.name)) for field in fields(node))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
