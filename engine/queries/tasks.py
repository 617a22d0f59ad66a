"""Work of people: the inbox and one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, text

from engine import access, forms
from engine.access import Actor
from engine.errors import Message, NotFound, Rejection
from engine.model.casework import Case
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Draft, HumanTask, ProcessInstance, TaskCandidate
from engine.queries import finding, history, offered, privacy, running
from engine.queries.context import QueryContext
from engine.queries.due import ClockRow, Due, clock_row, clocks_of, due_with, task_due
from engine.queries.finding import MOST_COUNTED, MOST_FOUND

VIEWS = ("mine", "group", "due_soon", "overdue", "done")
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

    total: at most `most` + 1, which stands for more than that; counts: at most MOST_COUNTED + 1 likewise.
    """

    view: str
    items: tuple[InboxItem, ...]
    total: int
    most: int
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
    sort = sort if sort in offered.SORTS else "due"
    counts = dict(context.session.execute(_sizes(actor, MOST_COUNTED), _moments(context)).one()._mapping)
    words = search.strip()
    total, most = counts[view], MOST_COUNTED
    if words:
        found, most = _found(context, actor, view, sort, words), MOST_FOUND
        total = min(len(found), most + 1)
    pages = max(1, -(-min(total, most) // size))
    page = min(max(1, page), pages)
    statement = _lines(found, view, sort) if words else _page(actor, view, sort)
    part = {"size": size, "skip": (page - 1) * size, "up_to": page * size}
    lines = [(task, case) for task, case in context.session.execute(statement, {**_moments(context), **part})]
    return Inbox(
        view=view,
        items=_items(context, actor, lines),
        total=total,
        most=most,
        page=page,
        pages=pages,
        counts=counts,
    )


def desk(
    context: QueryContext, actor: Actor, view: str, *, task_id: int | None = None, **how: Any
) -> tuple[Inbox, TaskDetail | None]:
    """A page of a view and the task beside it: that one, else the first. Raises NotFound. `how`: see inbox."""
    page = inbox(context, actor, view, **how)
    if task_id is None and page.items:
        task_id = page.items[0].task_id
    return page, detail(context, actor, task_id) if task_id is not None else None


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


def _ways(actor: Actor, view: str, sort: str) -> list[offered.Way]:
    """The parts a view is made from, each of which an index has in order; they want to be told _moments."""
    now: Any = bindparam("now")
    soon: Any = bindparam("soon")
    if view == "mine":
        return offered.taken(actor, sort)
    if view == "group":
        return offered.offered(actor, sort)
    if view == "done":
        return offered.done(actor)

    def due(column: Any) -> tuple[ColumnElement[bool], ...]:
        return (column < now,) if view == "overdue" else (column >= now, column <= soon)

    return [*offered.taken(actor, sort, due=due), *offered.offered(actor, sort, due=due)]


def _moments(context: QueryContext) -> dict[str, datetime]:
    day = context.calendar.add_working_days(context.today, SOON) + timedelta(days=1)
    return {"now": context.now, "soon": datetime(day.year, day.month, day.day, tzinfo=context.zone)}


# Kept per person: to make a statement of so many parts takes longer than to carry it out.
@lru_cache(maxsize=4096)
def _page(actor: Actor, view: str, sort: str) -> Select[HumanTask, Case]:
    return _lines(offered.firsts(_ways(actor, view, sort), bindparam("up_to")), view, sort)


@lru_cache(maxsize=1024)
def _sizes(actor: Actor, most: int) -> Select[Any]:
    """How many items each view has; none is counted to its end."""
    ways = {view: _ways(actor, view, "due") for view in VIEWS}
    return select(*(offered.counted(ways[view], most).scalar_subquery().label(view) for view in VIEWS))


def _lines(ids: Any, view: str, sort: str) -> Select[HumanTask, Case]:
    order = (HumanTask.closed_at.desc(), HumanTask.id.desc()) if view == "done" else offered.TAKEN_SORTS[sort]
    return (
        select(HumanTask, Case)
        .outerjoin(Case, Case.id == HumanTask.case_id)
        .where(HumanTask.id.in_(ids))
        .order_by(*order)
        .offset(bindparam("skip"))
        .limit(bindparam("size"))
    )


def _found(context: QueryContext, actor: Actor, view: str, sort: str, words: str) -> list[int]:
    """The tasks of a view that tell of the words: the first MOST_FOUND + 1 and perhaps some more."""
    ways, moments = _ways(actor, view, sort), _moments(context)
    if view in WAYS and not _names_a_step(context, words) and not finding.is_frequent(context, words):
        rare = finding.rare(context, words)
        if rare is not None:
            return list(context.session.scalars(offered.among(ways, rare), moments))
    matching = or_(finding.telling(words), finding.holding(HumanTask.name, words))
    return list(dict.fromkeys(context.session.scalars(offered.firsts(ways, MOST_FOUND + 1, matching), moments)))


def _names_a_step(context: QueryContext, words: str) -> bool:
    """Whether open tasks are called so, by going from one name to the next in their index."""
    is_open = HumanTask.status == text("'open'")
    names = select(func.min(HumanTask.name).label("name")).where(is_open).cte("names", recursive=True)
    following = select(func.min(HumanTask.name)).where(is_open, HumanTask.name > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    matching = select(names.c.name).where(finding.holding(names.c.name, words)).limit(1)
    return context.session.scalar(matching) is not None


def _items(context: QueryContext, actor: Actor, found: list[tuple[HumanTask, Case]]) -> tuple[InboxItem, ...]:
    tasks = [task for task, _ in found]
    ids = [task.id for task in tasks]
    candidates = _candidates(context, ids)
    parties = privacy.first_parties(context, actor, [task.case_id for task in tasks if task.case_id])
    dues = task_due(context, [task for task in tasks if task.status == "open"])
    drafts = set(
        context.session.scalars(
            select(Draft.task_id).where(Draft.username == actor.username, context.among(Draft.task_id, ids))
        )
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
        select(TaskCandidate.task_id, TaskCandidate.kind, TaskCandidate.name).where(
            context.among(TaskCandidate.task_id, ids)
        )
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
