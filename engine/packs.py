"""A pack: the folder of diagrams, decisions, forms and texts that is deployed together, and its manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from engine import feel
from engine.access import PERMISSIONS
from engine.errors import Message, NotFound
from engine.notations import read_toml, read_yaml

KINDS = {".bpmn": "process", ".dmn": "decision", ".form": "form", ".yaml": "profile"}
MANIFEST = "manifest.toml"
LABELS = "labels.csv"
NUMBER = "{year}-{sequence:04d}"
FOLDERS_LEFT_OUT = {"demo", "scenarios", "letters"}
CASE_FIELDS = ("title", "summary", "category", "place", "people_involved", "status", "urgent", "outcome")
LONGEST_PATH = 200  # characters
LONGEST_NUMBER = 100  # characters of a case's number
_NUMBER_PART = re.compile(r"\{(?:year|sequence(?::0?\d{1,2}d?)?)\}")
PARTY_FIELDS = ("role", "name", "phone", "address", "id_number")


@dataclass(frozen=True, kw_only=True)
class CaseType:
    """How a process's variables describe a case: FEEL texts by column of Case and Party.

    retention_years: so long after it was closed a case is kept; None where the pack doesn't say.
    """

    key: str
    name: str
    process: str
    form: str | None
    number: str
    fields: Mapping[str, str] = field(default_factory=dict)
    parties: tuple[Mapping[str, str], ...] = ()
    similar: Mapping[str, Any] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    retention_years: int | None = None


@dataclass(frozen=True, kw_only=True)
class GroupEntry:
    """A group as the manifest declares it."""

    key: str
    name: str
    kind: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The resources of one deployment and what its manifest says of them."""

    name: str
    resources: Mapping[str, bytes]

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return read_toml(self.resources.get(MANIFEST, b""))

    @cached_property
    def sha256(self) -> str:
        return digest(*(part for name in sorted(self.resources) for part in (name.encode(), self.resources[name])))

    @cached_property
    def case_types(self) -> dict[str, CaseType]:
        return {entry["key"]: _case_type(entry) for entry in self.manifest.get("case_types", ())}

    @cached_property
    def groups(self) -> tuple[GroupEntry, ...]:
        return tuple(
            GroupEntry(
                key=entry["key"],
                name=entry.get("name", entry["key"]),
                kind=entry.get("kind", "role"),
                permissions=tuple(entry.get("permissions", ())),
            )
            for entry in self.manifest.get("groups", ())
        )

    @cached_property
    def profile(self) -> dict[str, Any]:
        """The rules profile the manifest names: constants that every FEEL text reads as `profile`."""
        name = self.manifest.get("profile")
        return read_yaml(self.resources[name]) if name else {}

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """English text -> language -> text."""
        if LABELS not in self.resources:
            return {}
        rows = csv.DictReader(io.StringIO(self.resources[LABELS].decode("utf-8-sig")))
        return {
            row["en"]: {language: text for language, text in row.items() if language not in ("key", "en") and text}
            for row in rows
            if row.get("en")
        }

    def of_kind(self, kind: str) -> dict[str, bytes]:
        return {name: content for name, content in self.resources.items() if kind_of(name) == kind}

    def check(self) -> list[tuple[str, Message]]:
        """What is wrong with the manifest and its companions, as (resource, sentence)."""
        problems: list[tuple[str, Message]] = []
        try:
            self._check_manifest(problems)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(
                (MANIFEST, Message("Expected a readable manifest, but {error}", error=str(error) or repr(error)))
            )
        try:
            _ = self.labels
        except (UnicodeDecodeError, csv.Error) as error:
            problems.append((LABELS, Message("Expected a table of labels in UTF-8, but {error}", error=str(error))))
        return problems

    def _check_manifest(self, problems: list[tuple[str, Message]]) -> None:
        name = self.manifest.get("profile")
        if name and name not in self.resources:
            problems.append((MANIFEST, Message("Expected the profile {name}, but there is no such file", name=name)))
        elif name:
            try:
                profile = self.profile
            except ValueError as error:
                problems.append((name, Message("Expected readable YAML, but {error}", error=str(error))))
            else:
                if not isinstance(profile, dict):
                    problems.append(
                        (
                            name,
                            Message(
                                "Expected a profile with named entries, but it is a {kind}", kind=type(profile).__name__
                            ),
                        )
                    )
        if not _are_texts(self.manifest.get("job_types", [])):
            problems.append((MANIFEST, Message("Expected job_types to be a list of texts, but it is not")))
        for group in self.groups:
            if not _are_texts([group.key, group.name, group.kind]):
                problems.append(
                    (MANIFEST, Message("Expected key, name and kind of group {group} to be texts", group=group.key))
                )
            for permission in group.permissions:
                if permission not in PERMISSIONS:
                    problems.append(
                        (
                            MANIFEST,
                            Message(
                                "Expected a known permission for group {group}, but {permission} is none",
                                group=group.key,
                                permission=permission,
                            ),
                        )
                    )
        for case_type in self.case_types.values():
            if not _counts(case_type.number):
                problems.append(
                    (
                        MANIFEST,
                        Message(
                            "Expected a pattern of case numbers such as {example}, but it is {pattern}",
                            example=NUMBER,
                            pattern=case_type.number,
                        ),
                    )
                )
            if case_type.retention_years is not None and not _is_term(case_type.retention_years):
                problems.append(
                    (
                        MANIFEST,
                        Message(
                            "Expected retention_years of case type {type} to be from 1 to 200, but it is {given}",
                            type=case_type.key,
                            given=case_type.retention_years,
                        ),
                    )
                )
            for text in _feel_texts(case_type):
                try:
                    feel.compile(text)
                except feel.FeelSyntaxError as error:
                    problems.append(
                        (
                            MANIFEST,
                            Message("Expected a FEEL expression, but {text}: {error}", text=text, error=error.message),
                        )
                    )
            for column in case_type.fields:
                if column not in CASE_FIELDS:
                    problems.append(
                        (MANIFEST, Message("Expected a field of a case, but {field} is none", field=column))
                    )


def read_pack(folder: Path) -> Pack:
    """Read a pack from its folder; the demo data, scenarios and letters beside it are not part of the deployment."""
    if not folder.is_dir():
        raise NotFound("Expected a folder with a pack at {folder}, but there is none", folder=str(folder))
    resources = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and is_deployed(path.relative_to(folder).as_posix())
    }
    return Pack(name=folder.resolve().name, resources=resources)


def as_pack(name: str, files: Mapping[str, bytes]) -> Pack:
    """What would be deployed of these files: the same as of a folder on disk."""
    return Pack(name=name, resources={path: content for path, content in files.items() if is_deployed(path)})


def is_deployed(name: str) -> bool:
    """Whether a file of a pack's folder is part of the deployment."""
    path = Path(name)
    return not path.name.startswith(".") and path.suffix != ".md" and path.parts[0] not in FOLDERS_LEFT_OUT


def kind_of(name: str) -> str:
    if name == MANIFEST:
        return "manifest"
    if name == LABELS:
        return "labels"
    return KINDS.get(Path(name).suffix, "other")


def digest(*parts: bytes) -> str:
    """SHA-256 over parts, each with its length, so that no two lists of parts read the same."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big"))
        sha.update(part)
    return sha.hexdigest()


def _are_texts(values: Any) -> bool:
    """Whether this is a list of texts that a database can keep."""
    return isinstance(values, list) and all(isinstance(text, str) and "\0" not in text for text in values)


def _case_type(entry: Mapping[str, Any]) -> CaseType:
    return CaseType(
        key=entry["key"],
        name=entry.get("name", entry["key"]),
        process=entry["process"],
        form=entry.get("form"),
        number=entry.get("number", NUMBER),
        fields={name: _expression(text) for name, text in entry.get("fields", {}).items()},
        parties=tuple(
            {name: _expression(text) for name, text in party.items() if name in (*PARTY_FIELDS, "each")}
            for party in entry.get("parties", ())
        ),
        similar=entry.get("similar", {}),
        statuses=entry.get("statuses", {}),
        retention_years=entry.get("retention_years"),
    )


def _expression(text: str) -> str:
    return feel.expression_text(text) or text


def _counts(pattern: str) -> bool:
    """Whether the pattern gives every matter its own number, and one that can be shown.

    Only year and sequence with up to 99 digits: Python's format would reach into objects, and fill any memory.
    """
    if not isinstance(pattern, str) or set("{}") & set(_NUMBER_PART.sub("", pattern)):
        return False
    numbers = {pattern.format(year=2026, sequence=sequence) for sequence in (1, 2)}
    return len(numbers) == 2 and max(map(len, numbers)) <= LONGEST_NUMBER


def _is_term(years: Any) -> bool:
    return isinstance(years, int) and not isinstance(years, bool) and 1 <= years <= 200


def _feel_texts(case_type: CaseType) -> list[str]:
    return [*case_type.fields.values(), *(text for party in case_type.parties for text in party.values())]
