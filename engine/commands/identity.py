"""Accounts, sessions and API tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from engine import access
from engine.errors import Forbidden, InvalidInput, InvalidState, Message, NotFound
from engine.model.history import AuditEvent
from engine.model.identity import ApiToken, Group, LoginSession, Membership, User
from engine.passwords import hash_password, new_token, token_sha256

if TYPE_CHECKING:
    from engine.context import CommandContext

SESSION = timedelta(hours=12)
IDLE = timedelta(minutes=60)
FAILURES_ALLOWED = 5
LOCKED = timedelta(minutes=5)
LONGEST_TOKEN = 3650  # days
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, kw_only=True)
class CreateUser:
    """Make an account, or change the one of this username. Groups left out stay as they are."""

    username: str
    password: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] | None = None
    locale: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """The password was right (see engine.signin): let the browser in. Returns the token for its cookie."""

    username: str


@dataclass(frozen=True, kw_only=True)
class NoteFailedSignIn:
    """The password was wrong: after five in a row the account waits five minutes."""

    username: str


@dataclass(frozen=True, kw_only=True)
class TouchSession:
    """The browser is in use; it stays signed in an hour without use and twelve hours at most."""

    token: str


@dataclass(frozen=True, kw_only=True)
class CloseSession:
    token: str


@dataclass(frozen=True, kw_only=True)
class CreateToken:
    """Give an account a bearer token for the API, for ever without `days`. Returns it; it cannot be read again."""

    username: str
    name: str = "cli"
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class SetPreferences:
    """The actor's language and whether single keys are shortcuts; None leaves one as it is."""

    locale: str | None = None
    shortcuts: bool | None = None


def create_user(command: CreateUser, context: CommandContext) -> int:
    access.ensure(context.actor, "accounts:manage", f"make account {command.username}")
    session = context.session
    if not command.username.strip() or len(command.username) > 64:
        raise InvalidInput({"username": ["Expected 1 to 64 characters"]}, "Expected a username of 1 to 64 characters")
    known = set(session.scalars(select(Group.key)))
    if missing := [key for key in command.groups or () if key not in known]:
        raise NotFound("Expected groups that exist, but {groups} do not", groups=", ".join(missing))

    user = session.scalars(select(User).where(User.username == command.username)).first()
    if user is None:
        if command.password is None:
            raise InvalidInput({"password": ["Expected a password"]}, "Expected a password for a new account")
        user = User(username=command.username, created_at=context.now, active=True, password_hash="")
        session.add(user)
        session.flush()
    if command.password is not None:
        user.password_hash = hash_password(command.password)
        # Whoever knew the old one is signed out.
        session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    if command.names:
        user.names = dict(command.names)
    user.locale = command.locale or user.locale
    session.flush()
    if command.groups is not None:
        session.execute(delete(Membership).where(Membership.user_id == user.id))
        session.add_all(Membership(user_id=user.id, group_key=key) for key in dict.fromkeys(command.groups))
    _log(context, "account", command.username)
    return user.id


def open_session(command: OpenSession, context: CommandContext) -> str:
    user = _user(command.username, context)
    if user.locked_until is not None and user.locked_until > context.now:
        raise refusal()

    token = new_token()
    user.failed_logins, user.locked_until = 0, None
    context.session.execute(delete(LoginSession).where(LoginSession.expires_at <= context.now))
    context.session.add(
        LoginSession(
            token_sha256=token_sha256(token),
            user_id=user.id,
            created_at=context.now,
            seen_at=context.now,
            expires_at=context.now + SESSION,
        )
    )
    _log(context, "sign in", user.username)
    return token


def refusal() -> Forbidden:
    """What a failed sign-in is told, whatever failed."""
    return Forbidden("Expected a known name and its password; after too many attempts an account waits a few minutes")


def note_failed_sign_in(command: NoteFailedSignIn, context: CommandContext) -> None:
    user = context.session.scalars(select(User).where(User.username == command.username)).first()
    _log(context, "failed sign in", command.username[:64])
    if user is None or (user.locked_until is not None and user.locked_until > context.now):
        return
    user.failed_logins += 1
    if user.failed_logins >= FAILURES_ALLOWED:
        user.failed_logins, user.locked_until = 0, context.now + LOCKED


def touch_session(command: TouchSession, context: CommandContext) -> None:
    session = context.session.get(LoginSession, token_sha256(command.token))
    if session is not None:
        session.seen_at = context.now


def close_session(command: CloseSession, context: CommandContext) -> None:
    context.session.execute(delete(LoginSession).where(LoginSession.token_sha256 == token_sha256(command.token)))


def create_token(command: CreateToken, context: CommandContext) -> str:
    access.ensure(context.actor, "accounts:manage", f"make a token for {command.username}")
    user = _user(command.username, context)
    if command.days is not None and not 1 <= command.days <= LONGEST_TOKEN:
        template = "Expected {name} to be a whole number from {least} to {most}, but it is {value}"
        params = {"name": "days", "least": 1, "most": LONGEST_TOKEN, "value": command.days}
        raise InvalidInput({"days": [Message(template, **params)]}, template, **params)

    token = new_token("lx_")
    context.session.add(
        ApiToken(
            user_id=user.id,
            name=command.name,
            token_sha256=token_sha256(token),
            created_at=context.now,
            expires_at=context.now + timedelta(days=command.days) if command.days is not None else None,
        )
    )
    _log(context, "token", user.username)
    return token


def set_preferences(command: SetPreferences, context: CommandContext) -> None:
    if command.locale not in (None, *LANGUAGES):
        raise InvalidInput(
            {"locale": ["Expected a language"]}, "Expected one of zh, en, but it is {it}", it=command.locale
        )
    user = _user(context.actor.username, context)
    user.locale = command.locale or user.locale
    if command.shortcuts is not None:
        user.shortcuts = command.shortcuts


def _user(username: str, context: CommandContext) -> User:
    user = context.session.scalars(select(User).where(User.username == username)).first()
    if user is None:
        raise NotFound("Expected to find account {who}, but there is none", who=username)
    if not user.active:
        raise InvalidState("Expected to use account {who}, but it is switched off", who=username)
    return user


def _log(context: CommandContext, action: str, subject: str) -> None:
    context.session.add(AuditEvent(at=context.now, actor=context.actor.username, action=action, subject=subject))
