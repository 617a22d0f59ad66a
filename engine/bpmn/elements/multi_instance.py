"""Multi-instance: an activity done once for every item of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import events, feel
from engine.bpmn import expressions, scopes
from engine.bpmn.elements.catches import SignalCatch
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage

MOST_ITERATIONS = 10_000
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")


@dataclass(frozen=True, kw_only=True)
class Loop:
    """The iterations of one activity. The body remembers {"n", "done", "out", "todo", "gone"}.

    gone: iterations that an operator took away. A new pass starts afresh.
    """

    sequential: bool
    collection: Text | None = None
    cardinality: Text | None = None
    input_element: str | None = None
    output_collection: str | None = None
    output_element: Text | None = None
    condition: Text | None = None
    behavior: str = "All"  # with "One" and "None" a signal goes to the boundary after the first or every iteration
    signal: str | None = None

    def start(self, body: Passage) -> bool | None:
        items = self._items(body)
        loop: dict[str, Any] = {"n": len(items), "done": 0}
        body.internal_data["loop"] = loop
        if self.output_collection:
            loop["out"] = [None] * len(items)
        if self.sequential:
            loop["todo"] = items[1:]
            items = items[:1]
        for index, item in enumerate(items):
            self._spawn(body, index, item)
        return None if items else True

    def iteration_completed(self, iteration: Passage) -> None:
        """Gather the result of an iteration; start the next one or end the body."""
        body, instance = iteration.parent, iteration.workflow
        loop = body.internal_data["loop"]
        env = instance.runtime.env
        if self.output_collection and self.output_element:
            value = self.output_element.json(scopes.visible(iteration), env)
            scopes.make_room(iteration, {self.output_collection: value})
            loop["out"][iteration.internal_data["index"]] = value
        done = loop["done"] + 1
        enough = self.condition is not None and self._enough(iteration, loop["n"], done)
        loop["done"] = done
        spec = iteration.task_spec
        spec.left(iteration)
        instance.report(events.ElementCompleted(**iteration.ids(), element_type=spec.element_type, name=spec.bpmn_name))
        instance.drop(iteration)
        if self.signal and (done == 1 or self.behavior == "None"):
            self._tell_boundary(body)
        if enough:
            for child in tuple(body._children):
                instance.tasks[child].cancel()
            instance.complete(body)
        elif loop.get("todo"):
            self._spawn(body, done, loop["todo"].pop(0))
        elif done + loop.get("gone", 0) == loop["n"]:
            instance.complete(body)

    def _tell_boundary(self, body: Passage) -> None:
        """The activity's own event goes to its boundary only, and never interrupts the iterations that are left."""
        for event in body.task_spec.boundaries:
            if isinstance(getattr(event, "catch", None), SignalCatch) and event.catch.name == self.signal:
                body.workflow.complete(body.workflow.place(event, body.parent), {})

    def results(self, body: Passage) -> dict[str, Any]:
        """What the whole activity gives: the output collection, in the order of the items."""
        if not self.output_collection:
            return {}
        return {self.output_collection: list(body.internal_data["loop"]["out"])}

    def _items(self, body: Passage) -> list[Any]:
        variables, env = scopes.visible(body), body.workflow.runtime.env
        if self.collection is not None:
            items = expressions.json(self.collection, expressions.evaluate(self.collection, variables, env))
            if not isinstance(items, list):
                raise Stuck("EXPRESSION_FAILED", f"Expected {self.collection.raw} to be a list, but it is {items!r}")
            scopes.make_room(body, {self.collection.raw: items})
        else:
            assert self.cardinality is not None
            number = expressions.json(self.cardinality, expressions.evaluate(self.cardinality, variables, env))
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise Stuck("EXPRESSION_FAILED", f"Expected {self.cardinality.raw} to be a count, but it is {number!r}")
            items = [None] * min(number, MOST_ITERATIONS + 1)
        if len(items) > MOST_ITERATIONS:
            raise Stuck("LOOP_LIMIT", f"Expected at most {MOST_ITERATIONS} iterations, but there are more")
        return items

    def _spawn(self, body: Passage, index: int, item: Any) -> None:
        iteration = body.workflow.spawn(body.task_spec, body, index=index)
        scope: dict[str, Any] = {"loopCounter": index + 1}
        if self.input_element:
            scope[self.input_element] = item
        # What the output element reads belongs to the iteration: parallel ones must not see each other's answers.
        for name in self._own_names(body):
            scope.setdefault(name, None)
        iteration.scope = scope

    def _own_names(self, body: Passage) -> list[str]:
        if self.output_element is None or not self.output_element.is_expression:
            return []
        try:
            expression = self.output_element.expression
        except feel.FeelError as error:
            raise Stuck("EXPRESSION_FAILED", f"Expected {self.output_element.raw} to be FEEL, but {error}") from error
        if _PATH.match(expression.text.strip()):
            return [expression.text.strip().partition(".")[0]]
        outside = scopes.visible(body)
        return sorted(name for name in expression.names if name not in outside and name not in scopes.RESERVED)

    def _enough(self, iteration: Passage, total: int, done: int) -> bool:
        assert self.condition is not None
        counts = {
            "numberOfInstances": total,
            "numberOfCompletedInstances": done,
            "numberOfActiveInstances": len(iteration.parent._children) - 1,
            "numberOfTerminatedInstances": iteration.parent.internal_data["loop"].get("gone", 0),
        }
        return expressions.is_true(self.condition, scopes.visible(iteration, counts), iteration.workflow.runtime.env)
