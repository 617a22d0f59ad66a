"""A table as boxes in the space of its inputs: what they cover, where they meet, what is left over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from engine.dmn.cells import Cell, read_cell
from engine.dmn.columns import Column, atoms, column_of
from engine.dmn.tables import DecisionTable, Input, Rule
from engine.dmn.types import allowed_values

Box = tuple[int, ...]  # per dimension, the bits of the atoms within

MOST_STEPS = 300_000  # comparisons of boxes; a table that needs more is not judged


class TooLarge(Exception):
    """There are too many boxes to find an answer in reasonable time."""


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One input expression, which may stand above several columns. Without constants it has no column."""

    text: str
    numbers: tuple[int, ...]  # of the columns
    column: Column | None
    everything: int


@dataclass(frozen=True, kw_only=True)
class Grid:
    """`least` are boxes that the rules cover for certain, None where that cannot be told; `most` what they may cover.

    They differ where a cell needs a variable: what it accepts is not known before the table is asked.
    """

    dimensions: tuple[Dimension, ...]
    least: tuple[Box | None, ...]
    most: tuple[Box, ...]

    @property
    def everything(self) -> Box:
        return tuple(dimension.everything for dimension in self.dimensions)

    def overlaps(self) -> Iterator[tuple[int, int, Box]]:
        """Pairs of rules, counted from 0, that match together for certain, and where."""
        known = [(place, box) for place, box in enumerate(self.least) if box is not None and all(box)]
        if len(known) * len(known) // 2 > 2 * MOST_STEPS:
            return
        for number, (place, box) in enumerate(known):
            for other, other_box in known[number + 1 :]:
                common = tuple(a & b for a, b in zip(box, other_box, strict=True))
                if all(common):
                    yield place, other, common

    def gaps(self) -> list[Box]:
        """What no rule covers. Raises TooLarge."""
        return left_over([self.everything], self.most)

    def covered(self, place: int) -> bool:
        """Whether the rules above cover all that this one may. Raises TooLarge."""
        above = (box for box in self.least[:place] if box is not None)
        return not left_over([self.most[place]], above)

    def examples(self, box: Box) -> Iterator[list[tuple[str, Any]]]:
        """Values for the inputs that matter, within the box; one for each stretch of values without a hole."""
        columns = [(dimension.text, dimension.column) for dimension in self.dimensions]
        for place in product(*(list(atoms(bits & ~(bits << 1))) for bits in box)):
            yield [
                (text, column.example(atom))
                for (text, column), atom in zip(columns, place, strict=True)
                if column is not None
            ]


def grid_of(table: DecisionTable) -> Grid:
    by_text: dict[str, list[int]] = {}
    for number, column in enumerate(table.inputs):
        by_text.setdefault(" ".join(column.text.split()), []).append(number)
    dimensions, least, most = [], [], []
    for text, numbers in by_text.items():
        dimension, certain, possible = _dimension(text, tuple(numbers), table)
        dimensions.append(dimension)
        least.append(certain)
        most.append(possible)
    return Grid(
        dimensions=tuple(dimensions),
        least=tuple(_box(each) for each in zip(*least, strict=True)),
        most=tuple(zip(*most, strict=True)),
    )


def left_over(boxes: list[Box], covers: Iterable[Box]) -> list[Box]:
    """The boxes without what the covers cover, as boxes that do not meet. Raises TooLarge."""
    steps = 0
    for cover in covers:
        remaining: list[Box] = []
        for box in boxes:
            remaining += _without(box, cover)
        steps += len(boxes)
        if steps > MOST_STEPS:
            raise TooLarge
        boxes = remaining
        if not boxes:
            break
    return boxes


def _without(box: Box, cover: Box) -> Iterator[Box]:
    if not all(a & b for a, b in zip(box, cover, strict=True)):
        yield box
        return
    for number, (own, other) in enumerate(zip(box, cover, strict=True)):
        if outside := own & ~other:
            yield (*box[:number], outside, *box[number + 1 :])
            box = (*box[:number], own & other, *box[number + 1 :])


def _dimension(
    text: str, numbers: tuple[int, ...], table: DecisionTable
) -> tuple[Dimension, list[int | None], list[int]]:
    cells = [[_cell(rule, number) for number in numbers] for rule in table.rules]
    domain = [cell for number in numbers if (cell := _declared_values(table.inputs[number])) is not None]
    kinds = [cell.kind for row in cells for cell in row if isinstance(cell, Cell)]
    if not kinds:
        told = [None if any(cell is None for cell in row) else 1 for row in cells]
        return Dimension(text=text, numbers=numbers, column=None, everything=1), told, [1] * len(cells)

    kind = max(set(kinds), key=kinds.count)
    domain = [cell for cell in domain if cell.kind == kind]
    of_kind = [cell for row in cells for cell in row if isinstance(cell, Cell) and cell.kind == kind]
    column = column_of(kind, [*of_kind, *domain])
    everything = column.everything
    for cell in domain:
        everything &= column.bits(cell)

    least: list[int | None] = []
    most: list[int] = []
    for row in cells:
        bits = everything
        certain = True
        for part in row:
            if isinstance(part, Cell):
                bits &= column.bits(part) if part.kind == kind else 0
            elif part is None:
                certain = False
        least.append(bits if certain else None)
        most.append(bits)
    return Dimension(text=text, numbers=numbers, column=column, everything=everything), least, most


def _cell(rule: Rule, number: int) -> Cell | str | None:
    """The constants of a cell; "-" where it accepts everything, None where it needs to be evaluated."""
    return read_cell(rule.input_texts[number]) if rule.tests_column(number) else "-"


def _declared_values(column: Input) -> Cell | None:
    tests = column.allowed or allowed_values(column.type)
    return None if tests is None else read_cell(tests.text)


def _box(parts: Sequence[int | None]) -> Box | None:
    known = tuple(part for part in parts if part is not None)
    return known if len(known) == len(parts) else None
