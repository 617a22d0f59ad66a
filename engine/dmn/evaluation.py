"""The way from a question to its answer: a session per model and scope, requirements first, reasons collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.dmn.budget import Surroundings, surroundings
from engine.dmn.coercion import fitting, from_text, note
from engine.dmn.functions import Parameter, callable_value
from engine.dmn.requirements import requirements
from engine.dmn.results import DecisionResult, DmnError
from engine.errors import Message

if TYPE_CHECKING:
    from engine.dmn.model import Borrowed, Decision, DecisionService, InputData, Knowledge, Model


def evaluate(model: Model, decision_id: str, context: Mapping[str, Any], env: feel.Environment) -> DecisionResult:
    with _session(model, context, env) as session:
        return session.decide(decision_id)


def evaluate_service(
    model: Model, service_id: str, context: Mapping[str, Any], env: feel.Environment
) -> DecisionResult:
    """The output decisions are in `required`; a single one gives the value, several a context of their names."""
    service = model.services[service_id]
    with _session(model, context, env) as session:
        given = {}
        for parameter in session.parameters(service):
            value = from_text(context.get(parameter.name), parameter.type, session.env)
            given[parameter.name] = fitting(value, parameter.type, session.env, parameter.name)
        return replace(session.serve(service, given), reasons=tuple(session.reasons))


def evaluate_knowledge(
    model: Model, knowledge_id: str, context: Mapping[str, Any], env: feel.Environment
) -> DecisionResult:
    """Business knowledge called by itself: its parameters are taken from the context by name."""
    name = model.knowledge[knowledge_id].name
    with _session(model, context, env) as session:
        function = session.functions[name]
        given = {f"argument_{n}": context.get(each) for n, each in enumerate(function.parameters)}
        value = feel.evaluate(f"called({', '.join(given)})", {"called": function, **given}, session.env)
        inputs = {each: context.get(each) for each in function.parameters}
        return session.result(knowledge_id, name, value=value, inputs=inputs, reasons=tuple(session.reasons))


@contextmanager
def _session(model: Model, context: Mapping[str, Any], env: feel.Environment) -> Iterator[Session]:
    reasons: list[str] = []
    try:
        yield Session(model, context, surroundings(env, reasons))
    except feel.FeelError as error:
        raise DmnError(
            Message("Expected {model} to be answered, but {error}", model=model.name or model.id, error=error.message),
            model.id,
        ) from error
    finally:
        if env.reasons is not None:
            env.reasons.extend(reasons)


class Session:
    """Decisions of one model that are answered together, each once, from the same variables."""

    def __init__(
        self, model: Model, context: Mapping[str, Any], env: Surroundings, others: dict[str, Session] | None = None
    ) -> None:
        self.model = model
        self.context = context
        self.env = replace(env, types={**env.types, **model.type_tests}) if model.types.defined else env
        self.reasons: list[str] = env.reasons if env.reasons is not None else []
        self.answers: dict[str, DecisionResult] = {}
        self.free = {name: value for name, value in context.items() if name not in model.declared_names}
        self._inputs: dict[str, Any] = {}
        self._others = {} if others is None else others  # sessions of imported models, by namespace
        self._others[model.namespace] = self
        self.functions: dict[str, feel.Function] = {}
        self._bind_functions()

    def decide(self, decision_id: str) -> DecisionResult:
        for each in requirements(self.model.decisions, decision_id, answered=self.answers):
            self.answers[each] = self._answer(self.model.decisions[each])
        return self.answers[decision_id]

    def serve(self, service: DecisionService, given: Mapping[str, Any]) -> DecisionResult:
        """The answer of a service to parameters by name; of the model it sees nothing that was answered around it."""
        before = len(self.reasons)
        inner = Session(self.model, {**self.free, **given}, self.env)
        for each in service.input_decisions:
            name = self.model.decisions[each].name
            inner.answers[each] = inner.result(each, name, value=given.get(name))
        outputs = tuple(inner.decide(each) for each in service.outputs)
        value = outputs[0].value if len(outputs) == 1 else {each.decision_name: each.value for each in outputs}
        return self.result(
            service.id,
            service.name,
            value=fitting(value, service.type, self.env, f"decision service {service.name}"),
            inputs=given,
            reasons=tuple(self.reasons[before:]),
            required=outputs,
        )

    def parameters(self, service: DecisionService) -> tuple[Parameter, ...]:
        """Input data first, then input decisions (DMN 1.5, 10.4)."""
        elements: list[InputData | Decision] = [self.model.input_data[each] for each in service.input_data]
        elements += [self.model.decisions[each] for each in service.input_decisions]
        return tuple(Parameter(name=each.name, type=each.type) for each in elements)

    def input(self, input_id: str) -> Any:
        """What the caller gave for input data, as its type."""
        if input_id not in self._inputs:
            data = self.model.input_data[input_id]
            if data.name not in self.context:
                note(self.env, f"Expected {data.name} to be given, but it is not")
            value = from_text(self.context.get(data.name), data.type, self.env)
            self._inputs[input_id] = fitting(value, data.type, self.env, data.name)
        return self._inputs[input_id]

    def result(self, element_id: str, name: str, **parts: Any) -> DecisionResult:
        defaults: dict[str, Any] = {"value": None, "matched": (), "inputs": {}, "reasons": ()}
        return DecisionResult(
            decision_id=element_id, decision_name=name, namespace=self.model.namespace, **{**defaults, **parts}
        )

    def _answer(self, decision: Decision) -> DecisionResult:
        self.env.budget.spend(decision.id)
        before = len(self.reasons)
        required = [self.answers[each] for each in decision.requires]
        scope = {**self.free, **self.functions}
        aliases = {self.model.decisions[answer.decision_id].variable: answer.value for answer in required}
        scope.update({name: value for name, value in aliases.items() if name not in self.model.declared_names})
        scope.update({self.model.input_data[each].name: self.input(each) for each in decision.reads})
        scope.update({answer.decision_name: answer.value for answer in required})
        required += self._borrow(decision.borrows, scope)

        try:
            outcome = decision.logic.evaluate(scope, self.env)
        except feel.FeelError as error:  # a limit: everything else in FEEL is null and a reason
            raise DmnError(
                Message(
                    "Expected decision {decision} to be answered, but {error}",
                    decision=decision.name,
                    error=error.message,
                ),
                decision.id,
            ) from error
        return self.result(
            decision.id,
            decision.name,
            value=outcome.value,
            matched=outcome.matched,
            inputs=outcome.inputs,
            reasons=tuple(self.reasons[before:]),
            required=tuple(required),
        )

    def _borrow(self, borrowed: tuple[Borrowed, ...], scope: dict[str, Any]) -> list[DecisionResult]:
        """Put what imported models give into the scope, below the name of the import where it has one."""
        answers: list[DecisionResult] = []
        by_alias: dict[str, dict[str, Any]] = {}
        for each in borrowed:
            other = self._session_of(each)
            model = each.model
            if each.id in model.decisions:
                answer = other.decide(each.id)
                answers.append(answer)
                name, value = answer.decision_name, answer.value
            elif each.id in model.input_data:
                name, value = model.input_data[each.id].name, other.input(each.id)
            else:
                name = (model.knowledge.get(each.id) or model.services[each.id]).name
                value = other.functions[name]
            if each.alias:
                by_alias.setdefault(each.alias, {})[name] = value
            else:
                scope[name] = value
        scope.update(by_alias)
        return answers

    def _session_of(self, borrowed: Borrowed) -> Session:
        namespace = borrowed.model.namespace
        if namespace not in self._others:
            nested = self.context.get(borrowed.alias)
            context = {**self.context, **nested} if borrowed.alias and isinstance(nested, Mapping) else self.context
            Session(borrowed.model, context, self.env, self._others)
        return self._others[namespace]

    def _bind_functions(self) -> None:
        """Business knowledge and services as values that FEEL can call; each can call the others and itself."""
        for knowledge in self.model.knowledge.values():
            self.functions[knowledge.name] = knowledge.function.bound(self._scope_of(knowledge), self.env)
        for service in self.model.services.values():
            self.functions[service.name] = self._callable(service)

    def _scope_of(self, knowledge: Knowledge) -> Callable[[], Mapping[str, Any]]:
        def scope() -> Mapping[str, Any]:
            if not knowledge.borrows:
                return self.functions
            found: dict[str, Any] = {**self.functions}
            self._borrow(knowledge.borrows, found)
            return found

        return scope

    def _callable(self, service: DecisionService) -> feel.Function:
        def call(arguments: Mapping[str, Any]) -> Any:
            return self.serve(service, arguments).value

        return callable_value(service.name, service.id, self.parameters(service), call, self.env)
