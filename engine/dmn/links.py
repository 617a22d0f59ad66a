"""From the references between elements of a model, and to imported models, to what a decision requires."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from engine.dmn.expressions import Compiler, Unusable
from engine.dmn.imports import Imports
from engine.dmn.model import Borrowed, Decision, DecisionService, InputData, Knowledge, Model
from engine.dmn.reading import names_read
from engine.dmn.requirements import requirements
from engine.dmn.results import DmnError
from engine.dmn.xml import Element, child, identifier, local_name
from engine.errors import Message

_REQUIREMENTS = {
    "informationRequirement": ("requiredDecision", "requiredInput"),
    "knowledgeRequirement": ("requiredKnowledge",),
}


@dataclass(frozen=True, kw_only=True)
class Links:
    """Resolves the `href` of requirements; what they point at but does not exist becomes a finding."""

    root: Element
    imports: Imports
    compiler: Compiler
    own: Container[str]

    def of_decision(
        self,
        element: Element,
        decision: Decision,
        decisions: Mapping[str, Decision],
        input_data: Mapping[str, InputData],
    ) -> Decision:
        targets = list(self._targets(element, Message("decision {name}", name=decision.name)))
        own = [target for target in targets if isinstance(target, str)]
        return replace(
            decision,
            requires=tuple(each for each in own if each in decisions),
            reads=tuple(each for each in own if each in input_data),
            borrows=tuple(target for target in targets if isinstance(target, Borrowed)),
        )

    def of_knowledge(self, element: Element, knowledge: Knowledge) -> Knowledge:
        targets = self._targets(element, Message("business knowledge {name}", name=knowledge.name))
        return replace(knowledge, borrows=tuple(target for target in targets if isinstance(target, Borrowed)))

    def of_service(
        self,
        service: DecisionService,
        decisions: Mapping[str, Decision],
        input_data: Mapping[str, InputData],
    ) -> DecisionService:
        def within(hrefs: Iterable[str], known: Container[str], what: str) -> tuple[str, ...]:
            found = []
            for href in hrefs:
                target = self._resolved(href)
                if isinstance(target, str) and target in known:
                    found.append(target)
                else:
                    message = Message(
                        "Expected {what} of service {service} that exists here, but {href} does not",
                        what=what,
                        service=service.name,
                        href=href,
                    )
                    self.compiler.find(service.id, message)
            return tuple(found)

        if not service.outputs:
            message = Message(
                "Expected decision service {service} to have an output decision, but it has none", service=service.name
            )
            self.compiler.find(service.id, message)
        return replace(
            service,
            outputs=within(service.outputs, decisions, Message("an output decision")),
            input_data=within(service.input_data, input_data, Message("an input")),
            input_decisions=within(service.input_decisions, decisions, Message("an input decision")),
            encapsulated=within(service.encapsulated, decisions, Message("an encapsulated decision")),
        )

    def _targets(self, element: Element, words: str) -> Iterator[str | Borrowed]:
        for requirement in element.iterchildren(etree.Element):
            for kind in _REQUIREMENTS.get(local_name(requirement), ()):
                if (required := child(requirement, kind)) is None:
                    continue
                href = required.get("href", "")
                target = self._resolved(href)
                if target is None:
                    shown = href.removeprefix("#")
                    message = Message(
                        "Expected {words} to require what exists, but {shown} does not", words=words, shown=shown
                    )
                    self.compiler.find(identifier(element), message)
                else:
                    yield target

    def _resolved(self, href: str) -> str | Borrowed | None:
        namespace, _, target = href.rpartition("#")
        if namespace in ("", self.root.get("namespace")):
            return target if target in self.own else None
        for alias, model in self.imports:
            drawers = (model.decisions, model.input_data, model.knowledge, model.services)
            if model.namespace == namespace and any(target in drawer for drawer in drawers):
                return Borrowed(alias=alias, model=model, id=target)
        return None


def find_circle(model: Model, compiler: Compiler) -> None:
    try:
        requirements(model.decisions, *model.decisions)
    except DmnError as error:
        compiler.find(error.element_id or "", error.message)


def find_unread(model: Model, compiler: Compiler) -> None:
    """Warn of decisions that name what they do not require, which is null to them; refuse those without logic."""
    inputs_of_services = {each for service in model.services.values() for each in service.input_decisions}
    declared = {each.name for drawer in (model.input_data, model.decisions) for each in drawer.values()}
    for decision in model.decisions.values():
        if isinstance(decision.logic, Unusable) and decision.logic.element_id == decision.id:
            report = compiler.warn if decision.id in inputs_of_services else compiler.find
            report(decision.id, decision.logic.message)
        required = {model.decisions[each].name for each in decision.requires}
        required |= {model.input_data[each].name for each in decision.reads}
        for name in sorted((names_read(decision.logic) & declared) - required):
            message = Message(
                "Expected decision {decision} to require {name}, which it reads, but it does not",
                decision=decision.name,
                name=name,
            )
            compiler.warn(decision.id, message)
