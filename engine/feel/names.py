"""Names of several words and symbols: which known name starts at a token, and which names a tree leaves free."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from engine.feel import nodes
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize


class KnownNames:
    """Names that may hold spaces and symbols, found by their tokens; the longest wins."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def copy(self) -> "KnownNames":
        """The same names, to be added to independently."""
        other = KnownNames()
        other._by_first = {first: list(found) for first, found in self._by_first.items()}
        return other

    def add(self, name: str) -> None:
        """Know this name from now on. A name that is no sequence of tokens can't be written in FEEL and is ignored."""
        try:
            words = tuple(token.text for token in tokenize(name)[:-1])
        except FeelSyntaxError:
            return
        if words:
            candidates = self._by_first.setdefault(words[0], [])
            if (words, name) not in candidates:
                candidates.append((words, name))
                candidates.sort(key=lambda candidate: -len(candidate[0]))

    def match(self, tokens: list[Token], position: int) -> tuple[str, int] | None:
        """The longest known name at this token and how many tokens it takes."""
        for words, name in self._by_first.get(tokens[position].text, ()):
            end = position + len(words)
            if end < len(tokens) and all(
                token.text == word and token.kind != "string"
                for token, word in zip(tokens[position:end], words, strict=True)
            ):
                return name, len(words)
        return None


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
                _collect(value, bound, variables, functions)
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
