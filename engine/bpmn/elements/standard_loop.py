"""Standard loop: an activity done again and again while a condition holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import events
from engine.bpmn import expressions, scopes
from engine.bpmn.expressions import Text

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


@dataclass(frozen=True, kw_only=True)
class StandardLoop:
    """condition: looked at before or after each round; without one it always holds. most: rounds, at most."""

    condition: Text | None
    tests_before: bool = False
    most: int | None = None

    def start(self, body: Passage) -> bool | None:
        body.internal_data["loop"] = {"done": 0}
        if self.tests_before and not self._holds(body):
            return True
        self._spawn(body, 0)
        return None

    def iteration_completed(self, iteration: Passage) -> None:
        body, instance = iteration.parent, iteration.workflow
        done = body.internal_data["loop"]["done"] + 1
        again = (self.most is None or done < self.most) and self._holds(iteration)
        body.internal_data["loop"]["done"] = done
        spec = iteration.task_spec
        spec.left(iteration)
        instance.report(events.ElementCompleted(**iteration.ids(), element_type=spec.element_type, name=spec.bpmn_name))
        instance.drop(iteration)
        if again:
            self._spawn(body, done)
        else:
            instance.complete(body)

    def results(self, body: Passage) -> dict[str, Any]:
        return {}

    def _spawn(self, body: Passage, index: int) -> None:
        iteration = body.workflow.spawn(body.task_spec, body, index=index)
        iteration.scope = {"loopCounter": index + 1}

    def _holds(self, passage: Passage) -> bool:
        if self.condition is None:
            return True
        return expressions.is_true(self.condition, scopes.visible(passage), passage.workflow.runtime.env)
