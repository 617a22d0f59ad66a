"""Finding the rules of a table by the values of its inputs, instead of asking each rule in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.dmn.cells import Cell, kind_of, read_cell
from engine.dmn.columns import Column, atoms, column_of

if TYPE_CHECKING:
    from engine.dmn.tables import Rule

# Moments compare by their zones, which is FEEL's business.
INDEXED = frozenset({"number", "string", "boolean", "date", "days and time duration", "years and months duration"})


@dataclass(frozen=True, kw_only=True)
class IndexedColumn:
    column: Column
    rules: tuple[int, ...]  # per atom, the bits of the rules whose cell accepts it or has to be asked
    asked: int  # the bits of the rules whose cell is not in the index


@dataclass(frozen=True, kw_only=True)
class Index:
    """By column; a column of which no cell is made of constants is not there."""

    columns: dict[int, IndexedColumn]
    count: int

    def candidates(self, values: Sequence[Any]) -> tuple[int, dict[int, int]]:
        """The bits of the rules that may match and, per column that was looked up, of those still to be asked.

        A null or a value of an unexpected kind is not looked up: what a cell makes of it is FEEL's business.
        """
        found, asked = (1 << self.count) - 1, {}
        for number, indexed in self.columns.items():
            value = values[number]
            if kind_of(value) == indexed.column.kind:
                found &= indexed.rules[indexed.column.atom_of(value)]
                asked[number] = indexed.asked
        return found, asked


def build_index(rules: Sequence[Rule], columns: int) -> Index:
    found = {}
    for number in range(columns):
        cells = [read_cell(rule.input_texts[number]) if rule.tests_column(number) else None for rule in rules]
        indexed = _index_column(rules, number, cells)
        if indexed is not None:
            found[number] = indexed
    return Index(columns=found, count=len(rules))


def _index_column(rules: Sequence[Rule], number: int, cells: Sequence[Cell | None]) -> IndexedColumn | None:
    kinds = [cell.kind for cell in cells if cell is not None and cell.kind in INDEXED]
    if not kinds:
        return None
    kind = max(set(kinds), key=kinds.count)
    column = column_of(kind, [cell for cell in cells if cell is not None and cell.kind == kind])

    toggles = [0] * (2 * len(column.values) + 2)  # where a rule begins or ceases to accept, from atom to atom
    everywhere = asked = 0
    for place, cell in enumerate(cells):
        bit = 1 << place
        if cell is None or cell.kind != kind:
            everywhere |= bit
            asked |= bit if rules[place].tests_column(number) else 0
            continue
        bits = column.bits(cell)
        for atom in atoms(bits ^ (bits << 1)):
            toggles[atom] ^= bit
    per_atom, current = [], 0
    for toggle in toggles[:-1]:
        current ^= toggle
        per_atom.append(current | everywhere)
    return IndexedColumn(column=column, rules=tuple(per_atom), asked=asked)
