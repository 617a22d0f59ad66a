"""The tasks that a person has or is offered, read in the order of an index, without looking at all of a large group's.

Every group's are a way of their own: the first of each are enough to make a page from, whatever the group's size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select, text, union, union_all

from engine.access import Actor
from engine.model.casework import Case
from engine.model.runtime import HumanTask, TaskCandidate

# As the indexes of task_candidate, and that of a person's own.
SORTS: dict[str, tuple[Any, ...]] = {
    "due": (TaskCandidate.due_by, TaskCandidate.priority.desc(), TaskCandidate.task_id),
    "priority": (TaskCandidate.priority.desc(), TaskCandidate.due_by, TaskCandidate.task_id),
    "created": (TaskCandidate.created_at.desc(), TaskCandidate.task_id.desc()),
}
TAKEN_SORTS: dict[str, tuple[Any, ...]] = {
    "due": (HumanTask.due_at.nulls_last(), HumanTask.priority.desc(), HumanTask.id),
    "priority": (HumanTask.priority.desc(), HumanTask.due_at.nulls_last(), HumanTask.id),
    "created": (HumanTask.created_at.desc(), HumanTask.id.desc()),
}

Conditions = Callable[[Any], tuple[ColumnElement[bool], ...]]
Way = tuple[Select[Any], tuple[Any, ...]]  # ids of tasks, and the order in which an index has them


def candidate(actor: Actor) -> ColumnElement[bool]:
    """The rows that make this person a candidate."""
    return or_(
        and_(TaskCandidate.kind == "group", TaskCandidate.name.in_(actor.groups)),
        and_(TaskCandidate.kind == "user", TaskCandidate.name == actor.username),
    )


def offered(actor: Actor, sort: str, *, due: Conditions = lambda _: ()) -> list[Way]:
    """What nobody has and this person may take, a way for each group and one for the person. `due`: see taken."""
    return [
        (
            select(TaskCandidate.task_id.label("id")).where(
                TaskCandidate.kind == kind,
                TaskCandidate.name == name,
                text("task_candidate.free"),
                *due(TaskCandidate.due_by),
            ),
            SORTS[sort],
        )
        for kind, name in (*(("group", group) for group in sorted(actor.groups)), ("user", actor.username))
    ]


def taken(actor: Actor, sort: str, *, due: Conditions = lambda _: ()) -> list[Way]:
    """The open tasks this person has taken, whose due date meets the conditions `due` makes of its column."""
    where = (HumanTask.status == text("'open'"), HumanTask.assignee == actor.username)
    return [(select(HumanTask.id.label("id")).where(*where, *due(HumanTask.due_at)), TAKEN_SORTS[sort])]


def done(actor: Actor) -> list[Way]:
    """The tasks this person has completed, the last one first."""
    mine = select(HumanTask.id.label("id")).where(HumanTask.completed_by == actor.username)
    return [(mine, (HumanTask.closed_at.desc(), HumanTask.id.desc()))]


def among(ways: Sequence[Way], case_ids: Sequence[int]) -> CompoundSelect[Any]:
    """The ids of the tasks of these cases."""
    of_cases = select(HumanTask.id).where(HumanTask.case_id.in_(case_ids), HumanTask.status == "open")
    return union(*(way.where(way.selected_columns.id.in_(of_cases)) for way, _ in ways))


def firsts(ways: Sequence[Way], number: Any, *matching: ColumnElement[bool]) -> CompoundSelect[Any]:
    """The ids of the first so many of each of the ways; of those that match, in terms of task and case."""
    parts = []
    for way, order in ways:
        ordered = way.order_by(*order)
        if matching:
            # PostgreSQL takes letters to be rare and would rather sort; OFFSET keeps it to the order of the index.
            walked = ordered.offset(0).subquery()
            ordered = (
                select(walked.c.id)
                .join(HumanTask, HumanTask.id == walked.c.id)
                .outerjoin(Case, Case.id == HumanTask.case_id)
                .where(*matching)
            )
        parts.append(ordered.limit(number).subquery())
    return union_all(*(select(part.c.id) for part in parts))


def counted(ways: Sequence[Way], most: int) -> Select[Any]:
    """How many tasks the ways have together, at most `most` + 1."""
    # In order, although that changes no number: PostgreSQL would else hope to meet with so many of the frequent soon
    # and look through the whole table.
    parts = [way.order_by(*order).limit(most + 1).subquery() for way, order in ways]
    every = union(*(select(part.c.id) for part in parts)).subquery()
    return select(func.count()).select_from(select(every.c.id).limit(most + 1).subquery())
