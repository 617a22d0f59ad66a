"""From DMN XML (1.2 to 1.5) to a compiled model; what is wrong becomes a finding, what is unreadable is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from engine.dmn.expression_parser import Place, parse_function, parse_within, result_type
from engine.dmn.expressions import Compiler
from engine.dmn.imports import Imports, Library, foreign_names, imported_models
from engine.dmn.links import Links, find_circle, find_unread
from engine.dmn.model import Decision, DecisionService, InputData, Knowledge, Model
from engine.dmn.reading import tables_in
from engine.dmn.type_parser import Declarations, parse_types
from engine.dmn.types import Types
from engine.dmn.xml import Element, child, children, identifier, local_name, name_of, read, text_of
from engine.errors import Message


def parse(xml: bytes, *, names: Iterable[str] = (), imports: Iterable[bytes] = ()) -> Model:
    """The model with every text compiled.

    `names` are names with spaces that callers will offer, as of functions; `imports` are other DMN files, among which
    the models are found that this one imports, by their namespaces.
    Raises `DmnError` for what is not a DMN file, has a DOCTYPE or is larger than 2 MB.
    """
    return _parse(read(xml), tuple(names), Library(imports), ())


def _parse(root: Element, names: tuple[str, ...], library: Library, importing: tuple[str, ...]) -> Model:
    compiler = Compiler(names=frozenset((*names, *_declared_names(root))))
    inside = (*importing, root.get("namespace", ""))
    imports = imported_models(root, library, compiler, inside, lambda other: _parse(other, names, library, inside))
    compiler = compiler.knowing(foreign_names(imports))
    declarations = _declarations(root, imports, compiler)
    parse_types(root, declarations)

    input_data = {identifier(each): _input_data(each, declarations) for each in children(root, "inputData")}
    decisions: dict[str, Decision] = {}
    elements: dict[str, Element] = {}
    for each in children(root, "decision"):
        decision = _decision(each, declarations, compiler)
        if decision.id in decisions:
            compiler.find(decision.id, Message("Expected one decision {id}, but there are several", id=decision.id))
            decision = replace(decision, id=f"{decision.id} ({len(decisions)})")  # still to be seen by its name
        decisions[decision.id], elements[decision.id] = decision, each
    bodies = {identifier(each): each for each in children(root, "businessKnowledgeModel")}
    knowledge = {key: _knowledge(each, declarations, compiler) for key, each in bodies.items()}
    services = {identifier(each): _service(each, declarations) for each in children(root, "decisionService")}

    _refuse_other_languages(root, compiler)
    links = Links(
        root=root,
        imports=imports,
        compiler=compiler,
        own={*input_data, *decisions, *knowledge, *services},
    )
    model = Model(
        id=identifier(root),
        name=root.get("name", ""),
        namespace=root.get("namespace", ""),
        decisions={
            key: links.of_decision(elements[key], each, decisions, input_data) for key, each in decisions.items()
        },
        input_data=input_data,
        knowledge={key: links.of_knowledge(bodies[key], each) for key, each in knowledge.items()},
        services={key: links.of_service(each, decisions, input_data) for key, each in services.items()},
        imports=imports,
        types=declarations.types,
    )
    for table in tables_in((*decisions.values(), *knowledge.values())):
        _ = table.index  # for a thousand rules it takes longer than a decision may
    find_circle(model, compiler)
    find_unread(model, compiler)
    return replace(model, errors_found=tuple(compiler.findings), warnings_found=tuple(compiler.warnings))


def _declared_names(root: Element) -> Iterator[str]:
    """Names that FEEL texts may use, with spaces and signs: of inputs, decisions, components of types, outputs."""
    for each in root.iter(etree.Element):
        if local_name(each) in _NAMED and each.get("name"):
            yield name_of(each)


_NAMED = {
    *("inputData", "decision", "businessKnowledgeModel", "decisionService", "variable", "import", "itemDefinition"),
    *("itemComponent", "output", "informationItem", "column"),
}


def _declarations(root: Element, imports: Imports, compiler: Compiler) -> Declarations:
    types = Types()
    for alias, model in imports:
        for name, declared in model.types.own():
            types.defined[f"{alias}.{name}" if alias else name] = declared
    types.imported.update(types.defined)
    by_namespace = {model.namespace: alias for alias, model in imports}
    prefixes = {prefix: by_namespace[uri] for prefix, uri in root.nsmap.items() if prefix and uri in by_namespace}
    return Declarations(types=types, compiler=compiler, prefixes=prefixes)


def _input_data(element: Element, declarations: Declarations) -> InputData:
    return InputData(
        id=identifier(element), name=name_of(element), type=declarations.type_of(child(element, "variable"))
    )


def _decision(element: Element, declarations: Declarations, compiler: Compiler) -> Decision:
    name = name_of(element)
    place = Place(words=Message("decision {name}", name=name), name=name, declarations=declarations, compiler=compiler)
    variable = child(element, "variable")
    declared = declarations.type_of(variable)
    return Decision(
        id=identifier(element),
        name=name,
        variable=(name_of(variable) if variable is not None else "") or identifier(element),
        logic=parse_within(element, place, declared),
        type=declared,
        question=text_of(child(element, "question")),
        description=text_of(child(element, "description")),
    )


def _knowledge(element: Element, declarations: Declarations, compiler: Compiler) -> Knowledge:
    name = name_of(element)
    place = Place(
        words=Message("business knowledge {name}", name=name), name=name, declarations=declarations, compiler=compiler
    )
    body = child(element, "encapsulatedLogic")
    result = result_type(declarations.type_of(child(element, "variable")))
    return Knowledge(function=parse_function(element if body is None else body, place, result))


def _service(element: Element, declarations: Declarations) -> DecisionService:
    return DecisionService(
        id=identifier(element),
        name=name_of(element),
        outputs=_hrefs(element, "outputDecision"),
        input_data=_hrefs(element, "inputData"),
        input_decisions=_hrefs(element, "inputDecision"),
        encapsulated=_hrefs(element, "encapsulatedDecision"),
        type=result_type(declarations.type_of(child(element, "variable"))),
    )


def _hrefs(element: Element, name: str) -> tuple[str, ...]:
    return tuple(each.get("href", "") for each in children(element, name))


def _refuse_other_languages(root: Element, compiler: Compiler) -> None:
    for each in root.iter(etree.Element):
        language = each.get("expressionLanguage")
        if language and not language.rstrip("/").lower().endswith("feel"):
            compiler.find(
                identifier(each),
                Message(
                    "Expected expressions to be FEEL, but {element} is {language}",
                    element=identifier(each),
                    language=language,
                ),
            )
