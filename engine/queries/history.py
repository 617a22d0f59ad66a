"""What happened, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from engine.errors import Message
from engine.model.casework import Case
from engine.model.history import HistoryEvent
from engine.model.runtime import ProcessInstance
from engine.queries.context import QueryContext

# Sentences by type of event. Parameters: step (the element's name) and what the event's data holds.
WORDS = {
    "case opened": "Registered as {number}",
    "instance started": "The process began",
    "instance ended": "The process ended",
    "instance cancelled": "The process was stopped",
    "instance migrated": "The process goes on in version {version}",
    "instance modified": "The process was corrected",
    "token started": "Corrected: started {step}",
    "token started after": "Corrected: went on after {step}",
    "token cancelled": "Corrected: took {step} away",
    "variables set": "Corrected the values of {names}",
    "task claimed": "Took {step}",
    "task released": "Gave {step} back",
    "task assigned": "Assigned {step} to {assignee}",
    "task completed": "Completed {step}",
    "element completed": "{step}",
    "decision evaluated": "{step}: rule {rules} applied",
    "work done": "{step}",
    "timer fired": "The time for {step} came",
    "message thrown": "Sent {step}",
    "signal thrown": "Told everybody: {step}",
    "escalation thrown": "Escalated: {step}",
    "clock extended": "Extended {clock} by {days} days",
    "clock paused": "Paused {clock}",
    "clock resumed": "Resumed {clock}",
    "cases linked": "Linked to another matter",
    "incident raised": "{step} is stuck",
    "incident retried": "{step} was tried again",
}
CLOCK_SET_BACK = timedelta(days=1)  # at most by so much; what happened later could else seem to have been earlier
SILENT_ELEMENTS = {
    "serviceTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "scriptTask",
}
# Written for the operator and the diagram, not for the story.
SILENT = {"flow taken", "timer scheduled", "job created", "incident resolved"}


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One sentence. `actor` None is the system; `detail` a reason or what a rule said; `entered` what was handed in;
    `decisions` how a decision came about, see engine.dmn.trace."""

    at: datetime
    actor: str | None
    kind: str
    text: Message
    detail: str | None
    element_id: str | None
    entered: dict[str, Any] | None = None
    decisions: tuple[dict[str, Any], ...] = ()


def of_instance(
    context: QueryContext, instance: ProcessInstance, *, limit: int | None = None
) -> tuple[HistoryLine, ...]:
    """The story of an instance and its case, newest first."""
    mine = of_case(context.session.get_one(Case, instance.case_id)) if instance.case_id else _of_instance(instance)
    statement = select(HistoryEvent).where(*mine, HistoryEvent.type.not_in(SILENT)).order_by(HistoryEvent.id.desc())
    if limit is not None:
        statement = statement.limit(limit * 3)  # some lines of it are silent
    lines = [_line(context, event) for event in context.session.scalars(statement) if _speaks(event)]
    return tuple(lines[:limit])


def events_of(context: QueryContext, instance: ProcessInstance) -> list[HistoryEvent]:
    """All events of an instance, oldest first, for the diagram."""
    return list(context.session.scalars(select(HistoryEvent).where(*_of_instance(instance)).order_by(HistoryEvent.id)))


def of_case(case: Case) -> tuple[ColumnElement[bool], ...]:
    """The facts about a case, sought in the months since it was opened."""
    return HistoryEvent.case_id == case.id, HistoryEvent.at >= case.opened_at - CLOCK_SET_BACK


def _of_instance(instance: ProcessInstance) -> tuple[ColumnElement[bool], ...]:
    return HistoryEvent.instance_id == instance.id, HistoryEvent.at >= instance.started_at - CLOCK_SET_BACK


def _speaks(event: HistoryEvent) -> bool:
    if event.type == "element completed":
        return bool(event.name) and (event.data or {}).get("type") not in SILENT_ELEMENTS
    return event.type in WORDS


def _line(context: QueryContext, event: HistoryEvent) -> HistoryLine:
    data = dict(event.data or {})
    params: dict[str, Any] = {"step": event.name or event.element_id or ""}
    for name in ("number", "clock", "days", "version"):
        params[name] = data.get(name, "")
    params["names"] = ", ".join(data.get("names", ()))
    params["assignee"] = context.person(data.get("assignee")) or ""
    params["rules"] = ", ".join(str(match[0]) for match in data.get("matched", ())) or "–"
    template = WORDS[event.type]
    return HistoryLine(
        at=event.at,
        actor=None if event.actor == "system" else context.person(event.actor),
        kind=event.type,
        text=Message(template, **{name: params[name] for name in params if "{" + name + "}" in template}),
        detail=_detail(event.type, data),
        element_id=event.element_id,
        entered=data if event.type == "task completed" else None,
        decisions=tuple((data.get("trace") or {}).get("decisions", ())),
    )


def _detail(kind: str, data: dict[str, Any]) -> str | None:
    if kind == "decision evaluated":
        return "; ".join(str(match[1]) for match in data.get("matched", ()) if match[1]) or None
    return data.get("reason") or data.get("message") or None
