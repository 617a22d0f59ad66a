"""What an evaluation is given besides its variables: time, extension functions, limits, and a place for reasons."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.feel.errors import FeelLimitExceeded

MAX_REASONS = 100
# The stopwatch is read once per this many steps: reading it at each step would cost more than the step.
STEPS_PER_LOOK_AT_THE_WATCH = 128
ELEMENTS_PER_STEP = 32  # characters of a string or elements of a list that cost one step to build
READ_PER_STEP: dict[type, int] = {list: 8, dict: 8, str: 256}  # elements or characters that cost one step to go through


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one evaluation may use."""

    steps: int = 100_000  # loop rounds, calls and list elements visited
    size: int = 100_000  # characters of a string, elements of a list, entries of a context
    depth: int = 100  # function calls within function calls
    seconds: float = 0.25  # wall time; looked at now and then, so a little more may pass


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The surroundings of an evaluation.

    `now` (aware) is what now() and today() answer; without it they give null. `functions` are extension built-ins,
    called with positional FEEL values. `types` are named types for `instance of`, each a test of a value.
    `reasons` collects why something became null. `deadline`, a moment of time.perf_counter(), ends evaluations that
    belong together, such as those of one decision, whatever time each of them would have left by its limits.
    """

    now: datetime | None = None
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    types: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    reasons: list[str] | None = None
    deadline: float | None = None


DEFAULT = Environment()


class Run:
    """One evaluation under way: what it has used up so far."""

    __slots__ = ("depth", "env", "look", "reasons", "started", "steps")

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.reasons = env.reasons
        self.steps = 0
        self.depth = 0
        self.look = min(STEPS_PER_LOOK_AT_THE_WATCH, env.limits.steps + 1)
        self.started = 0.0

    def note(self, reason: object) -> Any:
        """Keep why something became null, for whoever asked to know; answers that null."""
        if self.reasons is not None and len(self.reasons) < MAX_REASONS:
            self.reasons.append(str(reason))
        return None

    def spend(self, steps: int = 1) -> None:
        """Count steps; raises FeelLimitExceeded when there were too many or they took too long."""
        self.steps += steps
        if self.steps >= self.look:
            self._check()

    def fit(self, size: int) -> None:
        """Refuse a string, list or context of this size before it is built."""
        if size > self.env.limits.size:
            raise FeelLimitExceeded(
                "Expected at most {most} characters or elements, but got {size}",
                most=self.env.limits.size,
                size=size,
            )

    def pay(self, size: int) -> None:
        """Count the building of a string or list as steps, so that many big ones don't fill the memory."""
        self.fit(size)
        if size > ELEMENTS_PER_STEP:
            self.spend(size // ELEMENTS_PER_STEP)

    def charge(self, value: Any) -> None:
        """Count going through a list, context or string as steps: one call may take long over a long list."""
        per_step = READ_PER_STEP.get(type(value))
        if per_step is not None and len(value) >= per_step:
            self.spend(len(value) // per_step)

    def enter(self) -> None:
        """Go one function call deeper."""
        self.depth += 1
        if self.depth > self.env.limits.depth:
            raise FeelLimitExceeded(
                "Expected at most {most} nested calls, but there are more", most=self.env.limits.depth
            )

    def _check(self) -> None:
        limits = self.env.limits
        if self.steps > limits.steps:
            raise FeelLimitExceeded("Expected at most {most} steps, but there are more", most=limits.steps)
        now = time.perf_counter()
        self.started = self.started or now
        deadline = self.env.deadline
        if now - self.started > limits.seconds or (deadline is not None and now > deadline):
            raise FeelLimitExceeded(
                "Expected to finish within {seconds} seconds, but it takes longer", seconds=limits.seconds
            )
        self.look = min(self.steps + STEPS_PER_LOOK_AT_THE_WATCH, limits.steps + 1)


class Frame:
    """Variables at one place of an expression, and the frame around them."""

    __slots__ = ("parent", "run", "variables")

    def __init__(self, variables: Mapping[str, Any], parent: "Frame | None", run: Run) -> None:
        self.variables = variables
        self.parent = parent
        self.run = run
