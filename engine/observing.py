"""What a command or a job leaves behind for whoever runs the service: a log line, a count, a span."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine import logs, metrics, tracing
from engine.errors import Rejection, Unavailable

logger = logs.get_logger("lianxi")
# Of a command's or job's arguments only these are told: they are numbers of rows.
IDS = ("case_id", "instance_id", "task_id", "job_id", "timer_id", "incident_id", "definition_id", "deployment_id")


@dataclass(kw_only=True)
class Observation:
    """A command under way. `told`: what became known on the way, such as the instance of a task."""

    told: dict[str, Any] = field(default_factory=dict)


@contextmanager
def command(name: str, order: Any, *, actor: str) -> Iterator[Observation]:
    """Watch a command: lines logged within carry its actor and the ids it names."""
    known = {key: getattr(order, key) for key in IDS if isinstance(getattr(order, key, None), int)}
    observation, begun, outcome, refusal = Observation(), time.perf_counter(), "failed", None
    with logs.bound(actor=actor, **known), tracing.span(f"command {name}", command=name, actor=actor, **known):
        try:
            yield observation
            outcome = "done"
        except Rejection as error:
            outcome = "unavailable" if isinstance(error, Unavailable) else "refused"
            refusal = error.message.template
            raise
        finally:
            seconds = time.perf_counter() - begun
            told = dict(observation.told)
            metrics.count_command(name, outcome, seconds)
            tracing.finish(outcome, **told)
            if refusal:
                told["refusal"] = refusal
            logger.info("command", command=name, outcome=outcome, ms=round(seconds * 1000, 1), **told)


@contextmanager
def job(name: str, queue_id: int | None, args: Mapping[str, Any], *, again: type[Exception]) -> Iterator[None]:
    """Watch a job of the queue. `again`: what it raises to be called once more after a wait."""
    known = {key: args[key] for key in IDS if isinstance(args.get(key), int)}
    begun, outcome = time.perf_counter(), "failed"
    with logs.bound(job=name, queue_id=queue_id, **known), tracing.span(f"job {name}", job=name, **known):
        try:
            yield
            outcome = "done"
        except again:
            outcome = "again"
            raise
        finally:
            seconds = time.perf_counter() - begun
            metrics.count_job(name, outcome, seconds)
            tracing.finish(outcome)
            logger.info("job", outcome=outcome, ms=round(seconds * 1000, 1))
