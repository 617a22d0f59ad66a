"""Note what must be done regularly: a backup was made, data past their term were deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import access
from engine.model.history import AuditEvent, Upkeep

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class NoteUpkeep:
    """It was done now. `name`: backup, restore, retention, archive; `data` says what came of it."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


def note_upkeep(command: NoteUpkeep, context: CommandContext) -> None:
    access.ensure(context.actor, "operate", f"note a {command.name}")
    context.session.merge(Upkeep(name=command.name, done_at=context.now, data=dict(command.data)))
    subject = str(command.data.get("file") or "")
    context.session.add(AuditEvent(at=context.now, actor=context.actor.username, action=command.name, subject=subject))
