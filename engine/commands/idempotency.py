"""Requests that their senders name by a key: asked again, they are answered as the first time and nothing is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import KeyReused
from engine.model.requests import AnsweredRequest

if TYPE_CHECKING:
    from engine.context import CommandContext

KEPT = timedelta(hours=48)
INSERTS: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
UNANSWERED = 0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a sender may send again: its key, unique among the account's, and the SHA-256 of everything it asks."""

    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the sender is told: a status of HTTP and values of JSON. `replayed`: it was told so before."""

    status: int
    body: Mapping[str, Any] | None = None
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class ForgetRequests:
    """Remove the answers to requests that nobody will repeat any more. Returns how many."""


def carry_out_once(
    request: Request,
    work: Callable[[], Any],
    answer: Callable[[Any], Answer],
    context: CommandContext,
) -> Answer:
    """Do the work, unless this account's request was answered already. Raises KeyReused.

    The key's row is written before anything else: of twins in flight the second waits here for the first one's end. A
    refusal leaves no row, so that the same request may succeed later.
    """
    row = {
        "username": context.actor.username,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "status": UNANSWERED,
        "answered_at": context.now,
    }
    insert = INSERTS[context.session.get_bind().dialect.name]
    is_first = context.session.execute(
        insert(AnsweredRequest).values(row).on_conflict_do_nothing().returning(AnsweredRequest.key)
    ).first()
    if is_first is None:
        return _earlier(request, context)

    told = answer(work())
    context.session.execute(
        update(AnsweredRequest)
        .where(AnsweredRequest.username == context.actor.username, AnsweredRequest.key == request.key)
        .values(status=told.status, answer=told.body)
        .execution_options(synchronize_session=False)
    )
    return told


def forget_requests(command: ForgetRequests, context: CommandContext) -> int:
    old = AnsweredRequest.answered_at < context.now - KEPT
    gone = context.session.scalars(delete(AnsweredRequest).where(old).returning(AnsweredRequest.key))
    return len(gone.all())


def _earlier(request: Request, context: CommandContext) -> Answer:
    row = context.session.get_one(AnsweredRequest, (context.actor.username, request.key))
    if row.fingerprint != request.fingerprint:
        raise KeyReused(
            "Expected a new request, but one with this key and another content was answered at {when}",
            when=row.answered_at,
        )
    return Answer(status=row.status, body=row.answer, replayed=True)
