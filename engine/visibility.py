"""Which cases a person may read, as a condition for queries and commands."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from engine.access import Actor
from engine.model.casework import Case, CaseAccess


def readable(actor: Actor) -> ColumnElement[bool]:
    """The cases this person may read, as a condition on Case."""
    if actor.may("case:read_all"):
        return Case.id.is_not(None)
    involved = exists().where(
        CaseAccess.case_id == Case.id,
        or_(
            and_(CaseAccess.kind == "group", CaseAccess.name.in_(actor.groups)),
            and_(CaseAccess.kind == "user", CaseAccess.name == actor.username),
        ),
    )
    return involved if actor.may("case:read_own") else Case.id.is_(None)
