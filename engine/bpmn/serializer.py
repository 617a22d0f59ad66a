"""A running instance to bytes and back.

Format 2: the byte 2, then zstd of msgpack [processes, last number, ended, rows]. processes: [process id, id of its
deployed version or None], the instance's own first. A row for each passage, outer ones first: [number, row of the
parent or -1, its process, element id, state, remembered, scope]. Specs, constants and what was completed are not in it.

Format 1 knew the called processes by id only: they were those of the instance's own deployment.

A new format gets a new first byte and an upgrade in UPGRADES; what is stored is always of the newest format. Code of
an older format refuses a newer state with InvalidState and changes nothing, so a rolling upgrade is safe: an older
worker fails at such an instance, and its job is tried again by a newer one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import zstandard

from engine.bpmn.elements.processes import ProcessSpec
from engine.bpmn.instance import Instance
from engine.bpmn.parser import ProcessModel
from engine.bpmn.passage import Passage
from engine.bpmn.runtime import Binding, Runtime
from engine.errors import InvalidState

FORMAT = 2

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ext_hook=lambda code, digits: int(bytes(digits)))
_LARGE = 1  # extension type of whole numbers that msgpack has no type for, as their decimal digits


class _Zstd(threading.local):
    """zstd contexts are not to be shared between threads."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=1).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


def dump(instance: Instance) -> bytes:
    """The state of an instance that waits; the same state gives the same bytes."""
    row_of: dict[str, int] = {}
    own = instance.task_tree.task_spec._wf_spec
    number_of: dict[ProcessSpec, int] = {own: 0}
    rows: list[tuple[Any, ...]] = []
    for id, passage in instance.tasks.items():
        row_of[id] = len(rows)
        process = passage.task_spec._wf_spec
        rows.append(
            (
                int(id),
                row_of[passage._parent] if passage._parent is not None else -1,
                number_of.setdefault(process, len(number_of)),
                passage.task_spec.name,
                passage._state,
                passage.internal_data or None,
                passage.scope,
            )
        )
    processes = [(process.name, process.definition_id) for process in number_of]
    state = (processes, instance.last_number, instance.completed, rows)
    try:
        encoded = _encoder.encode(state)
    except OverflowError:
        encoded = _encoder.encode(_with_large_numbers(state))
    return bytes((FORMAT,)) + _zstd.compress(encoded)


def load(model: ProcessModel, state: bytes, runtime: Runtime) -> Instance:
    """The instance of these bytes, on the shared model; its running calls are in the versions they began with.

    Raises InvalidState where they do not fit together.
    """
    processes, last_number, completed, rows = _decode(state)
    key, own_version = processes[0]
    if key != model.key:
        raise InvalidState("Expected the state of process {wanted}, but it is of {found}", wanted=model.key, found=key)
    instance = Instance(model, runtime)
    instance.last_number = last_number
    instance.completed = completed
    instance.kept = zstandard.frame_content_size(state[1:])
    specs = [model.spec]
    for called, version in processes[1:]:
        spec = _called(model, called, None if version == own_version else version, runtime)
        instance.uses(spec)
        specs.append(spec)
    try:
        passages: list[Passage] = []
        for number, parent, process, element, task_state, remembered, scope in rows:
            outer = passages[parent] if parent >= 0 else None
            passage = Passage(instance, specs[process].task_specs[element], outer, str(number))
            passage._state = task_state
            passage.internal_data = remembered or {}
            passage.scope = scope
            passages.append(passage)
    except KeyError as missing:
        raise InvalidState(
            "Expected element {id} in process {key}, but it has none", id=missing.args[0], key=specs[process].name
        ) from None
    instance.task_tree = passages[0]
    return instance


def _called(model: ProcessModel, key: str, version: int | None, runtime: Runtime) -> ProcessSpec:
    """The called process of this id in a version; without one, what the instance's own deployment has."""
    if version is not None:
        spec = runtime.version(version).processes.get(key)
    elif (spec := model.processes.get(key)) is None:
        found = runtime.called(key, Binding(type="deployment"), model.definition_id)
        spec = None if found is None else found.spec
    if spec is None:
        raise InvalidState("Expected to find process {key}, but there is none", key=key)
    return spec


def _with_large_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_large_numbers(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_large_numbers(part) for part in value]
    is_large = isinstance(value, int) and not -(2**63) <= value < 2**64
    return msgspec.msgpack.Ext(_LARGE, str(value).encode()) if is_large else value


def _decode(state: bytes) -> Any:
    if not state or not 1 <= state[0] <= FORMAT:
        raise InvalidState(
            "Expected a state of format {wanted} or before, but it is {found}",
            wanted=FORMAT,
            found=state[0] if state else "nothing",
        )
    decoded = _decoder.decode(_zstd.decompress(state[1:]))
    for before in range(state[0], FORMAT):
        decoded = UPGRADES[before](decoded)
    return decoded


def _from_1(decoded: Any) -> Any:
    key, last_number, completed, called, rows = decoded
    return [[process, None] for process in (key, *called)], last_number, completed, rows


# format -> what makes the next one of what was decoded
UPGRADES: dict[int, Callable[[Any], Any]] = {1: _from_1}
