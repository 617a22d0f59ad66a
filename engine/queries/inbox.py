"""The inbox: what a person has, is offered and has done, in views whose pages indexes have in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, or_, select, text

from engine.access import Actor
from engine.model.casework import Case, Party
from engine.model.runtime import Draft, HumanTask, TaskCandidate
from engine.queries import finding, offered, privacy
from engine.queries.context import QueryContext
from engine.queries.due import Due, task_due
from engine.queries.finding import MOST_COUNTED, MOST_FOUND
from engine.queries.tasks import TaskDetail, detail

VIEWS = ("mine", "group", "due_soon", "overdue", "done")
SOON = 3  # working days
_OF_CASE = Party.case_id == HumanTask.case_id
# What a line is made from, in one statement; whole tasks and cases would take a third of a page's time.
SHOWN: tuple[Any, ...] = (
    HumanTask.id,
    HumanTask.case_id,
    HumanTask.name,
    HumanTask.assignee,
    HumanTask.status,
    HumanTask.priority,
    HumanTask.due_at,
    HumanTask.created_at,
    HumanTask.closed_at,
    HumanTask.process_id,
    Case.title,
    Case.number,
    select(Party.name).where(_OF_CASE).order_by(Party.id).limit(1).scalar_subquery().label("party"),
    select(func.count()).where(_OF_CASE).scalar_subquery().label("party_count"),
    select(func.min(TaskCandidate.name))
    .where(TaskCandidate.task_id == HumanTask.id, TaskCandidate.kind == "group")
    .scalar_subquery()
    .label("unit"),
    exists().where(Draft.task_id == HumanTask.id, Draft.username == bindparam("reader")).label("draft"),
)
WAYS = ("group", "due_soon", "overdue")  # views of what the groups are offered


@dataclass(frozen=True, kw_only=True)
class Item:
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
    items: tuple[Item, ...]
    total: int
    most: int
    page: int
    pages: int
    counts: Mapping[str, int]


def show(
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
    part = {"size": size, "skip": (page - 1) * size, "up_to": page * size, "reader": actor.username}
    lines = context.session.execute(statement, {**_moments(context), **part}).all()
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
    """A page of a view and the task beside it: that one, else the first. Raises NotFound. `how`: see show."""
    page = show(context, actor, view, **how)
    if task_id is None and page.items:
        task_id = page.items[0].task_id
    return page, detail(context, actor, task_id) if task_id is not None else None


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
def _page(actor: Actor, view: str, sort: str) -> Select[Any]:
    return _lines(offered.firsts(_ways(actor, view, sort), bindparam("up_to")), view, sort)


@lru_cache(maxsize=1024)
def _sizes(actor: Actor, most: int) -> Select[Any]:
    """How many items each view has; none is counted to its end."""
    ways = {view: _ways(actor, view, "due") for view in VIEWS}
    return select(*(offered.counted(ways[view], most).scalar_subquery().label(view) for view in VIEWS))


def _lines(ids: Any, view: str, sort: str) -> Select[Any]:
    order = (HumanTask.closed_at.desc(), HumanTask.id.desc()) if view == "done" else offered.TAKEN_SORTS[sort]
    return (
        select(*SHOWN)
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


def _items(context: QueryContext, actor: Actor, lines: Sequence[Row[Any]]) -> tuple[Item, ...]:
    dues = task_due(context, [line for line in lines if line.status == "open"])
    return tuple(
        Item(
            task_id=line.id,
            title=line.title or line.number or line.name,
            number=line.number,
            case_id=line.case_id,
            step=line.name,
            party=privacy.shown_name(actor, line.party or ""),
            party_count=line.party_count,
            unit=context.group_names.get(line.unit, line.unit),
            assignee=context.person(line.assignee),
            assigned_to_me=line.assignee == actor.username,
            priority=line.priority,
            due=dues.get(line.id),
            created_at=line.created_at,
            completed_at=line.closed_at,
            draft=line.draft,
            process=line.process_id,
        )
        for line in lines
    )
