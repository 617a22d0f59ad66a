"""From DMN XML (1.2 to 1.5) to a compiled model; what is wrong becomes a finding, what is unreadable is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from engine.dmn import evaluation
from engine.dmn.expressions import Compiler, Literal, Logic, Unusable
from engine.dmn.model import BusinessKnowledge, Decision, InputData, Model
from engine.dmn.results import DmnError
from engine.dmn.table_parser import parse_table
from engine.dmn.xml import Element, child, children, identifier, local_name, name_of, read, text_of, type_of

# Boxed expressions that may stand where a decision's logic stands.
EXPRESSIONS = (
    *("decisionTable", "literalExpression", "context", "invocation", "relation", "list", "functionDefinition"),
    *("conditional", "filter", "for", "every", "some"),
)


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
    *("itemComponent", "output", "formalParameter", "parameter", "informationItem", "column"),
}


def _simple_types(root: Element) -> dict[str, str]:
    """The FEEL type under every named type that only renames one."""
    named = {
        each.get("name", ""): text_of(child(each, "typeRef"))
        for each in children(root, "itemDefinition")
        if child(each, "typeRef") is not None and each.get("isCollection") != "true"
    }
    for name in named:
        for _ in named:  # a chain of renamings is at most as long as there are names
            named[name] = named.get(named[name], named[name])
    return {name: type_name.removeprefix("feel:") for name, type_name in named.items()}


def _decision(element: Element, types: dict[str, str], compiler: Compiler) -> Decision:
    return Decision(
        id=identifier(element),
        name=name_of(element),
        logic=_logic(element, f"decision {name_of(element)}", types, compiler),
        type=type_of(child(element, "variable"), types),
        question=text_of(child(element, "question")),
        description=text_of(child(element, "description")),
        requires=tuple(_references(element, "requiredDecision")),
        reads=tuple(_references(element, "requiredInput")),
    )


def _knowledge(element: Element, types: dict[str, str], compiler: Compiler) -> BusinessKnowledge:
    function = child(element, "encapsulatedLogic")
    if function is None:
        function = element
    parameters = tuple(
        InputData(id=identifier(each), name=name_of(each), type=type_of(each, types))
        for each in children(function, "formalParameter")
    )
    if function.get("kind", "FEEL") != "FEEL":
        compiler.find(identifier(element), f"Expected {name_of(element)} to be FEEL, but it is {function.get('kind')}")
    return BusinessKnowledge(
        id=identifier(element),
        name=name_of(element),
        parameters=parameters,
        logic=_logic(function, f"business knowledge {name_of(element)}", types, compiler),
    )


def _logic(parent: Element, place: str, types: dict[str, str], compiler: Compiler) -> Logic:
    element = next((each for each in parent.iterchildren(etree.Element) if local_name(each) in EXPRESSIONS), None)
    if element is None:
        message = compiler.find(identifier(parent), f"Expected {place} to have logic, but it is empty")
        return Unusable(message=message, element_id=identifier(parent))

    _refuse_other_languages(element, compiler)
    if local_name(element) == "decisionTable":
        return parse_table(element, place, types, compiler, unnamed=name_of(parent) or "result")
    if local_name(element) == "literalExpression":
        text = text_of(child(element, "text"))
        return Literal(expression=compiler.expression(text, identifier(element), place))

    kind = local_name(element)
    message = compiler.find(
        identifier(parent), f"Expected {place} to be a decision table or a literal expression, but it is a boxed {kind}"
    )
    return Unusable(message=message, element_id=identifier(parent), kind=kind)


def _refuse_other_languages(element: Element, compiler: Compiler) -> None:
    for each in element.iter(etree.Element):
        language = each.get("expressionLanguage")
        if language and not language.rstrip("/").lower().endswith("feel"):
            compiler.find(identifier(each), f"Expected expressions to be FEEL, but {identifier(each)} is {language}")


def _refuse_what_is_not_executed(root: Element, compiler: Compiler) -> None:
    language = root.get("expressionLanguage")
    if language and not language.rstrip("/").lower().endswith("feel"):
        compiler.find(identifier(root), f"Expected expressions to be FEEL, but the model's are {language}")
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
