"""What the token machine itself costs: load, complete a task, store; whether it grows, and how big a state is."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from statistics import median

from bench.client import ANSWERS
from bench.office import MODELS
from engine import bpmn
from engine.bpmn import serializer
from tests.migrations.stories import STATES, STORIES, Office, do

MARKS, REPEAT = (10, 100, 1_000), 50


def measure(_database: str) -> dict[str, tuple[float, int]]:
    """CPU time of the n-th completion in a loop, over and over from the same state, with a case's data on board."""
    model = bpmn.parse({"loop.bpmn": (MODELS / "loop.bpmn").read_bytes()}, "bench_loop")
    runtime = bpmn.Runtime()
    data = {key: value for answers in ANSWERS.values() for key, value in answers.items()}
    state = bpmn.Execution.start(model, data, runtime).dump()

    def cycle(done: int) -> bytes:
        execution = bpmn.Execution.load(model, state, runtime)
        (token,) = execution.tokens()
        execution.complete_user_task(token.element_instance_id, {"round": done})
        return execution.dump()

    results = {}
    for done in range(1, MARKS[-1] + 1):
        if done in MARKS:
            spent = [_cpu_ms(lambda: cycle(done)) for _ in range(REPEAT)]  # noqa: B023 - called at once
            results[f"engine.cycle_ms.{done}"] = (median(spent), len(spent))
        state = cycle(done)
    execution = bpmn.Execution.load(model, state, runtime)
    execution.complete_user_task(execution.tokens()[0].element_instance_id, {"enough": True})
    assert execution.finished and execution.variables()["round"] == MARKS[-1]
    return results


def _cpu_ms(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return (time.process_time() - begin) * 1000


CASE_BYTES = 8_000


def measure_state(_database: str) -> dict[str, tuple[float, int]]:
    """Bytes of a petition's state where most runs side by side: in the conference's action items, within two calls.

    The case data is text that hardly can be compressed; it is there twice, since a called process has its own.
    """
    story = STORIES["conference_items_out"]
    office = Office(STATES / str(serializer.FORMAT) / story.diagrams)
    letters = random.Random(1)
    text = "".join(chr(letters.randrange(0x4E00, 0x9FA5)) for _ in range(CASE_BYTES // 3))
    variables = {**story.variables, "statement": text}
    assert len(json.dumps(variables, ensure_ascii=False).encode()) >= CASE_BYTES
    execution = bpmn.Execution.start(office.model(story.process), variables, office.runtime)
    for step in story.before:
        do(execution, step)
    return {"instance.state_bytes": (len(execution.dump()), 1)}
