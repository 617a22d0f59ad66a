"""Instance migration, first half: whether everything that waits can go on in the other version, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bpmn import counterparts
from engine.bpmn.elements.ad_hoc import AdHocSubProcess
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.compensation import CompensationThrow
from engine.bpmn.migration_plan import MigrationPlan
from engine.bpmn.runtime import LATEST
from engine.errors import Message

if TYPE_CHECKING:
    from engine.bpmn.instance import Instance
    from engine.bpmn.parser import ProcessModel
    from engine.bpmn.passage import Passage


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of one element: "kept", "moved" (to `target_id`), "cancelled", "new" or "refused", and why."""

    element_id: str
    verdict: str
    element_type: str
    name: str | None = None
    element_instance_id: str = ""
    target_id: str | None = None
    reason: Message | None = None


class Judgement:
    """What would become of one instance; `target_of` says for every passage where it goes, None: it is dropped."""

    def __init__(self, instance: Instance, target: ProcessModel, plan: MigrationPlan) -> None:
        self.instance = instance
        self.source = self.instance.model.spec
        self.target = target
        self.plan = plan
        self.verdicts: list[Verdict] = []
        self.target_of: dict[str, FlowNode | None] = {}
        self.flow_of: dict[str, str] = {}  # passage id -> the flow it came by, in the target

    @property
    def is_refused(self) -> bool:
        return any(verdict.verdict == "refused" for verdict in self.verdicts)

    def judge(self) -> None:
        for passage in self.instance.tasks.values():
            found, reason, refused = self._judge(passage)
            self.target_of[passage.id] = None if refused else found
            moved = found is not None and found.name != passage.task_spec.name
            verdict = "refused" if refused else "cancelled" if found is None else "moved" if moved else "kept"
            shared = "part" in passage.internal_data or passage.is_iteration  # what is around them is told of
            if refused or not (shared or passage.task_spec.is_root):
                self.tell(passage.task_spec, verdict, passage, found, reason)
        stays = (p for p in self.instance.tasks.values() if self.target_of[p.id] is not None)
        if not self.is_refused and all(p.is_watcher or p.task_spec.is_root for p in stays):
            reason = Message(
                "Expected a token to remain, but the plan lets all of them go; cancel the instance instead"
            )
            self.tell(self.instance.task_tree.task_spec, "refused", None, None, reason)

    def tell(
        self, spec: FlowNode, verdict: str, passage: Passage | None, found: FlowNode | None, reason: Message | None
    ) -> None:
        self.verdicts.append(
            Verdict(
                element_id=spec.name,
                verdict=verdict,
                element_type=spec.element_type,
                name=spec.bpmn_name,
                element_instance_id=passage.id if passage is not None else "",
                target_id=found.name if found is not None else None,
                reason=reason,
            )
        )

    def _judge(self, passage: Passage) -> tuple[FlowNode | None, Message | None, bool]:
        """Where the passage goes, why it goes nowhere, and whether that forbids the migration."""
        spec, remembered, parent = passage.task_spec, passage.internal_data, passage.parent
        around = self.target_of[parent.id] if parent is not None else None
        if parent is not None and around is None:
            return None, None, False  # told of what it is in
        model = self._model_of(spec)
        if model is None:
            return spec, Message("It stays in the version of the called process"), False
        if spec.process_id not in model.processes:
            return None, Message("Expected process {id} to be there, but it is not", id=spec.process_id), True
        specs = model.processes[spec.process_id].task_specs
        if spec.is_root or "part" in remembered or passage.is_iteration:
            reason = self._judge_memory(passage, specs)
            root = model.processes[spec.process_id].start
            return root if spec.is_root else around, reason, reason is not None
        wanted = self.plan.mapping.get(spec.name, spec.name)
        found = specs.get(wanted) if wanted is not None else None
        if "host" in remembered or "gate" in remembered:
            return self._judge_watcher(passage, found)
        if wanted is None:
            return None, Message("The plan lets it go"), False
        if found is None:
            missing = Message(
                "Expected element {id} in the new version, but there is none: map it or let it go", id=wanted
            )
            return None, missing, True
        reason = counterparts.unlike(passage, found)
        if reason is None and around is not None and not isinstance(parent.task_spec, CompensationThrow):
            reason = counterparts.misplaced(found, around)
        if reason is None and "via" in remembered:
            reason = self._judge_flow(passage, found)
        if reason is None:
            reason = self._judge_memory(passage, specs)
        return found, reason, reason is not None

    def _judge_watcher(self, passage: Passage, found: FlowNode | None) -> tuple[FlowNode | None, Message | None, bool]:
        """Events that only wait beside a token are closed where the new version has them no more."""
        remembered = passage.internal_data
        host = self.target_of.get(remembered.get("host") or remembered["gate"])
        if host is None:
            return None, None, False
        if found is None or counterparts.unlike(passage, found):
            return None, Message("It is not waited for any more"), False
        if "host" in remembered:
            kept = found in counterparts.watchers(host)
        else:
            flow = next((flow for flow in host.outgoing if flow.target is found), None)
            kept = flow is not None
            if flow is not None:
                self.flow_of[passage.id] = flow.id
        return (found, None, False) if kept else (None, Message("It is not waited for any more"), False)

    def _judge_flow(self, passage: Passage, found: FlowNode) -> Message | None:
        """A token at a join came by a flow; the join must still wait for it."""
        via = passage.internal_data["via"]
        wanted = self.plan.mapping.get(via, via)
        known = [flow for flow in found.incoming if flow.id == wanted]
        if not known:
            drawn = next((flow for flow in passage.task_spec.incoming if flow.id == via), None)
            source = drawn and self.plan.mapping.get(drawn.source.name, drawn.source.name)
            known = [flow for flow in found.incoming if flow.source.name == source]
        if len(known) == 1:
            self.flow_of[passage.id] = known[0].id
            return None
        return Message(
            "Expected flow {flow}, by which a token waits, to lead to {id} in the new version, but it does not",
            flow=via,
            id=found.name,
        )

    def _judge_memory(self, passage: Passage, specs: Mapping[str, FlowNode]) -> Message | None:
        """What was completed and can be undone, and what is still to begin, must be there too."""
        remembered = passage.internal_data
        for id, inside in counterparts.undone(remembered.get("compensable", [])):
            wanted = self.plan.mapping.get(id, id)
            there = specs.get(wanted) if wanted is not None else None
            if wanted is not None and (there is None or not (inside or counterparts.can_undo(there))):
                return Message("Expected element {id}, which was completed and can be undone, but there is none", id=id)
        for id in _still_to_begin(passage):
            if (self.plan.mapping.get(id, id) or "") not in specs:
                return Message("Expected element {id}, which is still to begin, but there is none", id=id)
        return None

    def _model_of(self, spec: FlowNode) -> ProcessModel | None:
        """Where the elements of this element's process go: called ones have a version of their own, and may stay."""
        process = spec._wf_spec
        if process.definition_id is None or process.definition_id == self.source.definition_id:
            return self.target
        if not self.plan.calls:
            return None
        newest = self.instance.runtime.called(process.name, LATEST, None)
        return None if newest is None or newest.definition_id == process.definition_id else newest


def _still_to_begin(passage: Passage) -> Iterator[str]:
    todo = passage.internal_data.get("todo", [])
    if isinstance(passage.task_spec, CompensationThrow):
        yield from (id for id, *_ in todo)
    elif isinstance(passage.task_spec, AdHocSubProcess):
        yield from todo
