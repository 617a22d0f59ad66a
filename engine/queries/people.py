"""Who is who: accounts, sessions, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.access import Actor
from engine.commands.identity import IDLE
from engine.model.identity import ApiToken, Group, LoginSession, Membership, User
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
    """A signed-in browser."""

    person: Person
    seen_at: datetime
    expires_at: datetime


def password_hash(context: QueryContext, username: str) -> str | None:
    return context.session.scalar(select(User.password_hash).where(User.username == username, User.active))


def is_locked(context: QueryContext, username: str) -> bool:
    """Whether the account waits because of wrong passwords; an unknown one does not."""
    until = context.session.scalar(select(User.locked_until).where(User.username == username))
    return until is not None and until > context.now


def by_session(context: QueryContext, token: str) -> SessionRow | None:
    """The session of this token, unless it has ended or nobody used it for an hour."""
    found = context.session.execute(
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.token_sha256 == token_sha256(token), User.active)
    ).first()
    if found is None or found[0].expires_at <= context.now or found[0].seen_at + IDLE <= context.now:
        return None
    session, user = found
    return SessionRow(person=_person(context, user), seen_at=session.seen_at, expires_at=session.expires_at)


def by_token(context: QueryContext, token: str) -> Person | None:
    """The account of this API token, unless it is revoked or over."""
    found = context.session.execute(
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.token_sha256 == token_sha256(token), ApiToken.revoked_at.is_(None), User.active)
    ).first()
    if found is None or (found[0].expires_at is not None and found[0].expires_at <= context.now):
        return None
    return _person(context, found[1])


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
