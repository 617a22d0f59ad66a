"""What was deployed, parsed once per version and kept: process models, forms, decisions, packs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import bpmn, dmn, forms
from engine.errors import NotFound
from engine.model.repository import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, Resource
from engine.model.runtime import ProcessInstance
from engine.packs import CaseType, Pack


@dataclass(frozen=True, kw_only=True)
class DeployedForm:
    """A form version: its row's id and its parsed form."""

    id: int
    form: forms.Form


class Definitions:
    """A cache shared by all threads. Rows of deployments never change, so only "latest" depends on the stamp.

    The stamp is the id of the newest deployment; commands learn it with the query that locks the instance.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept: dict[Hashable, Any] = {}
        self._stamp = 0

    def stamp(self, session: Session) -> int:
        return session.scalar(select(func.max(Deployment.id))) or 0

    def seen(self, stamp: int | None) -> None:
        """Forget what was latest before the newest deployment."""
        with self._lock:
            if stamp is not None and stamp > self._stamp:
                self._stamp = stamp
                self._kept = {key: kept for key, kept in self._kept.items() if not str(key[0]).startswith("latest")}  # type: ignore[index]

    def model(self, session: Session, definition_id: int) -> bpmn.ProcessModel:
        """The parsed process; what it calls are versions of their own, see `called`."""
        return self._keep(("model", definition_id), lambda: self._parse(session, definition_id))

    def definition(self, session: Session, definition_id: int) -> ProcessDefinition:
        return self._keep(("definition", definition_id), lambda: _get(session, ProcessDefinition, definition_id))

    def latest_definition(self, session: Session, key: str) -> ProcessDefinition:
        """The newest version of a process. Raises NotFound."""
        found = self._keep(("latest definition", key), lambda: _latest(session, ProcessDefinition, key))
        if found is None:
            raise NotFound("Expected to find process {key}, but none was deployed", key=key)
        return found

    def called(
        self, session: Session, key: str, binding: bpmn.Binding, caller_id: int | None
    ) -> bpmn.ProcessModel | None:
        """The process that a call of this binding means at this moment, or None; `caller_id`: the calling version."""
        if binding.type == "deployment" and caller_id is not None:
            found = self._beside(session, ProcessDefinition, key, caller_id)
        elif binding.tag is not None:
            found = self._keep(("latest tagged", key, binding.tag), lambda: _tagged(session, key, str(binding.tag)))
        else:
            found = self._keep(("latest definition", key), lambda: _latest(session, ProcessDefinition, key))
        return found and self.model(session, found.id)

    def called_by(self, session: Session, instance: ProcessInstance) -> list[int]:
        """The versions the instance has called so far; of one from before these were remembered, its deployment's."""
        if instance.called_definitions is not None:
            return instance.called_definitions
        return self._keep(
            ("deployed beside", instance.definition_id), lambda: self._deployed_beside(session, instance.definition_id)
        )

    def element(
        self, session: Session, instance: ProcessInstance, element_id: str, process_id: str | None = None
    ) -> bpmn.Element | None:
        """An element of the instance's process, or of one it has called; of several versions of one the last called."""
        for version in (instance.definition_id, *reversed(self.called_by(session, instance))):
            found = self.model(session, version).elements.get(element_id)
            if found is not None and process_id in (None, found.process_id):
                return found
        return None

    def form(self, session: Session, form_id: int) -> forms.Form:
        return self._keep(("form", form_id), lambda: forms.parse_form(_content(session, FormDefinition, form_id)))

    def latest_form(self, session: Session, key: str) -> DeployedForm | None:
        row = self._keep(("latest form", key), lambda: _latest(session, FormDefinition, key))
        return row and DeployedForm(id=row.id, form=self.form(session, row.id))

    def form_beside(self, session: Session, key: str, definition_id: int) -> DeployedForm | None:
        """The form as it was deployed with this version of a process."""
        row = self._beside(session, FormDefinition, key, definition_id)
        return row and DeployedForm(id=row.id, form=self.form(session, row.id))

    def decision_beside(self, session: Session, key: str, definition_id: int) -> dmn.Model | None:
        """The decision model as it was deployed with this version of a process."""
        row = self._beside(session, DecisionDefinition, key, definition_id)
        return row and self._keep(("decision", row.resource_id), lambda: parse_decision(session, row.resource_id))

    def latest_decision(self, session: Session, key: str) -> dmn.Model | None:
        """The decision model whose newest version defines this decision id."""
        row = self._keep(("latest decision", key), lambda: _latest(session, DecisionDefinition, key))
        return row and self._keep(("decision", row.resource_id), lambda: parse_decision(session, row.resource_id))

    def pack_of(self, session: Session, definition: ProcessDefinition) -> Pack:
        """The newest pack of the name the definition was deployed under: its profile, labels and case types."""
        name = self._keep(
            ("pack name", definition.deployment_id), lambda: _get(session, Deployment, definition.deployment_id).name
        )
        return self.latest_pack(session, name)

    def latest_pack(self, session: Session, name: str) -> Pack:
        return self._keep(("latest pack", name), lambda: _load_pack(session, name))

    def packs(self, session: Session) -> tuple[Pack, ...]:
        names = self._keep(
            ("latest names",), lambda: tuple(session.scalars(select(Deployment.name).distinct().order_by("name")))
        )
        return tuple(self.latest_pack(session, name) for name in names)

    def case_type(self, session: Session, key: str) -> tuple[Pack, CaseType]:
        """The case type of this key and its pack. Raises NotFound."""
        for pack in self.packs(session):
            if key in pack.case_types:
                return pack, pack.case_types[key]
        raise NotFound("Expected to find case type {key}, but no pack declares it", key=key)

    def _parse(self, session: Session, definition_id: int) -> bpmn.ProcessModel:
        definition = self.definition(session, definition_id)
        return bpmn.parse(_diagrams(session, definition), definition.key, definition_id=definition_id)

    def _beside(self, session: Session, row: type[Any], key: str, definition_id: int) -> Any:
        """What was newest of this key when the process was deployed: a deployment makes no row for what is equal."""
        deployment_id = self.definition(session, definition_id).deployment_id
        return self._keep(("beside", row, key, deployment_id), lambda: _as_of(session, row, key, deployment_id))

    def _deployed_beside(self, session: Session, definition_id: int) -> list[int]:
        definition = self.definition(session, definition_id)
        beside = [
            self._beside(session, ProcessDefinition, process.id, definition_id)
            for process in bpmn.processes(_diagrams(session, definition))
            if process.id != definition.key
        ]
        return [found.id for found in beside if found is not None]

    def _keep(self, key: Hashable, make: Callable[[], Any]) -> Any:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            return self._kept[key]


def parse_decision(session: Session, resource_id: int) -> dmn.Model:
    """A decision model with the others of its deployment, which it may import."""
    resource = session.get_one(Resource, resource_id)
    others = select(Resource.content).where(
        Resource.deployment_id == resource.deployment_id, Resource.kind == "decision", Resource.id != resource_id
    )
    return dmn.parse(resource.content, imports=list(session.scalars(others)))


def _diagrams(session: Session, definition: ProcessDefinition) -> dict[str, bytes]:
    """The diagrams of the definition's deployment."""
    rows = session.execute(
        select(Resource.name, Resource.content).where(
            Resource.deployment_id == definition.deployment_id, Resource.kind == "process"
        )
    )
    return dict(rows.all())


def _latest(session: Session, row: type[Any], key: str) -> Any:
    found = session.scalars(select(row).where(row.key == key).order_by(row.version.desc()).limit(1)).first()
    return _detached(session, found)


def _as_of(session: Session, row: type[Any], key: str, deployment_id: int) -> Any:
    statement = select(row).where(row.key == key, row.deployment_id <= deployment_id).order_by(row.version.desc())
    return _detached(session, session.scalars(statement.limit(1)).first())


def _tagged(session: Session, key: str, tag: str) -> Any:
    statement = (
        select(ProcessDefinition)
        .where(ProcessDefinition.key == key, ProcessDefinition.version_tag == tag)
        .order_by(ProcessDefinition.version.desc())
    )
    return _detached(session, session.scalars(statement.limit(1)).first())


def _get(session: Session, row: type[Any], row_id: int) -> Any:
    return _detached(session, session.get_one(row, row_id))


def _detached(session: Session, row: Any) -> Any:
    # Kept rows outlive their session; loaded whole and never changed, they need none.
    if row is not None:
        session.expunge(row)
    return row


def _content(session: Session, row: type[Any], row_id: int) -> dict[str, Any]:
    statement = select(Resource.content).join(row, row.resource_id == Resource.id).where(row.id == row_id)
    return json.loads(session.scalars(statement).one())


def _load_pack(session: Session, name: str) -> Pack:
    deployment_id = session.scalar(select(func.max(Deployment.id)).where(Deployment.name == name))
    rows = session.execute(select(Resource.name, Resource.content).where(Resource.deployment_id == deployment_id))
    return Pack(name=name, resources=dict(rows.all()))
