"""In which order decisions are answered, and circles among them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from engine.dmn.results import DmnError
from engine.errors import Message

if TYPE_CHECKING:
    from engine.dmn.model import Decision

HIGHEST_STACK = 100  # decisions that require each other


def requirements(decisions: Mapping[str, Decision], *decision_ids: str, answered: Container[str] = ()) -> list[str]:
    """The decisions and all they rest on, what is needed first in front, without those answered already.

    Raises `DmnError` for a circle and for too many decisions on top of each other.
    """
    order: dict[str, None] = {}
    open_ids: list[str] = []

    def visit(each: str) -> None:
        if each in order or each in answered:
            return
        if each in open_ids:
            circle = " → ".join(decisions[one].name for one in [*open_ids[open_ids.index(each) :], each])
            raise DmnError(
                Message("Expected decisions that do not require themselves, but found {circle}", circle=circle), each
            )
        if len(open_ids) >= HIGHEST_STACK:
            raise DmnError(
                Message("Expected at most {most} decisions resting on each other", most=HIGHEST_STACK), open_ids[0]
            )

        open_ids.append(each)
        for required in decisions[each].requires:
            visit(required)
        open_ids.pop()
        order[each] = None

    for each in decision_ids:
        visit(each)
    return list(order)
