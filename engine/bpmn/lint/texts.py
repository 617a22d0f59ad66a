"""Extension elements against their table, and every FEEL text, timer and variable name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from engine import feel
from engine.bpmn import limits, timers, xml
from engine.bpmn.builders import GLOBAL_TASKS
from engine.bpmn.event_definitions import TIMER_STYLES
from engine.bpmn.extensions import EXTENSIONS, IGNORED_ATTRIBUTES, Extension
from engine.bpmn.lint.findings import Diagram
from engine.bpmn.scopes import RESERVED
from engine.errors import Message

# Namespaces of engines whose extensions would change what happens.
_OTHER_ENGINES = ("http://camunda.org/schema/1.0/bpmn", "http://activiti.org/bpmn", "http://flowable.org/bpmn")
_OTHER_PREFIXES = ("http://spiffworkflow.org/",)

# What waits outside has no work of its own that could read them.
_NO_INPUTS = ("boundaryEvent", "intermediateCatchEvent", "startEvent")


def check_extensions(diagram: Diagram) -> None:
    """Zeebe elements and attributes stand where the table allows them; other engines' are refused."""
    for node in _executed(diagram):
        _check_foreign_attributes(diagram, node)
        for holder in xml.children(node, "extensionElements"):
            seen = set()
            for child in holder.iterchildren(etree.Element):
                tag, space = xml.local(child), etree.QName(child).namespace or ""
                if space == xml.ZEEBE:
                    _check_extension(diagram, node, child)
                    if tag in seen:
                        diagram.error(
                            node,
                            "EXTENSION",
                            "Expected zeebe:{tag} once, but {id} has several",
                            tag=tag,
                            id=node.get("id"),
                        )
                    seen.add(tag)
                elif space in _OTHER_ENGINES or space.startswith(_OTHER_PREFIXES):
                    diagram.error(
                        node,
                        "EXTENSION",
                        "Expected zeebe extension elements, but {tag} belongs to another engine",
                        tag=tag,
                    )
                else:
                    diagram.warn(
                        node, "EXTENSION", "Expected extension elements that are read, but {tag} is not", tag=tag
                    )


def check_texts(diagram: Diagram) -> None:
    """Conditions, cardinalities and timers."""
    for process in diagram.processes():
        for flow in process.iter(xml.bpmn("sequenceFlow")):
            for condition in xml.children(flow, "conditionExpression"):
                _check_feel(diagram, flow, Message("the condition"), xml.text_of(condition))
        for loop in process.iter(xml.bpmn("multiInstanceLoopCharacteristics")):
            _check_loop(diagram, loop)
        for loop in process.iter(xml.bpmn("standardLoopCharacteristics")):
            _check_standard_loop(diagram, loop)
        for timer in process.iter(xml.bpmn("timerEventDefinition")):
            _check_timer(diagram, timer)
        for event in process.iter(xml.bpmn("conditionalEventDefinition")):
            awaited = xml.text_of(xml.first(event, "condition"))
            if awaited is None:
                diagram.error(event, "CONDITION", "Expected a condition to wait for, but there is none")
            _check_feel(diagram, event, Message("the condition"), awaited)
        for node in process.iter(xml.bpmn("adHocSubProcess")):
            _check_feel(
                diagram, node, Message("the completion condition"), xml.text_of(xml.first(node, "completionCondition"))
            )


def check_names(diagram: Diagram) -> None:
    """Nothing is written to a reserved name."""
    for node in _executed(diagram):
        for what, name in _written(node):
            if name.partition(".")[0] in RESERVED:
                diagram.error(
                    node,
                    "RESERVED_VARIABLE",
                    "Expected {what} to be a variable that may be written, but {name} is read-only",
                    what=what,
                    name=name,
                )


def _executed(diagram: Diagram) -> Iterator[etree._Element]:
    yield from xml.children(diagram.root, "message")
    for task in diagram.global_tasks():
        yield from task.iter(xml.bpmn("*"))
    for process in diagram.processes():
        yield from process.iter(xml.bpmn("*"))


def _check_extension(diagram: Diagram, node: etree._Element, child: etree._Element) -> None:
    tag, host = xml.local(child), GLOBAL_TASKS.get(xml.local(node), xml.local(node))
    extension = EXTENSIONS.get(tag)
    if extension is None:
        diagram.error(node, "EXTENSION", "Expected zeebe elements that are executed, but zeebe:{tag} is not", tag=tag)
        return
    if host not in extension.on:
        diagram.error(
            node,
            "EXTENSION",
            "Expected zeebe:{tag} elsewhere, but it is on a {host}, where it does nothing",
            tag=tag,
            host=host,
        )
    if tag == "ioMapping" and host in _NO_INPUTS and next(child.iterchildren(xml.zeebe("input")), None) is not None:
        diagram.error(node, "EXTENSION", "Expected {host} without input mappings, but it has some", host=host)
    for name in extension.required:
        if not (child.get(name) or "").strip():
            diagram.error(node, "EXTENSION", "Expected zeebe:{tag} to have {name}, but it has none", tag=tag, name=name)
    for attribute, given in child.attrib.items():
        _check_attribute(diagram, node, tag, extension, str(attribute), str(given))
    for row in child.iterchildren(etree.Element):
        kinds = extension.lists.get(xml.local(row))
        if kinds is None or etree.QName(row).namespace != xml.ZEEBE:
            diagram.error(
                node,
                "EXTENSION",
                "Expected zeebe:{tag} without {part}, but that is not executed",
                tag=tag,
                part=xml.local(row),
            )
            continue
        for name, kind in kinds.items():
            if kind in ("path", "name") and not row.get(name):
                diagram.error(
                    node,
                    "EXTENSION",
                    "Expected zeebe:{tag} to have {name}, but it has none",
                    tag=xml.local(row),
                    name=name,
                )
        for attribute, given in row.attrib.items():
            if attribute not in kinds:
                diagram.error(
                    node,
                    "EXTENSION",
                    "Expected zeebe:{tag} without {part}, but that is not executed",
                    tag=xml.local(row),
                    part=attribute,
                )
            else:
                KINDS[kinds[str(attribute)]](
                    diagram,
                    node,
                    Message("{row} {attribute}", row=xml.local(row), attribute=str(attribute)),
                    str(given),
                )


def _check_attribute(
    diagram: Diagram, node: etree._Element, tag: str, extension: Extension, name: str, value: str
) -> None:
    kind = extension.attributes.get(name)
    if kind is None:
        diagram.error(
            node, "EXTENSION", "Expected zeebe:{tag} without {part}, but that is not executed", tag=tag, part=name
        )
    elif name in extension.choices and value not in extension.choices[name]:
        diagram.error(
            node,
            "EXTENSION",
            "Expected {name} of zeebe:{tag} to be one of {choices}, but it is {value}",
            name=name,
            tag=tag,
            choices=", ".join(extension.choices[name]),
            value=value,
        )
    elif value.strip():
        KINDS[kind](diagram, node, Message("{attribute} of zeebe:{tag}", attribute=name, tag=tag), value)
    is_date = tag == "taskSchedule" and value.strip() and feel.expression_text(value) is None
    if is_date and (problem := timers.literal_problem("date", value.strip())) is not None:
        diagram.error(
            node,
            "TIMER",
            "Expected {name} to be a date, but {value} {problem}",
            name=name,
            value=value,
            problem=problem,
        )


def _check_foreign_attributes(diagram: Diagram, node: etree._Element) -> None:
    for name in node.attrib:
        space = etree.QName(str(name)).namespace or ""
        local = etree.QName(str(name)).localname
        if (
            space in _OTHER_ENGINES
            or space.startswith(_OTHER_PREFIXES)
            or (space == xml.ZEEBE and local not in IGNORED_ATTRIBUTES)
        ):
            diagram.error(node, "EXTENSION", "Expected attributes that are executed, but {name} is not", name=local)


def _check_loop(diagram: Diagram, loop: etree._Element) -> None:
    from engine.bpmn import extensions

    drawn = extensions.read(loop).get("loopCharacteristics", {})
    cardinality = xml.text_of(xml.first(loop, "loopCardinality"))
    if bool(drawn.get("inputCollection")) == bool(cardinality):
        diagram.error(loop, "LOOP", "Expected either an input collection or a cardinality, but there are both or none")
    if bool(drawn.get("outputCollection")) != bool(drawn.get("outputElement")):
        diagram.error(
            loop, "LOOP", "Expected an output collection and an output element, but there is only one of them"
        )
    if drawn.get("inputElement") and cardinality:
        diagram.error(loop, "LOOP", "Expected an input element of a collection, but there is a cardinality")
    _check_feel(diagram, loop, Message("the cardinality"), cardinality)
    _check_feel(diagram, loop, Message("the completion condition"), xml.text_of(xml.first(loop, "completionCondition")))


def _check_standard_loop(diagram: Diagram, loop: etree._Element) -> None:
    condition, most = xml.text_of(xml.first(loop, "loopCondition")), loop.get("loopMaximum")
    if condition is None and most is None:
        diagram.error(loop, "LOOP", "Expected a condition or a maximum that ends the loop, but there is none")
    if most is not None and (not most.isdecimal() or int(most) < 1):
        diagram.error(loop, "LOOP", "Expected a maximum of at least 1, but it is {value}", value=most)
    _check_feel(diagram, loop, Message("the loop condition"), condition)


def _check_timer(diagram: Diagram, timer: etree._Element) -> None:
    drawn = {tag: xml.text_of(part) for tag in TIMER_STYLES for part in xml.children(timer, tag)}
    given = {tag: value for tag, value in drawn.items() if value}
    if len(given) != 1:
        diagram.error(timer, "TIMER", "Expected one of date, duration and cycle, but there are {n}", n=len(given))
    for tag, value in given.items():
        if feel.expression_text(value) is not None:
            _check_feel(diagram, timer, Message("the timer"), value)
        elif (problem := timers.literal_problem(TIMER_STYLES[tag], value)) is not None:
            diagram.error(
                timer, "TIMER", "Expected a timer that fires, but {value} {problem}", value=value, problem=problem
            )


def _check_feel(diagram: Diagram, node: etree._Element, what: str, value: str | None) -> None:
    if value is None:
        return
    text = feel.expression_text(value)
    try:
        expression = feel.compile(value if text is None else text)
    except feel.FeelError as error:
        diagram.error(
            node,
            "FEEL",
            "Expected {what} to be FEEL, but {text} is not: {problem}",
            what=what,
            text=value.strip(),
            problem=error.message,
        )
        return
    if diagram.known.functions is None:
        return
    for name in sorted(expression.functions - feel.BUILTINS.keys() - diagram.known.functions):
        diagram.error(
            node,
            "UNKNOWN_FUNCTION",
            "Expected {what} to call functions of FEEL, but {name} is none",
            what=what,
            name=name,
        )


def _check_text(diagram: Diagram, node: etree._Element, what: str, value: str) -> None:
    if feel.expression_text(value) is not None:
        _check_feel(diagram, node, what, value)


def _check_name(diagram: Diagram, node: etree._Element, what: str, value: str) -> None:
    _refuse_name(diagram, node, what, value, limits.name_problem(value))


def _check_path(diagram: Diagram, node: etree._Element, what: str, value: str) -> None:
    _refuse_name(diagram, node, what, value, limits.path_problem(value))


def _refuse_name(diagram: Diagram, node: etree._Element, what: str, value: str, problem: str | None) -> None:
    if problem is not None:
        diagram.error(
            node, "NAME", "Expected {what} to be the name of a variable, but {value} {problem}",
            what=what, value=value[: limits.LONGEST_NAME], problem=problem,
        )  # fmt: skip


def _check_static(diagram: Diagram, node: etree._Element, what: str, value: str) -> None:
    pass


KINDS: dict[str, Callable[[Diagram, etree._Element, str, str], None]] = {
    "text": _check_text,
    "feel": _check_feel,
    "name": _check_name,
    "path": _check_path,
    "static": _check_static,
}


def _written(node: etree._Element) -> Iterator[tuple[str, str]]:
    for child in node.iterchildren(xml.bpmn("extensionElements")):
        for part in child.iter(xml.zeebe("*")):
            for attribute in ("resultVariable", "inputElement", "outputCollection", "target"):
                if value := part.get(attribute):
                    yield attribute, str(value)
