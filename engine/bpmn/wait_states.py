"""What an instance can wait for, and the fact that says that it no longer does."""

from __future__ import annotations

from typing import Any

from engine import events

# kind of wait -> what is reported when it is over
CLOSED_BY: dict[str, type[events.Event]] = {
    "user": events.UserTaskClosed,
    "job": events.JobClosed,
    "timer": events.TimerClosed,
    "message": events.MessageUnsubscribed,
    "signal": events.SignalUnsubscribed,
    "incident": events.IncidentResolved,
}

# kind of wait -> how a refusal names it
NAMES = {"user": "user task", "job": "job", "timer": "timer", "message": "message subscription",
         "signal": "signal subscription", "incident": "incident"}  # fmt: skip


def closed(kind: str, ids: dict[str, Any], outcome: str) -> events.Event:
    """The closing fact; only user tasks tell how they ended."""
    if kind == "user":
        return events.UserTaskClosed(**ids, outcome=outcome)
    return CLOSED_BY[kind](**ids)
