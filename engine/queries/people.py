"""Who is who: accounts, sessions, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from engine.access import Actor
from engine.commands.identity import IDLE
from engine.model.identity import ApiToken, Group, LoginSession, Membership, User
from engine.model.repository import Deployment
from engine.passwords import token_sha256
from engine.queries.context import QueryContext


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A role or unit; `name` is a text of the pack."""

    key: str
    name: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account with its groups and what they allow."""

    id: int
    username: str
    names: dict[str, str]
    language: str | None
    shortcuts: bool
    groups: tuple[GroupRow, ...]
    actor: Actor

    @property
    def name(self) -> str:
        return self.names.get("zh") or self.names.get("en") or self.username

    @property
    def permissions(self) -> frozenset[str]:
        return self.actor.permissions


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """A signed-in browser. stamp: what engine.queries.labels.stamp says, found on the way."""

    person: Person
    seen_at: datetime
    expires_at: datetime
    stamp: int


def password_hash(context: QueryContext, username: str) -> str | None:
    return context.session.scalar(select(User.password_hash).where(User.username == username, User.active))


def is_locked(context: QueryContext, username: str) -> bool:
    """Whether the account waits because of wrong passwords; an unknown one does not."""
    until = context.session.scalar(select(User.locked_until).where(User.username == username))
    return until is not None and until > context.now


def by_session(context: QueryContext, token: str) -> SessionRow | None:
    """The session of this token, unless it has ended or nobody used it for an hour."""
    found, person, stamp = _of_secret(context, LoginSession, token)
    if person is None or found.expires_at <= context.now or found.seen_at + IDLE <= context.now:
        return None
    return SessionRow(person=person, seen_at=found.seen_at, expires_at=found.expires_at, stamp=stamp)


def by_token(context: QueryContext, token: str) -> Person | None:
    """The account of this API token, unless it is revoked or over."""
    found, person, _ = _of_secret(context, ApiToken, token)
    if (
        person is None
        or found.revoked_at is not None
        or (found.expires_at is not None and found.expires_at <= context.now)
    ):
        return None
    return person


def get(context: QueryContext, username: str) -> Person | None:
    user = context.session.scalars(select(User).where(User.username == username)).first()
    return _person(context, user) if user else None


def listing(context: QueryContext) -> tuple[Person, ...]:
    """Everybody with an account, by username."""
    groups: dict[int, list[Group]] = {}
    for user_id, group in context.session.execute(
        select(Membership.user_id, Group).join(Group, Group.key == Membership.group_key).order_by(Group.key)
    ):
        groups.setdefault(user_id, []).append(group)
    users = context.session.scalars(select(User).where(User.active).order_by(User.username)).all()
    return tuple(_as_person(user, groups.get(user.id, [])) for user in users)


def _of_secret(context: QueryContext, row: Any, token: str) -> tuple[Any, Person | None, int]:
    """The session or token, whose it is and the newest deployment, in one statement, as every request asks for it."""
    found = context.session.execute(_with_person(row), {"secret": token_sha256(token)}).all()
    if not found:
        return None, None, 0
    secret, user, _, stamp = found[0]
    return secret, _as_person(user, [group for _, _, group, _ in found if group is not None]), stamp or 0


@cache  # to make the statement takes longer than to carry it out
def _with_person(row: Any) -> Select[Any, User, Group, int | None]:
    return (
        select(row, User, Group, select(func.max(Deployment.id)).scalar_subquery())
        .join(User, User.id == row.user_id)
        .outerjoin(Membership, Membership.user_id == User.id)
        .outerjoin(Group, Group.key == Membership.group_key)
        .where(row.token_sha256 == bindparam("secret"), User.active)
    )


def _person(context: QueryContext, user: User) -> Person:
    groups = context.session.scalars(
        select(Group).join(Membership, Membership.group_key == Group.key).where(Membership.user_id == user.id)
    ).all()
    return _as_person(user, groups)


def _as_person(user: User, groups: Sequence[Group]) -> Person:
    return Person(
        id=user.id,
        username=user.username,
        names=dict(user.names or {}),
        language=user.locale,
        shortcuts=user.shortcuts,
        groups=tuple(GroupRow(key=group.key, name=group.name, kind=group.kind) for group in groups),
        actor=Actor(
            username=user.username,
            groups=frozenset(group.key for group in groups),
            permissions=frozenset(permission for group in groups for permission in group.permissions),
        ),
    )
