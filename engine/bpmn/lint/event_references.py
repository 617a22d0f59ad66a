"""What events name must exist: messages, signals, errors and escalations, with names and codes that are written out."""

from __future__ import annotations

from lxml import etree

from engine import feel
from engine.bpmn import extensions, xml
from engine.bpmn.lint.findings import Diagram


def check_error_event(diagram: Diagram, node: etree._Element) -> None:
    for definition in xml.children(node, "errorEventDefinition"):
        error = diagram.target(definition, "errorRef", "error")
        if definition.get("errorRef") and error is None:
            diagram.error(
                node, "UNKNOWN_ERROR", "Expected error {id} to exist, but it does not", id=definition.get("errorRef")
            )
        elif xml.local(node) == "endEvent" and (error is None or not error.get("errorCode")):
            diagram.error(
                node, "NO_ERROR_CODE", "Expected an error with a code to throw, but {id} has none", id=node.get("id")
            )
        elif error is not None and feel.expression_text(error.get("errorCode") or "") is not None:
            diagram.error(node, "NO_ERROR_CODE", "Expected an error code that is written out, but it is an expression")


def check_message(diagram: Diagram, node: etree._Element, refers: etree._Element, *, catching: bool = False) -> None:
    message = diagram.target(refers, "messageRef", "message")
    if not refers.get("messageRef"):
        diagram.error(
            node, "UNKNOWN_MESSAGE", "Expected {id} to refer to a message, but it does not", id=node.get("id")
        )
    elif message is None:
        diagram.error(
            node,
            "UNKNOWN_MESSAGE",
            "Expected {id} to refer to a message, but {ref} is none",
            id=node.get("id"),
            ref=refers.get("messageRef"),
        )
    elif not message.get("name") or feel.expression_text(str(message.get("name"))) is not None:
        diagram.error(
            node,
            "MESSAGE_NAME",
            "Expected message {id} to have a name that is written out, but it has none",
            id=message.get("id"),
        )
    elif catching and "subscription" not in extensions.read(message):
        diagram.warn(
            node,
            "NO_CORRELATION_KEY",
            "Expected message {name} to have a correlation key, but any message of that name will do",
            name=message.get("name"),
        )


def check_signal(diagram: Diagram, node: etree._Element, refers: etree._Element) -> None:
    signal = diagram.target(refers, "signalRef", "signal")
    if not refers.get("signalRef"):
        diagram.error(node, "UNKNOWN_SIGNAL", "Expected {id} to refer to a signal, but it does not", id=node.get("id"))
    elif signal is None:
        diagram.error(
            node, "UNKNOWN_SIGNAL", "Expected {id} to refer to a signal, but {ref} is none",
            id=node.get("id"), ref=refers.get("signalRef"),
        )  # fmt: skip
    elif not signal.get("name") or feel.expression_text(str(signal.get("name"))) is not None:
        diagram.error(
            node, "SIGNAL_NAME", "Expected signal {id} to have a name that is written out, but it has none",
            id=signal.get("id"),
        )  # fmt: skip


def check_escalation(diagram: Diagram, node: etree._Element, refers: etree._Element) -> None:
    escalation = diagram.target(refers, "escalationRef", "escalation")
    if refers.get("escalationRef") and escalation is None:
        diagram.error(
            node, "UNKNOWN_ESCALATION", "Expected {id} to refer to an escalation, but {ref} is none",
            id=node.get("id"), ref=refers.get("escalationRef"),
        )  # fmt: skip
        return
    code = None if escalation is None else escalation.get("escalationCode")
    throws = xml.local(node) in ("intermediateThrowEvent", "endEvent")
    if (throws and not code) or (escalation is not None and not code) or feel.expression_text(code or "") is not None:
        diagram.error(
            node, "ESCALATION_CODE", "Expected an escalation with a code that is written out, but {id} has none",
            id=node.get("id"),
        )  # fmt: skip


def check_behavior(diagram: Diagram, node: etree._Element, loop: etree._Element) -> None:
    """An activity that throws an event when the first or each of its iterations is completed names a signal."""
    behavior = loop.get("behavior", "All")
    if behavior == "All":
        return
    named = loop.get(f"{behavior.lower()}BehaviorEventRef")
    definition = diagram.by_id.get(str(named))
    if not named:
        diagram.error(
            node, "LOOP", "Expected behavior {behavior} to name a signal event definition, but it names none",
            behavior=behavior,
        )  # fmt: skip
    elif definition is None or xml.local(definition) != "signalEventDefinition":
        diagram.error(
            node, "LOOP", "Expected behavior {behavior} to name a signal event definition, but {ref} is none",
            behavior=behavior, ref=named,
        )  # fmt: skip
    else:
        check_signal(diagram, node, definition)


def error_code(diagram: Diagram, node: etree._Element) -> str | None:
    definition = xml.first(node, "errorEventDefinition")
    error = None if definition is None else diagram.target(definition, "errorRef", "error")
    return None if error is None else error.get("errorCode")
