"""From DMN XML (1.2 to 1.5) to a compiled model; what is wrong becomes a finding, what is unreadable is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from engine.dmn import evaluation
from engine.dmn.boxed import Function
from engine.dmn.expression_parser import Place, parse_function, parse_within
from engine.dmn.expressions import Compiler
from engine.dmn.model import Decision, InputData, Model
from engine.dmn.results import DmnError
from engine.dmn.xml import Element, child, children, identifier, local_name, name_of, read, text_of, type_of

LONGEST_RENAMING = 8  # named types that only rename each other


def parse(xml: bytes, *, names: Iterable[str] = ()) -> Model:
    """The model with every text compiled; `names` are names with spaces that callers will offer, as of functions.

    Raises `DmnError` for what is not a DMN file, has a DOCTYPE or is larger than 2 MB.
    """
    root = read(xml)
    compiler = Compiler(names=frozenset((*names, *_declared_names(root))))
    types = _simple_types(root)

    input_data = {
        identifier(each): InputData(
            id=identifier(each), name=name_of(each), type=type_of(child(each, "variable"), types)
        )
        for each in children(root, "inputData")
    }
    decisions: dict[str, Decision] = {}
    for each in children(root, "decision"):
        decision = _decision(each, types, compiler)
        if decision.id in decisions:
            compiler.find(decision.id, f"Expected one decision {decision.id}, but there are several")
            decision = replace(decision, id=f"{decision.id} ({len(decisions)})")  # still to be seen by its name
        decisions[decision.id] = decision
    knowledge = {
        identifier(each): _knowledge(each, types, compiler) for each in children(root, "businessKnowledgeModel")
    }

    _refuse_what_is_not_executed(root, compiler)
    decisions = {each.id: _linked(each, decisions, input_data, compiler) for each in decisions.values()}
    _find_circle(decisions, compiler)
    return Model(
        id=identifier(root),
        name=root.get("name", ""),
        decisions=decisions,
        input_data=input_data,
        knowledge=knowledge,
        findings=tuple(compiler.findings),
    )


def _declared_names(root: Element) -> Iterator[str]:
    """Names that FEEL texts may use, with spaces and signs: of inputs, decisions, components of types, outputs."""
    for each in root.iter(etree.Element):
        if local_name(each) in _NAMED and each.get("name"):
            yield name_of(each)


_NAMED = {
    *("inputData", "decision", "businessKnowledgeModel", "decisionService", "variable"),
    *("itemComponent", "output", "informationItem", "column"),
}


def _simple_types(root: Element) -> dict[str, str]:
    """The FEEL type under every named type that only renames one."""
    named = {
        each.get("name", ""): text_of(child(each, "typeRef"))
        for each in children(root, "itemDefinition")
        if child(each, "typeRef") is not None and each.get("isCollection") != "true"
    }
    return {name: _followed(name, named).removeprefix("feel:") for name in named}


def _followed(name: str, named: dict[str, str]) -> str:
    for _ in range(LONGEST_RENAMING):
        name = named.get(name, name)
    return name


def _decision(element: Element, types: dict[str, str], compiler: Compiler) -> Decision:
    place = Place(words=f"decision {name_of(element)}", name=name_of(element), types=types, compiler=compiler)
    return Decision(
        id=identifier(element),
        name=name_of(element),
        logic=parse_within(element, place),
        type=type_of(child(element, "variable"), types),
        question=text_of(child(element, "question")),
        description=text_of(child(element, "description")),
        requires=tuple(_references(element, "requiredDecision")),
        reads=tuple(_references(element, "requiredInput")),
    )


def _knowledge(element: Element, types: dict[str, str], compiler: Compiler) -> Function:
    place = Place(words=f"business knowledge {name_of(element)}", name=name_of(element), types=types, compiler=compiler)
    body = child(element, "encapsulatedLogic")
    return parse_function(element if body is None else body, place)


def _refuse_what_is_not_executed(root: Element, compiler: Compiler) -> None:
    for each in root.iter(etree.Element):
        language = each.get("expressionLanguage")
        if language and not language.rstrip("/").lower().endswith("feel"):
            compiler.find(identifier(each), f"Expected expressions to be FEEL, but {identifier(each)} is {language}")
    for each in children(root, "import"):
        compiler.find(identifier(each), f"Expected a model without imports, but it imports {each.get('namespace')}")


def _linked(
    decision: Decision, decisions: dict[str, Decision], input_data: dict[str, InputData], compiler: Compiler
) -> Decision:
    """The decision with the requirements that exist; the others become findings."""
    for each in (*decision.requires, *decision.reads):
        if each not in decisions and each not in input_data:
            compiler.find(decision.id, f"Expected decision {decision.name} to require what exists, but {each} does not")
    return replace(
        decision,
        requires=tuple(each for each in decision.requires if each in decisions),
        reads=tuple(each for each in decision.reads if each in input_data),
    )


def _find_circle(decisions: dict[str, Decision], compiler: Compiler) -> None:
    try:
        evaluation.requirements(decisions, *decisions)
    except DmnError as error:
        compiler.find(error.element_id or "", error.message)


def _references(element: Element, name: str) -> Iterator[str]:
    own = element.getroottree().getroot().get("namespace", "")
    for requirement in children(element, "informationRequirement"):
        if (required := child(requirement, name)) is not None:
            yield required.get("href", "").removeprefix(own).removeprefix("#")
