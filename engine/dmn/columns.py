"""A column of a table cut into atoms: the stretches of values that no rule tells apart, as bits of a number."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.dmn.cells import Cell, Span
from engine.feel.values import YearsMonthsDuration


@dataclass(frozen=True, kw_only=True)
class Column:
    """With k values at which some cell begins or ends there are 2k + 1 atoms: before the first, it, between, …"""

    kind: str
    values: tuple[Any, ...]

    @property
    def everything(self) -> int:
        """The bits of all atoms in which there are values of the kind."""
        return sum(1 << atom for atom in range(2 * len(self.values) + 1) if self._exists(atom))

    def atom_of(self, value: Any) -> int:
        place = bisect_left(self.values, value)
        return 2 * place + (place < len(self.values) and self.values[place] == value)

    def bits(self, cell: Cell) -> int:
        """The atoms that the cell accepts."""
        found = 0
        for span in cell.spans:
            found |= self._span_bits(span)
        return ~found & ((1 << 2 * len(self.values) + 1) - 1) if cell.negated else found

    def example(self, atom: int) -> Any:
        """A value within the atom; None for texts other than those that are named."""
        place, is_value = divmod(atom, 2)
        if is_value:
            return self.values[place]
        before = self.values[place - 1] if place else None
        after = self.values[place] if place < len(self.values) else None
        return _between(self.kind, before, after)

    def _span_bits(self, span: Span) -> int:
        low, high = 0, 2 * len(self.values)
        if span.low is not None:
            low = self.atom_of(span.low) + (not span.low_included)
        if span.high is not None:
            high = self.atom_of(span.high) - (not span.high_included)
        return ((1 << high + 1) - 1) >> low << low if low <= high else 0

    def _exists(self, atom: int) -> bool:
        place, is_value = divmod(atom, 2)
        if is_value:
            return True
        if self.kind == "boolean":
            return False
        if self.kind in _STEPS and 0 < place < len(self.values):
            step = _STEPS[self.kind]
            return step(self.values[place - 1]) < self.values[place]
        return True


def column_of(kind: str, cells: Iterable[Cell]) -> Column:
    """The column of all these cells of one kind."""
    values = {end for cell in cells for span in cell.spans for end in (span.low, span.high) if end is not None}
    return Column(kind=kind, values=tuple(sorted(values | {False, True} if kind == "boolean" else values)))


def atoms(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


# Kinds with a next value: between it and this one there is nothing.
_STEPS = {
    "date": lambda value: value + timedelta(days=1) if value < date.max else value,
    "years and months duration": lambda value: YearsMonthsDuration(value.months + 1),
}
_UNITS: dict[str, tuple[Any, Any]] = {  # to step away from the outermost values, and what to name if there are none
    "number": (Decimal(1), Decimal(0)),
    "date": (timedelta(days=1), date(2000, 1, 1)),
    "date and time": (timedelta(days=1), datetime(2000, 1, 1)),
    "days and time duration": (timedelta(days=1), timedelta(0)),
}


def _between(kind: str, before: Any, after: Any) -> Any:
    if kind == "years and months duration":
        months = before.months + 1 if before is not None else after.months - 1 if after is not None else 0
        return YearsMonthsDuration(months)
    if kind not in _UNITS:
        return None
    unit, anything = _UNITS[kind]
    try:
        if before is None:
            return anything if after is None else after - unit
        if after is None or kind == "date":
            return before + unit
        if kind == "number":
            middle = (before + after) / 2
            return middle.to_integral_value() if before < middle.to_integral_value() < after else middle
        return before + (after - before) / 2
    except (OverflowError, ArithmeticError):
        return None
