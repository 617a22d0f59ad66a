"""From a syntax tree to Python closures: each node becomes a function of a frame that gives the node's value."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import nodes, operators
from engine.feel.access import filtered, member
from engine.feel.calls import compile_call, find_function, invoke
from engine.feel.environment import Frame
from engine.feel.errors import Undefined
from engine.feel.loops import compile_for, compile_quantified
from engine.feel.types import is_instance
from engine.feel.unary import compile_in
from engine.feel.values import NUMBERS, READY, Function, Range, read

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
    position = nodes.Arithmetic if isinstance(node.condition, nodes.Arithmetic) else None
    is_position = position is not None or _is_number(node.condition)

    def select(frame: Frame) -> Any:
        try:
            return filtered(source(frame), condition, is_position, frame)
        except Undefined as reason:
            return frame.run.note(reason)

    return select


def _is_number(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Negation):
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


def _arithmetic(node: nodes.Arithmetic) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)
    operation, of_numbers = ARITHMETIC[node.operator]

    def calculate(frame: Frame) -> Any:
        one, other = left(frame), right(frame)
        try:
            if type(one) is Decimal and type(other) is Decimal:
                return of_numbers(one, other)
        except ArithmeticError:
            pass  # said again, in words, by the general operation
        try:
            result = operation(one, other)
        except Undefined as reason:
            return frame.run.note(reason)
        if type(result) is str:
            frame.run.fit(len(result))
        return result

    return calculate


ARITHMETIC: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Decimal, Decimal], Decimal]]] = {
    "+": (operators.add, NUMBERS.add),
    "-": (operators.subtract, NUMBERS.subtract),
    "*": (operators.multiply, NUMBERS.multiply),
    "/": (operators.divide, NUMBERS.divide),
    "**": (operators.power, NUMBERS.power),
}


def _negation(node: nodes.Negation) -> Code:
    if isinstance(node.operand, nodes.Literal) and type(node.operand.value) is Decimal:
        value = operators.negate(node.operand.value)
        return lambda frame: value
    operand = compile_node(node.operand)

    def negate(frame: Frame) -> Any:
        try:
            return operators.negate(operand(frame))
        except Undefined as reason:
            return frame.run.note(reason)

    return negate


def _comparison(node: nodes.Comparison) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)
    if node.operator in ("=", "!="):
        return _equality(left, right, node.operator == "=")
    compare = COMPARISONS[node.operator]

    def ordered(frame: Frame) -> bool | None:
        try:
            return compare(left(frame), right(frame))
        except Undefined as reason:
            return frame.run.note(reason)

    return ordered


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.less,
    "<=": operators.less_or_equal,
    ">": operators.greater,
    ">=": operators.greater_or_equal,
}


def _equality(left: Code, right: Code, wanted: bool) -> Code:
    equal = operators.equal

    def equality(frame: Frame) -> bool | None:
        one, other = left(frame), right(frame)
        if type(one) is str and type(other) is str:
            return (one == other) is wanted
        try:
            return equal(one, other, frame.run) is wanted
        except Undefined as reason:
            return frame.run.note(reason)

    return equality


def _and(node: nodes.And) -> Code:
    return _junction([compile_node(part) for part in node.parts], decisive=False)


def _or(node: nodes.Or) -> Code:
    return _junction([compile_node(part) for part in node.parts], decisive=True)


def _junction(codes: list[Code], decisive: bool) -> Code:
    """Three-valued logic (DMN table 50): one decisive part decides; otherwise one that is no boolean makes it null."""

    def decide(frame: Frame) -> bool | None:
        unknown = False
        for code in codes:
            value = code(frame)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                unknown = True
        return None if unknown else not decisive

    return decide


def _if(node: nodes.If) -> Code:
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    return lambda frame: then(frame) if condition(frame) is True else otherwise(frame)


def _between(node: nodes.Between) -> Code:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)

    def between(frame: Frame) -> bool | None:
        middle = value(frame)
        try:
            above = operators.greater_or_equal(middle, low(frame))
            return operators.less_or_equal(middle, high(frame)) and above
        except Undefined as reason:
            return frame.run.note(reason)

    return between


def _instance_of(node: nodes.InstanceOf) -> Code:
    value, wanted = compile_node(node.value), node.type

    def instance_of(frame: Frame) -> bool | None:
        try:
            return is_instance(value(frame), wanted, frame.run.env.types)
        except Undefined as reason:
            return frame.run.note(reason)

    return instance_of


def _function(node: nodes.FunctionOf) -> Code:
    if node.body is None:
        return _unreadable(
            nodes.Unreadable("Expected a function in FEEL, but external functions are not executed here")
        )
    names, types = tuple(name for name, _ in node.parameters), [wanted for _, wanted in node.parameters]
    body = compile_node(node.body)

    def define(frame: Frame) -> Function:
        def call(run: Any, arguments: list[Any]) -> Any:
            return body(Frame(_checked(names, types, arguments, run.env.types), frame, run))

        return Function(name="", parameters=names, invoke=call)

    return define


def _checked(
    names: tuple[str, ...], types: list[nodes.Type | None], arguments: list[Any], named: Any
) -> dict[str, Any]:
    values = {}
    for name, wanted, argument in zip(names, types, arguments, strict=True):
        if wanted is not None and argument is not None and not is_instance(argument, wanted, named):
            # DMN 10.3.2.9.4: a singleton list stands for its item, and an item for a list of it.
            single = read(argument[0]) if type(argument) is list and len(argument) == 1 else [argument]
            if not is_instance(single, wanted, named):
                raise Undefined(f"Expected another type of argument for the parameter {name!r}")
            argument = single
        values[name] = argument
    return values


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
    nodes.Arithmetic: _arithmetic,
    nodes.Negation: _negation,
    nodes.Comparison: _comparison,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.If: _if,
    nodes.Between: _between,
    nodes.In: lambda node: compile_in(node, compile_node),
    nodes.InstanceOf: _instance_of,
    nodes.For: lambda node: compile_for(node, compile_node),
    nodes.Quantified: lambda node: compile_quantified(node, compile_node),
    nodes.FunctionOf: _function,
}

__all__ = ["COMPILERS", "Code", "compile_node", "invoke"]
