"""`for`, `some` and `every`: walking over lists and ranges with one or several names."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import nodes
from engine.feel.environment import Frame
from engine.feel.errors import Undefined
from engine.feel.names import free_names
from engine.feel.values import NUMBERS, Range, kind, read

Code = Callable[[Frame], Any]
DAY = timedelta(days=1)
_NONE = object()


def compile_for(node: nodes.For, compile_node: Callable[[nodes.Node], Code]) -> Code:
    """The closure of `for ... return ...`; the result so far is called `partial`."""
    iterators = _compile_iterators(node.iterators, compile_node)
    result = compile_node(node.result)
    asks_for_partial = "partial" in free_names(node.result)[0]

    def loop(frame: Frame) -> Any:
        run = frame.run
        results: list[Any] = []
        try:
            for inner in _walk(iterators, 0, frame):
                run.spend()
                if asks_for_partial:
                    run.pay(len(results))
                    inner = Frame({"partial": results[:]}, inner, run)  # a copy: the list must not come to hold itself
                results.append(result(inner))
        except Undefined as reason:
            return run.note(reason)
        run.fit(len(results))
        return results

    return loop


def compile_quantified(node: nodes.Quantified, compile_node: Callable[[nodes.Node], Code]) -> Code:
    """The closure of `some` or `every`: three-valued, as a chain of `or` or `and` would be."""
    iterators = _compile_iterators(node.iterators, compile_node)
    condition = compile_node(node.condition)
    decisive = not node.every

    def quantify(frame: Frame) -> bool | None:
        unknown: Any = _NONE
        try:
            for inner in _walk(iterators, 0, frame):
                frame.run.spend()
                verdict = condition(inner)
                if verdict is decisive:
                    return decisive
                if verdict is not True and verdict is not False:
                    unknown = verdict
        except Undefined as reason:
            return frame.run.note(reason)
        if unknown is _NONE:
            return not decisive
        return frame.run.note(f"Expected `satisfies` to be true or false, but it is {kind(unknown)}")

    return quantify


def steps(start: Any, end: Any) -> Iterator[Any]:
    """The whole numbers or days from start to end, backwards where the end is before the start."""
    if type(start) is Decimal and type(end) is Decimal:
        if start != start.to_integral_value() or end != end.to_integral_value():
            raise Undefined("Expected to count through whole numbers, but an end is none")
        one = Decimal(1) if start <= end else Decimal(-1)
        while start != end:
            yield start
            start = NUMBERS.add(start, one)
        yield start
    elif type(start) is date and type(end) is date:
        direction = DAY if start <= end else -DAY
        while start != end:
            yield start
            start += direction
        yield start
    else:
        raise Undefined(f"Expected to count from one number or date to another, but got {kind(start)} and {kind(end)}")


def _compile_iterators(
    iterators: tuple[nodes.Iterator, ...], compile_node: Callable[[nodes.Node], Code]
) -> list[tuple[str, Code, Code | None]]:
    return [
        (iterator.name, compile_node(iterator.source), compile_node(iterator.end) if iterator.end else None)
        for iterator in iterators
    ]


def _walk(iterators: list[tuple[str, Code, Code | None]], index: int, frame: Frame) -> Iterator[Frame]:
    """A frame for each combination; a later iterator sees the names of those before it."""
    name, source, end = iterators[index]
    last = index == len(iterators) - 1
    for value in steps(source(frame), end(frame)) if end else _elements(source(frame)):
        inner = Frame({name: read(value)}, frame, frame.run)
        if last:
            yield inner
        else:
            frame.run.spend()
            yield from _walk(iterators, index + 1, inner)


def _elements(source: Any) -> Any:
    if type(source) is list:
        return source
    if type(source) is Range:
        return _elements_of_range(source)
    if source is None:
        raise Undefined("Expected a list or range to walk over, but got null")
    return [source]


def _elements_of_range(source: Range) -> Iterator[Any]:
    first = True
    values = steps(source.start, source.end)
    for value in values:
        skip = (first and not source.start_included) or (value == source.end and not source.end_included)
        first = False
        if not skip:
            yield value
