"""Functions of a model: business knowledge and boxed function definitions, called with typed arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.budget import Surroundings
from engine.dmn.coercion import coerced
from engine.dmn.expressions import Logic, Unusable
from engine.dmn.results import Outcome
from engine.dmn.types import Type
from engine.feel.errors import Undefined


@dataclass(frozen=True, kw_only=True)
class Parameter:
    name: str
    type: Type | None = None


@dataclass(frozen=True, kw_only=True)
class Function:
    """Logic with parameters. Its value is a function, called with the scope it was defined in."""

    id: str
    name: str
    parameters: tuple[Parameter, ...]
    logic: Logic
    kind: str = "functionDefinition"

    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome:
        return Outcome(value=self.bound(lambda: scope, env))

    def bound(self, scope: Callable[[], Mapping[str, Any]], env: Surroundings) -> feel.Function:
        def call(arguments: Mapping[str, Any]) -> Any:
            if isinstance(self.logic, Unusable):
                raise Undefined(self.logic.message)  # null like any other call that has no value
            return self.logic.evaluate({**scope(), **arguments}, env).value

        return callable_value(self.name, self.id, self.parameters, call, env)


def callable_value(
    name: str,
    element_id: str,
    parameters: tuple[Parameter, ...],
    call: Callable[[Mapping[str, Any]], Any],
    env: Surroundings,
) -> feel.Function:
    """A value that FEEL can call. Arguments of another number or type make the call null, with a reason."""
    names = tuple(parameter.name for parameter in parameters)

    def invoke(_run: Any, arguments: list[Any]) -> Any:
        if len(arguments) != len(names):
            raise Undefined(f"Expected {len(names)} arguments for {name}, but got {len(arguments)}")
        given = {
            parameter.name: coerced(argument, parameter.type, env, f"{parameter.name} of {name}")
            for parameter, argument in zip(parameters, arguments, strict=True)
        }
        with env.budget.call(name, element_id):
            return call(given)

    return feel.Function(name=name, parameters=names, invoke=invoke)
