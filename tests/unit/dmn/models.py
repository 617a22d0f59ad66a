"""Small DMN files, written as the designer would say them."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def model(*parts: str, namespace: str = NAMESPACE, own: str = "http://lianxi.example/dmn") -> bytes:
    """`own` is the namespace of the model itself, by which others import it."""
    attributes = f'xmlns="{namespace}" id="definitions" name="Test" namespace="{own}"'
    return f"<?xml version='1.0' encoding='UTF-8'?><definitions {attributes}>{''.join(parts)}</definitions>".encode()


def input_data(name: str, type_name: str | None = None) -> str:
    return f"<inputData id={quoteattr(_id(name))} name={quoteattr(name)}>{_variable(name, type_name)}</inputData>"


def decision(
    name: str, logic: str, requires: Sequence[str] = (), id: str | None = None, type_name: str | None = None
) -> str:
    """`requires` are names of decisions, or of input data or knowledge when written as "input …", "knowledge …".

    One that has a # is the reference itself, to an imported model.
    """
    return (
        f"<decision id={quoteattr(id or _id(name))} name={quoteattr(name)}>{_variable(name, type_name)}"
        f"{''.join(map(_requirement, requires))}{logic}</decision>"
    )


def knowledge(
    name: str,
    parameters: Sequence[str | tuple[str, str]],
    logic: str,
    type_name: str | None = None,
    requires: Sequence[str] = (),
) -> str:
    """Parameters are names or (name, type)."""
    formal = ""
    for each in parameters:
        parameter, declared = (each, "") if isinstance(each, str) else (each[0], f' typeRef="{each[1]}"')
        formal += f"<formalParameter name={quoteattr(parameter)}{declared}/>"
    return (
        f'<businessKnowledgeModel id="{_id(name)}" name={quoteattr(name)}>{_variable(name, type_name)}'
        f"{''.join(map(_requirement, requires))}"
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )


def service(
    name: str,
    outputs: Sequence[str],
    inputs: Sequence[str] = (),
    input_decisions: Sequence[str] = (),
    type_name: str | None = None,
) -> str:
    parts = "".join(f'<outputDecision href="#{_id(each)}"/>' for each in outputs)
    parts += "".join(f'<inputDecision href="#{_id(each)}"/>' for each in input_decisions)
    parts += "".join(f'<inputData href="#{_id(each)}"/>' for each in inputs)
    declared = _variable(name, type_name)
    return f'<decisionService id="{_id(name)}" name={quoteattr(name)}>{declared}{parts}</decisionService>'


def import_(name: str, namespace: str, kind: str = NAMESPACE) -> str:
    return f'<import id="import" name={quoteattr(name)} namespace="{namespace}" importType="{kind}"/>'


def item(
    name: str,
    type_name: str = "",
    *parts: str,
    many: bool = False,
    allowed: str = "",
    constraint: str = "",
    tag: str = "itemDefinition",
) -> str:
    """An item definition; its components are parts made with `component`."""
    body = f"<typeRef>{type_name}</typeRef>" if type_name else ""
    body += f"<allowedValues>{_text(allowed)}</allowedValues>" if allowed else ""
    body += f"<typeConstraint>{_text(constraint)}</typeConstraint>" if constraint else ""
    collection = ' isCollection="true"' if many else ""
    return f"<{tag} id={quoteattr(_id(name))} name={quoteattr(name)}{collection}>{body}{''.join(parts)}</{tag}>"


def component(name: str, type_name: str = "", *parts: str, many: bool = False, allowed: str = "") -> str:
    return item(name, type_name, *parts, many=many, allowed=allowed, tag="itemComponent")


def literal(text: str, type_name: str | None = None) -> str:
    declared = f' typeRef="{type_name}"' if type_name else ""
    return f'<literalExpression id="text"{declared}>{_text(text)}</literalExpression>'


def table(
    inputs: Sequence[str | tuple[str, str]],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    hit_policy: str | None = None,
    aggregation: str | None = None,
    values: str | None = None,
    allowed: str | None = None,
    output_type: str | None = None,
    defaults: Sequence[str] = (),
) -> str:
    """Inputs are expressions or (expression, type); a rule is its cells, and one more for the annotation.

    `values` and `output_type` are those of the first output, `allowed` the values of the first input.
    """
    columns = ""
    for each in inputs:
        expression, type_name = (each, None) if isinstance(each, str) else each
        declared = f' typeRef="{type_name}"' if type_name else ""
        expected = f"<inputValues>{_text(allowed)}</inputValues>" if allowed and not columns else ""
        columns += (
            f"<input id='input'><inputExpression{declared}>{_text(expression)}</inputExpression>{expected}</input>"
        )
    for number, name in enumerate(outputs):
        named = f" name={quoteattr(name)}" if name else ""
        named += f' typeRef="{output_type}"' if output_type and number == 0 else ""
        listed = f"<outputValues>{_text(values)}</outputValues>" if values and number == 0 else ""
        default = f"<defaultOutputEntry>{_text(defaults[number])}</defaultOutputEntry>" if defaults else ""
        columns += f"<output id='output'{named}>{listed}{default}</output>"
    rows = ""
    for index, cells in enumerate(rules, 1):
        tests, results = cells[: len(inputs)], cells[len(inputs) : len(inputs) + len(outputs)]
        notes = "".join(f"<description>{escape(note)}</description>" for note in cells[len(inputs) + len(outputs) :])
        rows += f'<rule id="rule_{index}">{notes}'
        rows += "".join(f'<inputEntry id="rule_{index}_in">{_text(cell)}</inputEntry>' for cell in tests)
        rows += "".join(f'<outputEntry id="rule_{index}_out">{_text(cell)}</outputEntry>' for cell in results)
        rows += "</rule>"
    policy = f' hitPolicy="{hit_policy}"' if hit_policy else ""
    folded = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable id="table"{policy}{folded}>{columns}{rows}</decisionTable>'


def _requirement(reference: str) -> str:
    kind, _, name = reference.rpartition(" ") if "#" in reference else reference.partition(" ")
    if kind == "input":
        return f'<informationRequirement><requiredInput href="{_href(name)}"/></informationRequirement>'
    if kind == "knowledge":
        return f'<knowledgeRequirement><requiredKnowledge href="{_href(name)}"/></knowledgeRequirement>'
    return f'<informationRequirement><requiredDecision href="{_href(reference)}"/></informationRequirement>'


def _href(name: str) -> str:
    return name if "#" in name else f"#{_id(name)}"


def _variable(name: str, type_name: str | None = None) -> str:
    declared = f' typeRef="{type_name}"' if type_name else ""
    return f"<variable name={quoteattr(name)}{declared}/>"


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"


def _id(name: str) -> str:
    return name.replace(" ", "_")
