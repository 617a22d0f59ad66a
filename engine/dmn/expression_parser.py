"""From the XML of any expression, boxed or literal, to its compiled logic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from engine.dmn.boxed import Conditional, Context, Function, Invocation, Iteration, ListOf, Relation
from engine.dmn.expressions import Compiler, Literal, Logic, Unusable
from engine.dmn.table_parser import parse_table
from engine.dmn.xml import Element, child, children, identifier, local_name, name_of, text_of, type_of


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an expression stands: in words, its name if it has one, and what the model knows."""

    words: str
    name: str
    types: Mapping[str, str]
    compiler: Compiler

    def inside(self, name: str) -> Place:
        return replace(self, words=f"{name} of {self.words}", name=name)


def parse_within(parent: Element | None, place: Place) -> Logic:
    """The logic of the expression that stands in an element; a finding where there is none."""
    if parent is not None:
        for element in parent.iterchildren(etree.Element):
            if parse := EXPRESSIONS.get(local_name(element)):
                return parse(element, place)
    element_id = "" if parent is None else identifier(parent)
    message = place.compiler.find(element_id, f"Expected {place.words} to have logic, but it is empty")
    return Unusable(message=message, element_id=element_id)


def parse_function(element: Element, place: Place) -> Function:
    parameters = tuple((name_of(each), type_of(each, place.types)) for each in children(element, "formalParameter"))
    if (kind := element.get("kind", "FEEL")) != "FEEL":
        message = place.compiler.find(identifier(element), f"Expected {place.words} to be FEEL, but it is {kind}")
        logic: Logic = Unusable(message=message, element_id=identifier(element))
    else:
        compiler = place.compiler.knowing(name for name, _ in parameters)
        logic = parse_within(element, replace(place, compiler=compiler))
    return Function(
        id=identifier(element),
        name=place.name,
        parameters=parameters,
        logic=logic,
    )


def _literal(element: Element, place: Place) -> Logic:
    text = text_of(child(element, "text"))
    return Literal(expression=place.compiler.expression(text, identifier(element), place.words))


def _table(element: Element, place: Place) -> Logic:
    return parse_table(element, place.words, place.types, place.compiler, unnamed=place.name)


def _context(element: Element, place: Place) -> Logic:
    entries = []
    for number, each in enumerate(children(element, "contextEntry"), 1):
        variable = child(each, "variable")
        name = name_of(variable) if variable is not None else None
        entries.append((name or None, parse_within(each, place.inside(name or f"entry {number}"))))
    return Context(entries=tuple(entries))


def _list(element: Element, place: Place) -> Logic:
    return ListOf(
        items=tuple(
            EXPRESSIONS[local_name(each)](each, place)
            for each in element.iterchildren(etree.Element)
            if local_name(each) in EXPRESSIONS
        )
    )


def _relation(element: Element, place: Place) -> Logic:
    columns = tuple(name_of(each) for each in children(element, "column"))
    rows = []
    for number, row in enumerate(children(element, "row"), 1):
        cells = _list(row, place.inside(f"row {number}"))
        if len(cells.items) != len(columns):  # type: ignore[attr-defined]
            message = f"Expected {len(columns)} cells in row {number} of {place.words}, but found another number"
            place.compiler.find(identifier(row), message)
        else:
            rows.append(cells.items)  # type: ignore[attr-defined]
    return Relation(columns=columns, rows=tuple(rows))


def _conditional(element: Element, place: Place) -> Logic:
    return Conditional(
        condition=parse_within(child(element, "if"), place.inside("if")),
        then=parse_within(child(element, "then"), place.inside("then")),
        otherwise=parse_within(child(element, "else"), place.inside("else")),
    )


def _iteration(element: Element, place: Place) -> Logic:
    kind = local_name(element)
    body = {"for": "return", "filter": "match"}.get(kind, "satisfies")
    variable = "item" if kind == "filter" else element.get("iteratorVariable", "item")
    inner = replace(place.inside(body), compiler=place.compiler.knowing([variable]))
    return Iteration(
        id=identifier(element),
        kind=kind,
        variable=variable,
        collection=parse_within(child(element, "in"), place.inside("in")),
        each=parse_within(child(element, body), inner),
    )


def _invocation(element: Element, place: Place) -> Logic:
    arguments = {}
    for each in children(element, "binding"):
        parameter = child(each, "parameter")
        name = name_of(parameter) if parameter is not None else ""
        arguments[name] = parse_within(each, place.inside(name))
    called = text_of(child(element, "literalExpression"))
    return Invocation(
        called=place.compiler.expression(called, identifier(element), f"the call of {place.words}"),
        arguments=arguments,
    )


EXPRESSIONS: Mapping[str, Callable[[Element, Place], Logic]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _iteration,
    "some": _iteration,
    "every": _iteration,
    "filter": _iteration,
    "invocation": _invocation,
    "functionDefinition": parse_function,
}
