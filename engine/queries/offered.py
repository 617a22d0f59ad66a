"""The tasks that a person's groups are offered, without looking at all of a large group's on PostgreSQL.

Its planner takes all steps to be independent and would rather join everything. `LATERAL … LIMIT 1` leaves it no way but
to look each row up, in the order of an index, until there are enough. SQLite does that by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, true, union_all

from engine.access import Actor
from engine.model.runtime import HumanTask, TaskCandidate
from engine.queries.context import QueryContext
from engine.queries.finding import MOST_COUNTED

FEW = 20 * MOST_COUNTED  # so many are sorted sooner than they are met with among a million in order


def candidate(actor: Actor) -> ColumnElement[bool]:
    """The rows that make this person a candidate."""
    return or_(
        and_(TaskCandidate.kind == "group", TaskCandidate.name.in_(actor.groups)),
        and_(TaskCandidate.kind == "user", TaskCandidate.name == actor.username),
    )


def is_few(context: QueryContext, actor: Actor) -> bool:
    some = select(TaskCandidate.task_id).where(candidate(actor)).limit(FEW + 1).subquery()
    return (context.session.scalar(select(func.count()).select_from(some)) or 0) <= FEW


def offered(actor: Actor, few: bool, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The ids of open tasks that nobody has taken and this person may. `few`: see is_few."""
    free = (HumanTask.status == text("'open'"), HumanTask.assignee.is_(None), *conditions)
    if few:
        tasks = select(TaskCandidate.task_id).where(candidate(actor)).distinct().offset(0).subquery("few")
        return select(HumanTask.id).join(tasks, tasks.c.task_id == HumanTask.id).where(*free)
    one = select(TaskCandidate.task_id).where(TaskCandidate.task_id == HumanTask.id, candidate(actor)).limit(1)
    return select(HumanTask.id).join(one.correlate(HumanTask).lateral("one"), true()).where(*free)


def taken(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The ids of the open tasks this person has taken."""
    return select(HumanTask.id).where(
        HumanTask.status == text("'open'"), HumanTask.assignee == actor.username, *conditions
    )


def page_of(ways: Sequence[Select[Any]], order: Sequence[Any], *, offset: int, size: int) -> ColumnElement[bool]:
    """Whether a task is among the first of any of the ways, which are enough to make the page from."""
    firsts = [way.order_by(*order).limit(offset + size).subquery() for way in ways]
    return HumanTask.id.in_(union_all(*(select(first.c.id) for first in firsts)))
