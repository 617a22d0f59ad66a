"""Which open instances a message started: for one correlation key a process has one at a time, whatever its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.model.repository import ProcessDefinition
from engine.model.runtime import BufferedMessage, ProcessInstance
from engine.model.starts import MessageStart

if TYPE_CHECKING:
    from engine.context import CommandContext

INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def claim(process_key: str, correlation_key: str, message_name: str, context: CommandContext) -> int | None:
    """Take the key for an instance that is about to start: the row's id, or None while another instance has it.

    Of two who try at the same moment the second waits here until the first has committed or given up.
    """
    insert = INSERTS[context.session.get_bind().dialect.name]
    row = {"process_key": process_key, "correlation_key": correlation_key, "message_name": message_name}
    return context.session.scalar(
        insert(MessageStart).values(**row).on_conflict_do_nothing().returning(MessageStart.id)
    )


def keep(claimed: int, instance: ProcessInstance, context: CommandContext) -> None:
    """The instance has the key as long as it is open; one that ended at once gives it back."""
    if instance.status == "running":
        context.session.get_one(MessageStart, claimed).instance_id = instance.id
    else:
        context.session.execute(delete(MessageStart).where(MessageStart.id == claimed))


def release(instance: ProcessInstance, context: CommandContext) -> None:
    """The instance has ended: messages that were kept for its process and key may start the next one."""
    held = context.session.scalars(select(MessageStart).where(MessageStart.instance_id == instance.id)).first()
    if held is None:
        return
    context.session.delete(held)
    newest = (
        select(ProcessDefinition.start_messages)
        .where(ProcessDefinition.key == held.process_key)
        .order_by(ProcessDefinition.version.desc())
        .limit(1)
    )
    kept = (
        select(BufferedMessage.name)
        .where(
            BufferedMessage.name.in_(context.session.scalar(newest) or ()),
            BufferedMessage.correlation_key == held.correlation_key,
        )
        .distinct()
    )
    for name in context.session.scalars(kept).all():
        context.defer("deliver_buffered", name=name, correlation_key=held.correlation_key)
