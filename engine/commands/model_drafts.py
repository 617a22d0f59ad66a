"""A designer's drafts of a pack's files: kept, renamed, removed, brought from outside and discarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete

from engine import workshop
from engine.commands.workshop import ensure_room, kept_files, locked, locked_to_write
from engine.errors import InvalidState, NotFound
from engine.model.workshop import ModelDraft, ModelPack
from engine.workshop import DraftedFile

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class SaveModelDraft:
    """Keep what a designer typed in one file. Answers the new tag.

    expected: the tag of what was changed (`ModelFile.tag`), None for a new file; a stale one is refused, so that two
    windows don't overwrite each other. base: where given, the draft counts as made from this content from now on (a
    conflict was looked at).
    """

    pack: str
    path: str
    content: bytes
    expected: str | None
    base: str | None = None


@dataclass(frozen=True, kw_only=True)
class KeepModelDraft:
    """Count a draft as made from the newest revision: the conflict was looked at. `seen`: that revision's tag of it."""

    pack: str
    path: str
    seen: str | None


@dataclass(frozen=True, kw_only=True)
class RemoveModelFile:
    """Draft that a file is to go."""

    pack: str
    path: str


@dataclass(frozen=True, kw_only=True)
class RenameModelFile:
    """Draft that a file is to have another path."""

    pack: str
    path: str
    to: str


@dataclass(frozen=True, kw_only=True)
class DraftModels:
    """Bring files as drafts, to be looked at before they are a revision. Answers how many differ from what was there.

    With `replace` all other files of the pack are drafted to go. A draft of one's own is never written over.
    """

    pack: str
    files: Mapping[str, bytes]
    replace: bool = False


@dataclass(frozen=True, kw_only=True)
class DiscardModelDrafts:
    """Forget one's drafts of a pack, or of one path."""

    pack: str
    path: str | None = None


def save_model_draft(command: SaveModelDraft, context: CommandContext) -> str:
    pack = locked_to_write(command.pack, context, "change a file")
    workshop.check_file(command.path, command.content)
    files = workshop.drafted_files(context.session, pack, context.actor.username)
    if command.path not in files:
        ensure_room(len(files) + 1)
    seen = files.get(command.path)
    now_there = seen.sha256 if seen else None
    if command.expected != now_there:
        raise InvalidState(
            "Expected to save {path} as it was opened, but it was changed in the meantime", path=command.path
        )

    sha = workshop.keep(context.session, command.content)
    _draft(pack, command.path, sha, seen.head if seen else None, context, base=command.base)
    return sha


def keep_model_draft(command: KeepModelDraft, context: CommandContext) -> None:
    pack = locked(command.pack, context, "keep a draft")
    file = workshop.drafted_files(context.session, pack, context.actor.username).get(command.path)
    if file is None or file.draft is None:
        raise NotFound("Expected to find a draft of {path} in pack {name}, but there is none",
                       path=command.path, name=pack.name)  # fmt: skip
    if file.head != command.seen:
        raise InvalidState("Expected to keep the draft of {path} over what was looked at, but it was changed again",
                           path=command.path)  # fmt: skip

    file.draft.base = file.head


def remove_model_file(command: RemoveModelFile, context: CommandContext) -> None:
    pack = locked_to_write(command.pack, context, "remove a file")
    seen = _seen(pack, command.path, context)
    _draft(pack, command.path, None, seen.head, context)


def rename_model_file(command: RenameModelFile, context: CommandContext) -> None:
    pack = locked_to_write(command.pack, context, "rename a file")
    workshop.check_file(command.to)
    seen = _seen(pack, command.path, context)
    there = workshop.drafted_files(context.session, pack, context.actor.username).get(command.to)
    if there is not None and there.sha256 is not None:
        raise InvalidState("Expected a path that is free, but there is a file {path}", path=command.to)

    _draft(pack, command.to, seen.sha256, there.head if there else None, context)
    _draft(pack, command.path, None, seen.head, context)


def draft_models(command: DraftModels, context: CommandContext) -> int:
    pack = locked_to_write(command.pack, context, "bring files")
    seen = workshop.drafted_files(context.session, pack, context.actor.username)
    brought: dict[str, str | None] = {**(dict.fromkeys(seen) if command.replace else {})}
    brought |= kept_files(command.files, context)
    differing = {path: sha for path, sha in brought.items() if path not in seen or seen[path].sha256 != sha}
    if mine := [path for path in differing if path in seen and seen[path].draft is not None]:
        raise InvalidState(
            "Expected files that are no drafts of yours, but you drafted {paths}; "
            "make a revision of these drafts or discard them first",
            paths=", ".join(sorted(mine)),
        )
    ensure_room(sum(sha is not None for sha in ({path: file.sha256 for path, file in seen.items()} | brought).values()))
    for path, sha in differing.items():
        _draft(pack, path, sha, seen[path].head if path in seen else None, context)
    return len(differing)


def discard_model_drafts(command: DiscardModelDrafts, context: CommandContext) -> None:
    pack = locked_to_write(command.pack, context, "discard drafts")
    mine = delete(ModelDraft).where(ModelDraft.pack_id == pack.id, ModelDraft.username == context.actor.username)
    mine = mine if command.path is None else mine.where(ModelDraft.path == command.path)
    for sha in set(context.session.scalars(mine.returning(ModelDraft.sha256))):
        if sha is not None:
            workshop.forget(context.session, sha)


def _seen(pack: ModelPack, path: str, context: CommandContext) -> DraftedFile:
    file = workshop.drafted_files(context.session, pack, context.actor.username).get(path)
    if file is None or file.sha256 is None:
        raise NotFound("Expected to find file {path} in pack {name}, but there is none", path=path, name=pack.name)
    return file


def _draft(
    pack: ModelPack, path: str, sha: str | None, head: str | None, context: CommandContext, *, base: str | None = None
) -> None:
    """Draft a content, None: that the file is to go. `head`: the content that everybody has."""
    key = {"pack_id": pack.id, "username": context.actor.username, "path": path}
    draft = context.session.get(ModelDraft, key)
    if draft is None:
        draft = ModelDraft(**key, base=head)
    if base is not None:
        draft.base = base
    before, draft.sha256, draft.saved_at = draft.sha256, sha, context.now
    if draft.sha256 != head:
        context.session.add(draft)
    elif draft in context.session:
        context.session.delete(draft)  # back to what everybody has
    if before is not None and before != sha:
        workshop.forget(context.session, before)
