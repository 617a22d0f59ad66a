"""What the deployment of a pack would do, before it is ordered, and the deployments there were."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine import bpmn
from engine.access import Actor, ensure
from engine.bpmn.migration_plan import MigrationPlan, Suggestion, suggest
from engine.commands.deployment import would_make
from engine.errors import InvalidDeployment, NotFound
from engine.model.identity import Group, Membership, User
from engine.model.repository import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition
from engine.model.runtime import ProcessInstance
from engine.packs import Pack, as_pack, is_deployed
from engine.queries import workshop as models
from engine.queries.context import QueryContext
from engine.queries.migration_previews import Preview, preview_of

EXAMINED = 20  # instances of each version
SHOWN = 50
_TABLES: Mapping[str, type[Any]] = {
    "process": ProcessDefinition,
    "decision": DecisionDefinition,
    "form": FormDefinition,
}


@dataclass(frozen=True, kw_only=True)
class Stayers:
    """Instances that run on a version which would not be the newest any more, and what migration would do to them."""

    definition_id: int
    key: str
    name: str
    version: int
    running: int
    suggestions: tuple[Suggestion, ...]
    plan: MigrationPlan
    preview: Preview


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What the deployment of a pack's newest revision would do.

    drafts: files of the reader that are no part of it. made: (kind, key, name, version).
    changes: (path, added | changed | removed) against what is live.
    """

    pack: str
    number: int
    message: str
    drafts: int
    live_deployment: int | None
    changes: tuple[tuple[str, str], ...]
    findings: tuple[bpmn.Finding, ...]
    made: tuple[tuple[str, str, str, int], ...]
    stayers: tuple[Stayers, ...]
    operators: tuple[str, ...]

    @property
    def errors(self) -> tuple[bpmn.Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")


@dataclass(frozen=True, kw_only=True)
class DeploymentRow:
    """A deployment that was. `made`: (kind, key, version, definition id); `live`: what new starts use."""

    id: int
    name: str
    deployed_at: datetime
    deployed_by: str | None
    reason: str | None
    made: tuple[tuple[str, str, int, int], ...]
    live: bool
    as_live: bool


def suggested(suggestions: Sequence[Suggestion]) -> MigrationPlan:
    """What we would do: elements that were only renamed go on under their new id."""
    return MigrationPlan(mapping={each.element_id: each.target_id for each in suggestions if each.renamed})


def prospect(
    context: QueryContext,
    actor: Actor,
    name: str,
    plan_for: Callable[[int, Sequence[Suggestion]], MigrationPlan] = lambda _, suggestions: suggested(suggestions),
) -> Prospect:
    """Look at the deployment of the newest revision. Raises NotFound.

    plan_for: how instances of a version, by the id of its definition, would be migrated.
    """
    detail = models.pack(context, actor, name)
    newest = models.history(context, actor, name)[0]
    head = {path: content for path, content in models.files(context, actor, name, "head").items() if is_deployed(path)}
    live = models.files(context, actor, name, "live")
    found = models.check(context, actor, name, state="head")
    pack = as_pack(name, head)
    try:
        made = would_make(pack, context.session)
    except InvalidDeployment:
        made = ()
    return Prospect(
        pack=name,
        number=newest.number,
        message=newest.message,
        drafts=len(detail.drafts),
        live_deployment=detail.live_deployment,
        changes=models.changes(live, head),
        findings=tuple(found),
        made=made,
        stayers=tuple(
            row for kind, key, _, _ in made if kind == "process" for row in _stayers(context, key, pack, plan_for)
        ),
        operators=operators(context),
    )


def rehearsed(context: QueryContext, actor: Actor, name: str) -> tuple[Pack, dict[str, bytes], tuple[Pack, ...]]:
    """What the scenarios of the newest revision need: the pack, all its files, and the other packs that are live."""
    files = models.files(context, actor, name, "head")
    others = tuple(pack for pack in context.definitions.packs(context.session) if pack.name != name)
    return as_pack(name, files), files, others


def deployments(context: QueryContext, actor: Actor, name: str | None = None) -> tuple[DeploymentRow, ...]:
    """The latest deployments, newest first, of one pack or of all."""
    ensure(actor, "deploy", "look at the deployments")
    newest = dict(
        context.session.execute(select(Deployment.name, func.max(Deployment.id)).group_by(Deployment.name)).all()
    )
    contents = dict(
        context.session.execute(
            select(Deployment.name, Deployment.sha256).where(Deployment.id.in_(newest.values()))
        ).all()
    )
    rows = select(Deployment).order_by(Deployment.id.desc()).limit(SHOWN)
    found = context.session.scalars(rows.where(Deployment.name == name) if name is not None else rows).all()
    made = _made(context, [row.id for row in found])
    return tuple(
        DeploymentRow(
            id=row.id,
            name=row.name,
            deployed_at=row.deployed_at,
            deployed_by=context.person(row.deployed_by),
            reason=row.reason,
            made=tuple(made.get(row.id, ())),
            live=newest[row.name] == row.id,
            as_live=contents[row.name] == row.sha256,
        )
        for row in found
    )


def deployment(context: QueryContext, actor: Actor, deployment_id: int) -> DeploymentRow:
    """One deployment. Raises NotFound."""
    row = context.session.get(Deployment, deployment_id)
    if row is None:
        raise NotFound("Expected to find deployment {id}, but there is none", id=deployment_id)
    ensure(actor, "deploy", "look at the deployments")
    newest = context.session.scalar(select(func.max(Deployment.id)).where(Deployment.name == row.name))
    return DeploymentRow(
        id=row.id,
        name=row.name,
        deployed_at=row.deployed_at,
        deployed_by=context.person(row.deployed_by),
        reason=row.reason,
        made=tuple(_made(context, [row.id]).get(row.id, ())),
        live=newest == row.id,
        as_live=newest == row.id,
    )


def operators(context: QueryContext) -> tuple[str, ...]:
    """The names of those who may migrate instances."""
    members = context.session.execute(
        select(User.username, Group.permissions)
        .join(Membership, Membership.user_id == User.id)
        .join(Group, Group.key == Membership.group_key)
        .where(User.active)
        .order_by(User.username)
    )
    names = (context.person(username) or username for username, allowed in members if "operate" in allowed)
    return tuple(dict.fromkeys(names))


def _stayers(
    context: QueryContext, key: str, pack: Pack, plan_for: Callable[[int, Sequence[Suggestion]], MigrationPlan]
) -> list[Stayers]:
    rows = context.session.execute(
        select(ProcessDefinition, func.count(ProcessInstance.id))
        .join(ProcessInstance, ProcessInstance.definition_id == ProcessDefinition.id)
        .where(ProcessDefinition.key == key, ProcessInstance.status == "running")
        .group_by(ProcessDefinition.id)
        .order_by(ProcessDefinition.version.desc())
    ).all()
    if not rows:
        return []
    target = bpmn.parse(pack.of_kind("process"), key, definition_id=0)  # as a deployed one: what it calls is apart
    found = []
    for definition, count in rows:
        before = context.definitions.model(context.session, definition.id)
        suggestions = tuple(suggest(before, target))
        plan = plan_for(definition.id, suggestions)
        found.append(
            Stayers(
                definition_id=definition.id,
                key=key,
                name=definition.name,
                version=definition.version,
                running=count,
                suggestions=suggestions,
                plan=plan,
                preview=preview_of(context, definition.id, target, plan, limit=EXAMINED),
            )
        )
    return found


def _made(context: QueryContext, ids: list[int]) -> dict[int, list[tuple[str, str, int, int]]]:
    found: dict[int, list[tuple[str, str, int, int]]] = {}
    for kind, table in _TABLES.items():
        rows = select(table.deployment_id, table.key, table.version, table.id).where(table.deployment_id.in_(ids))
        for deployment_id, key, version, id in context.session.execute(rows.order_by(table.key)):
            found.setdefault(deployment_id, []).append((kind, key, version, id))
    return found
