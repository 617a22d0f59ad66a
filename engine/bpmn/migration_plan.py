"""Which element of one version goes on as which of another: what an operator says, and what we suggest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import Message

if TYPE_CHECKING:
    from engine.bpmn.elements.base import FlowNode
    from engine.bpmn.parser import ProcessModel


@dataclass(frozen=True, kw_only=True)
class MigrationPlan:
    """How an instance goes on in another version.

    mapping: element or flow id -> its id there, or None to let its tokens go; what is not in it keeps its id.
    recount: durations and cycles begin anew; otherwise timers keep the due date they have.
    renew: subscriptions get the name and key of the new version where these changed; otherwise they keep the old ones.
    reassign: who may do open human tasks is evaluated again; whoever has claimed one keeps it.
    calls: running called processes go on in their newest versions; otherwise they stay in those they have.
    """

    mapping: Mapping[str, str | None] = field(default_factory=dict)
    recount: bool = False
    renew: bool = True
    reassign: bool = False
    calls: bool = False


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An element of the old version and where its tokens could go.

    target_id: the element of the same id, else the only one of the same kind and name (`renamed`), else None.
    choices: (id, name) of all of the same kind in the new version.
    """

    element_id: str
    element_type: str
    name: str | None
    target_id: str | None
    renamed: bool
    choices: tuple[tuple[str, str | None], ...]


def problems(source: ProcessModel, target: ProcessModel, plan: MigrationPlan) -> list[Message]:
    """What the plan maps that is not there."""
    if plan.calls:
        return []  # what is called, and in which version, differs from instance to instance
    found = []
    before, after = _ids(source), _ids(target)
    for old, new in plan.mapping.items():
        if old not in before:
            found.append(Message("Expected to map an element of the old version, but it has no {id}", id=old))
        if new is not None and new not in after:
            found.append(Message("Expected to map {old} to an element of the new version, but it has no {id}",
                                 old=old, id=new))  # fmt: skip
    return found


def suggest(source: ProcessModel, target: ProcessModel) -> list[Suggestion]:
    """The elements of the old version that can hold tokens, in the order of the file, and where they could go."""
    before, after = source.spec.task_specs, target.spec.task_specs
    same = {id for id, spec in before.items() if id in after and type(after[id]) is type(spec)}
    found = []
    for id, spec in before.items():
        if spec.is_root or not _holds_tokens(spec):
            continue
        alike = [other for other in after.values() if type(other) is type(spec)]
        named = [other.name for other in alike if other.bpmn_name == spec.bpmn_name and other.name not in same]
        target_id = id if id in same else named[0] if len(named) == 1 and spec.bpmn_name else None
        found.append(
            Suggestion(
                element_id=id,
                element_type=spec.element_type,
                name=spec.bpmn_name,
                target_id=target_id,
                renamed=target_id not in (None, id),
                choices=tuple((other.name, other.bpmn_name) for other in alike),
            )
        )
    return found


def _holds_tokens(spec: FlowNode) -> bool:
    """Whether a token can rest here: not at plain starts, ends and decisions, which it only passes."""
    passes = {"startEvent", "endEvent", "exclusiveGateway", "intermediateThrowEvent", "task", "manualTask"}
    return spec.element_type not in passes or spec.loop is not None or getattr(spec, "catch", None) is not None


def _ids(model: ProcessModel) -> set[str]:
    """The elements and flows of a process and those it calls."""
    specs = [spec for process in model.processes.values() for spec in process.task_specs.values()]
    return {spec.name for spec in specs} | {flow.id for spec in specs for flow in spec.outgoing}
