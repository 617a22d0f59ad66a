"""Models that import others: found by namespace among the files given, names of what they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from engine.dmn.expressions import Compiler
from engine.dmn.results import DmnError
from engine.dmn.types import Record, Type
from engine.dmn.xml import NAMESPACES, Element, children, identifier, name_of, read
from engine.errors import Message

if TYPE_CHECKING:
    from engine.dmn.model import Model

Imports: TypeAlias = "tuple[tuple[str, Model], ...]"  # the name of the import, and the model

MOST_IMPORTS = 50  # models within one another, counted once each


class Library:
    """DMN files by their namespaces; each is parsed once, when it is first imported."""

    def __init__(self, files: Iterable[bytes]) -> None:
        self._files = tuple(files)
        self._roots: dict[str, Element] | None = None
        self._models: dict[str, Model] = {}

    def model(self, namespace: str, parse: Callable[[Element], Model]) -> Model | None:
        if namespace not in self._models:
            root = self._by_namespace().get(namespace)
            if root is None or len(self._models) >= MOST_IMPORTS:
                return None
            self._models[namespace] = parse(root)
        return self._models[namespace]

    def _by_namespace(self) -> dict[str, Element]:
        if self._roots is None:
            self._roots = {}
            for xml in self._files:
                try:
                    root = read(xml)
                except DmnError:
                    continue  # found wanting where it is checked itself
                self._roots.setdefault(root.get("namespace", ""), root)
        return self._roots


def imported_models(
    root: Element,
    library: Library,
    compiler: Compiler,
    importing: tuple[str, ...],
    parse: Callable[[Element], Model],
) -> Imports:
    """The imported models; what cannot be imported becomes a finding. Since DMN 1.5 imports may have no name."""
    models: list[tuple[str, Model]] = []
    for element in children(root, "import"):
        namespace, kind = element.get("namespace", ""), element.get("importType", "")
        if kind and kind not in NAMESPACES:
            compiler.find(
                identifier(element),
                Message("Expected imports to be DMN, but {namespace} is {kind}", namespace=namespace, kind=kind),
            )
        elif namespace in importing:
            compiler.find(
                identifier(element),
                Message("Expected models that do not import themselves, but {namespace} does", namespace=namespace),
            )
        elif (model := library.model(namespace, parse)) is None:
            compiler.find(
                identifier(element),
                Message("Expected a model {namespace} beside this one, but there is none", namespace=namespace),
            )
        elif (name := name_of(element)) and any(name == other for other, _ in models):
            compiler.find(
                identifier(element), Message("Expected different names of imports, but {name} is repeated", name=name)
            )
        else:
            models.append((name, model))
    return tuple(models)


def foreign_names(imports: Imports) -> Iterator[str]:
    """Names that texts of the importing model may use, as `import.name`; not those of imports of imports."""
    for _, model in imports:
        yield from model.declared_names
        for name, declared in model.types.own():
            yield name
            yield from _component_names(declared)


def _component_names(declared: Type) -> Iterator[str]:
    plain = declared.plain()
    if isinstance(plain, Record):
        for name, component in plain.components.items():
            yield name
            if isinstance(component, Record):
                yield from _component_names(component)
