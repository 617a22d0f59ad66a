"""Variables live in scopes: process instance, sub-process, iteration, activity with input mappings.

Reading walks outwards from the passage to the root of its process. A result is written to the nearest scope that
declares its name, else to the root. A called process is a root of its own. SpiffWorkflow's task.data is never used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.bpmn import limits
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.instance import Instance
    from engine.bpmn.passage import Passage

# Names the service answers for: facts about the case, the rules profile, the user task that is being completed.
RESERVED = frozenset({"case", "profile", "task"})


@dataclass(frozen=True, kw_only=True)
class IoMapping:
    """One zeebe:input or zeebe:output: the value of `source` goes to `target`, a name or a path such as a.b."""

    source: Text
    target: str


def visible(passage: Passage | None, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All variables an expression at this passage can read; constants win over variables, `extra` over outer scopes."""
    scopes = _chain(passage)
    merged: dict[str, Any] = {}
    for scope in reversed(scopes):
        merged.update(scope.scope or {})
    if extra:
        merged.update(extra)
    if passage is not None:
        merged.update(passage.workflow.runtime.constants)
        # `task` is the one that is being completed: its own output mappings hand it in, no other element may see it.
        merged.pop("task", None)
        if extra and "task" in extra:
            merged["task"] = extra["task"]
    return merged


def map_inputs(passage: Passage, mappings: Iterable[IoMapping]) -> None:
    """Give the passage a local scope; a later mapping sees the targets of earlier ones."""
    env = passage.workflow.runtime.env
    passage.scope = dict(passage.scope or {})
    for mapping in mappings:
        value = mapping.source.json(visible(passage), env)
        name, _, rest = mapping.target.partition(".")
        refuse_reserved(passage, (name,))
        value = _put(passage.scope.get(name), rest, value) if rest else value
        make_room(passage, {name: value})
        passage.scope[name] = value


def publish(passage: Passage, results: Mapping[str, Any], mappings: tuple[IoMapping, ...]) -> None:
    """Results go outwards: as the output mappings say, or each to the nearest scope that declares its name.

    The mappings of an iteration write to its own scope too, as in Zeebe: so the output element reads what they made.
    """
    if not mappings:
        write(passage, results)
        return
    env = passage.workflow.runtime.env
    local = visible(passage, results)
    target = passage if passage.is_iteration else passage.parent
    written: dict[str, Any] = {}
    for mapping in mappings:
        value = mapping.source.json(local, env)
        name, _, rest = mapping.target.partition(".")
        if rest:
            value = _put(written.get(name, _declared(target, name)), rest, value)
        written[name] = value
    write(target, written, by=passage)


def write(passage: Passage, values: Mapping[str, Any], by: Passage | None = None) -> None:
    """Write each value to the nearest scope from this passage outwards that declares its name, else to the root."""
    if not values:
        return
    refuse_reserved(passage, values)
    passage.workflow.changed = True
    scopes = _chain(passage)
    for name, value in values.items():
        target = next((owner for owner in scopes if owner.scope and name in owner.scope), scopes[-1])
        make_room(passage, {name: value}, replaced=(target.scope or {}).get(name))
        if target.scope is None:
            target.scope = {}
        target.scope[name] = value
        if target.parent is None:
            passage.workflow.note_written(name, value, by or passage)


def make_room(passage: Passage, values: Mapping[str, Any], replaced: Any = None) -> None:
    """Count what is about to be kept. Stuck where a value, or with it all of the instance, is too large."""
    instance = passage.workflow
    added = 0
    for name, value in values.items():
        taken = _size(value)
        if taken > limits.MOST_OF_ONE:
            message = f"Expected variable {name} of at most {limits.MOST_OF_ONE:,} bytes, but it has {taken:,}"
            raise Stuck("VARIABLE_TOO_LARGE", message)
        added += taken
    instance.kept += added
    if instance.kept > limits.MOST_OF_ALL:
        instance.kept = size_of_all(instance) + added - _size(replaced)
        if instance.kept > limits.MOST_OF_ALL:
            raise Stuck(
                "VARIABLE_TOO_LARGE",
                f"Expected the variables of an instance to take at most {limits.MOST_OF_ALL:,} bytes, "
                f"but with {', '.join(values)} they take {instance.kept:,}",
            )


def size_of_all(instance: Instance) -> int:
    """The bytes of all variables of an instance, and of what its loops have still to do and have gathered."""
    return sum(
        limits.size(passage.scope or None) + limits.size(passage.internal_data.get("loop"))
        for passage in instance.tasks.values()
    )


def size_with(instance: Instance | None, given: Mapping[str, Any]) -> int:
    """The bytes of an instance's variables, at most, once these are added; None has nothing yet."""
    added = sum(_size(value) for value in given.values())
    if instance is None or instance.kept + added <= limits.MOST_OF_ALL:
        return added
    before = instance.task_tree.scope or {}
    return size_of_all(instance) + added - sum(_size(before.get(name)) for name in given)


def refuse_reserved(passage: Passage, written: Iterable[str]) -> None:
    """Stuck where a constant would be written."""
    for name in written:
        if name in RESERVED or name in passage.workflow.runtime.constants:
            raise Stuck("RESERVED_VARIABLE", f"Expected a variable that may be written, but {name} is read-only")


def _chain(passage: Passage | None) -> list[Passage]:
    """Passages that hold scopes, innermost first; the last one is the root of the process."""
    found = []
    while passage is not None:
        if passage.scope is not None or passage.task_spec.is_root:
            found.append(passage)
        if passage.task_spec.is_root:
            break
        passage = passage.parent
    return found


def _declared(passage: Passage, name: str) -> Any:
    return next((owner.scope[name] for owner in _chain(passage) if owner.scope and name in owner.scope), None)


def _size(value: Any) -> int:
    """At least the bytes of the value; short texts are not encoded to be counted."""
    if value is None or isinstance(value, bool | int | float):
        return 0
    if isinstance(value, str) and len(value) < 1000:
        return len(value) * 4
    return limits.size(value)


def _put(old: Any, path: str, value: Any) -> dict[str, Any]:
    """`old` with the value at the path; a copy, because parts of it may be shared with other variables."""
    head, _, rest = path.partition(".")
    base = dict(old) if isinstance(old, Mapping) else {}
    base[head] = _put(base.get(head), rest, value) if rest else value
    return base
