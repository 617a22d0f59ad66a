"""Boxed expressions beside tables and literals: contexts, lists, calls, choices, iterations (DMN 1.5, section 10.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.budget import Surroundings
from engine.dmn.coercion import note
from engine.dmn.expressions import Compiled, Logic
from engine.dmn.results import MatchedRule, Outcome
from engine.feel.values import kind

Scope = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Named entries, each seeing those above it; an entry without a name is the result of the whole."""

    id: str
    entries: tuple[tuple[str | None, Logic], ...]
    kind: str = "context"

    def evaluate(self, scope: Scope, env: Surroundings) -> Outcome:
        values: dict[str, Any] = {}
        matched: list[MatchedRule] = []
        for name, logic in self.entries:
            env.budget.spend(self.id)
            outcome = logic.evaluate({**scope, **values}, env)
            matched.extend(outcome.matched)
            if name is None:
                return Outcome(value=outcome.value, matched=tuple(matched), inputs=values)
            values[name] = outcome.value
        return Outcome(value=values, matched=tuple(matched))


@dataclass(frozen=True, kw_only=True)
class ListOf:
    items: tuple[Logic, ...]
    kind: str = "list"

    def evaluate(self, scope: Scope, env: Surroundings) -> Outcome:
        return Outcome(value=[item.evaluate(scope, env).value for item in self.items])


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A list of contexts, drawn as rows with named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Logic, ...], ...]
    kind: str = "relation"

    def evaluate(self, scope: Scope, env: Surroundings) -> Outcome:
        return Outcome(
            value=[
                {name: cell.evaluate(scope, env).value for name, cell in zip(self.columns, row, strict=True)}
                for row in self.rows
            ]
        )


@dataclass(frozen=True, kw_only=True)
class Conditional:
    condition: Logic
    then: Logic
    otherwise: Logic
    kind: str = "conditional"

    def evaluate(self, scope: Scope, env: Surroundings) -> Outcome:
        condition = self.condition.evaluate(scope, env).value
        if condition is not None and not isinstance(condition, bool):
            note(env, f"Expected the condition to be true or false, but it is a {kind(condition)}")
            return Outcome(value=None)
        return (self.then if condition else self.otherwise).evaluate(scope, env)


@dataclass(frozen=True, kw_only=True)
class Iteration:
    """`for`, `some`, `every` and `filter`: one logic asked for each element of a list or range."""

    id: str
    kind: str
    variable: str
    collection: Logic
    each: Logic

    def evaluate(self, scope: Scope, env: Surroundings) -> Outcome:
        elements = feel.evaluate("for each in elements return each", {"elements": self._collection(scope, env)}, env)
        if elements is None:
            note(env, f"Expected a list to go through by {self.kind}, but got none")
            return Outcome(value=None)
        return Outcome(value=getattr(self, f"_{self.kind}")(elements, scope, env))

    def _collection(self, scope: Scope, env: Surroundings) -> Any:
        value = self.collection.evaluate(scope, env).value
        return [value] if self.kind == "filter" and not isinstance(value, list) and value is not None else value

    def _answers(self, elements: list[Any], scope: Scope, env: Surroundings) -> Iterator[tuple[Any, Any]]:
        done: list[Any] = []
        for element in elements:
            env.budget.spend(self.id)
            inner = {**scope, "partial": done}
            if self.kind == "filter":
                inner.update(element if isinstance(element, dict) else {})
            inner[self.variable] = element
            answer = self.each.evaluate(inner, env).value
            done.append(answer)
            yield element, answer

    def _for(self, elements: list[Any], scope: Scope, env: Surroundings) -> list[Any]:
        return [answer for _, answer in self._answers(elements, scope, env)]

    def _filter(self, elements: list[Any], scope: Scope, env: Surroundings) -> list[Any] | None:
        kept = []
        for element, answer in self._answers(elements, scope, env):
            if answer is not None and not isinstance(answer, bool):
                note(env, f"Expected the filter to give true or false, but it gives a {kind(answer)}")
                return None
            if answer:
                kept.append(element)
        return kept

    def _some(self, elements: list[Any], scope: Scope, env: Surroundings) -> bool | None:
        answers = [answer for _, answer in self._answers(elements, scope, env)]
        return feel.evaluate("any(answers)", {"answers": answers}, env)

    def _every(self, elements: list[Any], scope: Scope, env: Surroundings) -> bool | None:
        answers = [answer for _, answer in self._answers(elements, scope, env)]
        return feel.evaluate("all(answers)", {"answers": answers}, env)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A call of a function with arguments by the names of its parameters; a parameter without one gets null."""

    called: Compiled
    arguments: Mapping[str, Logic]
    kind: str = "invocation"

    def evaluate(self, scope: Scope, env: Surroundings) -> Outcome:
        arguments = {name: logic.evaluate(scope, env).value for name, logic in self.arguments.items()}
        function = self.called.evaluate(scope, env)
        if not isinstance(function, feel.Function) or not set(arguments) <= set(function.parameters):
            note(env, f"Expected {self.called.text} to be a function of {', '.join(arguments)}, but it is not")
            return Outcome(value=None, inputs=arguments)

        # Names of parameters need not be names FEEL could read in a call, so the arguments go by position.
        given = {f"argument_{n}": arguments.get(name) for n, name in enumerate(function.parameters)}
        value = feel.evaluate(f"called({', '.join(given)})", {"called": function, **given}, env)
        return Outcome(value=value, inputs=arguments)
