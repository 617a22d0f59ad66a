"""A running instance to bytes and back.

Format 1: the byte 1, then zstd of msgpack [process id, last number, ended, called processes, rows]; a row for each
passage, outer ones first: [number, row of the parent or -1, its process, element id, state, remembered, scope].
Specs, constants and what was completed are not in it. A new format gets a new first byte and an upgrade here.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import zstandard

from engine.bpmn.parser import ProcessModel
from engine.bpmn.passage import Instance, Passage
from engine.bpmn.runtime import Runtime
from engine.errors import InvalidState

FORMAT = 1

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class _Zstd(threading.local):
    """zstd contexts are not to be shared between threads."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=1).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


def dump(instance: Instance) -> bytes:
    """The state of an instance that waits; the same state gives the same bytes."""
    row_of: dict[str, int] = {}
    processes = [instance.model.key]
    rows: list[tuple[Any, ...]] = []
    for id, passage in instance.tasks.items():
        row_of[id] = len(rows)
        process = passage.task_spec.process_id
        if process not in processes:
            processes.append(process)
        rows.append(
            (
                int(id),
                row_of[passage._parent] if passage._parent is not None else -1,
                processes.index(process),
                passage.task_spec.name,
                passage._state,
                passage.internal_data or None,
                passage.scope,
            )
        )
    state = (processes[0], instance.last_number, instance.completed, processes[1:], rows)
    return bytes((FORMAT,)) + _zstd.compress(_encoder.encode(state))


def load(model: ProcessModel, state: bytes, runtime: Runtime) -> Instance:
    """The instance of these bytes, on the shared model. Raises InvalidState where they do not fit together."""
    key, last_number, completed, called, rows = _decode(state)
    if key != model.key:
        raise InvalidState("Expected the state of process {wanted}, but it is of {found}", wanted=model.key, found=key)
    instance = Instance(model, runtime)
    instance.last_number = last_number
    instance.completed = completed
    try:
        specs = [model.spec.task_specs, *(model.processes[process].task_specs for process in called)]
        passages: list[Passage] = []
        for number, parent, process, element, task_state, remembered, scope in rows:
            outer = passages[parent] if parent >= 0 else None
            passage = Passage(instance, specs[process][element], outer, str(number))
            passage._state = task_state
            passage.internal_data = remembered or {}
            passage.scope = scope
            passages.append(passage)
    except KeyError as missing:
        raise InvalidState(
            "Expected element {id} in process {key}, but it has none", id=missing.args[0], key=key
        ) from None
    instance.task_tree = passages[0]
    return instance


def _decode(state: bytes) -> Any:
    if not state or state[0] != FORMAT:
        found = state[0] if state else "nothing"
        raise InvalidState("Expected a state of format {wanted}, but it is {found}", wanted=FORMAT, found=found)
    return _decoder.decode(_zstd.decompress(state[1:]))
