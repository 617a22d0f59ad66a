"""From the XML of a decision table to its compiled columns and rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import feel
from engine.dmn.expressions import Broken, Compiler
from engine.dmn.tables import AGGREGATIONS, HIT_POLICIES, DecisionTable, Input, Output, Rule
from engine.dmn.type_parser import Declarations
from engine.dmn.types import Tests, allowed_values
from engine.dmn.xml import Element, child, children, identifier, name_of, text_of
from engine.errors import Message


def parse_table(
    element: Element, place: str, declarations: Declarations, compiler: Compiler, *, unnamed: str
) -> DecisionTable:
    """`unnamed` is what an output without a name is called in traces."""
    hit_policy = element.get("hitPolicy", "UNIQUE")
    if hit_policy not in HIT_POLICIES:
        compiler.find(
            identifier(element),
            Message(
                "Expected a hit policy of DMN in {place}, but it is {hit_policy}", place=place, hit_policy=hit_policy
            ),
        )
        hit_policy = "UNIQUE"
    inputs = tuple(
        _input(each, n, place, declarations, compiler) for n, each in enumerate(children(element, "input"), 1)
    )
    outputs = _outputs(
        element, place, declarations, compiler, unnamed=unnamed, ranked=hit_policy in ("PRIORITY", "OUTPUT ORDER")
    )
    rules = _rules(element, inputs, outputs, place, compiler)
    return DecisionTable(
        id=identifier(element),
        hit_policy=hit_policy,
        aggregation=_aggregation(element, hit_policy, outputs, place, compiler),
        inputs=inputs,
        outputs=outputs,
        rules=tuple(rules),
        words=place,
    )


def _input(element: Element, number: int, place: str, declarations: Declarations, compiler: Compiler) -> Input:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    label = element.get("label", "") or text
    return Input(
        id=identifier(element),
        label=label,
        expression=compiler.expression(
            text, identifier(element), Message("input {number} of {place}", number=number, place=place)
        ),
        type=declarations.type_of(expression),
        allowed=_allowed(element, "inputValues", place, compiler),
    )


def _allowed(element: Element, kind: str, place: str, compiler: Compiler) -> Tests | None:
    """The values that a column declares; of an empty declaration, as modelers leave it behind, none."""
    text = text_of(child(element, kind))
    if text in ("", "-"):
        return None
    tests = compiler.tests(text, identifier(element), _column_values(kind, place))
    return None if isinstance(tests, Broken) else tests


def _column_values(kind: str, place: str) -> Message:
    if kind == "inputValues":
        return Message("the input values of {place}", place=place)
    return Message("the output values of {place}", place=place)


def _outputs(
    element: Element, place: str, declarations: Declarations, compiler: Compiler, *, unnamed: str, ranked: bool
) -> tuple[Output, ...]:
    columns = list(children(element, "output"))
    outputs = tuple(
        _output(each, place, declarations, compiler, unnamed=unnamed if len(columns) == 1 else "", ranked=ranked)
        for each in columns
    )
    names = [output.name for output in outputs]
    if not outputs:
        compiler.find(identifier(element), Message("Expected an output in {place}, but there is none", place=place))
    elif len(outputs) > 1 and (not all(names) or len(set(names)) < len(names)):
        compiler.find(
            identifier(element),
            Message(
                "Expected different names for the outputs of {place}, but they are {names}", place=place, names=names
            ),
        )
    if ranked and not any(output.values for output in outputs):
        compiler.find(
            identifier(element),
            Message("Expected the outputs of {place} to list their values by priority", place=place),
        )
    return outputs


def _output(
    element: Element, place: str, declarations: Declarations, compiler: Compiler, *, unnamed: str, ranked: bool
) -> Output:
    declared = declarations.type_of(element)
    allowed = _allowed(element, "outputValues", place, compiler)
    ranking = allowed or allowed_values(declared)
    return Output(
        id=identifier(element),
        name=name_of(element) or unnamed,
        label=element.get("label", ""),
        type=declared,
        values=_ranking(ranking.text, identifier(element), place, compiler) if ranking and ranked else (),
        allowed=allowed,
        default=_default(element, place, compiler),
    )


def _ranking(text: str, element_id: str, place: str, compiler: Compiler) -> tuple[Any, ...]:
    compiled = compiler.expression(f"[{text}]", element_id, Message("the output values of {place}", place=place))
    values = None if isinstance(compiled, Broken) else compiled.evaluate({}, feel.Environment())
    return tuple(values) if isinstance(values, list) else ()


def _default(element: Element, place: str, compiler: Compiler) -> Any:
    text = text_of(child(element, "defaultOutputEntry"))
    return (
        compiler.expression(text, identifier(element), Message("the default output of {place}", place=place))
        if text
        else None
    )


def _aggregation(
    element: Element, hit_policy: str, outputs: tuple[Output, ...], place: str, compiler: Compiler
) -> str | None:
    aggregation = element.get("aggregation")
    if aggregation is None or hit_policy != "COLLECT":
        return None
    if aggregation not in AGGREGATIONS:
        compiler.find(
            identifier(element),
            Message(
                "Expected an aggregation of DMN in {place}, but it is {aggregation}",
                place=place,
                aggregation=aggregation,
            ),
        )
        return None
    if len(outputs) > 1 and aggregation != "COUNT":
        compiler.find(
            identifier(element),
            Message(
                "Expected one output to aggregate in {place}, but there are {number}", place=place, number=len(outputs)
            ),
        )
    return aggregation


def _rules(
    table: Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...], place: str, compiler: Compiler
) -> Iterator[Rule]:
    for index, element in enumerate(children(table, "rule"), 1):
        where = Message("rule {index} of {place}", index=index, place=place)
        tests, results = list(children(element, "inputEntry")), list(children(element, "outputEntry"))
        if len(tests) != len(inputs) or len(results) != len(outputs):
            compiler.find(
                identifier(element),
                Message(
                    "Expected {conditions} conditions and {results} results in {where}, "
                    "but there are {tests} and {found}",
                    conditions=len(inputs),
                    results=len(outputs),
                    where=where,
                    tests=len(tests),
                    found=len(results),
                ),
            )
            continue
        yield Rule(
            index=index,
            id=identifier(element),
            annotation=_annotation(element),
            input_texts=tuple(text_of(each) for each in tests),
            output_texts=tuple(text_of(each) for each in results),
            conditions=tuple(
                (
                    column,
                    compiler.tests(
                        text_of(each),
                        identifier(each),
                        Message("condition {number} of {where}", number=column + 1, where=where),
                    ),
                )
                for column, each in enumerate(tests)
                if text_of(each) not in ("", "-")
            ),
            results=tuple(
                # modelers leave a cell empty for "nothing"
                compiler.expression(
                    text_of(each) or "null",
                    identifier(each),
                    Message("result {column} of {where}", column=column, where=where),
                )
                for column, each in enumerate(results, 1)
            ),
        )


def _annotation(rule: Element) -> str:
    """What the designer wrote beside the rule: the description of older files, the annotation columns of newer ones."""
    texts = [text_of(child(rule, "description")), *(text_of(each) for each in children(rule, "annotationEntry"))]
    return "; ".join(text for text in texts if text)
