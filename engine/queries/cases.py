"""Matters: search, the page of one, and those a new one may repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from engine.access import Actor
from engine.errors import Message
from engine.model.casework import Case, CaseLink, Clock
from engine.model.repository import ProcessDefinition
from engine.model.runtime import HumanTask, Incident, ProcessInstance, Timer
from engine.queries import finding, history, places, privacy
from engine.queries.context import QueryContext
from engine.queries.due import ClockRow, Due, clock_row, task_due
from engine.queries.finding import MOST_COUNTED
from engine.queries.places import Diagram, Holder, Place
from engine.visibility import readable


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """A line of the search. `status`, `step` and `holder` (a group) are texts of the pack."""

    case_id: int
    number: str
    title: str
    status: str
    open: bool
    urgent: bool
    party: str
    party_count: int
    people_involved: int | None
    opened_at: datetime
    closed_at: datetime | None
    step: str | None
    holder: str | None
    due: Due | None


@dataclass(frozen=True, kw_only=True)
class CasePage:
    items: tuple[CaseRow, ...]
    total: int
    most: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Link:
    """Another case. `kind` as seen from this one: repeat_of, repeated_by, related, follow_up_of, followed_by."""

    kind: str
    case_id: int
    number: str
    title: str
    open: bool


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was handed in at one step, labelled by its form."""

    step: str
    actor: str | None
    at: datetime
    facts: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class CaseDetail:
    case_id: int
    number: str
    type: str
    title: str
    summary: str
    category: str
    place: str
    status: str
    outcome: str
    open: bool
    urgent: bool
    people_involved: int | None
    opened_at: datetime
    opened_by: str | None
    closed_at: datetime | None
    process: str
    process_key: str
    version: int
    instance_id: int
    definition_id: int
    parties: tuple[privacy.PartyRow, ...]
    facts: tuple[Any, ...]
    records: tuple[Record, ...]
    clocks: tuple[ClockRow, ...]
    history: tuple[history.HistoryLine, ...]
    links: tuple[Link, ...]
    holders: tuple[Holder, ...]
    next_date: date | None
    next_why: Message | None
    places: tuple[Place, ...]
    diagrams: tuple[Diagram, ...]
    incidents: tuple[str, ...]


def search(
    context: QueryContext, actor: Actor, q: str = "", *, state: str = "", page: int = 1, size: int = 50
) -> CasePage:
    """The cases this person may read, newest first. `q` is looked for in number, title, summary, names and phones.

    The page's total is at most `most` + 1, which stands for more than that.
    """
    text = q.strip()
    where = [readable(actor)]
    if state in ("open", "closed"):
        where.append(Case.closed_at.is_(None) if state == "open" else Case.closed_at.is_not(None))
    if text:
        ids, may_be_more = finding.found(context, text, where)
        total, most = len(ids) + may_be_more, len(ids)
        where = [context.among(Case.id, ids)]
    else:
        total, most = finding.counted(context, select(Case.id).where(*where)), MOST_COUNTED
    pages = max(1, -(-min(total, most) // size))
    page = min(max(1, page), pages)
    found = context.session.scalars(
        select(Case).where(*where).order_by(Case.opened_at.desc(), Case.id.desc()).offset((page - 1) * size).limit(size)
    ).all()
    return CasePage(items=_rows(context, actor, list(found)), total=total, most=most, page=page, pages=pages)


def detail(context: QueryContext, actor: Actor, case_id: int, *, reveal: bool = False) -> CaseDetail:
    """All of one case. Raises NotFound also where the person may not know of it. `reveal`: see privacy.parties."""
    case = privacy.case(context, actor, case_id)
    instance = context.session.scalars(
        select(ProcessInstance).where(ProcessInstance.case_id == case.id).order_by(ProcessInstance.id).limit(1)
    ).one()
    definition = context.session.get_one(ProcessDefinition, instance.definition_id)
    clocks = [
        clock_row(context, clock)
        for clock in context.session.scalars(select(Clock).where(Clock.case_id == case.id).order_by(Clock.id))
    ]
    holders = places.holders_of(context, actor, case)
    next_date, next_why = _next(context, instance, clocks, holders)
    stations = places.places_of(context, instance, holders)
    return CaseDetail(
        case_id=case.id,
        number=case.number,
        type=case.type,
        title=case.title or case.number,
        summary=case.summary,
        category=case.category,
        place=case.place,
        status=status_of(context, case),
        outcome=case.outcome,
        open=case.closed_at is None,
        urgent=case.urgent,
        people_involved=case.people_involved,
        opened_at=case.opened_at,
        opened_by=context.person(case.opened_by),
        closed_at=case.closed_at,
        process=definition.name,
        process_key=definition.key,
        version=definition.version,
        instance_id=instance.id,
        definition_id=definition.id,
        parties=privacy.parties(context, actor, case.id, reveal=reveal),
        facts=privacy.case_facts(context, actor, case, instance),
        records=_records(context, actor, instance),
        clocks=tuple(clocks),
        history=history.of_instance(context, instance),
        links=_links(context, actor, case),
        holders=holders,
        next_date=next_date,
        next_why=next_why,
        places=stations,
        diagrams=places.diagrams_of(context, definition, stations),
        incidents=tuple(
            context.session.scalars(
                select(Incident.message).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
            )
        ),
    )


def _rows(context: QueryContext, actor: Actor, found: list[Case]) -> tuple[CaseRow, ...]:
    ids = [case.id for case in found]
    parties = privacy.first_parties(context, actor, ids)
    open_tasks: dict[int, HumanTask] = {}
    for waiting in context.session.scalars(
        select(HumanTask)
        .where(context.among(HumanTask.case_id, ids), HumanTask.status == "open")
        .order_by(HumanTask.due_at.is_(None), HumanTask.due_at, HumanTask.id)
    ):
        open_tasks.setdefault(waiting.case_id or 0, waiting)
    dues = task_due(context, list(open_tasks.values()))
    holders = places.units_of(context, [task.id for task in open_tasks.values()])
    rows = []
    for case in found:
        task: HumanTask | None = open_tasks.get(case.id)
        rows.append(
            CaseRow(
                case_id=case.id,
                number=case.number,
                title=case.title or case.number,
                status=status_of(context, case),
                open=case.closed_at is None,
                urgent=case.urgent,
                party=parties.get(case.id, ("", 0))[0],
                party_count=parties.get(case.id, ("", 0))[1],
                people_involved=case.people_involved,
                opened_at=case.opened_at,
                closed_at=case.closed_at,
                step=task.name if task else None,
                holder=(context.person(task.assignee) or holders.get(task.id)) if task else None,
                due=dues.get(task.id) if task else None,
            )
        )
    return tuple(rows)


def status_of(context: QueryContext, case: Case) -> str:
    _, case_type = context.definitions.case_type(context.session, case.type)
    return case_type.statuses.get(case.status, case.status) or ("Closed" if case.closed_at else "Open")


def _next(
    context: QueryContext, instance: ProcessInstance, clocks: list[ClockRow], holders: tuple[Holder, ...]
) -> tuple[date | None, Message | None]:
    """The nearest date of the case and what it is."""
    dates = [
        (clock.safe_due, Message("{clock} ends, lawfully on {legal_due}", clock=clock.label, legal_due=clock.legal_due))
        for clock in clocks
        if clock.state == "running"
    ]
    dates += [(holder.due.due_on, Message("{step} is due", step=holder.step)) for holder in holders if holder.due]
    timer = context.session.scalar(select(func.min(Timer.due_at)).where(Timer.instance_id == instance.id))
    if timer is not None:
        dates.append((timer.astimezone(context.zone).date(), Message("A reminder is set")))
    return min(dates, key=lambda entry: entry[0], default=(None, None))


def _records(context: QueryContext, actor: Actor, instance: ProcessInstance) -> tuple[Record, ...]:
    """What was handed in at each step, newest first."""
    from engine import forms

    form_of = {
        task.element_id: task.form_id
        for task in context.session.scalars(select(HumanTask).where(HumanTask.instance_id == instance.id))
    }
    records = []
    for event in history.events_of(context, instance):
        form_id = form_of.get(event.element_id or "") if event.type == "task completed" else None
        if form_id is None:
            continue
        form = context.definitions.form(context.session, form_id)
        facts = forms.facts(form, event.data or {}, context={}, env=context.environment)
        records.append(
            Record(
                step=event.name or "",
                actor=context.person(event.actor),
                at=event.at,
                facts=tuple(privacy.shown_fact(actor, fact) for fact in facts),
            )
        )
    return tuple(reversed(records))


def _links(context: QueryContext, actor: Actor, case: Case) -> tuple[Link, ...]:
    seen_from_there = {"repeat_of": "repeated_by", "follow_up_of": "followed_by", "related": "related"}
    found = []
    for link in context.session.scalars(
        select(CaseLink)
        .where(or_(CaseLink.case_id == case.id, CaseLink.other_case_id == case.id))
        .order_by(CaseLink.id)
    ):
        here = link.case_id == case.id
        other = context.session.scalars(
            select(Case).where(Case.id == (link.other_case_id if here else link.case_id), readable(actor))
        ).first()
        if other is not None:
            found.append(
                Link(
                    kind=link.kind if here else seen_from_there[link.kind],
                    case_id=other.id,
                    number=other.number,
                    title=other.title,
                    open=other.closed_at is None,
                )
            )
    return tuple(found)
