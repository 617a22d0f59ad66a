"""Deploy a pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from engine import access, bpmn, checks
from engine.errors import InvalidDeployment
from engine.model.history import AuditEvent
from engine.model.identity import Group
from engine.model.repository import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, Resource
from engine.packs import Pack, digest, kind_of

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class DeployPack:
    """Check a pack and make its new versions what is latest. The same resources again change nothing."""

    pack: Pack


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The deployment and the versions that are new with it, as (kind, key, version)."""

    deployment_id: int
    created: tuple[tuple[str, str, int], ...]
    findings: tuple[bpmn.Finding, ...]


def deploy_pack(command: DeployPack, context: CommandContext) -> Deployed:
    access.ensure(context.actor, "deploy", "deploy " + command.pack.name)
    pack, session = command.pack, context.session
    findings, contents = checks.check_pack(pack, checks.known_to(session))
    if checks.errors(findings):
        raise InvalidDeployment(findings)
    same = session.scalars(
        select(Deployment).where(Deployment.name == pack.name).order_by(Deployment.id.desc()).limit(1)
    ).first()
    if same is not None and same.sha256 == pack.sha256:
        return Deployed(deployment_id=same.id, created=(), findings=tuple(findings))

    deployment = Deployment(
        name=pack.name, sha256=pack.sha256, deployed_at=context.now, deployed_by=context.actor.username
    )
    session.add(deployment)
    session.flush()
    resources = _store_resources(pack, deployment, context)
    created = [
        *_store_processes(pack, deployment, resources, context),
        *_store_decisions(contents, pack, deployment, resources, context),
        *_store_forms(contents, pack, deployment, resources, context),
    ]
    _store_groups(pack, context)
    session.add(
        AuditEvent(
            at=context.now, actor=context.actor.username, action="deploy", subject=f"{pack.name} {deployment.id}"
        )
    )
    session.flush()
    context.definitions.seen(deployment.id)
    return Deployed(deployment_id=deployment.id, created=tuple(created), findings=tuple(findings))


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


def _store_processes(
    pack: Pack, deployment: Deployment, resources: dict[str, int], context: CommandContext
) -> list[tuple[str, str, int]]:
    created = []
    diagrams = pack.of_kind("process")
    for process in bpmn.processes(diagrams):
        model = bpmn.parse(diagrams, process.id)
        sha = digest(*(diagrams[name] for name in sorted({process.resource, *model.resources})))
        version = _next_version(ProcessDefinition, process.id, sha, context)
        if version is None:
            continue
        context.session.add(
            ProcessDefinition(
                deployment_id=deployment.id,
                resource_id=resources[process.resource],
                key=process.id,
                version=version,
                name=model.name or process.id,
                sha256=sha,
                start_form=model.start_form,
                start_messages=list(model.start_messages),
            )
        )
        created.append(("process", process.id, version))
    return created


def _store_decisions(
    contents: checks.Contents, pack: Pack, deployment: Deployment, resources: dict[str, int], context: CommandContext
) -> list[tuple[str, str, int]]:
    created = []
    for name, decisions in contents.decisions.items():
        sha = digest(pack.resources[name])
        for key, title in decisions.items():
            version = _next_version(DecisionDefinition, key, sha, context)
            if version is not None:
                context.session.add(
                    DecisionDefinition(
                        deployment_id=deployment.id,
                        resource_id=resources[name],
                        key=key,
                        version=version,
                        name=title,
                        sha256=sha,
                    )
                )
                created.append(("decision", key, version))
    return created


def _store_forms(
    contents: checks.Contents, pack: Pack, deployment: Deployment, resources: dict[str, int], context: CommandContext
) -> list[tuple[str, str, int]]:
    created = []
    for name, key in contents.forms.items():
        sha = digest(pack.resources[name])
        version = _next_version(FormDefinition, key, sha, context)
        if version is not None:
            context.session.add(
                FormDefinition(
                    deployment_id=deployment.id, resource_id=resources[name], key=key, version=version, sha256=sha
                )
            )
            created.append(("form", key, version))
    return created


def _store_groups(pack: Pack, context: CommandContext) -> None:
    for entry in pack.groups:
        group = context.session.get(Group, entry.key) or Group(key=entry.key)
        group.name, group.kind, group.permissions = entry.name, entry.kind, list(entry.permissions)
        context.session.add(group)


def _next_version(row: type[Any], key: str, sha: str, context: CommandContext) -> int | None:
    """The version this content gets, or None where the latest version has just this content."""
    newest = context.session.scalar(select(func.max(row.version)).where(row.key == key))
    if newest is None:
        return 1
    same = context.session.scalar(select(row.sha256).where(row.key == key, row.version == newest)) == sha
    return None if same else newest + 1
