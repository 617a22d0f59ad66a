"""Closures of the operators: arithmetic, comparisons, and logic with three values."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import nodes, operators
from engine.feel.environment import Frame
from engine.feel.errors import Undefined
from engine.feel.values import NUMBERS, kind

Code = Callable[[Frame], Any]
CompileNode = Callable[[nodes.Node], Code]


def compile_arithmetic(node: nodes.Arithmetic, compile_node: CompileNode) -> Code:
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
            frame.run.pay(len(result))
        return result

    return calculate


ARITHMETIC: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Decimal, Decimal], Decimal]]] = {
    "+": (operators.add, NUMBERS.add),
    "-": (operators.subtract, NUMBERS.subtract),
    "*": (operators.multiply, NUMBERS.multiply),
    "/": (operators.divide, NUMBERS.divide),
    "**": (operators.power, NUMBERS.power),
}


def compile_negation(node: nodes.Negation, compile_node: CompileNode) -> Code:
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


def compile_comparison(node: nodes.Comparison, compile_node: CompileNode) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)
    if node.operator in ("=", "!="):
        return _equality(left, right, node.operator == "=")
    compare, of_numbers = COMPARISONS[node.operator]

    def ordered(frame: Frame) -> bool | None:
        one, other = left(frame), right(frame)
        if type(one) is Decimal and type(other) is Decimal:
            return of_numbers(one, other)
        try:
            return compare(one, other)
        except Undefined as reason:
            return frame.run.note(reason)

    return ordered


COMPARISONS: dict[str, tuple[Callable[[Any, Any], bool], Callable[[Decimal, Decimal], bool]]] = {
    "<": (operators.less, operator.lt),
    "<=": (operators.less_or_equal, operator.le),
    ">": (operators.greater, operator.gt),
    ">=": (operators.greater_or_equal, operator.ge),
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


def compile_and(node: nodes.And, compile_node: CompileNode) -> Code:
    return _junction([compile_node(part) for part in node.parts], decisive=False)


def compile_or(node: nodes.Or, compile_node: CompileNode) -> Code:
    return _junction([compile_node(part) for part in node.parts], decisive=True)


_NONE = object()


def _unknown(word: str, value: Any) -> str:
    return f"Expected true or false for `{word}`, but got {kind(value)}"


def _junction(codes: list[Code], decisive: bool) -> Code:
    """Three-valued logic (DMN table 50): one decisive part decides; otherwise one that is no boolean makes it null."""
    word = "or" if decisive else "and"

    def decide(frame: Frame) -> bool | None:
        unknown = _NONE
        for code in codes:
            value = code(frame)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                unknown = value
        return not decisive if unknown is _NONE else frame.run.note(_unknown(word, unknown))

    return decide


def compile_between(node: nodes.Between, compile_node: CompileNode) -> Code:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)

    def between(frame: Frame) -> bool | None:
        middle = value(frame)
        try:
            above = operators.greater_or_equal(middle, low(frame))
            return operators.less_or_equal(middle, high(frame)) and above
        except Undefined as reason:
            return frame.run.note(reason)

    return between
