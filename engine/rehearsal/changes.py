"""What a step of a rehearsal changed: variables, lights, steps that opened, decisions and places that are new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.rehearsal.view import View

Scope = tuple[int, int]  # the instance, and which of its scopes


@dataclass(frozen=True, kw_only=True)
class Written:
    """A variable that the step wrote: `before` is its old value, None and `new` where there was none."""

    before: Any
    new: bool


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What the last step changed. lights: clock id -> the light it had, None for one that is new.

    tasks: (element id, nth) of forms that were not there before. decided, story: so many of the newest are new.
    """

    written: Mapping[Scope, Mapping[str, Written]] = field(default_factory=dict)
    lights: Mapping[int, str | None] = field(default_factory=dict)
    tasks: frozenset[tuple[str, int]] = frozenset()
    decided: int = 0
    story: int = 0
    passed: tuple[str, ...] = ()

    def of_scope(self, instance_id: int, scope: int) -> Mapping[str, Written]:
        return self.written.get((instance_id, scope), {})


def changes(before: View | None, after: View) -> Changes:
    """What is otherwise than before; nothing where nobody knows how it was."""
    if before is None:
        return Changes()
    old = _scopes(before)
    written = {scope: _written(old.get(scope, {}), variables) for scope, variables in _scopes(after).items()}
    lights = {clock.clock_id: clock.light for clock in before.clocks}
    there = {(task.element_id, task.nth) for task in before.tasks}
    return Changes(
        written={scope: names for scope, names in written.items() if names},
        lights={
            clock.clock_id: lights.get(clock.clock_id)
            for clock in after.clocks
            if lights.get(clock.clock_id) != clock.light
        },
        tasks=frozenset((task.element_id, task.nth) for task in after.tasks) - there,
        decided=len(after.decided) - len(before.decided),
        story=len(after.history) - len(before.history),
        passed=after.path[len(before.path) :],
    )


def _scopes(view: View) -> dict[Scope, Mapping[str, Any]]:
    return {
        (instance.id, place): variables
        for instance in view.instances
        for place, (_, variables) in enumerate(instance.scopes)
    }


def _written(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Written]:
    return {
        name: Written(before=before.get(name), new=name not in before)
        for name, value in after.items()
        if name not in before or before[name] != value
    }
