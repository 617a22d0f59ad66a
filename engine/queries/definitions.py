"""What is deployed: start forms, versions, drawings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine import dmn, forms
from engine.access import Actor
from engine.definitions import parse_decision
from engine.errors import NotFound
from engine.model.repository import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, Resource
from engine.model.runtime import ProcessInstance
from engine.queries.context import QueryContext

KINDS: dict[str, type[Any]] = {
    "process": ProcessDefinition,
    "decision": DecisionDefinition,
    "form": FormDefinition,
}


@dataclass(frozen=True, kw_only=True)
class StartForm:
    """A kind of matter somebody may register. `name` is a text of the pack."""

    case_type: str
    name: str
    process_key: str
    form: forms.Form | None
    variables: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DefinitionRow:
    """One version of a process, decision or form. `running` counts instances, of processes only."""

    kind: str
    id: int
    key: str
    name: str
    version: int
    latest: bool
    deployed_at: datetime
    deployed_by: str
    resource: str
    running: int


@dataclass(frozen=True, kw_only=True)
class DefinitionDetail:
    """A version with its file; of a process its elements as (id, type, name), of a decision what it says."""

    row: DefinitionRow
    content: bytes
    elements: tuple[tuple[str, str, str], ...]
    versions: tuple[DefinitionRow, ...]
    decision: dmn.Decision | None = None


def startable(context: QueryContext, actor: Actor) -> tuple[StartForm, ...]:
    """The kinds of matter this person may register."""
    _ = context.stamp
    if not actor.may("case:open"):
        return ()
    found = []
    for pack in context.definitions.packs(context.session):
        for case_type in pack.case_types.values():
            deployed = context.definitions.latest_form(context.session, case_type.form) if case_type.form else None
            found.append(
                StartForm(
                    case_type=case_type.key,
                    name=case_type.name,
                    process_key=case_type.process,
                    form=deployed.form if deployed else None,
                    variables={"profile": pack.profile},
                )
            )
    return tuple(found)


def listing(context: QueryContext) -> tuple[DefinitionRow, ...]:
    """Every version of everything, processes first, newest version first."""
    running = dict(
        context.session.execute(
            select(ProcessInstance.definition_id, func.count())
            .where(ProcessInstance.status == "running")
            .group_by(ProcessInstance.definition_id)
        ).all()
    )
    rows: list[DefinitionRow] = []
    for kind, table in KINDS.items():
        newest: set[str] = set()
        found = context.session.execute(
            select(table, Deployment, Resource.name)
            .join(Deployment, Deployment.id == table.deployment_id)
            .join(Resource, Resource.id == table.resource_id)
            .order_by(table.key, table.version.desc())
        )
        for definition, deployment, resource in found:
            rows.append(
                DefinitionRow(
                    kind=kind,
                    id=definition.id,
                    key=definition.key,
                    name=getattr(definition, "name", None) or definition.key,
                    version=definition.version,
                    latest=definition.key not in newest,
                    deployed_at=deployment.deployed_at,
                    deployed_by=deployment.deployed_by,
                    resource=resource,
                    running=running.get(definition.id, 0) if kind == "process" else 0,
                )
            )
            newest.add(definition.key)
    return tuple(rows)


def detail(context: QueryContext, kind: str, definition_id: int) -> DefinitionDetail:
    """One version with its file. Raises NotFound."""
    rows = [row for row in listing(context) if row.kind == kind]
    row = next((row for row in rows if row.id == definition_id), None)
    if row is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind=kind, id=definition_id)
    elements: tuple[tuple[str, str, str], ...] = ()
    if kind == "process":
        model = context.definitions.model(context.session, definition_id)
        elements = tuple(
            (element.id, element.type, element.name or "")
            for element in model.elements.values()
            if element.process_id == row.key
        )
    decision = None
    if kind == "decision":
        resource_id = context.session.get_one(DecisionDefinition, definition_id).resource_id
        decision = parse_decision(context.session, resource_id).decisions[row.key]
    return DefinitionDetail(
        row=row,
        content=content(context, kind, definition_id),
        elements=elements,
        versions=tuple(other for other in rows if other.key == row.key),
        decision=decision,
    )


def content(context: QueryContext, kind: str, definition_id: int) -> bytes:
    """The file of a version, byte for byte. Raises NotFound."""
    table = KINDS[kind]
    found = context.session.scalar(
        select(Resource.content).join(table, table.resource_id == Resource.id).where(table.id == definition_id)
    )
    if found is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind=kind, id=definition_id)
    return found


def version(context: QueryContext, process_key: str, number: int) -> int:
    """The id of one version of a process. Raises NotFound."""
    found = context.session.scalar(
        select(ProcessDefinition.id).where(ProcessDefinition.key == process_key, ProcessDefinition.version == number)
    )
    if found is None:
        raise NotFound(
            "Expected to find version {version} of process {key}, but there is none", version=number, key=process_key
        )
    return found
