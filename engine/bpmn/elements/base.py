"""What all elements share: how a token enters, leaves and goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine import events
from engine.bpmn import expressions, scopes
from engine.bpmn.expressions import Text
from engine.bpmn.scopes import IoMapping
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.elements.multi_instance import Loop
    from engine.bpmn.elements.standard_loop import StandardLoop
    from engine.bpmn.passage import Passage


class Flow:
    """A sequence flow, with its condition."""

    __slots__ = ("condition", "id", "source", "target")

    def __init__(self, id: str, source: FlowNode, target: FlowNode, condition: Text | None) -> None:
        self.id = id
        self.source = source
        self.target = target
        self.condition = condition


class FlowNode(BpmnTaskSpec):
    """An element of a diagram, shared by all instances and never changed by them.

    SpiffWorkflow's Task.run calls _run (True: done, None: waits) and Task.complete calls _on_complete; everything else
    of its TaskSpec life cycle (predictions, data inheritance, waiting lists) is not used.
    """

    element_type = "task"
    is_root = False
    is_gateway = False
    is_event_sub_process = False
    is_join = False

    def __init__(
        self,
        process: Any,
        id: str,
        *,
        name: str | None = None,
        lane: str | None = None,
        documentation: str | None = None,
    ) -> None:
        super().__init__(process, id, lane=lane, documentation=documentation)
        self.bpmn_id = id
        self.bpmn_name = name
        self.process_id: str = process.name
        self.container: FlowNode | None = None  # the process or sub-process it is drawn in
        self.incoming: list[Flow] = []
        self.outgoing: list[Flow] = []
        self.default: Flow | None = None
        self.input_mappings: tuple[IoMapping, ...] = ()
        self.output_mappings: tuple[IoMapping, ...] = ()
        self.properties: dict[str, Text] = {}
        self.boundaries: list[Any] = []
        self.loop: Loop | StandardLoop | None = None
        self.tokens_out = 1  # by each flow (completionQuantity)

    @property
    def joins(self) -> bool:
        """Whether tokens wait here for tokens of other incoming flows."""
        return self.is_join and len(self.incoming) > 1

    def enter(self, passage: Passage) -> bool | None:
        """Do the element's work: True when done (results in internal_data["result"]), None when it waits."""
        return True

    def waits_for(self, passage: Passage) -> events.Event | None:
        """The fact that this passage waits for somebody outside, as it was reported when waiting began."""
        return None

    def choose(self, passage: Passage) -> Sequence[Flow]:
        """The flows to leave by: all without a condition, those whose condition holds, else the default flow."""
        if self.default is None and not any(flow.condition for flow in self.outgoing):
            return self.outgoing
        unconditional = [flow for flow in self.outgoing if flow.condition is None and flow is not self.default]
        conditional = [flow for flow in self.outgoing if flow.condition is not None and flow is not self.default]
        true = self._true(passage, conditional)
        if self.default is not None and not true and (conditional or not unconditional):
            true = [self.default]
        chosen = {flow.id for flow in unconditional + true}
        if not chosen:
            raise Stuck(
                "NO_FLOW", "Expected a flow that may be taken, but no condition is true and there is no default flow"
            )
        return [flow for flow in self.outgoing if flow.id in chosen]

    def undo(self, passage: Passage) -> None:
        """Entering failed: leave nothing behind, so that it can be tried again."""
        passage.workflow.close_wait(passage, "cancelled")
        for child in tuple(passage._children):
            passage.workflow.tasks[child].cancel()
        if not passage.is_iteration:
            given = passage.internal_data.get("given")
            passage.scope = dict(given) if given else None
        passage.internal_data.pop("loop", None)

    def catcher(self, kind: str, code: str) -> Any:
        """The boundary event on this element that catches an error or escalation of this code."""
        return None

    def inner_catcher(self, kind: str, code: str, inside: Passage | None) -> Any:
        """The event sub-process in this scope that catches what came out of `inside`, by its start event."""
        return None

    def emptied(self, passage: Passage) -> None:
        """No token is left inside."""
        passage.workflow.complete(passage)

    def interrupted(self, scope: Passage) -> None:
        """An event sub-process begins that is to be all that goes on inside."""

    def inner_leaving(self, passage: Passage) -> None:
        """A token inside this scope is about to leave its element."""

    def inner_left(self, scope: Passage) -> None:
        """A token inside this scope has left its element."""

    def may_join(self, passage: Passage) -> bool:
        """Whether a waiting join may go on now that nothing else moves."""
        return False

    def left(self, passage: Passage) -> None:
        """The element is done; take what it had open out of the tree."""

    def _run(self, passage: Passage) -> bool | None:
        if self.input_mappings:
            scopes.map_inputs(passage, self.input_mappings)
        return self.enter(passage)

    def _on_complete(self, passage: Passage) -> None:
        # Where choosing a flow fails the element is completed again later, and must not hand out its results twice.
        if "published" not in passage.internal_data:
            self.publish(passage, passage.internal_data.get("result") or {})
            passage.internal_data["published"] = True
        self.leave(passage)

    def publish(self, passage: Passage, results: dict[str, Any]) -> None:
        """Hand the results to the scopes outside, once."""
        if results or self.output_mappings:
            scopes.publish(passage, results, self.output_mappings)

    def leave(self, passage: Passage) -> None:
        """Report that the element was passed and send tokens on."""
        flows = self.choose(passage)
        passage.parent.task_spec.inner_leaving(passage)
        self.left(passage)
        instance = passage.workflow
        instance.report(events.ElementCompleted(**passage.ids(), element_type=self.element_type, name=self.bpmn_name))
        if self.is_gateway:
            for flow in flows:
                self.report_flow(passage, flow)
        instance.take(passage, flows if self.tokens_out == 1 else [*flows] * self.tokens_out)

    def report_flow(self, passage: Passage, flow: Flow) -> None:
        flow_taken = events.FlowTaken(
            element_id=flow.id, process_id=self.process_id, definition_id=self._wf_spec.definition_id
        )
        passage.workflow.report(flow_taken)

    def _on_cancel(self, passage: Passage) -> None:
        passage.workflow.close_wait(passage, "cancelled")
        passage.workflow.close_incident(passage)

    def _true(self, passage: Passage, flows: Sequence[Flow]) -> list[Flow]:
        if not flows:
            return []
        variables, env = scopes.visible(passage), passage.workflow.runtime.env
        return [flow for flow in flows if flow.condition and expressions.is_true(flow.condition, variables, env)]
