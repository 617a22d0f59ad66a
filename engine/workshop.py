"""The files of the packs that designers work on: revisions, drafts over them, and what a path and a file may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.errors import InvalidInput, Message, NotFound
from engine.model.workshop import ModelContent, ModelDraft, ModelFile, ModelPack, ModelRevision
from engine.packs import LONGEST_PATH, digest

SUFFIXES = (".bpmn", ".dmn", ".form", ".toml", ".yaml", ".csv", ".md", ".txt", ".html", ".json")
LARGEST_FILE = 5 * 1024 * 1024  # bytes; what the readers of diagrams take
TAKEN = ("feel", "help")  # addresses of the workshop's own pages
MOST_FILES = 500  # of a pack
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_STEP = re.compile(r"[\w][\w .()+,@=-]*")


@dataclass(frozen=True, kw_only=True)
class DraftedFile:
    """A file as a designer sees it. `sha256`: content, None where it is to go; `base`: what the draft began from."""

    path: str
    sha256: str | None
    draft: ModelDraft | None = None
    head: str | None = None

    @property
    def status(self) -> str:
        """same, changed, new or deleted: this designer's draft against the newest revision."""
        if self.draft is None or self.sha256 == self.head:
            return "same"
        if self.sha256 is None:
            return "deleted"
        return "changed" if self.head else "new"

    @property
    def conflicts(self) -> bool:
        """Whether a colleague made a revision of the file since this draft was begun."""
        return self.draft is not None and self.draft.base != self.head and self.sha256 != self.head


def find_pack(session: Session, name: str) -> ModelPack:
    """Raises NotFound."""
    found = session.scalar(select(ModelPack).where(ModelPack.name == name))
    if found is None:
        raise NotFound("Expected to find pack {name} in the workshop, but there is none", name=name)
    return found


def newest_revision(session: Session, pack: ModelPack) -> ModelRevision:
    return session.scalars(
        select(ModelRevision).where(ModelRevision.pack_id == pack.id).order_by(ModelRevision.number.desc()).limit(1)
    ).one()


def find_revision(session: Session, pack: ModelPack, number: int | None) -> ModelRevision:
    """The revision of this number, or the newest. Raises NotFound."""
    if number is None:
        return newest_revision(session, pack)
    found = session.scalar(select(ModelRevision).filter_by(pack_id=pack.id, number=number))
    if found is None:
        raise NotFound(
            "Expected to find revision {number} of pack {name}, but there is none", number=number, name=pack.name
        )
    return found


def files_of(session: Session, revision: ModelRevision) -> dict[str, str]:
    """Path -> SHA-256 of the content."""
    found = select(ModelFile.path, ModelFile.sha256).where(ModelFile.revision_id == revision.id)
    return dict(session.execute(found.order_by(ModelFile.path)).all())


def drafted_files(session: Session, pack: ModelPack, username: str) -> dict[str, DraftedFile]:
    """All files as this designer sees them, drafts over the newest revision, by path; deleted ones included."""
    head = files_of(session, newest_revision(session, pack))
    drafts = session.scalars(select(ModelDraft).filter_by(pack_id=pack.id, username=username))
    found = {path: DraftedFile(path=path, sha256=sha, head=sha) for path, sha in head.items()}
    for draft in drafts:
        found[draft.path] = DraftedFile(path=draft.path, sha256=draft.sha256, draft=draft, head=head.get(draft.path))
    return dict(sorted(found.items()))


def contents(session: Session, files: Mapping[str, str | None]) -> dict[str, bytes]:
    """Path -> content, of the paths that have one."""
    wanted = {sha for sha in files.values() if sha is not None}
    found = dict(
        session.execute(select(ModelContent.sha256, ModelContent.content).where(ModelContent.sha256.in_(wanted))).all()
    )
    return {path: found[sha] for path, sha in files.items() if sha is not None}


def keep(session: Session, content: bytes) -> str:
    """Keep a content and answer its SHA-256."""
    sha = tag(content)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(ModelContent).values(sha256=sha, content=content).on_conflict_do_nothing())
    return sha


def forget(session: Session, sha: str) -> None:
    """Remove a content that neither a revision nor a draft has any more: an editor saves every few seconds."""
    session.flush()
    unused = (~exists().where(ModelFile.sha256 == sha), ~exists().where(ModelDraft.sha256 == sha))
    session.execute(delete(ModelContent).where(ModelContent.sha256 == sha, *unused))


def tag(content: bytes) -> str:
    """What a content is known by, here as in deployments."""
    return digest(content)


def check_name(name: str) -> None:
    """Raises InvalidInput where this is no name for a pack, which is also a folder's."""
    if not _NAME.fullmatch(name) or name in TAKEN:
        message = Message("Expected a name of small letters, digits, - and _, such as {example}", example="road-works")
        raise InvalidInput({"name": [message]}, "Expected a name for a pack, but {name} is none", name=name)


def check_file(path: str, content: bytes = b"") -> None:
    """Raises InvalidInput where a pack can't have such a file."""
    steps = path.split("/")
    if len(path) > LONGEST_PATH or len(steps) > 6 or not all(_STEP.fullmatch(step) for step in steps):
        message = Message("Expected a path such as {example}, but it is {path}", example="forms/talk.form", path=path)
        raise InvalidInput({path: [message]}, message.template, **message.params)
    if not path.endswith(SUFFIXES):
        message = Message("Expected one of {kinds}, but it is {path}", kinds=", ".join(SUFFIXES), path=path)
        raise InvalidInput({path: [message]}, message.template, **message.params)
    if len(content) > LARGEST_FILE:
        message = Message(
            "Expected {path} to have at most {most} MB, but it has {size}",
            path=path, most=LARGEST_FILE // 1024**2, size=f"{len(content) / 1024**2:.1f}",
        )  # fmt: skip
        raise InvalidInput({path: [message]}, message.template, **message.params)
