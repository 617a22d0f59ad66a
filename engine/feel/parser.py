"""From tokens to a syntax tree: a precedence climber that resolves names with spaces on the way."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from engine.errors import Message
from engine.feel import nodes
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize
from engine.feel.names import KnownNames
from engine.feel.operands import (
    ADDITION,
    AND,
    BUILT_IN_NAMES,
    COMPARISON,
    MULTIPLICATION,
    OR,
    POSTFIX,
    POWER,
    TESTS,
    OperandParser,
)

MAX_TEXT = 50_000  # characters
MAX_NESTING = 48  # brackets, conditions, function bodies within each other
MAX_CHAIN = 150  # operators of one level in a row, other than `and` and `or`, which have no such limit

OPERATORS = {
    "=": COMPARISON,
    "!=": COMPARISON,
    "<": COMPARISON,
    "<=": COMPARISON,
    ">": COMPARISON,
    ">=": COMPARISON,
    "between": COMPARISON,
    "in": COMPARISON,
    "+": ADDITION,
    "-": ADDITION,
    "*": MULTIPLICATION,
    "/": MULTIPLICATION,
    "**": POWER,
    "instance": POSTFIX,
    ".": POSTFIX,
    "[": POSTFIX,
    "(": POSTFIX,
    "and": AND,
    "or": OR,
}
T = TypeVar("T")


def parse(text: str, known: KnownNames) -> nodes.Node:
    """The tree of an expression; raises FeelSyntaxError."""
    return _whole(text, known, Parser.expression)


def parse_tests(text: str, known: KnownNames) -> nodes.Tests:
    """The tree of unary tests, as in a decision table's cell; raises FeelSyntaxError."""
    return _whole(text, known, Parser.unary_tests)


def _whole(text: str, known: KnownNames, production: Callable[["Parser"], T]) -> T:
    if len(text) > MAX_TEXT:
        raise FeelSyntaxError(
            "Expected at most {most} characters, but the text has {count}", most=MAX_TEXT, count=len(text)
        )
    parser = Parser(tokenize(text), KnownNames(base=known))
    try:
        tree = production(parser)
    except RecursionError:
        raise FeelSyntaxError("Expected less nesting", parser.token.start) from None
    if parser.token.kind != "end":
        raise parser.surprise(Message("the end of the expression"))
    return tree


class Parser(OperandParser):
    """Reads one text. Methods are productions; each starts at the current token and stops behind what it took."""

    def expression(self, strength: int = OR) -> nodes.Node:
        """An operand and all operators at least as binding as `strength`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelSyntaxError("Expected at most {most} levels of nesting", self.token.start, most=MAX_NESTING)
        left = self.operand()
        for _ in range(MAX_CHAIN):
            token = self.token
            binding = OPERATORS.get(token.text, 0) if token.kind != "string" else 0
            if binding < strength or not binding:
                self.nesting -= 1
                return left
            extended = self._extend(left, token, binding)
            if extended is None:
                self.nesting -= 1
                return left
            left = extended
        raise FeelSyntaxError("Expected at most {most} operators in a row", self.token.start, most=MAX_CHAIN)

    def unary_tests(self) -> nodes.Tests:
        """`-` (or nothing, as editors leave an empty cell), `not(tests)` or tests separated by commas."""
        if self.token.kind == "end":
            return nodes.Tests((), False)
        if self.token.text == "-" and self.peek().kind == "end":
            self.advance()
            return nodes.Tests((), False)
        if self.token.text == "not" and self.peek().text == "(":
            start = self.position
            self.advance(2)
            tests = self.attempt(self._negated_tests)
            if tests is not None:
                return nodes.Tests(tests, True)
            self.position = start
        return nodes.Tests(self._tests(), False)

    def _tests(self) -> tuple[nodes.Test, ...]:
        return self.separated(self._test)

    def _tests_in_brackets(self) -> tuple[nodes.Test, ...]:
        tests = self._tests()
        self.expect(")")
        return tests

    def _negated_tests(self) -> tuple[nodes.Test, ...]:
        tests = self._tests_in_brackets()
        self.expect_end()
        return tests

    def _test(self) -> nodes.Test:
        if self.token.kind == "symbol" and self.token.text in TESTS:
            operator = self.advance().text
            return nodes.Test(operator, self.expression(ADDITION))
        return nodes.Test("", self.expression())

    # Infix and postfix operators. Each gets what stands left of it.

    def _extend(self, left: nodes.Node, token: Token, binding: int) -> nodes.Node | None:
        match token.text:
            case "and" | "or":
                return self._junction(left, token.text, binding)
            case "between":
                return self._between(left)
            case "in":
                self.advance()
                return nodes.In(left, self._in_tests())
            case "instance":
                if self.peek().text != "of":
                    return None
                self.advance(2)
                return nodes.InstanceOf(left, self.type())
            case ".":
                self.advance()
                return nodes.Path(left, self.member())
            case "[":
                return self._filter(left)
            case "(":
                return self._call(left)
            case "+" | "-" | "*" | "/" | "**":
                self.advance()
                return nodes.Arithmetic(token.text, left, self.expression(binding + 1))
        self.advance()
        return nodes.Comparison(token.text, left, self.expression(binding + 1))

    def _junction(self, left: nodes.Node, word: str, binding: int) -> nodes.Node:
        parts = [left]
        while self.accept(word):
            parts.append(self.expression(binding + 1))
        return nodes.And(tuple(parts)) if word == "and" else nodes.Or(tuple(parts))

    def _between(self, value: nodes.Node) -> nodes.Node:
        start = self.position
        found = self.attempt(self._between_bounds)
        if found is not None:
            return nodes.Between(value, *found)
        if isinstance(value, nodes.Name) and self.peek_at(start + 1).text == "(":
            # An unknown function whose name holds the word: `working days between(a, b)`.
            self.position = start + 1
            return self._call(nodes.Name(f"{value.name} between"))
        self.position = start
        return nodes.Between(value, *self._between_bounds())

    def _between_bounds(self) -> tuple[nodes.Node, nodes.Node]:
        self.expect("between")
        low = self.expression(ADDITION)
        self.expect("and")
        return low, self.expression(ADDITION)

    def _in_tests(self) -> tuple[nodes.Test, ...]:
        if self.token.text == "(":
            start = self.position
            self.advance()
            tests = self.attempt(self._tests_in_brackets)
            if tests is not None:
                return tests
            self.position = start  # then it is an expression in brackets, or a range such as (1..5)
        if self.token.kind == "symbol" and self.token.text in TESTS:
            return (self._test(),)
        return (nodes.Test("", self.expression(ADDITION)),)

    def _filter(self, source: nodes.Node) -> nodes.Node | None:
        start = self.position
        self.advance()
        if self.endpoint == self.nesting:
            # `[1..5[` ends a range, `[1..a[1]]` filters: it is a filter if one can be read.
            condition = self.attempt(self._condition_before_range_end)
            if condition is None:
                self.position = start
                return None
            return nodes.Filter(source, condition)
        condition = self.inner(self.expression)
        self.expect("]")
        return nodes.Filter(source, condition)

    def _condition_before_range_end(self) -> nodes.Node:
        condition = self.expression()
        self.expect("]")
        if self.token.text not in ("]", ")", "[") and OPERATORS.get(self.token.text) is None:
            raise self.surprise(Message("the end of a range"))
        return condition

    def _call(self, function: nodes.Node) -> nodes.Node:
        self.expect("(")
        if self.accept(")"):
            return nodes.Call(function, (), None)
        arguments = self.inner(lambda: self.separated(self._argument))
        self.expect(")")
        names = tuple(name for name, _ in arguments if name is not None)
        if names and len(names) < len(arguments):
            raise FeelSyntaxError("Expected all arguments by name, or none", self.token.start)
        return nodes.Call(function, tuple(value for _, value in arguments), names or None)

    def _argument(self) -> tuple[str | None, nodes.Node]:
        end = self.position
        while self.tokens[end].kind == "name":
            end += 1
        if end == self.position or self.tokens[end].text != ":":
            return None, self.expression()
        name = " ".join(token.text for token in self.tokens[self.position : end])
        self.position = end + 1
        return name, self.expression()


@lru_cache(maxsize=64)
def known_names(names: frozenset[str] = frozenset()) -> KnownNames:
    """The given names and those of built-ins that need to be known because they hold the words of operators.

    Kept, because the many texts of one model are read with the same names.
    """
    return KnownNames([*names, *BUILT_IN_NAMES])
