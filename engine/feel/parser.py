"""From tokens to a syntax tree: a precedence climber that resolves names with spaces on the way."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from engine.feel import nodes, temporal
from engine.feel.errors import FeelSyntaxError, Undefined
from engine.feel.lexer import Token, string_value, tokenize
from engine.feel.names import KnownNames
from engine.feel.types import TypeParser
from engine.feel.values import NUMBERS

MAX_TEXT = 50_000  # characters
MAX_NESTING = 48  # brackets, conditions, function bodies within each other
MAX_CHAIN = 150  # operators of one level in a row, other than `and` and `or`, which have no such limit

OR, AND, COMPARISON, ADDITION, MULTIPLICATION, POWER, POSTFIX = range(1, 8)
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
TESTS = ("<", "<=", ">", ">=", "=", "!=")
# A word that can't continue an unknown name of several words, because an expression may end before it.
STOPS = frozenset({"and", "or", "between", "in", "instance", "then", "else", "return", "satisfies", "external"})
T = TypeVar("T")


def parse(text: str, known: KnownNames) -> nodes.Node:
    """The tree of an expression; raises FeelSyntaxError."""
    return _whole(text, known, Parser.expression)


def parse_tests(text: str, known: KnownNames) -> nodes.Tests:
    """The tree of unary tests, as in a decision table's cell; raises FeelSyntaxError."""
    return _whole(text, known, Parser.unary_tests)


def _whole(text: str, known: KnownNames, production: Callable[["Parser"], T]) -> T:
    if len(text) > MAX_TEXT:
        raise FeelSyntaxError(f"Expected at most {MAX_TEXT} characters, but the text has {len(text)}")
    parser = Parser(tokenize(text), known.copy())
    try:
        tree = production(parser)
    except RecursionError:
        raise FeelSyntaxError("Expected less nesting", parser.token.start) from None
    if parser.token.kind != "end":
        raise parser.surprise("the end of the expression")
    return tree


class Parser(TypeParser):
    """Reads one text. Methods are productions; each starts at the current token and stops behind what it took."""

    def __init__(self, tokens: list[Token], known: KnownNames) -> None:
        super().__init__(tokens)
        self.known = known
        self.nesting = 0

    def expression(self, strength: int = OR) -> nodes.Node:
        """An operand and all operators at least as binding as `strength`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelSyntaxError(f"Expected at most {MAX_NESTING} levels of nesting", self.token.start)
        left = self._operand()
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
        raise FeelSyntaxError(f"Expected at most {MAX_CHAIN} operators in a row", self.token.start)

    def unary_tests(self) -> nodes.Tests:
        """`-`, `not(tests)` or tests separated by commas."""
        if self.token.text == "-" and self.peek().kind == "end":
            self.advance()
            return nodes.Tests((), False)
        if self.token.text == "not" and self.peek().text == "(":
            start = self.position
            self.advance(2)
            tests = self._attempt(self._negated_tests)
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
                return nodes.Path(left, self._member())
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
        found = self._attempt(self._between_bounds)
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
            tests = self._attempt(self._tests_in_brackets)
            if tests is not None:
                return tests
            self.position = start  # then it is an expression in brackets, or a range such as (1..5)
        if self.token.kind == "symbol" and self.token.text in TESTS:
            return (self._test(),)
        return (nodes.Test("", self.expression(ADDITION)),)

    def _member(self) -> str:
        if found := self.known.match(self.tokens, self.position):
            name, length = found
            self.advance(length)
            return self._longer(name)
        if self.token.kind != "name":
            raise self.surprise("a name")
        return self._longer(self.advance().text)

    def _longer(self, name: str) -> str:
        """Take the words that follow: two names in a row have no other meaning in FEEL."""
        while self.token.kind == "name" and self.token.text not in STOPS:
            name += f" {self.advance().text}"
        return name

    def _filter(self, source: nodes.Node) -> nodes.Node | None:
        start = self.position
        self.advance()
        if self.endpoint == self.nesting:
            # `[1..5[` ends a range, `[1..a[1]]` filters: it is a filter if one can be read.
            condition = self._attempt(self._condition_before_range_end)
            if condition is None:
                self.position = start
                return None
            return nodes.Filter(source, condition)
        condition = self._inner(self.expression)
        self.expect("]")
        return nodes.Filter(source, condition)

    def _condition_before_range_end(self) -> nodes.Node:
        condition = self.expression()
        self.expect("]")
        if self.token.text not in ("]", ")", "[") and OPERATORS.get(self.token.text) is None:
            raise self.surprise("the end of a range")
        return condition

    def _call(self, function: nodes.Node) -> nodes.Node:
        self.expect("(")
        if self.accept(")"):
            return nodes.Call(function, (), None)
        arguments = self._inner(lambda: self.separated(self._argument))
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

    # Operands.

    def _operand(self) -> nodes.Node:
        token = self.token
        if token.kind == "number":
            self.advance()
            return nodes.Literal(NUMBERS.create_decimal(token.text))
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
        raise self.surprise("a value")

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
            return self._inner(lambda: production(self))
        if token.text in STOPS:
            raise self.surprise("a value")
        return nodes.Name(self._longer(self.advance().text))

    def _bracket(self) -> nodes.Node:
        start = self.position
        self.advance()
        if self.token.kind == "symbol" and self.token.text in TESTS:
            return self._unary_range()
        inner = self._inner(self.expression)
        if self.token.text == "..":
            self.position = start
            return self._range()
        self.expect(")")
        return inner

    def _unary_range(self) -> nodes.Node:
        operator = self.advance().text
        end = self._inner(lambda: self.expression(ADDITION))
        self.expect(")")
        match operator:
            case "<" | "<=":
                return nodes.RangeOf(None, end, False, operator == "<=", True)
            case ">" | ">=":
                return nodes.RangeOf(end, None, operator == ">=", False, True)
            case "=":
                return nodes.RangeOf(end, end, True, True, True)
        raise FeelSyntaxError("Expected a range, but != does not make one", self.token.start)

    def _list_or_range(self) -> nodes.Node:
        start = self.position
        if self.token.text == "]":
            return self._range()
        self.advance()
        if self.accept("]"):
            return nodes.ListOf(())
        items = self._inner(lambda: self.separated(self.expression))
        if self.token.text == ".." and len(items) == 1:
            self.position = start
            return self._range()
        self.expect("]")
        return nodes.ListOf(items)

    def _range(self) -> nodes.Node:
        opening = self.advance().text
        start = self._inner(lambda: self.expression(ADDITION))
        self.expect("..")
        outer, self.endpoint = self.endpoint, self.nesting + 1
        end = self.expression(ADDITION)
        self.endpoint = outer
        if self.token.text not in ("]", ")", "["):
            raise self.surprise("the end of the range")
        return nodes.RangeOf(start, end, opening == "[", self.advance().text == "]")

    def _context(self) -> nodes.Node:
        self.advance()
        if self.accept("}"):
            return nodes.ContextOf(())
        entries = self._inner(lambda: self.separated(self._entry))
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
            raise self.surprise("a name")
        return name

    def _at_literal(self) -> nodes.Node:
        if self.token.kind != "string":
            raise self.surprise('a literal such as @"2025-05-01"')
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
            raise self.surprise("a name and `in`")
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
            raise self.surprise("a parameter's name")
        self.known.add(name)
        return name, self.type() if self.accept(":") else None

    def _inner(self, production: Callable[[], T]) -> T:
        """Read something within brackets or words, where the end of an outer range has no say."""
        outer, self.endpoint = self.endpoint, 0
        result = production()
        self.endpoint = outer
        return result

    def _attempt(self, production: Callable[[], T]) -> T | None:
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


KEYWORDS: dict[str, Callable[[Parser], nodes.Node]] = {
    "true": lambda _: nodes.Literal(True),
    "false": lambda _: nodes.Literal(False),
    "null": lambda _: nodes.Literal(None),
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._some,
    "every": Parser._every,
    "function": Parser._function,
}
BUILT_IN_NAMES: frozenset[str] = frozenset({"date and time", "years and months duration"})


def known_names(names: Iterable[str]) -> KnownNames:
    """The given names and those of built-ins that need to be known because they hold the words of operators."""
    return KnownNames([*names, *BUILT_IN_NAMES])
