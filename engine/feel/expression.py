"""The way in: texts become compiled expressions and unary tests, kept by their text."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from engine.errors import Message
from engine.feel.compiler import Code, compile_node
from engine.feel.environment import DEFAULT, Environment, Frame, Run
from engine.feel.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel.lexer import tokenize
from engine.feel.names import free_names
from engine.feel.parser import known_names, parse, parse_tests
from engine.feel.unary import Check, compile_tests
from engine.feel.values import read

CACHED_TEXTS = 4096
TOO_DEEP = Message("Expected less nesting of calls and values")


class Expression:
    """A compiled expression. It holds no state: one may be evaluated by many threads.

    `names` are the variables it reads from its context and `functions` those it calls without defining them;
    a name within a filter may turn out to be a member of the filtered items.
    """

    __slots__ = ("_code", "functions", "names", "text")

    def __init__(self, text: str, code: Code, names: frozenset[str], functions: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.functions = functions
        self._code = code

    def evaluate(self, context: Mapping[str, Any], env: Environment = DEFAULT) -> Any:
        """The value, null where it has none; raises FeelLimitExceeded and nothing else."""
        try:
            return self._code(Frame(context, None, Run(env)))
        except RecursionError:
            raise FeelLimitExceeded(TOO_DEEP) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """Compiled unary tests; `names` and `functions` as in Expression."""

    __slots__ = ("_check", "functions", "names", "text")

    def __init__(self, text: str, check: Check, names: frozenset[str], functions: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.functions = functions
        self._check = check

    def test(self, value: Any, context: Mapping[str, Any], env: Environment = DEFAULT) -> bool | None:
        """Whether the value passes; None where it can't be compared. Raises FeelLimitExceeded."""
        value = read(value)
        run = Run(env)
        try:
            return self._check(value, Frame({"?": value}, Frame(context, None, run), run))
        except RecursionError:
            raise FeelLimitExceeded(TOO_DEEP) from None

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


class Evaluation:
    """Several expressions and tests over the same variables, sharing one budget of steps and time.

    For a decision table: quicker than evaluating each by itself, and limited as a whole.
    """

    __slots__ = ("_frame", "_run")

    def __init__(self, context: Mapping[str, Any], env: Environment = DEFAULT) -> None:
        self._run = Run(env)
        self._frame = Frame(context, None, self._run)

    def value(self, expression: Expression) -> Any:
        """As Expression.evaluate."""
        try:
            return expression._code(self._frame)
        except RecursionError:
            raise FeelLimitExceeded(TOO_DEEP) from None

    def test(self, tests: UnaryTests, value: Any) -> bool | None:
        """As UnaryTests.test."""
        value = read(value)
        try:
            return tests._check(value, Frame({"?": value}, self._frame, self._run))
        except RecursionError:
            raise FeelLimitExceeded(TOO_DEEP) from None


def compile(text: str, *, names: Iterable[str] = ()) -> Expression:
    """The expression of a text; raises FeelSyntaxError. `names`: those that hold spaces or symbols."""
    return _compile(text, names if isinstance(names, frozenset) else frozenset(names))


def compile_unary(text: str, *, names: Iterable[str] = ()) -> UnaryTests:
    """The unary tests of a text such as `-`, `> 3`, `"a", "b"`, `not([1..10])`; raises FeelSyntaxError."""
    return _compile_unary(text, names if isinstance(names, frozenset) else frozenset(names))


def evaluate(text: str, context: Mapping[str, Any] | None = None, env: Environment | None = None) -> Any:
    """Compile and evaluate at once, knowing the names of the context and of the environment's functions."""
    context, env = context or {}, env or DEFAULT
    return compile(text, names=_names_of(context, env)).evaluate(context, env)


def unary_test(
    text: str, value: Any, context: Mapping[str, Any] | None = None, env: Environment | None = None
) -> bool | None:
    """Compile and test at once."""
    context, env = context or {}, env or DEFAULT
    return compile_unary(text, names=_names_of(context, env)).test(value, context, env)


def expression_text(text: str) -> str | None:
    """The FEEL behind a leading `=`, as diagrams and forms mark it; None where the text is meant literally."""
    stripped = text.lstrip()
    return stripped[1:].strip() if stripped.startswith("=") else None


@lru_cache(maxsize=CACHED_TEXTS)
def _compile(text: str, names: frozenset[str]) -> Expression:
    tree = parse(text, known_names(names))
    try:
        return Expression(text, compile_node(tree), *free_names(tree))
    except RecursionError:
        raise FeelSyntaxError("Expected less nesting") from None


@lru_cache(maxsize=CACHED_TEXTS)
def _compile_unary(text: str, names: frozenset[str]) -> UnaryTests:
    tree = parse_tests(text, known_names(names))
    try:
        return UnaryTests(text, compile_tests(tree, compile_node), *free_names(tree.tests))
    except RecursionError:
        raise FeelSyntaxError("Expected less nesting") from None


def _names_of(context: Mapping[str, Any], env: Environment) -> frozenset[str]:
    return frozenset(
        name for name in (*_keys(context, 3), *env.functions) if not name.isidentifier() and _is_name(name)
    )


def _keys(context: Mapping[str, Any], levels: int) -> Iterator[str]:
    for key, value in context.items():
        yield key
        value = value[0] if isinstance(value, list) and value else value
        if levels and isinstance(value, dict):
            yield from _keys(value, levels - 1)


def _is_name(name: str) -> bool:
    try:
        return len(tokenize(name)) > 1
    except FeelSyntaxError:
        return False
