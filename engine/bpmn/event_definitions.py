"""What events catch and throw: the event definitions of a file, and what they refer to by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn import extensions, xml
from engine.bpmn.elements import catches, throws
from engine.bpmn.expressions import Text, text

TIMER_STYLES = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """What elements of a file refer to by id."""

    messages: Mapping[str, tuple[str, Text | None]]  # id -> name, correlation key
    errors: Mapping[str, str | None]  # id -> code
    signals: Mapping[str, str]  # id -> name
    escalations: Mapping[str, str | None]  # id -> code
    events: Mapping[str, etree._Element]  # event definitions outside processes

    @classmethod
    def of(cls, root: etree._Element) -> Definitions:
        messages = {}
        for node in xml.children(root, "message"):
            key = extensions.read(node).get("subscription", {}).get("correlationKey")
            messages[str(node.get("id"))] = (str(node.get("name") or ""), text(key))
        errors = {str(node.get("id")): node.get("errorCode") for node in xml.children(root, "error")}
        signals = {str(node.get("id")): str(node.get("name") or "") for node in xml.children(root, "signal")}
        escalations = {str(node.get("id")): node.get("escalationCode") for node in xml.children(root, "escalation")}
        outside = {str(node.get("id")): node for node in root.iterchildren(xml.bpmn("signalEventDefinition"))}
        return cls(messages=messages, errors=errors, signals=signals, escalations=escalations, events=outside)

    def message(self, node: etree._Element) -> tuple[str, Text | None]:
        return self.messages[str(node.get("messageRef"))]


def caught(node: etree._Element, definitions: Definitions) -> dict[str, Any]:
    """What a boundary event or the start of an event sub-process catches: waited for, or thrown to it."""
    definition = xml.event_definitions(node)[0]
    kind = xml.local(definition).removesuffix("EventDefinition")
    if kind == "error":
        return {"event": kind, "code": definitions.errors.get(str(definition.get("errorRef")))}
    if kind == "escalation":
        return {"event": kind, "code": definitions.escalations.get(str(definition.get("escalationRef")))}
    if kind in ("compensate", "cancel"):
        return {"event": kind}
    return {"catch": catch(node, definitions)}


def catch(node: etree._Element, definitions: Definitions) -> catches.Catch:
    """What an event waits for."""
    parts = tuple(_one(definition, definitions) for definition in xml.event_definitions(node))
    if len(parts) == 1:
        return parts[0]
    return catches.MultipleCatch(parts, parallel=xml.is_true(node, "parallelMultiple"))


def _one(definition: etree._Element, definitions: Definitions) -> catches.Catch:
    tag = xml.local(definition)
    if tag == "messageEventDefinition":
        return catches.MessageCatch(*definitions.message(definition))
    if tag == "signalEventDefinition":
        return catches.SignalCatch(definitions.signals[str(definition.get("signalRef"))])
    if tag == "conditionalEventDefinition":
        return _condition(definition)
    return timer(definition)


def condition(node: etree._Element) -> catches.ConditionCatch | None:
    """The condition that an event waits for, if it waits for one."""
    drawn = xml.first(node, "conditionalEventDefinition")
    return None if drawn is None else _condition(drawn)


def throw(definition: etree._Element, definitions: Definitions) -> throws.Throw:
    """What one event definition throws."""
    tag = xml.local(definition)
    if tag == "signalEventDefinition":
        return throws.SignalThrow(definitions.signals[str(definition.get("signalRef"))])
    if tag == "escalationEventDefinition":
        return throws.EscalationThrow(definitions.escalations[str(definition.get("escalationRef"))] or "")
    return throws.MessageThrow(*definitions.message(definition))


def _condition(drawn: etree._Element) -> catches.ConditionCatch:
    return catches.ConditionCatch(Text(xml.text_of(xml.first(drawn, "condition")) or ""))


def timer(drawn: etree._Element) -> catches.TimerCatch:
    """The instant a timer event definition names."""
    for tag, style in TIMER_STYLES.items():
        if (value := xml.text_of(xml.first(drawn, tag))) is not None:
            return catches.TimerCatch(style, Text(value))
    raise ValueError(f"timer {drawn.get('id')} says no time")
