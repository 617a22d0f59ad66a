"""Operands: literals, names, brackets, lists, ranges, contexts, and constructs that start with a word."""

from collections.abc import Callable
from typing import TypeVar

from engine.errors import Message
from engine.feel import nodes, temporal
from engine.feel.errors import FeelSyntaxError, Undefined
from engine.feel.lexer import Token, string_value
from engine.feel.names import KnownNames
from engine.feel.types import TypeParser
from engine.feel.values import NUMBERS

OR, AND, COMPARISON, ADDITION, MULTIPLICATION, POWER, POSTFIX = range(1, 8)
TESTS = ("<", "<=", ">", ">=", "=", "!=")
# A word that can't continue an unknown name of several words, because an expression may end before it.
STOPS = frozenset({"and", "or", "between", "in", "instance", "then", "else", "return", "satisfies"})
BUILT_IN_NAMES: frozenset[str] = frozenset({"date and time", "years and months duration"})
T = TypeVar("T")


class OperandParser(TypeParser):
    """The productions for operands. What is between operators is for the parser that extends this one."""

    def __init__(self, tokens: list[Token], known: KnownNames) -> None:
        super().__init__(tokens)
        self.known = known
        self.nesting = 0
        self.endpoint = 0  # the nesting at which `[` may close a range
        self.tries = 0

    def expression(self, strength: int = OR) -> nodes.Node:
        """An operand and all operators at least as binding as `strength`."""
        raise NotImplementedError

    def operand(self) -> nodes.Node:
        token = self.token
        if token.kind == "number":
            return self._number()
        if token.kind == "string":
            self.advance()
            return nodes.Literal(string_value(token.text))
        if found := self._known_name():
            return nodes.Name(found)
        if token.kind == "name":
            return self._word(token)
        match token.text:
            case "(":
                return self._bracket()
            case "[" | "]":
                return self._list_or_range()
            case "{":
                return self._context()
            case "-":
                self.advance()
                return nodes.Negation(self.expression(POSTFIX))
            case "@":
                self.advance()
                return self._at_literal()
            case "?":
                self.advance()
                return nodes.Name("?")
        raise self.surprise(Message("a value"))

    def _number(self) -> nodes.Node:
        token = self.advance()
        try:
            return nodes.Literal(NUMBERS.create_decimal(token.text))
        except ArithmeticError:
            raise FeelSyntaxError("Expected a number below 1E+6145", token.start) from None

    def _known_name(self) -> str | None:
        found = self.known.match(self.tokens, self.position)
        if not found:
            return None
        name, length = found
        if length == 1 and (name in KEYWORDS or self.token.kind != "name"):
            return None
        if " and " in name and name in BUILT_IN_NAMES and self.peek_at(self.position + length).text != "(":
            return None  # `date and time` without a call is a conjunction of two variables
        self.advance(length)
        return self._longer(name)

    def _word(self, token: Token) -> nodes.Node:
        production = KEYWORDS.get(token.text)
        if production is not None:
            self.advance()
            return self.inner(lambda: production(self))
        if token.text in STOPS and token.text != "instance":
            raise self.surprise(Message("a value"))
        return nodes.Name(self._longer(self.advance().text))

    def _bracket(self) -> nodes.Node:
        self.advance()
        if self.token.kind == "symbol" and self.token.text in TESTS:
            return self._unary_range()
        inner = self.inner(self.expression)
        if self.token.text == "..":
            return self._range("(", inner)
        self.expect(")")
        return inner

    def _unary_range(self) -> nodes.Node:
        operator = self.advance().text
        end = self.inner(lambda: self.expression(ADDITION))
        self.expect(")")
        match operator:
            case "<" | "<=":
                return nodes.RangeOf(None, end, False, operator == "<=", True)
            case ">" | ">=":
                return nodes.RangeOf(end, None, operator == ">=", False, True)
            case "=":
                return nodes.RangeOf(end, end, True, True, True)
        return nodes.RangeOf(None, None, False, False, True, excluded=end)

    def _list_or_range(self) -> nodes.Node:
        if self.advance().text == "]":
            return self._range("]", self.inner(lambda: self.expression(ADDITION)))
        if self.accept("]"):
            return nodes.ListOf(())
        items = self.inner(lambda: self.separated(self.expression))
        if self.token.text == ".." and len(items) == 1:
            return self._range("[", items[0])
        self.expect("]")
        return nodes.ListOf(items)

    def _range(self, opening: str, start: nodes.Node) -> nodes.Node:
        # The start is not read a second time: within each other, ranges would take time to the power of two.
        self.expect("..")
        outer, self.endpoint = self.endpoint, self.nesting + 1
        end = self.expression(ADDITION)
        self.endpoint = outer
        if self.token.text not in ("]", ")", "["):
            raise self.surprise(Message("the end of the range"))
        return nodes.RangeOf(start, end, opening == "[", self.advance().text == "]")

    def _context(self) -> nodes.Node:
        self.advance()
        if self.accept("}"):
            return nodes.ContextOf(())
        entries = self.inner(lambda: self.separated(self._entry))
        self.expect("}")
        return nodes.ContextOf(entries)

    def _entry(self) -> tuple[str, nodes.Node]:
        key = self._key()
        self.expect(":")
        value = self.expression()
        self.known.add(key)
        return key, value

    def _key(self) -> str:
        if self.token.kind == "string":
            return string_value(self.advance().text)
        name = self.text_until(":", ",", "}")
        if not name:
            raise self.surprise(Message("a name"))
        return name

    def _at_literal(self) -> nodes.Node:
        if self.token.kind != "string":
            raise self.surprise(Message('a literal such as @"2025-05-01"'))
        try:
            return nodes.Literal(temporal.parse_literal(string_value(self.advance().text)))
        except Undefined as reason:
            return nodes.Unreadable(str(reason))

    # Constructs that start with a word; the word is taken already.

    def _if(self) -> nodes.Node:
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return nodes.If(condition, then, self.expression())

    def _for(self) -> nodes.Node:
        iterators = self.separated(self._iterator)
        self.expect("return")
        return nodes.For(iterators, self.expression())

    def _some(self) -> nodes.Node:
        return self._quantified(every=False)

    def _every(self) -> nodes.Node:
        return self._quantified(every=True)

    def _quantified(self, every: bool) -> nodes.Node:
        iterators = self.separated(self._iterator)
        self.expect("satisfies")
        return nodes.Quantified(every, iterators, self.expression())

    def _iterator(self) -> nodes.Iterator:
        name = self.text_until("in")
        if not name or self.token.text != "in":
            raise self.surprise(Message("a name and `in`"))
        self.advance()
        self.known.add(name)
        source = self.expression()
        return nodes.Iterator(name, source, self.expression() if self.accept("..") else None)

    def _function(self) -> nodes.Node:
        self.expect("(")
        parameters = () if self.token.text == ")" else self.separated(self._parameter)
        self.expect(")")
        if self.accept("external"):
            self.expression()
            return nodes.FunctionOf(parameters, None)
        return nodes.FunctionOf(parameters, self.expression())

    def _parameter(self) -> tuple[str, nodes.Type | None]:
        name = self.text_until(",", ":", ")")
        if not name:
            raise self.surprise(Message("a parameter's name"))
        self.known.add(name)
        return name, self.type() if self.accept(":") else None

    def member(self) -> str:
        if found := self.known.match(self.tokens, self.position):
            name, length = found
            self.advance(length)
            return self._longer(name)
        if self.token.kind != "name":
            raise self.surprise(Message("a name"))
        return self._longer(self.advance().text)

    def _longer(self, name: str) -> str:
        """Take the words that follow: two names in a row have no other meaning in FEEL."""
        while self.token.kind == "name" and self.token.text not in STOPS:
            name += f" {self.advance().text}"
        return name

    def inner(self, production: Callable[[], T]) -> T:
        """Read something within brackets or words, where the end of an outer range has no say."""
        outer, self.endpoint = self.endpoint, 0
        result = production()
        self.endpoint = outer
        return result

    def attempt(self, production: Callable[[], T]) -> T | None:
        """Read something, or nothing if it is not there; the caller puts the position back."""
        nesting, endpoint = self.nesting, self.endpoint
        self.tries += 1
        if self.tries > 1000:
            raise FeelSyntaxError("Expected a simpler expression", self.token.start)
        self.endpoint = 0
        try:
            return production()
        except FeelSyntaxError:
            self.nesting = nesting
            return None
        finally:
            self.endpoint = endpoint


KEYWORDS: dict[str, Callable[[OperandParser], nodes.Node]] = {
    "true": lambda _: nodes.Literal(True),
    "false": lambda _: nodes.Literal(False),
    "null": lambda _: nodes.Literal(None),
    "if": OperandParser._if,
    "for": OperandParser._for,
    "some": OperandParser._some,
    "every": OperandParser._every,
    "function": OperandParser._function,
}
