"""Call activities: another process or a global task, run inside the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn import scopes
from engine.bpmn.elements.activities import Activity
from engine.bpmn.elements.processes import ProcessSpec
from engine.bpmn.expressions import Text
from engine.bpmn.runtime import LATEST, Binding
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.instance import Instance
    from engine.bpmn.passage import Passage

MOST_CALLS = 20


class CallActivity(Activity):
    """Runs another process inside this instance, with variables of its own."""

    element_type = "callActivity"
    called: Text
    binding: Binding = LATEST
    all_parent_variables = True
    all_child_variables = True

    def enter(self, passage: Passage) -> None:
        instance = passage.workflow
        _refuse_too_deep(passage)
        variables = scopes.visible(passage)
        process_id = self.called.json(variables, instance.runtime.env)
        spec = self._called(process_id, instance)
        if spec is None or (start := spec.start.none_start()) is None:
            said = f" with version tag {self.binding.tag}" if self.binding.tag else ""
            reason = f"there is none{said}" if spec is None else "it has no start event without a message"
            message = f"Expected {self.name} to call process {process_id}, but {reason}"
            raise Stuck("CALLED_PROCESS_MISSING", message)
        instance.uses(spec)
        root = instance.place(spec.start, passage)
        if self.all_parent_variables:
            constants = instance.runtime.constants
            given = {name: value for name, value in variables.items() if name not in constants}
        else:
            given = dict(passage.scope or {})
        scopes.make_room(passage, given)
        root.scope = given
        spec.start.watch(root)
        instance.spawn(start, root)

    def _called(self, process_id: Any, instance: Instance) -> ProcessSpec | None:
        if not isinstance(process_id, str):
            return None
        caller: ProcessSpec = self._wf_spec
        spec = caller.beside.get(process_id)
        if spec is not None and (spec.is_global_task or caller.definition_id is None):
            return spec if self.binding.tag in (None, spec.version_tag) else None
        model = instance.runtime.called(process_id, self.binding, caller.definition_id)
        return None if model is None else model.spec

    def called_completed(self, passage: Passage, results: dict[str, Any]) -> None:
        wanted = self.all_child_variables or self.output_mappings
        passage.workflow.complete(passage, results if wanted else {})


def _refuse_too_deep(passage: Passage) -> None:
    """The checks refuse processes that call themselves, but not those whose name is only known when they are called."""
    depth, outer = 0, passage
    while outer is not None:
        depth += outer.task_spec.is_root
        outer = outer.parent
    if depth > MOST_CALLS:
        raise Stuck("CALL_DEPTH", f"Expected at most {MOST_CALLS} processes to call each other, but there are more")
