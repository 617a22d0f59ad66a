"""A DMN model ready to be asked: its decisions, what they rest on, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.dmn import evaluation
from engine.dmn.boxed import Function
from engine.dmn.expressions import Logic
from engine.dmn.results import DecisionResult, DmnError
from engine.dmn.tables import DecisionTable, Input, Output, Rule


@dataclass(frozen=True, kw_only=True)
class InputData:
    """A value the caller gives."""

    id: str
    name: str
    type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A question and how it is answered; `requires` are the ids of decisions and `reads` those of input data."""

    id: str
    name: str
    logic: Logic
    type: str | None = None
    question: str = ""
    description: str = ""
    requires: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.logic.kind

    @property
    def inputs(self) -> tuple[Input, ...]:
        return self.logic.inputs if isinstance(self.logic, DecisionTable) else ()

    @property
    def outputs(self) -> tuple[Output, ...]:
        return self.logic.outputs if isinstance(self.logic, DecisionTable) else ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.logic.rules if isinstance(self.logic, DecisionTable) else ()


@dataclass(frozen=True, kw_only=True)
class Model:
    id: str
    name: str
    decisions: Mapping[str, Decision]
    input_data: Mapping[str, InputData] = field(default_factory=dict)
    knowledge: Mapping[str, Function] = field(default_factory=dict)
    findings: tuple[tuple[str, str], ...] = ()

    def check(self) -> list[tuple[str, str]]:
        """Everything that is wrong as (element id, sentence); found while parsing, where every text was compiled."""
        return list(self.findings)

    def evaluate(
        self, decision_id: str, context: Mapping[str, Any], env: feel.Environment | None = None
    ) -> DecisionResult:
        """Answer a decision, the decisions it requires first; they see the context and each other by name.

        Raises `DmnError`: unknown decision, rules that match together where they must not, a text that did not compile,
        a FEEL limit exceeded.
        """
        if decision_id not in self.decisions:
            raise DmnError(
                f"Expected a decision {decision_id}, but the model has {', '.join(self.decisions) or 'none'}"
            )
        return evaluation.evaluate(self, decision_id, context, env or feel.Environment())
