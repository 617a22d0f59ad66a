"""Gateways: where tokens split, meet and are decided upon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine import events
from engine.bpmn.elements.base import Flow, FlowNode
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


class Gateway(FlowNode):
    is_gateway = True


class ExclusiveGateway(Gateway):
    """The first flow whose condition is true, else the default flow; as a merge every token passes."""

    element_type = "exclusiveGateway"

    def choose(self, passage: Passage) -> Sequence[Flow]:
        for flow in self.outgoing:
            if flow is self.default:
                continue
            if flow.condition is None or self._true(passage, [flow]):
                return [flow]
        if self.default is not None:
            return [self.default]
        if not self.outgoing:
            return []
        raise Stuck(
            "NO_FLOW", "Expected a flow that may be taken, but no condition is true and there is no default flow"
        )


class ParallelGateway(Gateway):
    """Waits for a token on every incoming flow, then sends one by every outgoing flow."""

    element_type = "parallelGateway"
    is_join = True

    def enter(self, passage: Passage) -> bool | None:
        if not self.joins:
            return True
        met = _met(passage)
        if len(met) < len(self.incoming) - 1:
            return None
        for token in met:
            passage.workflow.drop(token)
        return True

    def choose(self, passage: Passage) -> Sequence[Flow]:
        return self.outgoing


class InclusiveGateway(Gateway):
    """Every flow whose condition is true; as a join it waits as long as another token can still arrive."""

    element_type = "inclusiveGateway"
    is_join = True

    def enter(self, passage: Passage) -> bool | None:
        return None if self.joins else True

    def may_join(self, passage: Passage) -> bool:
        """BPMN 2.0.2 table 13.3: no token outside can reach an empty incoming flow without reaching a filled one."""
        waiting = _waiting_by_flow(passage)
        waiting[passage.internal_data.get("via")].append(passage)
        filled = set(waiting)
        for other in passage.siblings:
            if other.task_spec is self and other._state == TaskState.STARTED:
                continue
            if other.is_watcher:
                continue
            reached = self._reached_from(other.task_spec)
            if reached - filled and not reached & filled:
                return False
        return True

    def _on_complete(self, passage: Passage) -> None:
        if self.joins and "published" not in passage.internal_data:
            for token in _met(passage):
                passage.workflow.drop(token)
        super()._on_complete(passage)

    def _reached_from(self, start: FlowNode) -> set[str]:
        """Incoming flows of this join a token at `start` can reach without passing the join."""
        known: dict[str, set[str]] = self.__dict__.setdefault("_reached", {})
        if start.name not in known:
            known[start.name] = self._find_reached(start)  # the same for ever: elements do not change
        return known[start.name]

    def _find_reached(self, start: FlowNode) -> set[str]:
        seen, found, todo = {start.name}, set(), [start]
        while todo:
            node = todo.pop()
            for source in (node, *node.boundaries):
                for flow in source.outgoing:
                    if flow.target is self:
                        found.add(flow.id)
                    elif flow.target.name not in seen:
                        seen.add(flow.target.name)
                        todo.append(flow.target)
        return found


class EventBasedGateway(Gateway):
    """Waits for the first of several events."""

    element_type = "eventBasedGateway"

    def enter(self, passage: Passage) -> None:
        for flow in self.outgoing:
            waiting = passage.workflow.place(flow.target, passage.parent, via=flow.id, gate=passage.id)
            try:
                flow.target.catch.arm(waiting, waiting)
            except Stuck as stuck:
                raise Stuck(stuck.code, f"{stuck.message} (event {flow.target.name})") from stuck

    def undo(self, passage: Passage) -> None:
        self._stop_waiting(passage)
        super().undo(passage)

    def decided(self, passage: Passage, happened: Passage) -> None:
        """One event happened: the others are not waited for any more."""
        via = happened.internal_data["via"]
        self._stop_waiting(passage)
        instance = passage.workflow
        instance.report(events.ElementCompleted(**passage.ids(), element_type=self.element_type, name=self.bpmn_name))
        self.report_flow(passage, next(flow for flow in self.outgoing if flow.id == via))
        instance.drop(passage)

    def _on_cancel(self, passage: Passage) -> None:
        self._stop_waiting(passage)
        super()._on_cancel(passage)

    def _stop_waiting(self, passage: Passage) -> None:
        for event in passage.siblings:
            if event.internal_data.get("gate") == passage.id:
                event.cancel()


def _met(passage: Passage) -> list[Passage]:
    """The waiting tokens this one is joined with: one of each other flow.

    Tokens that an operator started here came by no flow: each stands for a flow nobody has come by.
    """
    waiting = _waiting_by_flow(passage)
    by_no_flow = waiting.pop(None, [])
    waiting.pop(passage.internal_data.get("via"), None)
    met = [tokens[0] for tokens in waiting.values()]
    return met + by_no_flow[: max(0, len(passage.task_spec.incoming) - 1 - len(met))]


def _waiting_by_flow(passage: Passage) -> dict[Any, list[Passage]]:
    """Other tokens waiting at this join, by the flow they came by."""
    waiting: dict[Any, list[Passage]] = defaultdict(list)
    for other in passage.siblings:
        if other.task_spec is passage.task_spec and other._state == TaskState.STARTED:
            waiting[other.internal_data.get("via")].append(other)
    return waiting
