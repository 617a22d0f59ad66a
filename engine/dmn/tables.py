"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from engine import feel
from engine.dmn.budget import Surroundings
from engine.dmn.coercion import coerced, fitting, from_text, note
from engine.dmn.columns import atoms
from engine.dmn.expressions import Compiled
from engine.dmn.index import Index, build_index
from engine.dmn.results import DmnError, MatchedRule, Outcome
from engine.dmn.types import Tests, Type, shown
from engine.errors import Message
from engine.feel.errors import Undefined


@dataclass(frozen=True, kw_only=True)
class Input:
    """A column of conditions: the expression looked at, its type, and which of its values are expected at all."""

    id: str
    label: str
    expression: Compiled
    type: Type | None = None
    allowed: Tests | None = None

    @property
    def text(self) -> str:
        return self.expression.text


@dataclass(frozen=True, kw_only=True)
class Output:
    """A column of results; `values` are its declared values from the most to the least important."""

    id: str
    name: str
    label: str
    type: Type | None = None
    values: tuple[Any, ...] = ()
    allowed: Tests | None = None
    default: Compiled | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row: the texts of its cells as drawn, and what of them has to be evaluated."""

    index: int
    id: str
    annotation: str
    input_texts: tuple[str, ...]
    output_texts: tuple[str, ...]
    conditions: tuple[tuple[int, Tests], ...]  # column and tests; a column that says "-" is left out
    results: tuple[Compiled, ...]

    def tests_column(self, number: int) -> bool:
        return any(column == number for column, _ in self.conditions)


@dataclass(frozen=True, kw_only=True)
class DecisionTable:
    id: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    words: str = "the table"
    type: Type | None = None
    kind: str = "table"

    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome:
        """Raises `DmnError` with the rule numbers when rules match that the hit policy does not allow together.

        An input or result that is not among the allowed values makes the result null, with a reason.
        """
        together = feel.Evaluation(scope, env)
        values = [self._input(column, together, env) for column in self.inputs]
        matched: list[MatchedRule] = []
        try:
            self._ensure_allowed(values, env)
            matching = self._matching(values, scope, together, env)
            if matching:
                value, matched = HIT_POLICIES[self.hit_policy](self, matching)
                if self.aggregation:
                    value = feel.evaluate(AGGREGATIONS[self.aggregation], {"values": value}, env)
            else:
                value = self._without_match(scope, env)
        except Undefined as reason:
            note(env, str(reason))
            value = None
        return Outcome(
            value=value if self.type is None else fitting(value, self.type, env, self.words),
            matched=tuple(matched),
            inputs={column.text: value for column, value in zip(self.inputs, values, strict=True)},
        )

    @cached_property
    def index(self) -> Index:
        """Built when the model is parsed: a decision should not pay for it with its time."""
        return build_index(self.rules, len(self.inputs))

    def _input(self, column: Input, together: feel.Evaluation, env: Surroundings) -> Any:
        if type(column.expression) is feel.Expression:
            value = together.value(column.expression)
        else:
            value = column.expression.evaluate({}, env)
        if column.type is None or value is None:
            return value
        return fitting(from_text(value, column.type, env), column.type, env, f"{column.text} of {self.words}")

    def _ensure_allowed(self, values: list[Any], env: Surroundings) -> None:
        for column, value in zip(self.inputs, values, strict=True):
            if column.allowed is not None and value is not None and column.allowed.test(value, {}, env) is not True:
                raise Undefined(
                    f"Expected {column.text} of {self.words} to be among {column.allowed.text}, "
                    f"but it is {shown(value)}"
                )

    def _matching(
        self, values: list[Any], scope: Mapping[str, Any], together: feel.Evaluation, env: Surroundings
    ) -> list[MatchedRule]:
        env.budget.spend(self.id)
        candidates, asked = self.index.candidates(values)
        matching = []
        for place in atoms(candidates):
            rule = self.rules[place]
            env.budget.spend(rule.id)
            for column, tests in rule.conditions:
                if column in asked and not asked[column] >> place & 1:
                    continue  # the index has answered
                value = values[column]
                passed = together.test(tests, value) if type(tests) is feel.UnaryTests else tests.test(value, {}, env)
                if passed is not True:
                    break
            else:
                matching.append(self._matched(rule, together, env))
                if self.hit_policy == "FIRST":
                    break
        return matching

    def _matched(self, rule: Rule, together: feel.Evaluation, env: Surroundings) -> MatchedRule:
        outputs = {}
        for column, result in zip(self.outputs, rule.results, strict=True):
            value = together.value(result) if type(result) is feel.Expression else result.evaluate({}, env)
            outputs[column.name] = self._output(column, value, env)
        return MatchedRule(index=rule.index, id=rule.id, annotation=rule.annotation, outputs=outputs)

    def _output(self, column: Output, value: Any, env: Surroundings) -> Any:
        if value is None or (column.type is None and column.allowed is None):
            return value
        where = f"{column.name or 'the result'} of {self.words}"
        value = coerced(value, column.type, env, where)
        if value is not None and column.allowed is not None and column.allowed.test(value, {}, env) is not True:
            raise Undefined(f"Expected {where} to be among {column.allowed.text}, but it is {shown(value)}")
        return value

    def _without_match(self, scope: Mapping[str, Any], env: Surroundings) -> Any:
        if any(column.default for column in self.outputs):
            defaults = {
                column.name: self._output(column, column.default.evaluate(scope, env), env) if column.default else None
                for column in self.outputs
            }
            default = _value(self, defaults)
            return [default] if self.gives_list else default
        if self.aggregation == "COUNT":
            return Decimal(0)
        if self.gives_list:
            return []
        note(env, f"Expected a rule of {self.words} to match, but none does")
        return None

    @property
    def gives_list(self) -> bool:
        return self.hit_policy in LIST_POLICIES and not self.aggregation


def _unique(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    if len(matching) > 1:
        raise DmnError(Message("Expected one rule to match, but {rules} match", rules=_numbers(matching)), table.id)
    return _value(table, matching[0].outputs), matching


def _first(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    return _value(table, matching[0].outputs), matching[:1]


def _any(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    if any(not _same(matching[0].outputs, rule.outputs) for rule in matching[1:]):
        raise DmnError(
            Message("Expected matching rules to agree, but {rules} differ", rules=_numbers(matching)), table.id
        )
    return _value(table, matching[0].outputs), matching


def _priority(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    return _first(table, _by_priority(table, matching))


def _output_order(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    return _rule_order(table, _by_priority(table, matching))


def _rule_order(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    return [_value(table, rule.outputs) for rule in matching], matching


HIT_POLICIES: Mapping[str, Callable[[DecisionTable, list[MatchedRule]], tuple[Any, list[MatchedRule]]]] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "ANY": _any,
    "PRIORITY": _priority,
    "OUTPUT ORDER": _output_order,
    "RULE ORDER": _rule_order,
    "COLLECT": _rule_order,
}

LIST_POLICIES = {"OUTPUT ORDER", "RULE ORDER", "COLLECT"}

AGGREGATIONS: Mapping[str, str] = {
    "SUM": "sum(values)",
    "MIN": "min(values)",
    "MAX": "max(values)",
    "COUNT": "count(values)",
}


def _value(table: DecisionTable, outputs: Mapping[str, Any]) -> Any:
    """A single output stands for itself, several are a context."""
    return next(iter(outputs.values())) if len(table.outputs) == 1 else dict(outputs)


def _by_priority(table: DecisionTable, matching: list[MatchedRule]) -> list[MatchedRule]:
    def rank(rule: MatchedRule) -> list[int]:
        return [_position(rule.outputs[column.name], column.values) for column in table.outputs if column.values]

    return sorted(matching, key=rank)  # stable: equal ones stay in the order of the rules


def _position(value: Any, values: tuple[Any, ...]) -> int:
    return next((place for place, listed in enumerate(values) if _same(value, listed)), len(values))


def _same(left: Any, right: Any) -> bool:
    """Equal as FEEL sees it: in Python, true would be 1."""
    return feel.evaluate("left = right", {"left": left, "right": right}) is True


def _numbers(matching: list[MatchedRule]) -> Message:
    *front, last = [str(rule.index) for rule in matching]
    return Message("rules {rules} and {last}", rules=", ".join(front), last=last)
