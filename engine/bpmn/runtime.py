"""What the surroundings lend to a running instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel


def _no_decisions(decision_id: str, variables: Mapping[str, Any]) -> Any:
    from engine.errors import NotFound

    raise NotFound("Expected decision {id} to exist, but it does not", id=decision_id)


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Handed to an Execution for one command.

    env: what FEEL may know, above all the time; its zone is that of dates without one.
    constants: names every expression can read and nothing can write (case, profile; task while one is completed).
    decide: (decision id, variables) -> object with value, matched, inputs.
    inline: job types done within the command; they take the variables and "headers" and return results,
      or raise BpmnError, or a Rejection, which becomes an incident.
    step_limit: elements entered in one command before the process counts as endless.
    """

    env: feel.Environment = field(default_factory=feel.Environment)
    constants: Mapping[str, Any] = field(default_factory=dict)
    decide: Callable[[str, Mapping[str, Any]], Any] = _no_decisions
    inline: Mapping[str, Callable[[dict[str, Any]], Mapping[str, Any] | None]] = field(default_factory=dict)
    step_limit: int = 50_000
