"""From a syntax tree to Python closures: each node becomes a function of a frame that gives the node's value."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import nodes, operators
from engine.feel.access import filtered, member
from engine.feel.calls import compile_call, compile_function, find_function
from engine.feel.environment import Frame
from engine.feel.errors import Undefined
from engine.feel.infix import (
    compile_and,
    compile_arithmetic,
    compile_between,
    compile_comparison,
    compile_negation,
    compile_or,
)
from engine.feel.loops import compile_for, compile_quantified
from engine.feel.types import is_instance
from engine.feel.unary import compile_in
from engine.feel.values import READY, Range, read

Code = Callable[[Frame], Any]


def compile_node(node: nodes.Node) -> Code:
    """The closure that evaluates a node."""
    return COMPILERS[type(node)](node)


def _literal(node: nodes.Literal) -> Code:
    value = node.value
    return lambda frame: value


def _unreadable(node: nodes.Unreadable) -> Code:
    def unreadable(frame: Frame) -> Any:
        frame.run.note(node.reason)

    return unreadable


def _name(node: nodes.Name) -> Code:
    name = node.name

    def look_up(frame: Frame) -> Any:
        place: Frame | None = frame
        while place is not None:
            if name in place.variables:
                value = place.variables[name]
                return value if type(value) in READY else read(value)
            place = place.parent
        return find_function(frame, name)

    return look_up


def _path(node: nodes.Path) -> Code:
    source, name = compile_node(node.source), node.name

    def walk(frame: Frame) -> Any:
        value = source(frame)
        if type(value) is dict and name in value:
            value = value[name]
            return value if type(value) in READY else read(value)
        try:
            return member(value, name, frame.run)
        except Undefined as reason:
            return frame.run.note(reason)

    return walk


def _filter(node: nodes.Filter) -> Code:
    source, condition = compile_node(node.source), compile_node(node.condition)
    is_position = _is_number(node.condition)

    def select(frame: Frame) -> Any:
        try:
            return filtered(source(frame), condition, is_position, frame)
        except Undefined as reason:
            return frame.run.note(reason)

    return select


def _is_number(node: nodes.Node) -> bool:
    """Whether the value can be nothing but a number, as far as the text tells."""
    if isinstance(node, nodes.Arithmetic | nodes.Negation):
        return True
    return isinstance(node, nodes.Literal) and type(node.value) is Decimal


def _list(node: nodes.ListOf) -> Code:
    codes = [compile_node(item) for item in node.items]
    return lambda frame: [code(frame) for code in codes]


def _context(node: nodes.ContextOf) -> Code:
    entries = [(name, compile_node(value)) for name, value in node.entries]
    twice = len({name for name, _ in entries}) < len(entries)

    def build(frame: Frame) -> Any:
        if twice:
            return frame.run.note("Expected each key of a context once, but one is repeated")
        context: dict[str, Any] = {}
        inner = Frame(context, frame, frame.run)  # an entry sees the entries before it
        for name, code in entries:
            context[name] = code(inner)
        return context

    return build


def _range(node: nodes.RangeOf) -> Code:
    start = compile_node(node.start) if node.start else None
    end = compile_node(node.end) if node.end else None
    start_included, end_included = node.start_included, node.end_included
    unary = node.unary
    if node.excluded is not None:
        return _range_without(compile_node(node.excluded))

    def build(frame: Frame) -> Any:
        low = start(frame) if start else None
        high = end(frame) if end else None
        if low is not None and high is not None:
            try:
                if operators.greater(low, high):
                    return frame.run.note("Expected a range to start before its end, but it does not")
            except Undefined as reason:
                return frame.run.note(reason)
        return Range(start=low, end=high, start_included=start_included, end_included=end_included, unary=unary)

    constant = isinstance(node.start, nodes.Literal | None) and isinstance(node.end, nodes.Literal | None)
    if constant and (ready := _try_constant(node)) is not None:
        return lambda frame: ready
    return build


def _range_without(excluded: Code) -> Code:
    def build(frame: Frame) -> Any:
        value = excluded(frame)
        if value is None:
            return frame.run.note("Expected a value behind !=, but got null")
        return Range(start=None, end=None, start_included=False, end_included=False, unary=True, excluded=value)

    return build


def _try_constant(node: nodes.RangeOf) -> Range | None:
    low = node.start.value if isinstance(node.start, nodes.Literal) else None
    high = node.end.value if isinstance(node.end, nodes.Literal) else None
    try:
        if low is None or high is None or operators.greater(low, high):
            return None
    except Undefined:
        return None
    return Range(
        start=low,
        end=high,
        start_included=node.start_included,
        end_included=node.end_included,
        unary=node.unary,
    )


def _if(node: nodes.If) -> Code:
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    return lambda frame: then(frame) if condition(frame) is True else otherwise(frame)


def _instance_of(node: nodes.InstanceOf) -> Code:
    value, wanted = compile_node(node.value), node.type

    def instance_of(frame: Frame) -> bool | None:
        try:
            return is_instance(value(frame), wanted, frame.run.env.types)
        except Undefined as reason:
            return frame.run.note(reason)

    return instance_of


COMPILERS: dict[type, Callable[[Any], Code]] = {
    nodes.Literal: _literal,
    nodes.Unreadable: _unreadable,
    nodes.Name: _name,
    nodes.Path: _path,
    nodes.Filter: _filter,
    nodes.Call: lambda node: compile_call(node, compile_node),
    nodes.ListOf: _list,
    nodes.ContextOf: _context,
    nodes.RangeOf: _range,
    nodes.Arithmetic: lambda node: compile_arithmetic(node, compile_node),
    nodes.Negation: lambda node: compile_negation(node, compile_node),
    nodes.Comparison: lambda node: compile_comparison(node, compile_node),
    nodes.And: lambda node: compile_and(node, compile_node),
    nodes.Or: lambda node: compile_or(node, compile_node),
    nodes.If: _if,
    nodes.Between: lambda node: compile_between(node, compile_node),
    nodes.In: lambda node: compile_in(node, compile_node),
    nodes.InstanceOf: _instance_of,
    nodes.For: lambda node: compile_for(node, compile_node),
    nodes.Quantified: lambda node: compile_quantified(node, compile_node),
    nodes.FunctionOf: lambda node: compile_function(node, compile_node),
}
