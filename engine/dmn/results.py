"""What a decision answers, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class DmnError(Exception):
    """A model that cannot be read, or a decision that cannot be made; `element_id` is the part at fault."""

    def __init__(self, message: str, element_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.element_id = element_id


@dataclass(frozen=True, kw_only=True)
class MatchedRule:
    """A rule that gave the result or a part of it; `index` counts from 1 as modelers show it."""

    index: int
    id: str
    annotation: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one piece of decision logic gives: the value, and how it came about."""

    value: Any
    matched: tuple[MatchedRule, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DecisionResult:
    """The answer of a decision, in FEEL values.

    `inputs` are the values it looked at, by the text or label of the column; `reasons` say why something evaluated to
    null; `required` holds the answers of the decisions it rests on, so that a history can show the whole chain.
    """

    value: Any
    matched: tuple[MatchedRule, ...]
    inputs: Mapping[str, Any]
    reasons: tuple[str, ...]
    decision_id: str
    decision_name: str
    namespace: str = ""  # of the model: imported ones may use the same ids
    required: tuple[DecisionResult, ...] = ()
