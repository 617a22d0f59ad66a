"""Whether an element can go on as an element of another version: kind, surroundings, flows, what it remembers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.bpmn.elements import compensation
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.catches import MultipleCatch
from engine.bpmn.elements.processes import EventSubProcess
from engine.bpmn.elements.standard_loop import StandardLoop
from engine.errors import Message

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


def unlike(passage: Passage, target: FlowNode) -> Message | None:
    """Why a token at an element cannot stand at another, or None where it can."""
    source = passage.task_spec
    if type(source) is not type(target):
        return Message(
            "Expected element {id} to be a {wanted} as before, but in the new version it is a {found}",
            id=target.name,
            wanted=source.element_type,
            found=target.element_type,
        )
    if _kinds(source) != _kinds(target):
        return Message(
            "Expected element {id} to wait for a {wanted} as before, but in the new version it waits for a {found}",
            id=target.name,
            wanted=" + ".join(_kinds(source)),
            found=" + ".join(_kinds(target)),
        )
    if has_begun(passage) and _rounds(source) != _rounds(target):
        return Message(
            "Expected element {id} to be repeated as before ({wanted}), but in the new version it is not ({found})",
            id=target.name,
            wanted=_rounds(source),
            found=_rounds(target),
        )
    return None


def misplaced(target: FlowNode, around: FlowNode) -> Message | None:
    """Why a token inside of `around` cannot stand at the target, or None where it can."""
    if target.container is around:
        return None
    return Message(
        "Expected element {id} to be inside of {wanted}, but in the new version it is inside of {found}",
        id=target.name,
        wanted=around.name,
        found=target.container.name if target.container else "–",
    )


def watchers(spec: FlowNode) -> list[Any]:
    """The events that wait beside a token at this element or inside of it: boundary and event sub-process starts."""
    inner = [each.start for each in getattr(spec, "event_sub_processes", ())]
    return [event for event in (*spec.boundaries, *inner) if event.event == "catch"]


def has_begun(passage: Passage) -> bool:
    """Whether its work is under way, and events wait beside it; not while it is stuck before or only gathers tokens."""
    remembered = passage.internal_data
    if remembered.get("incident", {}).get("action") == "run":
        return False
    return "arrived" not in remembered or "gathered" in remembered


def is_interrupted(scope: Passage) -> bool:
    """Whether an interrupting event sub-process runs in this scope: then nothing else is waited for in it."""
    tasks = scope.workflow.tasks
    inner = (tasks[child].task_spec for child in scope._children if "host" not in tasks[child].internal_data)
    return any(isinstance(spec, EventSubProcess) and spec.start.interrupting for spec in inner)


def undone(entries: list[Any]) -> Iterator[tuple[str, bool]]:
    """The elements in a list of what can be undone, and whether that is something inside of them, see compensation."""
    for id, inside, _ in entries:
        yield id, bool(inside)
        yield from undone(inside)


def can_undo(spec: FlowNode) -> bool:
    return compensation.handler_of(spec) is not None or compensation.undoing_sub_process(spec) is not None


def _kinds(spec: FlowNode) -> tuple[str, ...]:
    """What an element waits for."""
    catch = getattr(spec, "catch", None)
    if isinstance(catch, MultipleCatch):
        return tuple(part.kind for part in catch.parts)
    return (catch.kind,) if catch is not None else (getattr(spec, "event", ""),)


def _rounds(spec: FlowNode) -> str:
    if spec.loop is None:
        return "once"
    if isinstance(spec.loop, StandardLoop):
        return "standard loop"
    return "one after another" if spec.loop.sequential else "all together"
