"""Instance migration: a running instance goes on in another version of its process, with everything it waits for.

Its passages get the elements of the other version; ids, scopes and waits stay. First everything is judged, and only
where nothing is refused is anything moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine import events
from engine.bpmn import counterparts
from engine.bpmn.elements.ad_hoc import AdHocSubProcess
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.elements.catches import MessageCatch, SignalCatch, TimerCatch
from engine.bpmn.elements.compensation import CompensationThrow
from engine.bpmn.elements.multi_instance import Loop
from engine.bpmn.elements.tasks import UserTask
from engine.bpmn.judging import Judgement, Verdict
from engine.bpmn.migration_plan import MigrationPlan
from engine.bpmn.stuck import Stuck
from engine.errors import Message

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution
    from engine.bpmn.parser import ProcessModel
    from engine.bpmn.passage import Passage


def migrate(execution: Execution, target: ProcessModel, plan: MigrationPlan, *, go_on: bool = True) -> list[Verdict]:
    """Put a running instance on the target; `go_on`: and do what can be done there now.

    Where a verdict is "refused", the execution must be thrown away, not stored.
    """
    migration = _Migration(execution._instance, target, plan)
    migration.judge()
    if not migration.is_refused:
        migration.move()
    if go_on and not migration.is_refused:
        execution._advance()
    return migration.verdicts


class _Migration(Judgement):
    """One instance on its way."""

    def move(self) -> None:
        instance, tasks = self.instance, self.instance.tasks
        emptied = []
        for passage in tuple(tasks.values()):
            if self.target_of[passage.id] is None and passage.id in tasks:
                if not passage.is_watcher and passage.parent is not None:
                    emptied.append(passage.parent)
                passage.cancel()
        instance.model, instance.spec = self.target, self.target.spec
        before = {passage.id: passage.task_spec for passage in tasks.values()}
        for passage in tasks.values():
            self._put(passage)
        for passage in tuple(tasks.values()):
            try:
                self._follow(passage, before[passage.id])
            except Stuck as stuck:
                reason = Message("Expected it to go on in the new version, but: {error}", error=stuck.message)
                self.tell(passage.task_spec, "refused", passage, None, reason)
        for scope in dict.fromkeys(emptied):
            if scope.id in tasks and not scope.has_tokens():
                scope.task_spec.emptied(scope)
        instance.changed = True

    def _put(self, passage: Passage) -> None:
        """The passage stands at its element of the new version; what it remembers of ids is told anew."""
        before, remembered, after = passage.task_spec, passage.internal_data, self.target_of[passage.id]
        if after is None or after is before:
            return
        passage.task_spec = after
        if after.is_root:
            self.instance.uses(after._wf_spec)
        if passage.id in self.flow_of:
            remembered["via"] = self.flow_of[passage.id]
        if "compensable" in remembered:
            remembered["compensable"] = self._renamed(remembered["compensable"])
        if isinstance(after, CompensationThrow) and "todo" in remembered:
            remembered["todo"] = [[self._new_id(id), *rest] for id, *rest in remembered["todo"]]
        elif isinstance(after, AdHocSubProcess) and "todo" in remembered:
            remembered["todo"] = [self._new_id(id) for id in remembered["todo"]]
        old_loop, new_loop = before.loop, after.loop
        if not isinstance(old_loop, Loop) or not isinstance(new_loop, Loop):
            return
        if "loop" in remembered and new_loop.output_collection:
            remembered["loop"].setdefault("out", [None] * remembered["loop"]["n"])
        was, now = old_loop.input_element, new_loop.input_element
        if passage.is_iteration and passage.scope and was in passage.scope and now and now != was:
            passage.scope[now] = passage.scope.pop(was)

    def _follow(self, passage: Passage, before: FlowNode) -> None:
        """What waits outside follows: rows, due dates, subscriptions, events beside the work, joins."""
        remembered, after = passage.internal_data, passage.task_spec
        if after is before:
            return
        kind = remembered.get("wait")
        if kind in ("timer", "message", "signal"):
            self._renew(passage, before)
        if kind == "user" or ((kind or "incident" in remembered) and after.name != before.name):
            self.instance.report(
                events.ElementMigrated(
                    **passage.ids(),
                    wait=kind,
                    stuck="incident" in remembered,
                    task=after.waits_for(passage) if kind == "user" and isinstance(after, UserTask) else None,
                    reassign=self.plan.reassign,
                )
            )
        if "via" in remembered and "gate" not in remembered and passage._state == TaskState.STARTED and not kind:
            self._look_again(passage)
        if "arrived" in remembered and "gathered" not in remembered and passage._state == TaskState.STARTED:
            self._look_again(passage)
        if "part" not in remembered and counterparts.has_begun(passage):
            self._watch_new(passage, before)
        if after.is_gateway and hasattr(after, "decided") and passage._state == TaskState.STARTED:
            self._await_new(passage)

    def _renew(self, passage: Passage, before: Any) -> None:
        """Count a timer again, or subscribe to what the new version names, as the plan says."""
        after: Any = passage.task_spec
        old, new = before.catch_of(passage), after.catch_of(passage)
        remembered = passage.internal_data
        whole = passage.parent if "part" in remembered else passage
        reader = self.instance.tasks.get(whole.internal_data.get("host", ""), passage)
        if isinstance(new, TimerCatch):
            again = self.plan.recount and not (new.style == "date" and old.text.raw == new.text.raw)
        elif isinstance(new, MessageCatch):
            again = old.heard(passage) != new.name or (old.key and old.key.raw) != (new.key and new.key.raw)
        else:
            assert isinstance(new, SignalCatch)
            again = old.heard(passage) != new.name
        if again and not isinstance(new, TimerCatch) and not self.plan.renew:
            remembered["name"] = old.heard(passage)
        elif again:
            remembered.pop("name", None)
            self.instance.close_wait(passage, "cancelled")
            new.arm(passage, reader)

    def _watch_new(self, host: Passage, before: FlowNode) -> None:
        """Arm the events that the new version has beside or inside of this element and the old one had not."""
        instance, spec = self.instance, host.task_spec
        others = [*host.siblings] if host.parent is not None else []
        others += [instance.tasks[child] for child in host._children]
        waiting = {other.task_spec for other in others if other.internal_data.get("host") == host.id}
        for event in counterparts.watchers(spec):
            inside = event.container is not spec.container
            # Of a repeated activity the body has the boundary events, each round its own event sub-processes.
            elsewhere = host.is_iteration if not inside else "loop" in host.internal_data
            if event in waiting or elsewhere or self._was_like(before, event):
                continue
            if inside and counterparts.is_interrupted(host):
                continue
            event.arm(instance.place(event, host if inside else host.parent, host=host.id), host)
            self.tell(event, "new", None, None, None)

    def _was_like(self, before: FlowNode, event: Any) -> bool:
        """Whether the old version had this event too: then it happened already, and is not waited for again."""
        old = [each for each in counterparts.watchers(before) if self._new_id(each.name) == event.name]
        return any(type(each) is type(event) and type(each.catch) is type(event.catch) for each in old)

    def _await_new(self, gateway: Passage) -> None:
        """Wait for the events that the new version has after this event gateway and the old one had not."""
        waiting = {other.task_spec for other in gateway.siblings if other.internal_data.get("gate") == gateway.id}
        for flow in gateway.task_spec.outgoing:
            if flow.target in waiting:
                continue
            placed = self.instance.place(flow.target, gateway.parent, via=flow.id, gate=gateway.id)
            catch: Any = flow.target
            catch.catch.arm(placed, placed)
            self.tell(flow.target, "new", None, None, None)

    def _look_again(self, passage: Passage) -> None:
        """The join may wait for fewer flows now."""
        passage._set_state(TaskState.READY)
        self.instance.queue.append((passage, "run"))

    def _new_id(self, id: str) -> str:
        return self.plan.mapping.get(id, id) or id

    def _renamed(self, entries: list[Any]) -> list[Any]:
        kept = [entry for entry in entries if self.plan.mapping.get(entry[0], entry[0]) is not None]
        return [[self._new_id(id), self._renamed(inside), variables] for id, inside, variables in kept]
