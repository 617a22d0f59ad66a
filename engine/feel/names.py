"""Names of several words and symbols: which known name starts at a token, and which names a tree leaves free."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from engine.feel import nodes
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize


class KnownNames:
    """Names that may hold spaces and symbols, found by their tokens; the longest wins.

    Names may be added on top of those of a `base`, which stays as it is and may be shared.
    """

    def __init__(self, names: Iterable[str] = (), *, base: "KnownNames | None" = None) -> None:
        self._base = base
        self._by_words: dict[tuple[str, ...], str] = {}
        self._lengths: dict[str, list[int]] = {}  # of the names that begin with this word, longest first
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know this name from now on. A name that is no sequence of tokens can't be written in FEEL and is ignored."""
        try:
            words = tuple(token.text for token in tokenize(name)[:-1])
        except FeelSyntaxError:
            return
        if words and words not in self._by_words:
            self._by_words[words] = name
            lengths = self._lengths.setdefault(words[0], [])
            if len(words) not in lengths:
                lengths.append(len(words))
                lengths.sort(reverse=True)

    def match(self, tokens: list[Token], position: int) -> tuple[str, int] | None:
        """The longest known name at this token and how many tokens it takes."""
        below = self._base.match(tokens, position) if self._base else None
        for length in self._lengths.get(tokens[position].text, ()):
            if below and below[1] >= length:
                break
            here = tokens[position : position + length]
            name = self._by_words.get(tuple(token.text for token in here))
            if name is not None and all(token.kind not in ("string", "end") for token in here):
                return name, length
        return below


def free_names(tree: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The variables a tree reads, and the functions it calls by name, as far as it does not define them itself.

    Names within a filter may be members of the filtered items instead; they are counted too.
    """
    variables: set[str] = set()
    functions: set[str] = set()
    _collect(tree, frozenset({"?"}), variables, functions)
    return frozenset(variables), frozenset(functions)


def _collect(tree: Any, bound: frozenset[str], variables: set[str], functions: set[str]) -> None:
    match tree:
        case nodes.Name(name):
            if name not in bound:
                variables.add(name)
        case nodes.Call(nodes.Name(name), arguments, _):
            if name not in bound:
                functions.add(name)
            for argument in arguments:
                _collect(argument, bound, variables, functions)
        case nodes.Filter(source, condition):
            _collect(source, bound, variables, functions)
            _collect(condition, bound | {"item"}, variables, functions)
        case nodes.For(iterators, result):
            bound = _collect_iterators(iterators, bound, variables, functions)
            _collect(result, bound | {"partial"}, variables, functions)
        case nodes.Quantified(_, iterators, condition):
            bound = _collect_iterators(iterators, bound, variables, functions)
            _collect(condition, bound, variables, functions)
        case nodes.FunctionOf(parameters, body):
            _collect(body, bound | {name for name, _ in parameters}, variables, functions)
        case nodes.ContextOf(entries):
            for name, value in entries:
                itself = {name} if isinstance(value, nodes.FunctionOf) else set()  # a function may call itself
                _collect(value, bound | itself, variables, functions)
                bound = bound | {name}
        case _:
            for child in _children(tree):
                _collect(child, bound, variables, functions)


def _collect_iterators(
    iterators: tuple[nodes.Iterator, ...], bound: frozenset[str], variables: set[str], functions: set[str]
) -> frozenset[str]:
    for iterator in iterators:
        _collect(iterator.source, bound, variables, functions)
        _collect(iterator.end, bound, variables, functions)
        bound = bound | {iterator.name}
    return bound


def _children(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple):
        yield from tree
    elif is_dataclass(tree) and not isinstance(tree, nodes.Type | nodes.Literal):
        for field in fields(tree):
            yield getattr(tree, field.name)
