"""Unary tests: what stands in a decision table's cell, and right of `in`."""

from collections.abc import Callable
from typing import Any

from engine.feel import nodes, operators
from engine.feel.environment import Frame
from engine.feel.errors import Undefined
from engine.feel.values import Range, items, kind

Code = Callable[[Frame], Any]
CompileNode = Callable[[nodes.Node], Code]
Check = Callable[[Any, Frame], "bool | None"]

# Their value is a verdict about something, not a value to compare the input with.
VERDICTS = (nodes.Comparison, nodes.And, nodes.Or, nodes.Between, nodes.In, nodes.InstanceOf, nodes.Quantified)


def compile_tests(tree: nodes.Tests, compile_node: CompileNode) -> Check:
    """The check of a cell: True, False, or None where a value could not be compared."""
    if not tree.tests:
        return lambda value, frame: True
    check = _any([_check(test, compile_node, in_cell=True) for test in tree.tests])
    if not tree.negated:
        return check

    def negated(value: Any, frame: Frame) -> bool | None:
        verdict = check(value, frame)
        return None if verdict is None else not verdict

    return negated


def compile_in(node: nodes.In, compile_node: CompileNode) -> Code:
    """The closure of `value in tests`."""
    value = compile_node(node.value)
    check = _any([_check(test, compile_node, in_cell=False) for test in node.tests])
    return lambda frame: check(value(frame), frame)


def _any(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def check(value: Any, frame: Frame) -> bool | None:
        unknown = False
        for one in checks:
            verdict = one(value, frame)
            if verdict is True:
                return True
            unknown = unknown or verdict is None
        return None if unknown else False

    return check


def _check(test: nodes.Test, compile_node: CompileNode, in_cell: bool) -> Check:
    operand = compile_node(test.operand)
    if test.operator:
        return _compared(COMPARISONS[test.operator], operand)
    if in_cell and isinstance(test.operand, VERDICTS):
        return lambda value, frame: _verdict(operand(frame), frame)
    is_call = in_cell and isinstance(test.operand, nodes.Call)

    def check(value: Any, frame: Frame) -> bool | None:
        expected = operand(frame)
        if is_call and type(expected) is bool and type(value) is not bool:
            return expected
        try:
            return matches(value, expected, frame)
        except Undefined as reason:
            return frame.run.note(reason)

    return check


def matches(value: Any, expected: Any, frame: Frame) -> bool:
    """Whether the value equals what is expected, lies in its range, or is in or equal to its list."""
    if type(expected) is Range:
        return operators.contains(expected, value)
    if type(expected) is list:
        frame.run.spend(len(expected))
        if type(value) is list and operators.same(value, expected, frame.run):
            return True
        return any(_matches_item(value, item, frame) for item in items(expected))
    return operators.equal(value, expected, frame.run)


def _matches_item(value: Any, expected: Any, frame: Frame) -> bool:
    try:
        if type(expected) is Range and type(value) is not Range:
            return operators.contains(expected, value)
        return operators.equal(value, expected, frame.run)
    except Undefined:
        return False


def _verdict(value: Any, frame: Frame) -> bool | None:
    if type(value) is bool:
        return value
    verdict: bool | None = frame.run.note(f"Expected a test to be true or false, but it is {kind(value)}")
    return verdict


def _compared(compare: Callable[[Any, Any, Frame], bool], operand: Code) -> Check:
    def check(value: Any, frame: Frame) -> bool | None:
        try:
            return compare(value, operand(frame), frame)
        except Undefined as reason:
            return frame.run.note(reason)

    return check


COMPARISONS: dict[str, Callable[[Any, Any, Frame], bool]] = {
    "=": lambda value, other, frame: operators.equal(value, other, frame.run),
    "!=": lambda value, other, frame: not operators.equal(value, other, frame.run),
    "<": lambda value, other, frame: operators.less(value, other),
    "<=": lambda value, other, frame: operators.less_or_equal(value, other),
    ">": lambda value, other, frame: operators.greater(value, other),
    ">=": lambda value, other, frame: operators.greater_or_equal(value, other),
}
