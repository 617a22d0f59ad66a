"""Earlier cases that a new one may repeat: the same person, or the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from engine.access import Actor
from engine.errors import Message
from engine.model.casework import Case, Party
from engine.queries import privacy
from engine.queries.cases import status_of
from engine.queries.context import QueryContext
from engine.visibility import readable

LOOKED_AT = 200  # the newest cases whose words are compared with a new one's


@dataclass(frozen=True, kw_only=True)
class SimilarCase:
    """A case the new one may repeat, and why it is thought so."""

    case_id: int
    number: str
    title: str
    party: str
    opened_at: datetime
    status: str
    open: bool
    reason: Message
    score: float


def likely(context: QueryContext, actor: Actor, case_type: str, data: Mapping[str, Any]) -> tuple[SimilarCase, ...]:
    """At most five earlier cases of the same person or the same words, of those that this person may read.

    `data` is what was typed so far.
    """
    _ = context.stamp
    _, declared = context.definitions.case_type(context.session, case_type)
    fields = declared.similar
    name, phone = (str(data.get(fields.get(key, key)) or "").strip() for key in ("name", "phone"))
    words = " ".join(str(data.get(key) or "") for key in fields.get("text", ())).strip()
    digits = "".join(filter(str.isdigit, phone))
    scored: dict[int, tuple[float, Message]] = {}
    for party in context.session.scalars(
        select(Party)
        .join(Case, Case.id == Party.case_id)
        .where(or_(Party.phone_digits == (digits or "-"), Party.name == (name or "-")), readable(actor))
    ):
        same_phone, same_name = digits and party.phone_digits == digits, name and party.name == name
        score = 0.6 * bool(same_phone) + 0.35 * bool(same_name)
        reason = (
            Message("Same person and phone")
            if same_phone and same_name
            else Message("Same phone number")
            if same_phone
            else Message("Same name")
        )
        if score > scored.get(party.case_id, (0.0, reason))[0]:
            scored[party.case_id] = (score, reason)
    recent = context.session.scalars(
        select(Case).where(readable(actor)).order_by(Case.id.desc()).limit(LOOKED_AT)
    ).all()
    known = {case.id: case for case in recent}
    for case in recent:
        alike = _alike(words, f"{case.title} {case.summary}")
        if alike > 0.45:
            score, reason = scored.get(case.id, (0.0, Message("Similar words")))
            scored[case.id] = (score + alike * 0.5, reason)
    best = sorted(scored.items(), key=lambda entry: (-entry[1][0], -entry[0]))[:5]
    missing = [case_id for case_id, _ in best if case_id not in known]
    known |= {case.id: case for case in context.session.scalars(select(Case).where(Case.id.in_(missing)))}
    first = privacy.first_parties(context, actor, [case_id for case_id, _ in best])
    return tuple(
        SimilarCase(
            case_id=case_id,
            number=known[case_id].number,
            title=known[case_id].title,
            party=first.get(case_id, ("", 0))[0],
            opened_at=known[case_id].opened_at,
            status=status_of(context, known[case_id]),
            open=known[case_id].closed_at is None,
            reason=reason,
            score=min(1.0, score),
        )
        for case_id, (score, reason) in best
    )


def _alike(one: str, other: str) -> float:
    """How much of the shorter text's pairs of letters the other has, 0 to 1; works for Chinese without words."""
    first, second = _pairs(one), _pairs(other)
    if len(first) < 4 or len(second) < 4:
        return 0.0
    return len(first & second) / min(len(first), len(second))


def _pairs(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, text.lower()))
    return {letters[index : index + 2] for index in range(len(letters) - 1)}
