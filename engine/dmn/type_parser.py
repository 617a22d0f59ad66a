"""From the item definitions of a model to its types (DMN 1.5, section 7.3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.dmn.expressions import Broken, Compiler
from engine.dmn.types import ANY, Constrained, FunctionOf, Listed, Named, Record, Tests, Type, Types
from engine.dmn.xml import Element, child, children, identifier, name_of, text_of
from engine.errors import Message

LONGEST_CHAIN = 12  # types that stand for the next one


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """Resolves the `typeRef` of elements, and finds those that name nothing."""

    types: Types
    compiler: Compiler
    prefixes: Mapping[str, str]  # of XML namespaces that are imported, to the name of the import

    def type_of(self, element: Element | None) -> Type | None:
        """The type an element declares; None where it declares none, or one that does not exist (a finding)."""
        name = "" if element is None else element.get("typeRef", "")
        return self.named(name, element) if name and element is not None else None

    def named(self, name: str, element: Element) -> Type | None:
        found = self.types.find(name)
        if found is None and ":" in name:
            prefix, _, local = name.partition(":")
            imported = self.prefixes.get(prefix)
            found = self.types.find(f"{imported}.{local}" if imported else local)
        if found is None:
            self.compiler.find(
                identifier(element), Message("Expected a type that exists, but {name} does not", name=name)
            )
        return found


def parse_types(root: Element, declarations: Declarations) -> None:
    """Add the model's item definitions to its types."""
    defined = declarations.types.defined
    for element in children(root, "itemDefinition"):
        name = name_of(element)
        if name in defined and name not in declarations.types.imported:
            declarations.compiler.find(
                identifier(element), Message("Expected one type {name}, but there are several", name=name)
            )
        declarations.types.imported.discard(name)
        defined[name] = ANY  # known by name before what it consists of
    for element in children(root, "itemDefinition"):
        defined[name_of(element)] = _definition(element, name_of(element), declarations)
    _end_circles(declarations.types, root, declarations)


def _definition(element: Element, name: str, declarations: Declarations) -> Type:
    base = _base(element, name, declarations)
    allowed = _constraint(element, "allowedValues", name, declarations)
    if allowed is not None:
        base = Constrained(name=name, base=base, tests=allowed)
    if element.get("isCollection") == "true":
        base = Listed(name=name, element=base)
    # Since DMN 1.5: allowed values are those of the items, and this is about the collection as a whole.
    constraint = _constraint(element, "typeConstraint", name, declarations)
    return base if constraint is None else Constrained(name=name, base=base, tests=constraint)


def _base(element: Element, name: str, declarations: Declarations) -> Type:
    if (function := child(element, "functionItem")) is not None:
        return FunctionOf(
            name=name,
            parameters=tuple(name_of(each) for each in children(function, "parameters")),
            result=_output_type(function, declarations),
        )
    if components := list(children(element, "itemComponent")):
        return Record(
            name=name,
            components={name_of(each): _definition(each, name_of(each), declarations) for each in components},
        )
    reference = text_of(child(element, "typeRef"))
    return (declarations.named(reference, element) if reference else None) or ANY


def _output_type(function: Element, declarations: Declarations) -> Type:
    name = function.get("outputTypeRef", "")
    return (declarations.named(name, function) if name else None) or ANY


def _constraint(element: Element, kind: str, name: str, declarations: Declarations) -> Tests | None:
    found = child(element, kind)
    if found is None or not text_of(found):
        return None
    tests = declarations.compiler.tests(
        text_of(found), identifier(element), Message("the allowed values of type {name}", name=name)
    )
    return None if isinstance(tests, Broken) else tests


def _end_circles(types: Types, root: Element, declarations: Declarations) -> None:
    """A type that only stands for itself would never be found out; within a component or list it may recur."""
    for element in children(root, "itemDefinition"):
        name = name_of(element)
        seen = [(id(types), name)]
        for each in _followed(types.defined[name]):
            circle = each in seen
            seen.append(each)
            if circle or len(seen) > LONGEST_CHAIN:
                shown = " → ".join(known for _, known in seen[:LONGEST_CHAIN])
                message = Message(
                    "Expected types that do not stand for themselves or too many others, but found {shown}", shown=shown
                )
                declarations.compiler.find(identifier(element), message)
                types.defined[name] = ANY
                break


def _followed(current: Type | None) -> Iterator[tuple[int, str]]:
    while current is not None:
        match current:
            case Named():
                yield id(current.types), current.name
                current = current.types.defined.get(current.name)
            case Constrained():
                current = current.base
            case _:
                current = None
