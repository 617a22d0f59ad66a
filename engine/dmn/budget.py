"""What one decision may use in all: FEEL's own limits begin anew with every expression, and a model has many."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine import feel
from engine.dmn.results import DmnError
from engine.errors import Message

MOST_ROUNDS = 100_000  # rules looked at and elements iterated over
MOST_CALLS = 1_000  # two calls of itself on each of 32 levels would never end
DEEPEST_CALL = 32


class Budget:
    """Counts rounds, calls and seconds; raises `DmnError` when they are used up."""

    __slots__ = ("calls", "deadline", "depth", "rounds", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rounds = self.calls = self.depth = 0
        self.deadline = time.perf_counter() + seconds

    def spend(self, element_id: str) -> None:
        self.rounds += 1
        if self.rounds > MOST_ROUNDS:
            raise DmnError(
                Message("Expected at most {most} rules and elements to look at, but there are more", most=MOST_ROUNDS),
                element_id,
            )
        if self.rounds % 16 == 0 and time.perf_counter() > self.deadline:
            raise DmnError(
                Message("Expected to decide within {seconds} seconds, but it takes longer", seconds=self.seconds),
                element_id,
            )

    @contextmanager
    def call(self, name: str, element_id: str) -> Iterator[None]:
        if self.depth >= DEEPEST_CALL or self.calls >= MOST_CALLS:
            raise DmnError(
                Message(
                    "Expected at most {deep} calls within each other and {most} in all, but {name} is called once more",
                    deep=DEEPEST_CALL,
                    most=MOST_CALLS,
                    name=name,
                ),
                element_id,
            )
        self.calls += 1
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


@dataclass(frozen=True, kw_only=True)
class Surroundings(feel.Environment):
    """FEEL's environment and the decision's budget, handed from logic to logic."""

    budget: Budget


def surroundings(env: feel.Environment, reasons: list[str]) -> Surroundings:
    """A new budget: the time of the limits is for the decision as a whole, all its expressions together."""
    budget = Budget(env.limits.seconds)
    return Surroundings(**{**vars(env), "reasons": reasons, "deadline": budget.deadline}, budget=budget)
