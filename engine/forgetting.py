"""Which rows belong to a case or an instance, in every table that refers to one; for exporting and deleting them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, false, func, or_, select, text

from engine import model
from engine.model.casework import Case
from engine.model.history import HistoryEvent
from engine.model.runtime import BufferedMessage, ProcessInstance

Belonging = Mapping[Table, ColumnElement[bool]]

CASE: Table = model.metadata.tables[Case.__tablename__]
INSTANCE: Table = model.metadata.tables[ProcessInstance.__tablename__]
HISTORY: Table = model.metadata.tables[HistoryEvent.__tablename__]
MESSAGE: Table = model.metadata.tables[BufferedMessage.__tablename__]
OVER = ("failed", "succeeded", "cancelled", "aborted")  # of the queue: it won't do these again


def of_case(connection: Connection, case_id: int) -> Belonging:
    """The rows of a case and of its instances, by table, in an order in which they may be written."""
    instances = connection.execute(select(INSTANCE.c.id, INSTANCE.c.business_key).where(INSTANCE.c.case_id == case_id))
    keys = {row.id: row.business_key for row in instances}
    number = connection.scalar(select(CASE.c.number).where(CASE.c.id == case_id))
    return _belonging({CASE: CASE.c.id == case_id}, case_id, list(keys), [number, *keys.values()])


def of_instance(connection: Connection, instance_id: int) -> Belonging:
    """The rows of an instance that belongs to no case."""
    key = connection.scalar(select(INSTANCE.c.business_key).where(INSTANCE.c.id == instance_id))
    return _belonging({INSTANCE: INSTANCE.c.id == instance_id}, None, [instance_id], [key])


def counted(connection: Connection, belonging: Belonging) -> Counter[str]:
    return Counter(
        {
            table.name: connection.scalar(select(func.count()).select_from(table).where(where)) or 0
            for table, where in belonging.items()
        }
    )


def delete_all(connection: Connection, belonging: Belonging) -> Counter[str]:
    """Delete the rows, and what the queue keeps of jobs that failed for them; answer how many by table."""
    gone = Counter({"procrastinate_jobs": _forget_queue(connection, belonging)})
    for table, where in reversed(list(belonging.items())):
        gone[table.name] = connection.execute(delete(table).where(where)).rowcount
    return gone


def _belonging(
    roots: dict[Table, ColumnElement[bool]], case_id: int | None, instances: Sequence[int], keys: Sequence[str | None]
) -> Belonging:
    """Follow the foreign keys: a table that is added later and refers to a case is found by itself."""
    found: dict[Table, ColumnElement[bool]] = dict(roots)
    for table in model.metadata.sorted_tables:
        if table in found:
            continue
        refers = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in table.foreign_keys
            if key.column.table in found
        ]
        if refers:
            found[table] = or_(*refers)
    found[HISTORY] = or_(
        HISTORY.c.case_id == case_id if case_id is not None else false(), HISTORY.c.instance_id.in_(instances)
    )
    found[MESSAGE] = MESSAGE.c.correlation_key.in_([key for key in keys if key])
    return found


def _forget_queue(connection: Connection, belonging: Belonging) -> int:
    """Jobs that are over and speak of these rows: by the ids of jobs, timers and instances in their arguments."""
    ids = {
        name: set(connection.scalars(select(table.c.id).where(where)))
        for table, where in belonging.items()
        if (name := {"job": "job_id", "timer": "timer_id", "process_instance": "instance_id"}.get(table.name))
    }
    over = ", ".join(f"'{status}'" for status in OVER)
    gone = [
        row.id
        for row in connection.execute(text(f"SELECT id, args FROM procrastinate_jobs WHERE status IN ({over})"))
        if _speaks_of(row.args, ids)
    ]
    for job_id in gone:
        connection.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job_id})
    return len(gone)


def _speaks_of(args: Any, ids: Mapping[str, set[int]]) -> bool:
    given: dict[str, Any] = json.loads(args) if isinstance(args, str) else args
    instances = ids.get("instance_id", set())
    sender = str(given.get("message_id") or "").split("/")[0]
    return (
        any(given.get(name) in known for name, known in ids.items())
        or given.get("thrown_by") in instances
        or (sender.isdigit() and int(sender) in instances)
    )
