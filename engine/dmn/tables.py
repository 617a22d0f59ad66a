"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import feel
from engine.dmn.budget import Surroundings
from engine.dmn.expressions import Compiled, Tests, as_type
from engine.dmn.results import DmnError, MatchedRule, Outcome


@dataclass(frozen=True, kw_only=True)
class Input:
    """A column of conditions: the expression looked at."""

    id: str
    label: str
    expression: Compiled
    type: str | None = None

    @property
    def text(self) -> str:
        return self.expression.text


@dataclass(frozen=True, kw_only=True)
class Output:
    """A column of results; `values` are its declared values from the most to the least important."""

    id: str
    name: str
    label: str
    type: str | None = None
    values: tuple[Any, ...] = ()
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


@dataclass(frozen=True, kw_only=True)
class DecisionTable:
    id: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    kind: str = "table"

    def evaluate(self, scope: Mapping[str, Any], env: Surroundings) -> Outcome:
        """Raises `DmnError` with the rule numbers when rules match that the hit policy does not allow together."""
        values = [as_type(column.expression.evaluate(scope, env), column.type, env) for column in self.inputs]
        matching = self._matching(values, scope, env)

        if matching:
            value, matched = HIT_POLICIES[self.hit_policy](self, matching)
            if self.aggregation:
                value = feel.evaluate(AGGREGATIONS[self.aggregation], {"values": value}, env)
        else:
            value, matched = self._without_match(scope, env), []
        return Outcome(
            value=value,
            matched=tuple(matched),
            inputs={column.text: value for column, value in zip(self.inputs, values, strict=True)},
        )

    def _matching(self, values: list[Any], scope: Mapping[str, Any], env: Surroundings) -> list[MatchedRule]:
        matching = []
        for rule in self.rules:
            env.budget.spend(rule.id)
            for column, tests in rule.conditions:
                if tests.test(values[column], scope, env) is not True:
                    break
            else:
                outputs = (result.evaluate(scope, env) for result in rule.results)
                matching.append(
                    MatchedRule(
                        index=rule.index,
                        id=rule.id,
                        annotation=rule.annotation,
                        outputs={column.name: value for column, value in zip(self.outputs, outputs, strict=True)},
                    )
                )
                if self.hit_policy == "FIRST":
                    break
        return matching

    def _without_match(self, scope: Mapping[str, Any], env: Surroundings) -> Any:
        if any(column.default for column in self.outputs):
            defaults = {
                column.name: column.default.evaluate(scope, env) if column.default else None for column in self.outputs
            }
            default = _value(self, defaults)
            return [default] if self.gives_list else default
        if self.aggregation == "COUNT":
            return Decimal(0)
        return [] if self.gives_list else None

    @property
    def gives_list(self) -> bool:
        return self.hit_policy in LIST_POLICIES and not self.aggregation


def _unique(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    if len(matching) > 1:
        raise DmnError(f"Expected one rule to match, but {_numbers(matching)} match", table.id)
    return _value(table, matching[0].outputs), matching


def _first(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    return _value(table, matching[0].outputs), matching[:1]


def _any(table: DecisionTable, matching: list[MatchedRule]) -> tuple[Any, list[MatchedRule]]:
    if any(not _same(matching[0].outputs, rule.outputs) for rule in matching[1:]):
        raise DmnError(f"Expected matching rules to agree, but {_numbers(matching)} differ", table.id)
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


def _numbers(matching: list[MatchedRule]) -> str:
    *front, last = [str(rule.index) for rule in matching]
    return f"rules {', '.join(front)} and {last}"
