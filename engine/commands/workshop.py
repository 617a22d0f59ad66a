"""Work on packs: revisions, files from outside, and deployment of what was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from engine import access, starters, workshop
from engine.commands.deployment import Deployed, DeployPack, deploy_pack
from engine.errors import InvalidInput, InvalidState, Message, NotFound
from engine.model.repository import Deployment, Resource
from engine.model.workshop import ModelFile, ModelPack, ModelRevision
from engine.packs import Pack, as_pack

if TYPE_CHECKING:
    from engine.context import CommandContext

CONTENTS = "contents of models"


@dataclass(frozen=True, kw_only=True)
class CreateModelPack:
    """Begin a pack with the given files (path -> content), else with a first process. Answers its first revision."""

    name: str
    message: str
    files: Mapping[str, bytes] | None = None


@dataclass(frozen=True, kw_only=True)
class ImportModels:
    """Bring files into a pack as a new revision; with `replace` the pack has only these afterwards."""

    pack: str
    files: Mapping[str, bytes]
    message: str
    replace: bool = False


@dataclass(frozen=True, kw_only=True)
class CommitModels:
    """Make a revision of one's drafts (all, or those paths). Answers its number; without changes the newest one's."""

    pack: str
    message: str
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RestoreModels:
    """Make the files of an earlier revision the newest one."""

    pack: str
    number: int
    message: str


@dataclass(frozen=True, kw_only=True)
class DeployModels:
    """Deploy a revision: the newest, or the one that was looked at, if it still is the newest."""

    pack: str
    reason: str
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class RedeployPack:
    """Make the files of an earlier deployment what new starts use; running instances stay where they are."""

    deployment_id: int
    reason: str


def create_model_pack(command: CreateModelPack, context: CommandContext) -> int:
    access.ensure(context.actor, "deploy", "begin a pack")
    workshop.check_name(command.name)
    if context.session.scalar(select(ModelPack.id).where(ModelPack.name == command.name)):
        raise InvalidState("Expected to begin pack {name}, but there is one of that name", name=command.name)

    context.wait_for_turn(CONTENTS)
    kept = kept_files(command.files or starters.first_files(command.name), context)
    pack = ModelPack(name=command.name, created_at=context.now, created_by=context.actor.username)
    context.session.add(pack)
    context.session.flush()
    return _revise(pack, kept, command.message, context)


def import_models(command: ImportModels, context: CommandContext) -> int:
    pack = locked_to_write(command.pack, context, "import files")
    head = workshop.files_of(context.session, workshop.newest_revision(context.session, pack))
    kept = kept_files(command.files, context)
    return _revise(pack, kept if command.replace else {**head, **kept}, command.message, context)


def commit_models(command: CommitModels, context: CommandContext) -> int:
    pack = locked_to_write(command.pack, context, "make a revision")
    seen = workshop.drafted_files(context.session, pack, context.actor.username)
    mine = {
        path: file
        for path, file in seen.items()
        if file.draft is not None and (command.paths is None or path in command.paths)
    }
    if stale := [path for path, file in mine.items() if file.conflicts]:
        raise InvalidState(
            "Expected to make a revision of {paths}, but colleagues changed them in the meantime",
            paths=", ".join(stale),
        )

    files: dict[str, str | None] = {path: file.head for path, file in seen.items()}
    files |= {path: file.sha256 for path, file in mine.items()}
    number = _revise(pack, {path: sha for path, sha in files.items() if sha}, command.message, context)
    for file in mine.values():
        context.session.delete(file.draft)
    return number


def restore_models(command: RestoreModels, context: CommandContext) -> int:
    pack = locked(command.pack, context, "restore a revision")
    earlier = workshop.find_revision(context.session, pack, command.number)
    return _revise(pack, workshop.files_of(context.session, earlier), command.message, context)


def deploy_models(command: DeployModels, context: CommandContext) -> Deployed:
    pack = locked(command.pack, context, "deploy")
    _said(command.reason)
    newest = workshop.newest_revision(context.session, pack)
    if command.number not in (None, newest.number):
        raise InvalidState(
            "Expected to deploy revision {number} of {pack}, but {newest} is the newest",
            number=command.number, pack=pack.name, newest=newest.number,
        )  # fmt: skip

    files = workshop.contents(context.session, workshop.files_of(context.session, newest))
    order = DeployPack(pack=as_pack(pack.name, files), reason=command.reason.strip())
    deployed = deploy_pack(order, context)
    newest.deployment_id = deployed.deployment_id
    return deployed


def redeploy_pack(command: RedeployPack, context: CommandContext) -> Deployed:
    access.ensure(context.actor, "deploy", "go back to an earlier deployment")
    _said(command.reason)
    earlier = context.session.get(Deployment, command.deployment_id)
    if earlier is None:
        raise NotFound("Expected to find deployment {id}, but there is none", id=command.deployment_id)

    rows = context.session.execute(
        select(Resource.name, Resource.content).where(Resource.deployment_id == earlier.id)
    ).all()
    order = DeployPack(pack=Pack(name=earlier.name, resources=dict(rows)), reason=command.reason.strip())
    return deploy_pack(order, context)


def locked(name: str, context: CommandContext, order: str) -> ModelPack:
    """The pack, held so that two revisions can't be made at once."""
    access.ensure(context.actor, "deploy", order)
    pack = workshop.find_pack(context.session, name)
    context.session.refresh(pack, with_for_update=True)
    return pack


def locked_to_write(name: str, context: CommandContext, order: str) -> ModelPack:
    """The pack, and the turn among all who keep and forget contents: two packs may have the same one."""
    pack = locked(name, context, order)
    context.wait_for_turn(CONTENTS)
    return pack


def kept_files(files: Mapping[str, bytes], context: CommandContext) -> dict[str, str]:
    if not files:
        raise InvalidInput({"files": [Message("Expected files, but there are none")]})
    for path, content in files.items():
        workshop.check_file(path, content)
    return {path: workshop.keep(context.session, content) for path, content in files.items()}


def _revise(pack: ModelPack, files: Mapping[str, str], message: str, context: CommandContext) -> int:
    """A new revision of these files; where nothing changed the newest one stays."""
    _said(message)
    ensure_room(len(files))
    newest = context.session.scalars(
        select(ModelRevision).where(ModelRevision.pack_id == pack.id).order_by(ModelRevision.number.desc()).limit(1)
    ).first()
    if newest is not None and workshop.files_of(context.session, newest) == dict(files):
        return newest.number
    revision = ModelRevision(
        pack_id=pack.id,
        number=newest.number + 1 if newest else 1,
        made_at=context.now,
        author=context.actor.username,
        message=message.strip(),
    )
    context.session.add(revision)
    context.session.flush()
    rows = [{"revision_id": revision.id, "path": path, "sha256": sha} for path, sha in files.items()]
    if rows:
        context.session.execute(insert(ModelFile), rows)
    return revision.number


def ensure_room(count: int) -> None:
    if count > workshop.MOST_FILES:
        raise InvalidInput(
            {"files": [Message("Expected at most {most} files", most=workshop.MOST_FILES)]},
            "Expected a pack of at most {most} files, but it has {count}",
            most=workshop.MOST_FILES,
            count=count,
        )


def _said(message: str) -> None:
    if not message.strip() or len(message) > 500:
        wanted = Message("Expected a sentence of up to 500 characters that says why")
        raise InvalidInput({"message": [wanted]}, wanted.template)
