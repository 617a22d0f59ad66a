"""What designers see of the packs they work on: files, drafts, revisions, findings, and what their panels offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import func, select

from engine import bpmn, checks, workshop
from engine.access import Actor, ensure
from engine.errors import NotFound
from engine.model.repository import Deployment, Resource
from engine.model.workshop import ModelDraft, ModelPack, ModelRevision
from engine.packs import as_pack, is_deployed, kind_of
from engine.queries.context import QueryContext


@dataclass(frozen=True, kw_only=True)
class PackRow:
    """A pack in the list. `drafts`: files the reader changed; `deployed`: whether the newest revision is live.

    live_deployment: its newest deployment, None where it has none.
    """

    name: str
    files: int
    drafts: int
    revision: int
    made_at: datetime
    author: str | None
    message: str
    deployed: bool
    live_deployment: int | None


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """A file in the tree. status: same, changed, new, deleted (the reader's draft); live: same, differs, absent.

    head: the newest revision's tag, None where it has no such file.
    """

    path: str
    folder: str
    name: str
    kind: str
    status: str
    live: str
    conflicts: bool
    saved_at: datetime | None
    others: tuple[str, ...]
    head: str | None


@dataclass(frozen=True, kw_only=True)
class RevisionRow:
    """A revision in the history, newest first. `changes`: (path, added | changed | removed)."""

    number: int
    made_at: datetime
    author: str | None
    message: str
    changes: tuple[tuple[str, str], ...]
    deployment_id: int | None


@dataclass(frozen=True, kw_only=True)
class PackDetail:
    """A pack with its files as the reader sees them."""

    name: str
    revision: int
    files: tuple[FileRow, ...]
    live_deployment: int | None

    @property
    def drafts(self) -> tuple[FileRow, ...]:
        return tuple(file for file in self.files if file.status != "same")


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A file as the reader sees it. `tag` goes back with the next save; `base` is the newest revision's tag."""

    path: str
    kind: str
    content: bytes
    tag: str
    base: str | None
    is_draft: bool
    conflicts: bool
    saved_at: datetime | None


def packs(context: QueryContext, actor: Actor) -> tuple[PackRow, ...]:
    """All packs of the workshop, by name."""
    _ensure(actor)
    drafts = dict(
        context.session.execute(
            select(ModelDraft.pack_id, func.count())
            .where(ModelDraft.username == actor.username)
            .group_by(ModelDraft.pack_id)
        ).all()
    )
    rows = []
    for pack in context.session.scalars(select(ModelPack).order_by(ModelPack.name)):
        newest = workshop.newest_revision(context.session, pack)
        files = workshop.files_of(context.session, newest)
        deployment_id, live = _live(context, pack.name)
        rows.append(
            PackRow(
                name=pack.name,
                files=len(files),
                drafts=drafts.get(pack.id, 0),
                revision=newest.number,
                made_at=newest.made_at,
                author=context.person(newest.author),
                message=newest.message,
                deployed=_deployable(files) == live,
                live_deployment=deployment_id,
            )
        )
    return tuple(rows)


def elsewhere(context: QueryContext, actor: Actor) -> tuple[str, ...]:
    """Names of deployed packs that are not in the workshop yet."""
    _ensure(actor)
    here = select(ModelPack.name)
    names = select(Deployment.name).where(Deployment.name.not_in(here)).distinct().order_by(Deployment.name)
    return tuple(context.session.scalars(names))


def live_files(context: QueryContext, actor: Actor, name: str) -> dict[str, bytes]:
    """Path -> content of what is deployed under this name. Raises NotFound."""
    _ensure(actor)
    deployment_id, _ = _live(context, name)
    if deployment_id is None:
        raise NotFound("Expected to find a deployed pack {name}, but there is none", name=name)
    rows = select(Resource.name, Resource.content).where(Resource.deployment_id == deployment_id)
    return dict(context.session.execute(rows).all())


def pack(context: QueryContext, actor: Actor, name: str) -> PackDetail:
    """A pack's files with the reader's drafts. Raises NotFound."""
    _ensure(actor)
    found = workshop.find_pack(context.session, name)
    deployment_id, live = _live(context, name)
    others: dict[str, list[str]] = {}
    for path, username in context.session.execute(
        select(ModelDraft.path, ModelDraft.username)
        .where(ModelDraft.pack_id == found.id, ModelDraft.username != actor.username)
        .order_by(ModelDraft.username)
    ):
        others.setdefault(path, []).append(context.person(username) or username)
    return PackDetail(
        name=name,
        revision=workshop.newest_revision(context.session, found).number,
        files=tuple(
            _row(file, live, others) for file in workshop.drafted_files(context.session, found, actor.username).values()
        ),
        live_deployment=deployment_id,
    )


def file(context: QueryContext, actor: Actor, name: str, path: str) -> ModelFile:
    """One file as the reader sees it. Raises NotFound, also where their draft removes it."""
    _ensure(actor)
    found = workshop.find_pack(context.session, name)
    seen = workshop.drafted_files(context.session, found, actor.username).get(path)
    if seen is None or seen.sha256 is None:
        raise NotFound("Expected to find file {path} in pack {name}, but there is none", path=path, name=name)
    return ModelFile(
        path=path,
        kind=kind_of(path),
        content=workshop.contents(context.session, {path: seen.sha256})[path],
        tag=seen.sha256,
        base=seen.head,
        is_draft=seen.draft is not None,
        conflicts=seen.conflicts,
        saved_at=seen.draft.saved_at if seen.draft else None,
    )


def files(context: QueryContext, actor: Actor, name: str, state: str = "draft") -> dict[str, bytes]:
    """Path -> content of the reader's view ("draft"), the newest revision ("head"), revision "7", or what is "live"."""
    _ensure(actor)
    found = workshop.find_pack(context.session, name)
    if state == "live":
        return live_files(context, actor, name) if _live(context, name)[0] else {}
    if state == "draft":
        seen = workshop.drafted_files(context.session, found, actor.username)
        return workshop.contents(context.session, {path: file.sha256 for path, file in seen.items()})
    number = None if state == "head" else int(state) if state.isdecimal() else -1
    revision = workshop.find_revision(context.session, found, number)
    return workshop.contents(context.session, workshop.files_of(context.session, revision))


def history(context: QueryContext, actor: Actor, name: str) -> tuple[RevisionRow, ...]:
    """All revisions, newest first, each with what it changed."""
    _ensure(actor)
    found = workshop.find_pack(context.session, name)
    before: dict[str, str] = {}
    rows: list[RevisionRow] = []
    for revision in context.session.scalars(
        select(ModelRevision).where(ModelRevision.pack_id == found.id).order_by(ModelRevision.number)
    ):
        after = workshop.files_of(context.session, revision)
        rows.append(
            RevisionRow(
                number=revision.number,
                made_at=revision.made_at,
                author=context.person(revision.author),
                message=revision.message,
                changes=changes(before, after),
                deployment_id=revision.deployment_id,
            )
        )
        before = after
    return tuple(reversed(rows))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(path, added | changed | removed) between two states of files, by path."""
    found = []
    for path in sorted({*before, *after}):
        if path not in before:
            found.append((path, "added"))
        elif path not in after:
            found.append((path, "removed"))
        elif before[path] != after[path]:
            found.append((path, "changed"))
    return tuple(found)


def check(
    context: QueryContext, actor: Actor, name: str, instead: Mapping[str, bytes] | None = None, state: str = "draft"
) -> list[bpmn.Finding]:
    """What a deployment of a state would find, worst first. `instead`: contents not saved yet, by path."""
    seen = {**files(context, actor, name, state), **(instead or {})}
    found, _ = checks.check_pack(as_pack(name, seen), checks.known_to(context.session))
    return found


def _ensure(actor: Actor) -> None:
    ensure(actor, "deploy", "open the workshop")


def _row(file: workshop.DraftedFile, live: Mapping[str, str], others: Mapping[str, list[str]]) -> FileRow:
    path = PurePosixPath(file.path)
    if not is_deployed(file.path):
        state = "same"
    elif file.path not in live:
        state = "absent"
    else:
        state = "same" if live[file.path] == file.sha256 else "differs"
    return FileRow(
        path=file.path,
        folder="" if str(path.parent) == "." else str(path.parent),
        name=path.name,
        kind=kind_of(file.path),
        status=file.status,
        live=state,
        conflicts=file.conflicts,
        saved_at=file.draft.saved_at if file.draft else None,
        others=tuple(others.get(file.path, ())),
        head=file.head,
    )


def _live(context: QueryContext, name: str) -> tuple[int | None, dict[str, str]]:
    """The newest deployment of the pack and its files' tags, by path."""
    deployment_id = context.session.scalar(select(func.max(Deployment.id)).where(Deployment.name == name))
    rows = select(Resource.name, Resource.sha256).where(Resource.deployment_id == deployment_id)
    return deployment_id, dict(context.session.execute(rows).all())


def _deployable(files: Mapping[str, str]) -> dict[str, str]:
    return {path: sha for path, sha in files.items() if is_deployed(path)}
