"""What the history keeps of an event: its name there and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine import events


def remembered(event: events.Event) -> tuple[str, dict[str, Any] | None] | None:
    """The kind of the history's row and its data, or None where the history needs no row for this event."""
    remember = HISTORY.get(type(event))
    if remember is None or _told_otherwise(event):
        return None
    return remember[0], remember[1](event)


def _told_otherwise(event: events.Event) -> bool:
    """Completions of people's tasks are told by their command; starts, ends and gateways by the flow of the story."""
    return isinstance(event, events.ElementCompleted) and event.element_type in UNTOLD


def _nothing(event: Any) -> None:
    return None


def _filled(**data: Any) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in (None, [], "")}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _work(event: events.InlineWorkDone) -> dict[str, Any]:
    """Of a clock also what it can be made of again, should its row be lost: see engine/clock_story.py."""
    given, result = event.variables, event.result
    told = {"clock": given.get("clock"), "legal_due": result.get("legal_due")}
    if event.job_type == "clock:open":
        told |= {"start": result["start"], "rule": given.get("rule")}
    return {"type": event.job_type, **_filled(**told)}


UNTOLD = {
    "userTask",
    "startEvent",
    "endEvent",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
}

# What is remembered of an event, and under which name. What people do with tasks is remembered by their commands, which
# know what was entered; when a task began to wait is in its own row.
HISTORY: dict[type[events.Event], tuple[str, Callable[[Any], dict[str, Any] | None]]] = {
    events.InstanceStarted: ("instance started", _nothing),
    events.InstanceEnded: ("instance ended", lambda event: {"status": event.status}),
    events.ElementCompleted: ("element completed", lambda event: {"type": event.element_type}),
    events.FlowTaken: ("flow taken", _nothing),
    events.TimerScheduled: ("timer scheduled", lambda event: {"due_at": _iso(event.due_at)}),
    events.JobCreated: ("job created", lambda event: {"type": event.job_type}),
    events.MessageThrown: (
        "message thrown",
        lambda event: _filled(name=event.message_name, key=event.correlation_key),
    ),
    events.SignalThrown: ("signal thrown", lambda event: _filled(name=event.signal_name)),
    events.EscalationThrown: ("escalation thrown", lambda event: _filled(code=event.code)),
    events.DecisionEvaluated: (
        "decision evaluated",
        lambda event: {
            "decision": event.decision_id,
            "matched": [list(match) for match in event.matched],
        },
    ),
    events.InlineWorkDone: ("work done", _work),
    events.IncidentRaised: ("incident raised", lambda event: {"code": event.code, "message": event.message}),
    events.IncidentResolved: ("incident resolved", _nothing),
}
