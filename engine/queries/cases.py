"""Matters: search, the page of one, and those a new one may repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, or_, select

from engine.access import Actor
from engine.errors import Message
from engine.model.casework import Case, CaseLink, Clock, Party
from engine.model.repository import ProcessDefinition
from engine.model.runtime import HumanTask, Incident, ProcessInstance, TaskCandidate, Timer
from engine.queries import history, privacy, tasks
from engine.queries.context import QueryContext
from engine.queries.due import ClockRow, Due, clock_row

LOOKED_AT = 200  # the newest cases whose words are compared with a new one's


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
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who has the case now: an open task."""

    task_id: int
    step: str
    unit: str | None
    assignee: str | None
    since: datetime
    due: Due | None
    mine: bool


@dataclass(frozen=True, kw_only=True)
class Link:
    """Another case. `kind` as seen from this one: repeat_of, repeated_by, related, follow_up_of, followed_by."""

    kind: str
    case_id: int
    number: str
    title: str
    open: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """An element of the diagram the case is or was at. State: active, waiting, failed, completed."""

    element_id: str
    element_name: str
    element_type: str
    state: str
    count: int
    entered_at: datetime | None
    holder: str | None
    process_id: str


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A process the case went through; `definition_id` names the version that holds its drawing."""

    definition_id: int
    process_id: str
    process: str


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


@dataclass(frozen=True, kw_only=True)
class SimilarCase:
    """A case the new one may repeat, and why it is thought so."""

    case_id: int
    number: str
    title: str
    party: str
    opened_at: datetime
    status: str
    open: bool
    reason: Message
    score: float


def search(
    context: QueryContext, actor: Actor, q: str = "", *, state: str = "", page: int = 1, size: int = 50
) -> CasePage:
    """The cases this person may read, newest first. `q` is looked for in number, title, summary, names and phones."""
    where = [privacy.readable(actor)]
    text = q.strip()
    if text:
        party = exists().where(
            Party.case_id == Case.id,
            or_(Party.name.contains(text, autoescape=True), Party.phone_digits == "".join(filter(str.isdigit, text)))
            if any(map(str.isdigit, text))
            else Party.name.contains(text, autoescape=True),
        )
        where.append(
            or_(
                Case.number.contains(text, autoescape=True),
                Case.title.contains(text, autoescape=True),
                Case.summary.contains(text, autoescape=True),
                party,
            )
        )
    if state in ("open", "closed"):
        where.append(Case.closed_at.is_(None) if state == "open" else Case.closed_at.is_not(None))
    total = context.session.scalar(select(func.count()).select_from(Case).where(*where)) or 0
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    found = context.session.scalars(
        select(Case).where(*where).order_by(Case.opened_at.desc(), Case.id.desc()).offset((page - 1) * size).limit(size)
    ).all()
    return CasePage(items=_rows(context, actor, list(found)), total=total, page=page, pages=pages)


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
    holders = _holders(context, actor, case)
    next_date, next_why = _next(context, instance, clocks, holders)
    places = _places(context, instance, holders)
    return CaseDetail(
        case_id=case.id,
        number=case.number,
        type=case.type,
        title=case.title or case.number,
        summary=case.summary,
        category=case.category,
        place=case.place,
        status=_status(context, case),
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
        places=places,
        diagrams=_diagrams(context, definition, places),
        incidents=tuple(
            context.session.scalars(
                select(Incident.message).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
            )
        ),
    )


def similar(context: QueryContext, actor: Actor, case_type: str, data: Mapping[str, Any]) -> tuple[SimilarCase, ...]:
    """At most five earlier cases of the same person or the same words. `data` is what was typed so far."""
    _ = context.stamp
    _, declared = context.definitions.case_type(context.session, case_type)
    fields = declared.similar
    name, phone = (str(data.get(fields.get(key, key)) or "").strip() for key in ("name", "phone"))
    words = " ".join(str(data.get(key) or "") for key in fields.get("text", ())).strip()
    digits = "".join(filter(str.isdigit, phone))
    scored: dict[int, tuple[float, Message]] = {}
    for party in context.session.scalars(
        select(Party).where(or_(Party.phone_digits == (digits or "-"), Party.name == (name or "-")))
    ):
        same_phone, same_name = digits and party.phone_digits == digits, name and party.name == name
        score = 0.6 * bool(same_phone) + 0.35 * bool(same_name)
        reason = (
            Message("Same person and phone")
            if same_phone and same_name
            else Message("Same phone number")
            if same_phone
            else Message("Same name")
        )
        if score > scored.get(party.case_id, (0.0, reason))[0]:
            scored[party.case_id] = (score, reason)
    recent = context.session.scalars(select(Case).order_by(Case.id.desc()).limit(LOOKED_AT)).all()
    known = {case.id: case for case in recent}
    for case in recent:
        alike = _alike(words, f"{case.title} {case.summary}")
        if alike > 0.45:
            score, reason = scored.get(case.id, (0.0, Message("Similar words")))
            scored[case.id] = (score + alike * 0.5, reason)
    best = sorted(scored.items(), key=lambda entry: (-entry[1][0], -entry[0]))[:5]
    missing = [case_id for case_id, _ in best if case_id not in known]
    known |= {case.id: case for case in context.session.scalars(select(Case).where(Case.id.in_(missing)))}
    first = privacy.first_parties(context, actor, [case_id for case_id, _ in best])
    return tuple(
        SimilarCase(
            case_id=case_id,
            number=known[case_id].number,
            title=known[case_id].title,
            party=first.get(case_id, ("", 0))[0],
            opened_at=known[case_id].opened_at,
            status=_status(context, known[case_id]),
            open=known[case_id].closed_at is None,
            reason=reason,
            score=min(1.0, score),
        )
        for case_id, (score, reason) in best
    )


def _rows(context: QueryContext, actor: Actor, found: list[Case]) -> tuple[CaseRow, ...]:
    ids = [case.id for case in found]
    parties = privacy.first_parties(context, actor, ids)
    open_tasks: dict[int, HumanTask] = {}
    for waiting in context.session.scalars(
        select(HumanTask)
        .where(HumanTask.case_id.in_(ids), HumanTask.status == "open")
        .order_by(HumanTask.due_at.is_(None), HumanTask.due_at, HumanTask.id)
    ):
        open_tasks.setdefault(waiting.case_id or 0, waiting)
    dues = tasks.task_due(context, open_tasks.values())
    holders = _units(context, [task.id for task in open_tasks.values()])
    rows = []
    for case in found:
        task: HumanTask | None = open_tasks.get(case.id)
        rows.append(
            CaseRow(
                case_id=case.id,
                number=case.number,
                title=case.title or case.number,
                status=_status(context, case),
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


def _status(context: QueryContext, case: Case) -> str:
    _, case_type = context.definitions.case_type(context.session, case.type)
    return case_type.statuses.get(case.status, case.status) or ("Closed" if case.closed_at else "Open")


def _units(context: QueryContext, task_ids: list[int]) -> dict[int, str]:
    rows = context.session.execute(
        select(TaskCandidate.task_id, TaskCandidate.name)
        .where(TaskCandidate.task_id.in_(task_ids), TaskCandidate.kind == "group")
        .order_by(TaskCandidate.name.desc())
    )
    return {task_id: context.group_names.get(name, name) for task_id, name in rows}


def _holders(context: QueryContext, actor: Actor, case: Case) -> tuple[Holder, ...]:
    open_tasks = context.session.scalars(
        select(HumanTask).where(HumanTask.case_id == case.id, HumanTask.status == "open").order_by(HumanTask.id)
    ).all()
    dues = tasks.task_due(context, open_tasks)
    units = _units(context, [task.id for task in open_tasks])
    return tuple(
        Holder(
            task_id=task.id,
            step=task.name,
            unit=units.get(task.id),
            assignee=context.person(task.assignee),
            since=task.created_at,
            due=dues.get(task.id),
            mine=task.assignee == actor.username,
        )
        for task in open_tasks
    )


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


def _places(context: QueryContext, instance: ProcessInstance, holders: tuple[Holder, ...]) -> tuple[Place, ...]:
    model = context.definitions.model(context.session, instance.definition_id)
    failed = set(
        context.session.scalars(
            select(Incident.element_id).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
        )
    )
    now: dict[str, int] = {}
    if instance.status == "running":
        execution = tasks.load(context, instance)
        for token in execution.tokens():
            now[token.element_id] = now.get(token.element_id, 0) + 1
        for element_id in execution.around_tokens():
            now.setdefault(element_id, 1)  # the body around several iterations is no token of its own
    by_step: dict[str, Holder] = {}
    for holder in holders:
        by_step.setdefault(holder.step, holder)
    places: dict[tuple[str, str], Place] = {}
    for event in history.events_of(context, instance.id):
        element = model.elements.get(event.element_id or "")
        if element is None or event.type not in ("element completed", "task completed"):
            continue
        past = places.get((element.id, "completed"))
        places[(element.id, "completed")] = Place(
            element_id=element.id,
            element_name=element.name or "",
            element_type=element.type,
            state="completed",
            count=(past.count if past else 0) + 1,
            entered_at=event.at,
            holder=context.person(event.actor) if event.type == "task completed" else None,
            process_id=element.process_id,
        )
    for element_id, count in now.items():
        element = model.elements.get(element_id)
        if element is None:
            continue
        human = element.type in ("userTask", "manualTask")
        held = by_step.get(element.name or "")
        places[(element_id, "now")] = Place(
            element_id=element_id,
            element_name=element.name or "",
            element_type=element.type,
            state="failed" if element_id in failed else "active" if human else "waiting",
            count=count,
            entered_at=held.since if held else None,
            holder=(held.assignee or held.unit) if held else None,
            process_id=element.process_id,
        )
    return tuple(sorted(places.values(), key=lambda place: place.state == "completed"))


def _diagrams(context: QueryContext, root: ProcessDefinition, places: tuple[Place, ...]) -> tuple[Diagram, ...]:
    """The processes the case has entered, where it is now first, each in the version of the root's deployment."""
    model = context.definitions.model(context.session, root.id)
    entered = dict.fromkeys([root.key, *(place.process_id for place in places)])
    found = []
    for process_id in entered:
        definition = context.session.scalars(
            select(ProcessDefinition)
            .where(ProcessDefinition.key == process_id, ProcessDefinition.deployment_id <= root.deployment_id)
            .order_by(ProcessDefinition.version.desc())
            .limit(1)
        ).first()
        if definition is not None:
            element = model.elements.get(process_id)
            name = (element and element.name) or definition.name
            found.append(Diagram(definition_id=definition.id, process_id=process_id, process=name))
    here = {place.process_id for place in places if place.state in ("active", "failed")}
    return tuple(sorted(found, key=lambda diagram: diagram.process_id not in here))


def _records(context: QueryContext, actor: Actor, instance: ProcessInstance) -> tuple[Record, ...]:
    """What was handed in at each step, newest first."""
    from engine import forms

    form_of = {
        task.element_id: task.form_id
        for task in context.session.scalars(select(HumanTask).where(HumanTask.instance_id == instance.id))
    }
    records = []
    for event in history.events_of(context, instance.id):
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
            select(Case).where(Case.id == (link.other_case_id if here else link.case_id), privacy.readable(actor))
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


def _alike(one: str, other: str) -> float:
    """How much of the shorter text's pairs of letters the other has, 0 to 1; works for Chinese without words."""
    first, second = _pairs(one), _pairs(other)
    if len(first) < 4 or len(second) < 4:
        return 0.0
    return len(first & second) / min(len(first), len(second))


def _pairs(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, text.lower()))
    return {letters[index : index + 2] for index in range(len(letters) - 1)}
