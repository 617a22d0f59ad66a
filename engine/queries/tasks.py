"""Work of people: the inbox and one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from engine import access, forms
from engine.access import Actor
from engine.errors import Message, NotFound, Rejection
from engine.model.casework import Case, Party
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Draft, HumanTask, ProcessInstance, TaskCandidate
from engine.queries import finding, history, offered, privacy, running
from engine.queries.context import QueryContext
from engine.queries.due import ClockRow, Due, clock_row, clocks_of, due_with, task_due
from engine.queries.finding import MOST_COUNTED

VIEWS = ("mine", "group", "due_soon", "overdue", "done")
SORTS: dict[str, tuple[Any, ...]] = {
    "due": (HumanTask.due_at.is_(None), HumanTask.due_at, HumanTask.priority.desc(), HumanTask.id),
    "priority": (HumanTask.priority.desc(), HumanTask.due_at.is_(None), HumanTask.due_at, HumanTask.id),
    "created": (HumanTask.created_at.desc(), HumanTask.id.desc()),
}
SOON = 3  # working days
WAYS = ("group", "due_soon", "overdue")  # views of what the groups are offered


@dataclass(frozen=True, kw_only=True)
class InboxItem:
    """A line of the inbox. `step`, `unit` and `process` are texts of the pack; `party` is masked where it must be."""

    task_id: int
    title: str
    number: str | None
    case_id: int | None
    step: str
    party: str
    party_count: int
    unit: str | None
    assignee: str | None
    assigned_to_me: bool
    priority: int
    due: Due | None
    created_at: datetime
    completed_at: datetime | None
    draft: bool
    process: str


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """One page of a view, and how many items each view has by the same rule as its list.

    total and counts: at most MOST_COUNTED + 1, which stands for more than that.
    """

    view: str
    items: tuple[InboxItem, ...]
    total: int
    page: int
    pages: int
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class DraftRow:
    """What the person typed before, and when."""

    data: Mapping[str, Any]
    saved_at: datetime


@dataclass(frozen=True, kw_only=True)
class TaskDetail:
    """A task with all its page shows. `refusal` says why the person can neither claim nor complete it."""

    task_id: int
    state: str
    step: str
    documentation: str
    number: str | None
    case_id: int | None
    title: str
    process: str
    process_id: str
    element_id: str
    instance_id: int
    unit: str | None
    candidate_groups: tuple[str, ...]
    assignee: str | None
    assignee_username: str | None
    assigned_to_me: bool
    can_claim: bool
    can_release: bool
    can_complete: bool
    refusal: Message | None
    priority: int
    due: Due | None
    follow_up_at: datetime | None
    created_at: datetime
    completed_at: datetime | None
    completed_by: str | None
    legal_basis: str | None
    outcomes: str | None
    form: forms.Form | None
    variables: Mapping[str, Any]
    draft: DraftRow | None
    facts: tuple[Any, ...]
    history: tuple[history.HistoryLine, ...]
    clocks: tuple[ClockRow, ...]


def inbox(
    context: QueryContext,
    actor: Actor,
    view: str = "mine",
    *,
    sort: str = "due",
    search: str = "",
    page: int = 1,
    size: int = 50,
) -> Inbox:
    """The tasks of a view. Unknown views and sorts fall back to "mine" and "due"."""
    view = view if view in VIEWS else "mine"
    few = _is_postgresql(context) and offered.is_few(context, actor)
    counts = _counts(context, actor, few)
    where = [_view(context, actor, view), *_matching(search)]
    total = counts[view] if not search else finding.counted(context, _tasks(where))
    pages = max(1, -(-min(total, MOST_COUNTED) // size))
    page = min(max(1, page), pages)
    order: tuple[Any, ...] = (
        (HumanTask.closed_at.desc(), HumanTask.id.desc()) if view == "done" else SORTS.get(sort, SORTS["due"])
    )
    if (ways := _ways(context, actor, view, few)) and not search:
        where = [offered.page_of(ways, order, offset=(page - 1) * size, size=size)]
    statement = (
        select(HumanTask, Case)
        .outerjoin(Case, Case.id == HumanTask.case_id)
        .where(*where)
        .order_by(*order)
        .offset((page - 1) * size)
        .limit(size)
    )
    found = [(task, case) for task, case in context.session.execute(statement)]
    return Inbox(view=view, items=_items(context, actor, found), total=total, page=page, pages=pages, counts=counts)


def detail(context: QueryContext, actor: Actor, task_id: int) -> TaskDetail:
    """One task. Raises NotFound also where the person may not know of it."""
    task = context.session.get(HumanTask, task_id)
    candidates = _candidates(context, [task_id]).get(task_id, set())
    if task is None or not _may_see(context, actor, task, candidates):
        raise NotFound("Expected to find task {task}, but there is none for you", task=task_id)
    instance = context.session.get_one(ProcessInstance, task.instance_id)
    definition = context.session.get_one(ProcessDefinition, instance.definition_id)
    case = context.session.get(Case, task.case_id) if task.case_id else None
    variables = running.visible_variables(context, instance, task)
    element = context.definitions.element(context.session, instance, task.element_id, task.process_id)
    process = context.definitions.element(context.session, instance, task.process_id)
    clocks = [clock for clock in clocks_of(context, [task.case_id]) if task.case_id]
    groups = tuple(context.group_names.get(name, name) for kind, name in sorted(candidates) if kind == "group")
    refusal = _refusal(task, actor, candidates)
    mine = task.assignee == actor.username and task.status == "open"
    draft = context.session.get(Draft, (task.id, actor.username))
    properties = task.properties or {}
    variables.pop(task.outcome_field or "", None)  # is decided anew, also where somebody decided it before
    return TaskDetail(
        task_id=task.id,
        state=task.status,
        step=task.name,
        documentation=(element and element.documentation) or "",
        number=case.number if case else instance.business_key,
        case_id=task.case_id,
        title=(case.title if case else "") or definition.name,
        process=(process and process.name) or definition.name,
        process_id=task.process_id,
        element_id=task.element_id,
        instance_id=task.instance_id,
        unit=groups[0] if groups else None,
        candidate_groups=groups,
        assignee=context.person(task.assignee),
        assignee_username=task.assignee,
        assigned_to_me=mine,
        can_claim=task.status == "open" and task.assignee is None and refusal is None,
        can_release=mine and bool(candidates),
        can_complete=mine and actor.username not in (task.excluded_users or ()),
        refusal=refusal,
        priority=task.priority,
        due=due_with(context, task, clocks),
        follow_up_at=task.follow_up_at,
        created_at=task.created_at,
        completed_at=task.closed_at,
        completed_by=context.person(task.completed_by),
        legal_basis=properties.get("legalBasis"),
        outcomes=properties.get("outcomes"),
        form=context.definitions.form(context.session, task.form_id) if task.form_id else None,
        variables=variables,
        draft=DraftRow(data=dict(draft.data), saved_at=draft.saved_at) if draft else None,
        facts=privacy.case_facts(context, actor, case, instance) if case else (),
        history=history.of_instance(context, instance, limit=20),
        clocks=tuple(clock_row(context, clock) for clock in clocks),
    )


def _view(context: QueryContext, actor: Actor, view: str) -> ColumnElement[bool]:
    is_open = HumanTask.status == "open"
    mine = and_(is_open, HumanTask.assignee == actor.username)
    candidate = exists().where(
        TaskCandidate.task_id == HumanTask.id,
        or_(
            and_(TaskCandidate.kind == "group", TaskCandidate.name.in_(actor.groups)),
            and_(TaskCandidate.kind == "user", TaskCandidate.name == actor.username),
        ),
    )
    group = and_(is_open, HumanTask.assignee.is_(None), candidate)
    soon = _end_of_day(context, context.calendar.add_working_days(context.today, SOON))
    views = {
        "mine": mine,
        "group": group,
        "due_soon": and_(or_(mine, group), HumanTask.due_at >= context.now, HumanTask.due_at <= soon),
        "overdue": and_(or_(mine, group), HumanTask.due_at < context.now),
        "done": and_(HumanTask.status == "completed", HumanTask.completed_by == actor.username),
    }
    return views[view]


def _end_of_day(context: QueryContext, day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=context.zone) + timedelta(days=1)


def _counts(context: QueryContext, actor: Actor, few: bool) -> dict[str, int]:
    """Each view's, in one statement; none is counted to its end."""
    columns = []
    for view in VIEWS:
        ways = _ways(context, actor, view, few) or [select(HumanTask.id).where(_view(context, actor, view))]
        some = [select(way.limit(MOST_COUNTED + 1).subquery().c.id) for way in ways]
        all_of_it = union_all(*some).limit(MOST_COUNTED + 1).subquery()
        columns.append(select(func.count()).select_from(all_of_it).scalar_subquery().label(view))
    return dict(context.session.execute(select(*columns)).one()._mapping)


def _is_postgresql(context: QueryContext) -> bool:
    return context.session.get_bind().dialect.name == "postgresql"


def _ways(context: QueryContext, actor: Actor, view: str, few: bool) -> list[Select[Any]]:
    """A view in parts that exclude each other, each of which PostgreSQL can read in order; none elsewhere."""
    if view not in WAYS or not _is_postgresql(context):
        return []
    soon = _end_of_day(context, context.calendar.add_working_days(context.today, SOON))
    when = {
        "group": (),
        "due_soon": (HumanTask.due_at >= context.now, HumanTask.due_at <= soon),
        "overdue": (HumanTask.due_at < context.now,),
    }[view]
    ways = [offered.offered(actor, few, *when)]
    return ways if view == "group" else [offered.taken(actor, *when), *ways]


def _tasks(where: list[ColumnElement[bool]]) -> Select[Any]:
    return select(HumanTask.id).outerjoin(Case, Case.id == HumanTask.case_id).where(*where)


def _matching(search: str) -> list[ColumnElement[bool]]:
    text = search.strip()
    if not text:
        return []
    party = exists().where(Party.case_id == HumanTask.case_id, Party.name.icontains(text, autoescape=True))
    return [
        or_(
            Case.number.icontains(text, autoescape=True),
            Case.title.icontains(text, autoescape=True),
            HumanTask.name.icontains(text, autoescape=True),
            party,
        )
    ]


def _items(context: QueryContext, actor: Actor, found: list[tuple[HumanTask, Case]]) -> tuple[InboxItem, ...]:
    tasks = [task for task, _ in found]
    ids = [task.id for task in tasks]
    candidates = _candidates(context, ids)
    parties = privacy.first_parties(context, actor, [task.case_id for task in tasks if task.case_id])
    dues = task_due(context, [task for task in tasks if task.status == "open"])
    drafts = set(
        context.session.scalars(select(Draft.task_id).where(Draft.username == actor.username, Draft.task_id.in_(ids)))
    )
    return tuple(
        InboxItem(
            task_id=task.id,
            title=(case.title or case.number) if case else task.name,
            number=case.number if case else None,
            case_id=task.case_id,
            step=task.name,
            party=parties.get(task.case_id or 0, ("", 0))[0],
            party_count=parties.get(task.case_id or 0, ("", 0))[1],
            unit=_unit(context, candidates.get(task.id, set())),
            assignee=context.person(task.assignee),
            assigned_to_me=task.assignee == actor.username,
            priority=task.priority,
            due=dues.get(task.id),
            created_at=task.created_at,
            completed_at=task.closed_at,
            draft=task.id in drafts,
            process=task.process_id,
        )
        for task, case in found
    )


def _candidates(context: QueryContext, ids: list[int]) -> dict[int, set[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {}
    rows = context.session.execute(
        select(TaskCandidate.task_id, TaskCandidate.kind, TaskCandidate.name).where(TaskCandidate.task_id.in_(ids))
    )
    for task_id, kind, name in rows:
        found.setdefault(task_id, set()).add((kind, name))
    return found


def _unit(context: QueryContext, candidates: set[tuple[str, str]]) -> str | None:
    return next((context.group_names.get(name, name) for kind, name in sorted(candidates) if kind == "group"), None)


def _may_see(context: QueryContext, actor: Actor, task: HumanTask, candidates: set[tuple[str, str]]) -> bool:
    if actor.username in (task.assignee, task.completed_by) or access.is_candidate(candidates, actor):
        return True
    if task.case_id is None:
        return actor.may("operate") or actor.may("case:read_all")
    return privacy.may_read(context, actor, task.case_id)


def _refusal(task: HumanTask, actor: Actor, candidates: set[tuple[str, str]]) -> Message | None:
    try:
        task.ensure_open("work on")
        task.ensure_not_excluded("work on", actor.username)
        if task.assignee not in (None, actor.username):
            task.ensure_assignee("work on", actor.username)
        if task.assignee is None:
            access.ensure_candidate(task.id, candidates, actor, "work on")
    except Rejection as refusal:
        return refusal.message
    return None
