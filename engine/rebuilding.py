"""Look whether the rows are what the stored states wait for, over all instances, and mend what is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select, text, union
from sqlalchemy.orm import Session

from engine.access import SYSTEM
from engine.commands.rebuilding import RebuildInstance
from engine.context import CommandContext
from engine.differences import WAITING, Difference, clock_differences, differences
from engine.errors import Message, NotFound, Rejection
from engine.executor import Engine
from engine.feel import FeelError
from engine.model.runtime import ProcessInstance

BATCH = 200


def check(engine: Engine, ids: Sequence[int] | None = None) -> Iterator[Difference]:
    """What is wrong, instance by instance: of all that run and all that should wait for nothing, or of these ids.

    Each batch is read as of one moment, so a service that goes on makes no difference. Raises NotFound: nothing is
    found wrong with an instance that isn't there, which would be no answer.
    """
    wanted = _to_check(engine) if ids is None else _that_exist(engine, ids)
    for start in range(0, len(wanted), BATCH):
        with engine.database.read() as session:
            if engine.database.dialect == "postgresql":
                session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            yield from list(_check_batch(engine, session, wanted[start : start + BATCH]))


def rebuild(engine: Engine, ids: Sequence[int] | None = None) -> Iterator[tuple[int, list[Message]]]:
    """Mend instances, each in a transaction of its own, and tell what was wrong with each that was."""
    wrong = {difference.instance_id for difference in check(engine, ids)}
    for instance_id in sorted(wrong):
        try:
            yield instance_id, engine.execute(RebuildInstance(instance_id=instance_id), actor=SYSTEM)
        except Rejection as refusal:
            yield instance_id, [refusal.message]


def _to_check(engine: Engine) -> list[int]:
    not_running = ProcessInstance.status != "running"
    strays = [
        select(kind.instance_id)
        .join(ProcessInstance, ProcessInstance.id == kind.instance_id)
        .where(waiting, not_running)
        for kind, waiting in WAITING.items()
    ]
    with engine.database.read() as session:
        running = select(ProcessInstance.id).where(ProcessInstance.status == "running")
        return sorted(session.scalars(union(running, *strays)))


def _that_exist(engine: Engine, ids: Sequence[int]) -> list[int]:
    with engine.database.read() as session:
        for each in ids:
            if session.get(ProcessInstance, each) is None:
                raise NotFound("Expected to find {kind} {id}, but there is none", kind="instance", id=each)
    return list(ids)


def _check_batch(engine: Engine, session: Session, ids: Sequence[int]) -> Iterator[Difference]:
    context = CommandContext(
        session=session,
        actor=SYSTEM,
        now=engine.clock.now(),
        zone=engine.zone,
        definitions=engine.definitions,
        enqueue=_refuse_to_enqueue,
    )
    instances = session.scalars(select(ProcessInstance).where(ProcessInstance.id.in_(ids)).order_by("id")).all()
    for instance in instances:
        try:
            execution = context.look(instance) if instance.status == "running" else None
            yield from differences(execution, instance, session)
        except (Rejection, FeelError) as error:
            sentence = Message(
                "Expected to read the state of instance {instance}, but: {error}",
                instance=instance.id,
                error=str(error),
            )
            yield Difference(instance_id=instance.id, trouble="unreadable", sentence=sentence)
    yield from clock_differences(instances, session, engine.zone)


def _refuse_to_enqueue(*_: object) -> None:
    raise AssertionError("Nothing is enqueued by who only looks")
