"""Deploy a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from engine import access, bpmn, checks
from engine.commands.start_timer import replace_timers
from engine.errors import InvalidDeployment
from engine.model.history import AuditEvent
from engine.model.identity import Group
from engine.model.repository import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, Resource
from engine.packs import Pack, digest, kind_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class DeployPack:
    """Check a pack and make its new versions what is latest. The same resources again change nothing."""

    pack: Pack
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeployedDefinition:
    """The version a process, decision or form of the pack has now; `is_new` if this deployment made it."""

    kind: str
    id: int
    key: str
    version: int
    name: str
    resource: str
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The deployment, the versions of all it holds, findings that did not hinder it; `is_new` unless it was there."""

    deployment_id: int
    definitions: tuple[DeployedDefinition, ...]
    findings: tuple[bpmn.Finding, ...]
    is_new: bool = True

    @property
    def created(self) -> tuple[tuple[str, str, int], ...]:
        """(kind, key, version) of what is new."""
        return tuple((entry.kind, entry.key, entry.version) for entry in self.definitions if entry.is_new)


def deploy_pack(command: DeployPack, context: CommandContext) -> Deployed:
    access.ensure(context.actor, "deploy", "deploy " + command.pack.name)
    pack, session = command.pack, context.session
    findings, contents = checks.check_pack(pack, checks.known_to(session))
    if checks.errors(findings):
        raise InvalidDeployment(findings)

    parts = _parts(pack, contents)
    same = session.scalars(
        select(Deployment).where(Deployment.name == pack.name).order_by(Deployment.id.desc()).limit(1)
    ).first()
    if same is not None and same.sha256 == pack.sha256:
        definitions = tuple(_latest(part, context) for part in parts)
        return Deployed(deployment_id=same.id, definitions=definitions, findings=tuple(findings), is_new=False)

    deployment = Deployment(
        name=pack.name,
        sha256=pack.sha256,
        deployed_at=context.now,
        deployed_by=context.actor.username,
        reason=command.reason,
    )
    session.add(deployment)
    session.flush()
    resources = _store_resources(pack, deployment, context)
    definitions = tuple(_store(part, deployment, resources[part.resource], context) for part in parts)
    _store_groups(pack, context)
    subject = f"{pack.name} {deployment.id}" + (f": {command.reason}" if command.reason else "")
    session.add(AuditEvent(at=context.now, actor=context.actor.username, action="deploy", subject=subject))
    session.flush()
    context.definitions.seen(deployment.id)
    return Deployed(deployment_id=deployment.id, definitions=definitions, findings=tuple(findings))


def would_make(pack: Pack, session: Session) -> tuple[tuple[str, str, str, int], ...]:
    """(kind, key, name, version) of what a deployment of this pack would make now. Raises InvalidDeployment."""
    findings, contents = checks.check_pack(pack, checks.known_to(session))
    if checks.errors(findings):
        raise InvalidDeployment(findings)
    found = []
    for part in _parts(pack, contents):
        row = _ROWS[part.kind]
        newest = session.scalars(select(row).where(row.key == part.key).order_by(row.version.desc()).limit(1)).first()
        if newest is None or newest.sha256 != part.sha256:
            found.append((part.kind, part.key, part.name, newest.version + 1 if newest else 1))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A definition found in the pack. `sha256` covers all that a new version must follow; `columns` are its own."""

    kind: str
    key: str
    name: str
    resource: str
    sha256: str
    columns: Mapping[str, Any] = field(default_factory=dict)
    timers: Mapping[str, bpmn.TimerCatch] = field(default_factory=dict)


_ROWS: dict[str, type[Any]] = {"process": ProcessDefinition, "decision": DecisionDefinition, "form": FormDefinition}


def _parts(pack: Pack, contents: checks.Contents) -> list[_Part]:
    diagrams = pack.of_kind("process")
    parts = [_process(process, pack, contents) for process in bpmn.processes(diagrams)]
    for resource, decisions in contents.decisions.items():
        sha = digest(pack.resources[resource])
        for key, name in decisions.items():
            columns = {"name": name}
            parts.append(_Part(kind="decision", key=key, name=name, resource=resource, sha256=sha, columns=columns))
    for resource, key in contents.forms.items():
        sha = digest(pack.resources[resource])
        parts.append(_Part(kind="form", key=key, name=key, resource=resource, sha256=sha))
    return parts


def _process(process: bpmn.Executable, pack: Pack, contents: checks.Contents) -> _Part:
    model = bpmn.parse(pack.of_kind("process"), process.id)
    name = model.name or process.id
    covered = {process.resource, *model.resources}
    if model.bound_decisions:
        covered |= contents.decisions.keys()  # any of them may be required or imported
    covered |= {resource for resource, form in contents.forms.items() if model.bound_forms & {form, None}}
    return _Part(
        kind="process",
        key=process.id,
        name=name,
        resource=process.resource,
        timers=model.start_timers,
        sha256=digest(*(pack.resources[resource] for resource in sorted(covered))),
        columns={
            "name": name,
            "start_form": model.start_form,
            "start_messages": list(model.start_messages),
            "version_tag": model.version_tag,
            "calls": sorted(model.calls),
        },
    )


def _store(part: _Part, deployment: Deployment, resource_id: int, context: CommandContext) -> DeployedDefinition:
    """Make a new version, unless the newest has just this content."""
    row = _ROWS[part.kind]
    newest = context.session.scalars(
        select(row).where(row.key == part.key).order_by(row.version.desc()).limit(1)
    ).first()
    if newest is not None and newest.sha256 == part.sha256:
        return _deployed(part, newest, is_new=False)
    definition = row(
        deployment_id=deployment.id,
        resource_id=resource_id,
        key=part.key,
        version=newest.version + 1 if newest is not None else 1,
        sha256=part.sha256,
        **part.columns,
    )
    context.session.add(definition)
    context.session.flush()
    if part.kind == "process":
        replace_timers(definition, part.timers, newest, part.resource, context)
    return _deployed(part, definition, is_new=True)


def _latest(part: _Part, context: CommandContext) -> DeployedDefinition:
    row = _ROWS[part.kind]
    newest = select(row).where(row.key == part.key).order_by(row.version.desc()).limit(1)
    return _deployed(part, context.session.scalars(newest).one(), is_new=False)


def _deployed(part: _Part, row: Any, *, is_new: bool) -> DeployedDefinition:
    return DeployedDefinition(
        kind=part.kind,
        id=row.id,
        key=part.key,
        version=row.version,
        name=part.name,
        resource=part.resource,
        is_new=is_new,
    )


def _store_resources(pack: Pack, deployment: Deployment, context: CommandContext) -> dict[str, int]:
    rows = [
        {
            "deployment_id": deployment.id,
            "name": name,
            "kind": kind_of(name),
            "sha256": digest(content),
            "content": content,
        }
        for name, content in pack.resources.items()
    ]
    context.session.execute(insert(Resource), rows)
    found = context.session.execute(select(Resource.name, Resource.id).where(Resource.deployment_id == deployment.id))
    return dict(found.all())


def _store_groups(pack: Pack, context: CommandContext) -> None:
    """Make the pack's groups. What an existing group allows is not the designer's to change: they may be in it."""
    for entry in pack.groups:
        group = context.session.get(Group, entry.key)
        if group is None:
            group = Group(key=entry.key)
        elif set(group.permissions) != set(entry.permissions):
            access.ensure(context.actor, "accounts:manage", f"change what group {entry.key} may do")
            context.session.add(
                AuditEvent(at=context.now, actor=context.actor.username, action="permissions", subject=entry.key)
            )
        group.name, group.kind, group.permissions = entry.name, entry.kind, list(entry.permissions)
        context.session.add(group)
