"""What is found in the tables of a model before anybody asks them: overlaps, gaps, dead rules, wrong types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.dmn.cells import KINDS, constant, read_cell
from engine.dmn.coercion import coerced
from engine.dmn.grid import Box, Grid, TooLarge, grid_of
from engine.dmn.reading import tables_in
from engine.dmn.tables import DecisionTable, Output, Rule
from engine.dmn.types import Simple, Type
from engine.errors import Message
from engine.feel.errors import Undefined
from engine.feel.parser import known_names, parse
from engine.feel.text import quoted

if TYPE_CHECKING:
    from engine.dmn.model import Model

MOST_REPORTED = 10  # of one kind and table; the others are likely to be of the same mistake
EXAMPLES = 3
ONE_ANSWER = {"UNIQUE", "FIRST", "ANY", "PRIORITY"}  # hit policies under which no match means no answer
_KINDS_OF_TYPES = {
    **{kind: kind for kind in KINDS.values()},
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}
_UNIQUE = Message("Expected rules {one} and {other} of {place} not to match together, but both match {example}")
_ANY = Message("Expected rules {one} and {other} of {place} to agree, but both match {example}")
_ENV = feel.Environment()


@dataclass(frozen=True, kw_only=True)
class Findings:
    """As (element id, sentence): what is wrong, and what only deserves a look."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


def check_tables(model: Model) -> Findings:
    found = Findings()
    for part in (*model.decisions.values(), *model.knowledge.values()):
        for table in tables_in(part):
            _check_types(table, found)
            if table.rules and table.inputs:
                grid = grid_of(table)
                _check_overlaps(table, grid, found)
                _check_dead_rules(table, grid, found)
                _check_gaps(table, grid, found)
    return found


def _check_overlaps(table: DecisionTable, grid: Grid, found: Findings) -> None:
    if table.hit_policy not in ("UNIQUE", "ANY"):
        return
    reported = 0
    for one, other, box in grid.overlaps():
        if table.hit_policy == "ANY" and not _differ(table.rules[one], table.rules[other]):
            continue
        reported += 1
        if reported > MOST_REPORTED:
            return
        template = _UNIQUE if table.hit_policy == "UNIQUE" else _ANY
        given = {"one": one + 1, "other": other + 1, "place": table.words, "example": next(_examples(grid, box))}
        message = Message(template.template, **given)
        found.errors.append((table.rules[other].id or table.id, message))


def _check_dead_rules(table: DecisionTable, grid: Grid, found: Findings) -> None:
    reported = 0
    for place, rule in enumerate(table.rules):
        never = [dimension.text for dimension, bits in zip(grid.dimensions, grid.most[place], strict=True) if not bits]
        if never:
            message = Message(
                "Expected rule {rule} of {place} to match some input, but its {text} never does",
                rule=rule.index,
                place=table.words,
                text=never[0],
            )
        elif table.hit_policy == "FIRST" and place and _covered(grid, place):
            message = Message(
                "Expected rule {rule} of {place} to be reached, but the rules above match all of it",
                rule=rule.index,
                place=table.words,
            )
        else:
            continue
        reported += 1
        if reported > MOST_REPORTED:
            return
        found.warnings.append((rule.id or table.id, message))


def _check_gaps(table: DecisionTable, grid: Grid, found: Findings) -> None:
    if table.hit_policy not in ONE_ANSWER or any(output.default for output in table.outputs):
        return
    try:
        gaps = grid.gaps()
    except TooLarge:
        return
    if gaps:
        examples = dict.fromkeys(islice((text for box in gaps for text in _examples(grid, box)), 10 * EXAMPLES))
        shown = reduce(lambda one, other: Message("{one}; {other}", one=one, other=other), islice(examples, EXAMPLES))
        message = Message(
            "Expected {place} to answer every input, but no rule matches {shown}", place=table.words, shown=shown
        )
        found.warnings.append((table.id, message))


def _covered(grid: Grid, place: int) -> bool:
    try:
        return grid.covered(place)
    except TooLarge:
        return False


def _differ(one: Rule, other: Rule) -> bool:
    """Whether the results are constants and not the same."""
    pairs = zip(one.output_texts, other.output_texts, strict=True)
    constants = [(_constant(left), _constant(right)) for left, right in pairs]
    return any(left is not None and right is not None and left != right for left, right in constants)


def _check_types(table: DecisionTable, found: Findings) -> None:
    found.errors.extend(islice(_wrong_types(table), MOST_REPORTED))


def _wrong_types(table: DecisionTable) -> Iterator[tuple[str, str]]:
    for rule in table.rules:
        for number, column in enumerate(table.inputs):
            cell = read_cell(rule.input_texts[number]) if rule.tests_column(number) else None
            kind = _kind_of(column.type)
            if cell is not None and kind is not None and cell.kind != kind:
                where = Message(
                    "condition {number} of rule {rule} of {place}",
                    number=number + 1,
                    rule=rule.index,
                    place=table.words,
                )
                message = Message(
                    "Expected {kind} in {where}, but {text} is {kind_2}",
                    kind=kind,
                    where=where,
                    text=rule.input_texts[number],
                    kind_2=cell.kind,
                )
                yield rule.id or table.id, message
        for number, output in enumerate(table.outputs):
            if number < len(rule.output_texts) and (why := _wrong_result(output, rule.output_texts[number])):
                where = Message(
                    "result {number} of rule {rule} of {place}", number=number + 1, rule=rule.index, place=table.words
                )
                yield rule.id or table.id, Message("{why} in {where}", why=why, where=where)


def _kind_of(declared: Type | None) -> str | None:
    plain = None if declared is None else declared.plain()
    return _KINDS_OF_TYPES.get(plain.name) if isinstance(plain, Simple) else None


def _wrong_result(output: Output, text: str) -> str | None:
    value = _constant(text)
    if value is None:
        return None
    try:
        value = coerced(value, output.type, _ENV, text)
    except Undefined:
        return Message(
            "Expected a value of type {type}, but found {text}", type=output.type and output.type.name, text=text
        )
    if output.allowed is not None and output.allowed.test(value, {}, _ENV) is not True:
        return Message("Expected a value among {text}, but found {text_2}", text=output.allowed.text, text_2=text)
    return None


def _constant(text: str) -> Any:
    try:
        return constant(parse(text, known_names(frozenset())))
    except feel.FeelError:
        return None


def _examples(grid: Grid, box: Box) -> Iterator[str]:
    """`people = 57 and topic = "pension"`; where every value will do, that."""
    for values in grid.examples(box):
        parts = [_is(text, value) for text, value in values]
        yield reduce(_and, parts) if parts else Message("any input")


def _is(text: str, value: Any) -> str:
    if value is None:
        return Message("{text} = any other text", text=text)
    return f"{text} = {quoted(value) if isinstance(value, str) else feel.to_text(value)}"


def _and(one: str, other: str) -> str:
    return Message("{one} and {other}", one=one, other=other)
