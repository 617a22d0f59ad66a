"""A DMN model ready to be asked: its decisions and services, what they rest on, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine import feel
from engine.dmn import evaluation, findings
from engine.dmn.expressions import Logic, Typed
from engine.dmn.functions import Function
from engine.dmn.results import DecisionResult, DmnError
from engine.dmn.tables import DecisionTable, Input, Output, Rule
from engine.dmn.types import Type, Types
from engine.errors import Message


@dataclass(frozen=True, kw_only=True)
class InputData:
    """A value the caller gives."""

    id: str
    name: str
    type: Type | None = None


@dataclass(frozen=True, kw_only=True)
class Borrowed:
    """Something of an imported model that an element here requires; `alias` is the name of the import, or ""."""

    alias: str
    model: Model = field(repr=False)
    id: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A question and how it is answered.

    `requires` are the ids of decisions of the same model, `reads` those of its input data; `borrows` is what comes from
    imported models. `variable` is another name of the answer: the most used modeler gives a table no variable, and its
    users then write the id.
    """

    id: str
    name: str
    logic: Logic
    variable: str = ""
    type: Type | None = None
    question: str = ""
    description: str = ""
    requires: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    borrows: tuple[Borrowed, ...] = ()

    @property
    def kind(self) -> str:
        return self.logic.kind

    @property
    def table(self) -> DecisionTable | None:
        logic = self.logic.logic if isinstance(self.logic, Typed) else self.logic
        return logic if isinstance(logic, DecisionTable) else None

    @property
    def inputs(self) -> tuple[Input, ...]:
        return self.table.inputs if self.table else ()

    @property
    def outputs(self) -> tuple[Output, ...]:
        return self.table.outputs if self.table else ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.table.rules if self.table else ()


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """A business knowledge model: a function, and what it borrows from imported models."""

    function: Function
    borrows: tuple[Borrowed, ...] = ()

    @property
    def name(self) -> str:
        return self.function.name


@dataclass(frozen=True, kw_only=True)
class DecisionService:
    """Decisions to be asked together, by id; its inputs are the parameters, `type` is that of its answer."""

    id: str
    name: str
    outputs: tuple[str, ...]
    input_data: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    type: Type | None = None


@dataclass(frozen=True, kw_only=True)
class Model:
    id: str
    name: str
    decisions: Mapping[str, Decision]
    namespace: str = ""
    input_data: Mapping[str, InputData] = field(default_factory=dict)
    knowledge: Mapping[str, Knowledge] = field(default_factory=dict)
    services: Mapping[str, DecisionService] = field(default_factory=dict)
    imports: tuple[tuple[str, Model], ...] = field(
        default=(), repr=False
    )  # with the names of the imports, which may be empty
    types: Types = field(default_factory=Types)
    errors_found: tuple[tuple[str, str], ...] = ()
    warnings_found: tuple[tuple[str, str], ...] = ()

    def check(self) -> list[tuple[str, str]]:
        """Everything that is wrong as (element id, sentence): texts that are not FEEL, rules that contradict, …"""
        return [*self.errors_found, *self._table_findings.errors]

    def warnings(self) -> list[tuple[str, str]]:
        """What deserves a look, in the shape of `check`: gaps of tables, rules that never give the result."""
        return [*self.warnings_found, *self._table_findings.warnings]

    @cached_property
    def declared_names(self) -> frozenset[str]:
        """Names that mean something of the model: a decision sees them only where it requires them."""
        drawers = (self.input_data, self.decisions, self.knowledge, self.services)
        return frozenset(each.name for drawer in drawers for each in drawer.values())

    @cached_property
    def type_tests(self) -> Mapping[str, Callable[[Any], bool]]:
        return self.types.tests()

    @cached_property
    def _table_findings(self) -> findings.Findings:
        return findings.check_tables(self)

    def evaluate(
        self, decision_id: str, context: Mapping[str, Any], env: feel.Environment | None = None
    ) -> DecisionResult:
        """Answer a decision, those it requires first; or a decision service or business knowledge, by its id.

        A decision sees what it requires, by name, and variables of the context that the model does not declare.
        A service takes its input data and input decisions from the context, business knowledge its parameters.
        Raises `DmnError`: unknown id, rules that match together where they must not, a text that did not compile,
        a limit exceeded.
        """
        for named, answer in (
            (self.decisions, evaluation.evaluate),
            (self.services, evaluation.evaluate_service),
            (self.knowledge, evaluation.evaluate_knowledge),
        ):
            if decision_id in named:
                return answer(self, decision_id, context, env or feel.Environment())
        known = ", ".join((*self.decisions, *self.services)) or "none"
        raise DmnError(
            Message("Expected a decision {decision}, but the model has {known}", decision=decision_id, known=known)
        )
