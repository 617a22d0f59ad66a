"""The way from a question to its answer: requirements first, business knowledge as functions, reasons collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.dmn.budget import Surroundings, surroundings
from engine.dmn.expressions import as_type
from engine.dmn.results import DecisionResult, DmnError

if TYPE_CHECKING:
    from engine.dmn.model import Decision, Model

HIGHEST_STACK = 100  # decisions that require each other


def evaluate(model: Model, decision_id: str, context: Mapping[str, Any], env: feel.Environment) -> DecisionResult:
    reasons: list[str] = []
    run = surroundings(env, reasons)
    variables = {**context, **_functions(model, run)}
    answers: dict[str, DecisionResult] = {}

    for each in requirements(model.decisions, decision_id):
        answers[each] = _answer(model, model.decisions[each], variables, run, answers, reasons)

    if env.reasons is not None:
        env.reasons.extend(reasons)
    return answers[decision_id]


def requirements(decisions: Mapping[str, Decision], *decision_ids: str) -> list[str]:
    """The decisions and all they rest on, what is needed first in front. Raises `DmnError` for a circle."""
    order: dict[str, None] = {}
    open_ids: list[str] = []

    def visit(each: str) -> None:
        if each in order:
            return
        if each in open_ids:
            circle = " → ".join(decisions[one].name for one in [*open_ids[open_ids.index(each) :], each])
            raise DmnError(f"Expected decisions that do not require themselves, but found {circle}", each)
        if len(open_ids) >= HIGHEST_STACK:
            raise DmnError(f"Expected at most {HIGHEST_STACK} decisions resting on each other", open_ids[0])

        open_ids.append(each)
        for required in decisions[each].requires:
            visit(required)
        open_ids.pop()
        order[each] = None

    for each in decision_ids:
        visit(each)
    return list(order)


def _answer(
    model: Model,
    decision: Decision,
    variables: Mapping[str, Any],
    env: Surroundings,
    answers: Mapping[str, DecisionResult],
    reasons: list[str],
) -> DecisionResult:
    scope = dict(variables)
    for data in (model.input_data[each] for each in decision.reads):
        scope[data.name] = as_type(variables.get(data.name), data.type, env)
    required = tuple(answers[each] for each in decision.requires)
    scope.update({answer.decision_name: answer.value for answer in required})

    before = len(reasons)
    try:
        outcome = decision.logic.evaluate(scope, env)
    except feel.FeelError as error:  # a limit: everything else in FEEL is null and a reason
        raise DmnError(f"Expected decision {decision.name} to be answered, but {error}", decision.id) from error
    return DecisionResult(
        value=outcome.value,
        matched=outcome.matched,
        inputs=outcome.inputs,
        reasons=tuple(reasons[before:]),
        decision_id=decision.id,
        decision_name=decision.name,
        required=required,
    )


def _functions(model: Model, env: Surroundings) -> dict[str, feel.Function]:
    """The model's business knowledge as values that FEEL can call, positionally or by parameter name."""
    functions: dict[str, feel.Function] = {}
    for knowledge in model.knowledge.values():
        functions[knowledge.name] = knowledge.bound(functions, env)  # and so it can call the others and itself
    return functions
