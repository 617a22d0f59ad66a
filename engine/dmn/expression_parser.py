"""From the XML of any expression, boxed or literal, to its compiled logic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from engine.dmn.boxed import Conditional, Context, Invocation, Iteration, ListOf, Relation
from engine.dmn.expressions import Compiler, Literal, Logic, Typed, Unusable
from engine.dmn.functions import Function, Parameter
from engine.dmn.table_parser import parse_table
from engine.dmn.tables import DecisionTable
from engine.dmn.type_parser import Declarations
from engine.dmn.types import FunctionOf, Type
from engine.dmn.xml import Element, child, children, identifier, local_name, name_of, text_of
from engine.errors import Message


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an expression stands: in words, its name if it has one, and what the model knows."""

    words: str
    name: str
    declarations: Declarations
    compiler: Compiler

    def type_of(self, element: Element | None) -> Type | None:
        return self.declarations.type_of(element)

    def inside(self, name: str) -> Place:
        return replace(self, words=Message("{name} of {place}", name=name, place=self.words), name=name)


def parse_within(parent: Element | None, place: Place, declared: Type | None = None) -> Logic:
    """The logic of the expression that stands in an element, giving the declared type; a finding where there is none.

    A decision without logic may be an input of a service, so whether that is wrong is seen when all is read.
    """
    if parent is not None:
        for element in parent.iterchildren(etree.Element):
            if local_name(element) in EXPRESSIONS:
                return _typed(_parsed(element, place), declared, place)
    element_id = "" if parent is None else identifier(parent)
    message = Message("Expected {place} to have logic, but it is empty", place=place.words)
    if parent is None or local_name(parent) != "decision":
        place.compiler.find(element_id, message)
    return Unusable(message=message, element_id=element_id)


def parse_function(element: Element, place: Place, result: Type | None = None) -> Function:
    """`result` is the type that the variable of a business knowledge model declares, else the function's own."""
    result = result or result_type(place.type_of(element))
    parameters = tuple(
        Parameter(name=name_of(each), type=place.type_of(each)) for each in children(element, "formalParameter")
    )
    if (kind := element.get("kind", "FEEL")) != "FEEL":
        message = place.compiler.find(
            identifier(element),
            Message(
                "Expected {place} to be FEEL, but it is {kind}, which is not executed here",
                place=place.words,
                kind=kind,
            ),
        )
        logic: Logic = Unusable(message=message, element_id=identifier(element))
    else:
        inner = place.compiler.knowing(parameter.name for parameter in parameters)
        logic = parse_within(element, replace(place, compiler=inner), result)
    return Function(id=identifier(element), name=place.name, parameters=parameters, logic=logic)


def _parsed(element: Element, place: Place) -> Logic:
    logic = EXPRESSIONS[local_name(element)](element, place)
    # The type of a function definition is that of what it gives, which it has seen to by itself.
    return logic if isinstance(logic, Function) else _typed(logic, place.type_of(element), place)


def _typed(logic: Logic, wanted: Type | None, place: Place) -> Logic:
    if wanted is None or isinstance(logic, Unusable):
        return logic
    if isinstance(logic, Literal | DecisionTable) and logic.type is None:
        return replace(logic, type=wanted)
    return Typed(logic=logic, type=wanted, words=place.words)


def _literal(element: Element, place: Place) -> Logic:
    text = text_of(child(element, "text"))
    return Literal(expression=place.compiler.expression(text, identifier(element), place.words), words=place.words)


def _table(element: Element, place: Place) -> Logic:
    return parse_table(element, place.words, place.declarations, place.compiler, unnamed=place.name)


def _context(element: Element, place: Place) -> Logic:
    entries = []
    for number, each in enumerate(children(element, "contextEntry"), 1):
        variable = child(each, "variable")
        name = name_of(variable) if variable is not None else None
        inner = place.inside(name or Message("entry {number}", number=number))
        entries.append((name or None, parse_within(each, inner, place.type_of(variable))))
    return Context(id=identifier(element), entries=tuple(entries))


def _list(element: Element, place: Place) -> Logic:
    return ListOf(
        items=tuple(
            _parsed(each, place) for each in element.iterchildren(etree.Element) if local_name(each) in EXPRESSIONS
        )
    )


def _relation(element: Element, place: Place) -> Logic:
    columns = tuple((name_of(each), place.type_of(each)) for each in children(element, "column"))
    rows = []
    for number, row in enumerate(children(element, "row"), 1):
        cells = _list(row, place.inside(Message("row {number}", number=number)))
        if len(cells.items) != len(columns):  # type: ignore[attr-defined]
            message = Message(
                "Expected {number} cells in row {number_2} of {place}, but found another number",
                number=len(columns),
                number_2=number,
                place=place.words,
            )
            place.compiler.find(identifier(row), message)
        else:
            rows.append(
                tuple(_typed(cell, wanted, place) for cell, (_, wanted) in zip(cells.items, columns, strict=True))  # type: ignore[attr-defined]
            )
    return Relation(columns=tuple(name for name, _ in columns), rows=tuple(rows))


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
        called=place.compiler.expression(
            called, identifier(element), Message("the call of {place}", place=place.words)
        ),
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


def result_type(declared: Type | None) -> Type | None:
    """Of something called: it declares the type of a function, or in files of many tools that of the result."""
    plain = None if declared is None else declared.plain()
    return plain.result if isinstance(plain, FunctionOf) else declared
