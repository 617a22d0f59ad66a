"""What a built-in function is: its signatures with kinds of parameters, checked and converted before it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.environment import Run
from engine.feel.errors import Undefined
from engine.feel.far import FarDate, FarDateTime
from engine.feel.fine import FineDateTime
from engine.feel.operators import CLOCKS, DAYS
from engine.feel.values import Function, Range, YearsMonthsDuration, is_function, kind, read


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One parameter; an optional one may be left out, a repeated one takes all further arguments."""

    name: str
    kind: str
    optional: bool = False
    repeated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """One way to call a built-in. `needs_run`: the function gets the run as its first argument."""

    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]
    description: str
    needs_run: bool = False

    def __str__(self) -> str:
        return ", ".join(f"{p.name}{'...' if p.repeated else ''}{'?' if p.optional else ''}" for p in self.parameters)


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltIn:
    """A built-in function: the first signature that fits the arguments is called."""

    name: str
    drawer: str
    signatures: tuple[Signature, ...]
    is_feel_function = True

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.signatures[0].parameters)

    def call(self, run: Run, arguments: list[Any], names: tuple[str, ...] | None = None) -> Any:
        """The value for these arguments; raises Undefined where no signature fits or the function has no value."""
        for argument in arguments:
            run.charge(argument)
        for signature in self.signatures if names is None else self._as_named(names):
            values = _fit(signature, arguments, names)
            if values is not None:
                return signature.function(run, *values) if signature.needs_run else signature.function(*values)
        given = ", ".join(kind(argument) for argument in arguments) or "no arguments"
        wanted = " or ".join(f"{self.name}({signature})" for signature in self.signatures)
        raise Undefined(f"Expected {wanted}, but got {given}")

    def _as_named(self, names: tuple[str, ...]) -> list[Signature]:
        """Those first that have the names in this order: before(point, range) is not before(range, point)."""
        return sorted(self.signatures, key=lambda one: tuple(p.name for p in one.parameters)[: len(names)] != names)


Entry = tuple[str, Callable[..., Any], str]


def drawer(
    name: str, entries: Mapping[str, list[Entry]], *, with_run: frozenset[Any] = frozenset()
) -> dict[str, BuiltIn]:
    """Built-ins from rows of (parameters, function, description); functions in `with_run` get the run first.

    Parameters read `name: kind`, `name?: kind` where optional, `name...: kind` where repeated.
    """
    return {
        function: BuiltIn(
            name=function,
            drawer=name,
            signatures=tuple(
                Signature(
                    parameters=tuple(_parameter(part) for part in parameters.split(", ") if part),
                    function=implementation,
                    description=description,
                    needs_run=implementation in with_run,
                )
                for parameters, implementation, description in rows
            ),
        )
        for function, rows in entries.items()
    }


def call_function(run: Run, function: Any, *arguments: Any) -> Any:
    """Call a function value from within a built-in."""
    run.spend()
    run.enter()
    try:
        if isinstance(function, BuiltIn):
            return function.call(run, list(arguments))
        return read(function.invoke(run, list(arguments)))
    finally:
        run.depth -= 1


def _parameter(text: str) -> Parameter:
    name, kind_name = text.split(": ")
    optional, repeated = name.endswith("?"), name.endswith("...")
    return Parameter(name=name.rstrip("?."), kind=kind_name, optional=optional, repeated=repeated)


def _fit(signature: Signature, arguments: list[Any], names: tuple[str, ...] | None) -> list[Any] | None:
    parameters = signature.parameters
    if names is not None:
        return _fit_named(parameters, arguments, names)
    if len(arguments) == 1 == len(parameters) and not parameters[0].repeated:  # most calls are `count(x)`, `not(x)`
        value = _convert(parameters[0], arguments[0])
        return None if value is _NOTHING else [value]
    if parameters and parameters[-1].repeated:
        parameters = parameters[:-1] + (parameters[-1],) * max(1, len(arguments) - len(parameters) + 1)
    if len(arguments) > len(parameters):
        return None
    values: list[Any] = []
    for parameter, argument in zip(parameters, arguments, strict=False):
        value = _convert(parameter, argument)
        if value is _NOTHING:
            return None
        values.append(value)
    if any(not parameter.optional for parameter in parameters[len(arguments) :]):
        return None
    return values


def _fit_named(parameters: tuple[Parameter, ...], arguments: list[Any], names: tuple[str, ...]) -> list[Any] | None:
    given = dict(zip(names, arguments, strict=True))
    if len(given) < len(names) or not given.keys() <= {parameter.name for parameter in parameters}:
        return None
    values: list[Any] = []
    for parameter in parameters:
        if parameter.name not in given:
            if not parameter.optional and parameter.kind != "any":
                return None
            values.append(None)
            continue
        value = _convert(parameter, given[parameter.name])
        if value is _NOTHING:
            return None
        values.append(value)
    return values


_NOTHING = object()


def _convert(parameter: Parameter, argument: Any) -> Any:
    """The argument as the parameter wants it (DMN 10.3.2.9.4: a singleton list is its item, an item a list of it)."""
    test = KINDS[parameter.kind]
    if test(argument):
        return argument
    if argument is None:
        return _NOTHING
    if parameter.kind == "list":
        return [argument]
    if type(argument) is list and len(argument) == 1:
        single = read(argument[0])
        if test(single):
            return single
    return _NOTHING


POINTS = frozenset({Decimal, str, timedelta, YearsMonthsDuration, *DAYS, *CLOCKS})
KINDS: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "something": lambda value: value is not None,
    "number": lambda value: type(value) is Decimal,
    "string": lambda value: type(value) is str,
    "string or null": lambda value: value is None or type(value) is str,
    "boolean": lambda value: type(value) is bool,
    "list": lambda value: type(value) is list,
    "context": lambda value: type(value) is dict,
    "range": lambda value: type(value) is Range,
    "function": lambda value: type(value) is Function or is_function(value),
    "date": lambda value: type(value) in (date, FarDate),
    "time": lambda value: type(value) in CLOCKS,
    "date and time": lambda value: type(value) in (datetime, FineDateTime, FarDateTime),
    "day": lambda value: type(value) in DAYS,
    "days and time duration": lambda value: type(value) is timedelta,
    "days and time duration or null": lambda value: value is None or type(value) is timedelta,
    "duration": lambda value: type(value) in (timedelta, YearsMonthsDuration),
    "point": lambda value: type(value) in POINTS,
}
