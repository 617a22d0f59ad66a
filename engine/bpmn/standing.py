"""What can be read of an instance: where it is, what it waits for, what it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import events
from engine.bpmn import scopes
from engine.bpmn.elements.multi_instance import Loop
from engine.bpmn.elements.processes import ProcessSpec
from engine.bpmn.instance import Instance
from engine.bpmn.passage import Passage
from engine.errors import InvalidState


@dataclass(frozen=True, kw_only=True)
class Token:
    """Where an instance is. `state` is "active" or "incident"."""

    element_id: str
    element_instance_id: str
    state: str
    process_id: str = ""
    definition_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ElementInstance:
    """An element that is under way, what is around tokens included. `scope_id`: what it is in, None for the process."""

    element_id: str
    element_instance_id: str
    scope_id: str | None
    element_type: str
    name: str | None
    process_id: str


class Standing:
    """An instance for looking only."""

    _instance: Instance

    @property
    def finished(self) -> bool:
        return self._instance.completed

    def variables(self, element_instance_id: str | None = None) -> dict[str, Any]:
        """All variables an element can read, constants excluded; those of the instance scope without an id."""
        passage = self._passage(element_instance_id)
        constants = self._instance.runtime.constants
        return {name: value for name, value in scopes.visible(passage).items() if name not in constants}

    def scope_variables(self) -> dict[str, dict[str, Any]]:
        """The variables of every scope by element instance id, outer scopes first."""
        return {id: dict(passage.scope) for id, passage in self._instance.tasks.items() if passage.scope is not None}

    def waits(self) -> list[events.Event]:
        """What the instance waits for, as the facts that were reported when waiting began, incidents included.

        Projections can be rebuilt from it. Due dates and keys are those of then; assignments are evaluated again.
        """
        found: list[events.Event] = []
        for passage in self._instance.tasks.values():
            if "wait" in passage.internal_data and (event := passage.task_spec.waits_for(passage)) is not None:
                found.append(event)
            if incident := passage.internal_data.get("incident"):
                found.append(events.IncidentRaised(**passage.ids(), code=incident["code"], message=incident["message"]))
        return found

    def tokens(self) -> list[Token]:
        """The innermost places where the instance is; boundary events that only watch are not among them."""
        found = []
        for passage in self._instance.tasks.values():
            stuck = passage._state == TaskState.ERROR
            if not stuck and (passage.task_spec.is_root or passage.is_watcher or self._contains_tokens(passage)):
                continue
            ids = passage.ids()
            found.append(Token(**ids, state="incident" if stuck else "active"))
        return found

    def around_tokens(self) -> list[Token]:
        """The elements that contain a token: call activities and sub-processes that are under way."""
        return [
            Token(**passage.ids(), state="active")
            for passage in self._instance.tasks.values()
            if self._contains_tokens(passage) and not passage.task_spec.is_root and passage.task_spec.bpmn_id
        ]

    def open_scopes(self) -> list[tuple[str, str, str]]:
        """Element instance id, process and element of all that holds variables or other elements, outer ones first."""
        return [
            (passage.id, passage.task_spec.process_id, passage.task_spec.name)
            for passage in self._instance.tasks.values()
            if passage.scope is not None or passage._children
        ]

    def open_processes(self) -> list[tuple[str, ProcessSpec]]:
        """The instance's own process and those it has called, by id."""
        roots = [passage.task_spec for passage in self._instance.tasks.values() if passage.task_spec.is_root]
        return list({spec.process_id: spec._wf_spec for spec in roots}.items())

    def element_instances(self) -> list[ElementInstance]:
        """Everything that is under way, outer ones first; what only watches is not among it."""
        return [
            ElementInstance(
                element_id=passage.task_spec.name,
                element_instance_id=passage.id,
                scope_id=passage.parent.id if passage.parent is not None else None,
                element_type=_kind(passage),
                name=passage.task_spec.bpmn_name,
                process_id=passage.task_spec.process_id,
            )
            for passage in self._instance.tasks.values()
            if not passage.is_watcher
        ]

    def _contains_tokens(self, passage: Passage) -> bool:
        """Whether tokens are inside; the parts of a multiple event are none."""
        return any(not self._instance.tasks[child].is_watcher for child in passage._children)

    def _passage(self, element_instance_id: str | None) -> Passage:
        if element_instance_id is None:
            return self._instance.task_tree
        passage = self._instance.tasks.get(element_instance_id)
        if passage is None:
            raise InvalidState("Expected to find element instance {id}, but it has ended", id=element_instance_id)
        return passage


def _kind(passage: Passage) -> str:
    spec = passage.task_spec
    if isinstance(spec.loop, Loop) and not passage.is_iteration:
        return "multiInstanceBody"
    return "eventSubProcess" if spec.is_event_sub_process else spec.element_type
