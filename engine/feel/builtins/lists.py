"""Built-in functions over lists (DMN 10.3.4.4)."""

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel import operators
from engine.feel.builtins.table import call_function, drawer
from engine.feel.environment import Run
from engine.feel.errors import Undefined
from engine.feel.values import NUMBERS, items, kind, read


def list_contains(run: Run, values: list[Any], element: Any) -> bool:
    """Whether an element is equal."""
    run.spend(len(values))
    return any(operators.same(value, element, run) for value in items(values))


def count(values: list[Any]) -> Decimal:
    """The number of elements."""
    return Decimal(len(values))


def minimum(values: list[Any]) -> Any:
    """The least element; null of an empty list."""
    return _extreme(values, wanted=operators.less)


def maximum(values: list[Any]) -> Any:
    """The greatest element; null of an empty list."""
    return _extreme(values, wanted=operators.greater)


def total(values: list[Any]) -> Any:
    """The sum of numbers or of durations; null of an empty list."""
    elements = items(values)
    if not elements:
        raise Undefined("Expected something to sum, but the list is empty")
    if type(elements[0]) is str:
        raise Undefined("Expected numbers or durations to sum, but got string")
    result = elements[0] if len(elements) > 1 else operators.add(elements[0], elements[0]) and elements[0]
    for element in elements[1:]:
        result = operators.add(result, element)
    return result


def mean(values: list[Any]) -> Any:
    """The arithmetic mean."""
    return operators.divide(total(values), Decimal(len(values)))


def median(values: list[Any]) -> Decimal | None:
    """The middle of the numbers, or the mean of the two in the middle."""
    numbers = sorted(_numbers(values))
    if not numbers:
        return None
    half, odd = divmod(len(numbers), 2)
    return numbers[half] if odd else NUMBERS.divide(NUMBERS.add(numbers[half - 1], numbers[half]), Decimal(2))


def standard_deviation(values: list[Any]) -> Decimal:
    """Of a sample of at least two numbers."""
    numbers = _numbers(values)
    if len(numbers) < 2:
        raise Undefined(f"Expected at least two numbers for stddev, but got {len(numbers)}")
    middle = NUMBERS.divide(_sum(numbers), Decimal(len(numbers)))
    squares = [NUMBERS.power(NUMBERS.subtract(number, middle), Decimal(2)) for number in numbers]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(numbers) - 1)))


def mode(values: list[Any]) -> list[Decimal]:
    """The most frequent numbers, ascending."""
    frequency: dict[Decimal, int] = {}
    for number in _numbers(values):
        frequency[number] = frequency.get(number, 0) + 1
    most = max(frequency.values(), default=0)
    return sorted(number for number, times in frequency.items() if times == most)


def product(values: list[Any]) -> Decimal:
    """The product of numbers; null of an empty list."""
    numbers = _numbers(values)
    if not numbers:
        raise Undefined("Expected something to multiply, but the list is empty")
    result = Decimal(1)
    for number in numbers:
        result = NUMBERS.multiply(result, number)
    return result


def every(values: list[Any]) -> bool:
    """Whether all elements are true (true of an empty list); null where one is no boolean and none is false."""
    return _junction(values, decisive=False)


def some(values: list[Any]) -> bool:
    """Whether an element is true (false of an empty list); null where one is no boolean and none is true."""
    return _junction(values, decisive=True)


def sublist(values: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    """From a position counted from 1, or from the end where it is negative."""
    first = _position(values, start)
    if length is None:
        return values[first:]
    if length < 1 or first + length > len(values):
        raise Undefined(f"Expected a length from 1 to {len(values) - first}, but got {length}")
    return values[first : first + int(length)]


def append(values: list[Any], *further: Any) -> list[Any]:
    """The list and then the items."""
    return [*values, *further]


def concatenate(*lists: list[Any]) -> list[Any]:
    """The lists one after another."""
    return [value for values in lists for value in values]


def insert_before(values: list[Any], position: Decimal, new: Any) -> list[Any]:
    """With a new element at the position."""
    first = _position(values, position)
    return [*values[:first], new, *values[first:]]


def remove(values: list[Any], position: Decimal) -> list[Any]:
    """Without the element at the position."""
    first = _position(values, position)
    return values[:first] + values[first + 1 :]


def replace_at(values: list[Any], position: Decimal, new: Any) -> list[Any]:
    """With another element at the position."""
    first = _position(values, position)
    return [*values[:first], new, *values[first + 1 :]]


def replace_where(run: Run, values: list[Any], match: Any, new: Any) -> list[Any]:
    """With another element wherever match(element, new) is true."""
    if len(getattr(match, "parameters", ())) != 2:
        raise Undefined("Expected a function of two parameters to match with")
    result = []
    for value in items(values):
        verdict = call_function(run, match, value, new)
        if type(verdict) is not bool:
            raise Undefined(f"Expected the match to be true or false, but got {kind(verdict)}")
        result.append(new if verdict else value)
    return result


def reverse(values: list[Any]) -> list[Any]:
    """From the last to the first."""
    return values[::-1]


def index_of(run: Run, values: list[Any], match: Any) -> list[Decimal]:
    """The positions of equal elements, counted from 1."""
    run.spend(len(values))
    return [Decimal(at) for at, value in enumerate(items(values), 1) if operators.same(value, match, run)]


def distinct_values(run: Run, values: list[Any]) -> list[Any]:
    """Each element once, in the order of the first."""
    result: list[Any] = []
    seen: set[Any] = set()
    for value in items(values):
        if type(value) is str or type(value) is Decimal:
            if value not in seen:
                seen.add(value)
                result.append(value)
            continue
        run.spend(len(result) + 1)
        if not any(operators.same(value, known, run) for known in result):
            result.append(value)
    return result


def union(run: Run, *lists: list[Any]) -> list[Any]:
    """The lists one after another, each element once."""
    return distinct_values(run, concatenate(*lists))


def flatten(run: Run, values: list[Any]) -> list[Any]:
    """The elements of all lists within lists."""
    result: list[Any] = []
    for value in values:
        run.spend()
        if isinstance(value, list | tuple):
            result += flatten(run, list(value))
        else:
            result.append(value)
        run.fit(len(result))
    return result


def sort(run: Run, values: list[Any], precedes: Any = None) -> list[Any]:
    """In ascending order, or so that precedes(x, y) is true for neighbours."""

    def before(one: Any, other: Any) -> bool:
        run.spend()
        if precedes is None:
            return operators.less(one, other)
        return call_function(run, precedes, one, other) is True

    def compare(one: Any, other: Any) -> int:
        return -1 if before(one, other) else 1 if before(other, one) else 0

    return sorted(items(values), key=cmp_to_key(compare))


def _extreme(values: list[Any], wanted: Any) -> Any:
    elements = items(values)
    if not elements:
        raise Undefined("Expected something to compare, but the list is empty")
    best = elements[0]
    wanted(best, best)  # so that a single element without an order is refused too
    for element in elements[1:]:
        if wanted(element, best):
            best = element
    return best


def _junction(values: list[Any], decisive: bool) -> bool:
    elements = items(values)
    if any(element is decisive for element in elements):
        return decisive
    for element in elements:
        if type(element) is not bool:
            raise Undefined(f"Expected true or false, but got {kind(element)}")
    return not decisive


def _numbers(values: list[Any]) -> list[Decimal]:
    numbers = items(values)
    for number in numbers:
        if type(number) is not Decimal:
            raise Undefined(f"Expected numbers, but got {kind(number)}")
    return numbers


def _sum(numbers: list[Decimal]) -> Decimal:
    result = Decimal(0)
    for number in numbers:
        result = NUMBERS.add(result, number)
    return result


def _position(values: list[Any], position: Decimal) -> int:
    if abs(position) < 1 or abs(position) > len(values):
        raise Undefined(f"Expected a position from 1 to {len(values)}, but got {position}")
    return int(position) - 1 if position > 0 else len(values) + int(position)


def _spread(function: Any) -> Any:
    """The same function, given elements one by one instead of a list."""
    return lambda *values: function([read(value) for value in values])


_ONE = "list: list"
_MANY = "items...: any"
LISTS = drawer(
    "lists",
    {
        "list contains": [("list: list, element: any", list_contains, "Whether an element is equal")],
        "count": [(_ONE, count, "The number of elements"), (_MANY, _spread(count), "The number of arguments")],
        "min": [(_ONE, minimum, "The least element"), (_MANY, _spread(minimum), "The least argument")],
        "max": [(_ONE, maximum, "The greatest element"), (_MANY, _spread(maximum), "The greatest argument")],
        "sum": [(_ONE, total, "The sum"), (_MANY, _spread(total), "The sum of the arguments")],
        "mean": [(_ONE, mean, "The arithmetic mean"), (_MANY, _spread(mean), "The mean of the arguments")],
        "median": [(_ONE, median, "The middle number"), (_MANY, _spread(median), "The middle argument")],
        "stddev": [
            (_ONE, standard_deviation, "The standard deviation"),
            (_MANY, _spread(standard_deviation), "The standard deviation of the arguments"),
        ],
        "mode": [(_ONE, mode, "The most frequent numbers"), (_MANY, _spread(mode), "The most frequent arguments")],
        "product": [(_ONE, product, "The product"), (_MANY, _spread(product), "The product of the arguments")],
        "all": [(_ONE, every, "Whether all are true"), (_MANY, _spread(every), "Whether all arguments are true")],
        "any": [(_ONE, some, "Whether one is true"), (_MANY, _spread(some), "Whether one argument is true")],
        "sublist": [("list: list, start position: number, length?: number", sublist, "Elements from a position on")],
        "append": [("list: list, items...: any", append, "The list and then the items")],
        "concatenate": [("lists...: list", concatenate, "The lists one after another")],
        "insert before": [("list: list, position: number, newItem: any", insert_before, "With a new element")],
        "remove": [("list: list, position: number", remove, "Without the element at the position")],
        "list replace": [
            ("list: list, position: number, newItem: any", replace_at, "With another element at the position"),
            ("list: list, match: function, newItem: any", replace_where, "With another element where match is true"),
        ],
        "reverse": [("list: list", reverse, "From the last to the first")],
        "index of": [("list: list, match: any", index_of, "The positions of equal elements")],
        "union": [("lists...: list", union, "The lists one after another, each element once")],
        "distinct values": [("list: list", distinct_values, "Each element once")],
        "flatten": [("list: list", flatten, "The elements of all lists within the list")],
        "sort": [("list: list, precedes?: function", sort, "In order, or in the order of a function")],
    },
    with_run=frozenset({list_contains, replace_where, index_of, distinct_values, union, flatten, sort}),
)
