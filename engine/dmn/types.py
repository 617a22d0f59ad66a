"""Types of a model: the built-in ones and item definitions, what conforms to them and what is converted (10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine import feel
from engine.feel.text import quoted
from engine.feel.types import TYPES
from engine.feel.values import is_function, kind, read

LONGEST_SHOWN = 60


class Tests(Protocol):
    """FEEL unary tests, compiled."""

    @property
    def text(self) -> str: ...
    def test(self, value: Any, context: Mapping[str, Any], env: feel.Environment) -> bool | None: ...


class Type(Protocol):
    """What a value may be declared to be; null belongs to every type."""

    @property
    def name(self) -> str: ...
    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        """Why the value does not conform, as the end of a sentence; None where it does.

        Without an environment constraints are not looked at, as `instance of` is about types only.
        """
        ...

    def plain(self) -> Type:
        """The type itself, without names that only stand for another and without constraints."""
        ...


@dataclass(frozen=True, kw_only=True)
class Simple:
    name: str
    test: Callable[[Any], bool]

    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        return None if value is None or self.test(value) else f"it is {_described(value)}"

    def plain(self) -> Type:
        return self


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A collection of an item definition; `constraint` is about the list as a whole."""

    name: str
    element: Type

    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        if value is None:
            return None
        if not isinstance(value, list):
            return f"it is {_described(value)}"
        for number, item in enumerate(value, 1):
            if why := self.element.mismatch(read(item), env):
                return f"of its item {number}, {why}"
        return None

    def plain(self) -> Type:
        return self


@dataclass(frozen=True, kw_only=True)
class Record:
    """A context with these components at least."""

    name: str
    components: Mapping[str, Type]

    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            return f"it is {_described(value)}"
        for name, component in self.components.items():
            if name not in value:
                return f"it has no {name}"
            if why := component.mismatch(read(value[name]), env):
                return f"of its {name}, {why}"
        return None

    def plain(self) -> Type:
        return self


@dataclass(frozen=True, kw_only=True)
class FunctionOf:
    """Functions with this many parameters, and what they give."""

    name: str
    parameters: tuple[str, ...]
    result: Type

    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        if value is None:
            return None
        if not is_function(value):
            return f"it is {_described(value)}"
        count = len(getattr(value, "parameters", ()))
        return None if count == len(self.parameters) else f"it is a function of {count} parameters"

    def plain(self) -> Type:
        return self


@dataclass(frozen=True, kw_only=True)
class Constrained:
    """Another type, of which only the values that pass the tests are allowed."""

    name: str
    base: Type
    tests: Tests

    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        if value is None:
            return None
        if why := self.base.mismatch(value, env):
            return why
        if env is not None and self.tests.test(value, {}, env) is not True:
            return f"{shown(value)} is not among its allowed values {self.tests.text}"
        return None

    def plain(self) -> Type:
        return self.base.plain()


@dataclass(frozen=True, kw_only=True)
class Named:
    """A reference to an item definition, looked up when needed: definitions may come later and contain themselves."""

    name: str
    types: Types = field(repr=False)

    def mismatch(self, value: Any, env: feel.Environment | None) -> str | None:
        return self.types.defined[self.name].mismatch(value, env)

    def plain(self) -> Type:
        return self.types.defined[self.name].plain()


ANY = Simple(name="Any", test=lambda value: True)

# Names that files of other tools give to the built-in types.
_ALIASES = {"integer": "number", "long": "number", "double": "number", "any": "Any"}

BUILT_IN: Mapping[str, Type] = {name: Simple(name=name, test=test) for name, test in TYPES.items()} | {"Any": ANY}


def allowed_values(declared: Type | None) -> Tests | None:
    """The tests of the item definition that a declared type refers to, if it has some."""
    while isinstance(declared, Named):
        declared = declared.types.defined[declared.name]
    return declared.tests if isinstance(declared, Constrained) else None


@dataclass(frozen=True, kw_only=True)
class Types:
    """The types that a model may name: its own item definitions and, as `import.type`, those of imported models."""

    defined: dict[str, Type] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)  # names among them

    def own(self) -> Iterator[tuple[str, Type]]:
        """Those that the model defines itself."""
        return ((name, Named(name=name, types=self)) for name in self.defined if name not in self.imported)

    def find(self, name: str) -> Type | None:
        name = " ".join(name.split()).removeprefix("feel:")
        if name in self.defined:
            return Named(name=name, types=self)
        return BUILT_IN.get(_ALIASES.get(name, name))

    def tests(self) -> dict[str, Callable[[Any], bool]]:
        """What `instance of` asks about a value, by the names of the item definitions."""
        return {name: _instance_test(defined) for name, defined in self.defined.items()}


def _instance_test(wanted: Type) -> Callable[[Any], bool]:
    return lambda value: value is not None and wanted.mismatch(value, None) is None


def _described(value: Any) -> str:
    named = kind(value)
    if named in ("list", "context", "function"):
        return f"a {named}"
    return f"the {named} {shown(value)}"


def shown(value: Any) -> str:
    """The value as a designer would write it, shortened."""
    try:
        text = quoted(value) if isinstance(value, str) else feel.to_text(value)
    except feel.FeelError:  # too large to be shown
        return kind(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
