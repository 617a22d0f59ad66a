"""Small DMN files, written as the designer would say them."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def model(*parts: str, namespace: str = NAMESPACE) -> bytes:
    attributes = f'xmlns="{namespace}" id="definitions" name="Test" namespace="http://lianxi.example/dmn"'
    return f"<?xml version='1.0' encoding='UTF-8'?><definitions {attributes}>{''.join(parts)}</definitions>".encode()


def input_data(name: str, type_name: str | None = None) -> str:
    return f"<inputData id={quoteattr(_id(name))} name={quoteattr(name)}>{_variable(name, type_name)}</inputData>"


def decision(name: str, logic: str, requires: Sequence[str] = (), id: str | None = None) -> str:
    """`requires` are names of decisions, or of input data when written as "input …"."""
    links = "".join(
        f'<informationRequirement><requiredInput href="#{_id(each[6:])}"/></informationRequirement>'
        if each.startswith("input ")
        else f'<informationRequirement><requiredDecision href="#{_id(each)}"/></informationRequirement>'
        for each in requires
    )
    return (
        f"<decision id={quoteattr(id or _id(name))} name={quoteattr(name)}>{_variable(name)}{links}{logic}</decision>"
    )


def knowledge(name: str, parameters: Sequence[str], logic: str) -> str:
    formal = "".join(f"<formalParameter name={quoteattr(each)}/>" for each in parameters)
    return (
        f'<businessKnowledgeModel id="{_id(name)}" name={quoteattr(name)}>'
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )


def literal(text: str) -> str:
    return f'<literalExpression id="text">{_text(text)}</literalExpression>'


def table(
    inputs: Sequence[str | tuple[str, str]],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    hit_policy: str | None = None,
    aggregation: str | None = None,
    values: str | None = None,
    defaults: Sequence[str] = (),
) -> str:
    """Inputs are expressions or (expression, type); a rule is its cells, and one more for the annotation."""
    columns = ""
    for each in inputs:
        expression, type_name = (each, None) if isinstance(each, str) else each
        declared = f' typeRef="{type_name}"' if type_name else ""
        columns += f"<input id='input'><inputExpression{declared}>{_text(expression)}</inputExpression></input>"
    for number, name in enumerate(outputs):
        named = f" name={quoteattr(name)}" if name else ""
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


def _variable(name: str, type_name: str | None = None) -> str:
    declared = f' typeRef="{type_name}"' if type_name else ""
    return f"<variable name={quoteattr(name)}{declared}/>"


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"


def _id(name: str) -> str:
    return name.replace(" ", "_")
