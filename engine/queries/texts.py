"""The texts of a pack that people read, where they stand, and their translations in labels.csv."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import bpmn, dmn
from engine.access import Actor
from engine.bpmn import xml as bpmn_xml
from engine.dmn import xml as dmn_xml
from engine.errors import InvalidInput, Message
from engine.forms import read_json
from engine.notations import read_toml, read_yaml
from engine.packs import LABELS, MANIFEST, kind_of
from engine.queries import workshop
from engine.queries.context import QueryContext

FIXED = ("key", "en")  # the columns of labels.csv that are no languages
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
LONGEST_KEY = 48  # characters
_FORM_TEXTS = ("label", "description", "text", "dateLabel", "timeLabel")
_APPEARANCE = ("prefixAdorner", "suffixAdorner")
UNREADABLE = (bpmn.UnreadableXml, dmn.DmnError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, kw_only=True)
class Use:
    """Where a text stands: the file, and the element in it where it has an id."""

    path: str
    element: str | None = None


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text and its translations by language. Without uses it stands in no file, or an expression makes it."""

    text: str
    translations: Mapping[str, str]
    uses: tuple[Use, ...] = ()

    def misses(self, languages: tuple[str, ...]) -> bool:
        return bool(self.uses) and not all(self.translations.get(language) for language in languages)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """All texts, those without a translation first. `tag` is that of labels.csv, None where there is none yet."""

    languages: tuple[str, ...]
    labels: tuple[Label, ...]
    tag: str | None
    saved_in_draft: bool = False

    @property
    def missing(self) -> tuple[Label, ...]:
        return tuple(label for label in self.labels if label.misses(self.languages))


def labels(context: QueryContext, actor: Actor, pack: str) -> Labels:
    """The texts of the reader's view of the pack. Raises NotFound, InvalidInput where labels.csv can't be read."""
    files = workshop.files(context, actor, pack)
    columns, rows = read(files.get(LABELS, b""))
    languages = tuple(column for column in columns if column not in FIXED) or ("zh",)
    uses = used(files)
    translated = {row["en"]: row for row in rows if row.get("en")}
    found = [
        Label(
            text=text,
            translations={each: translated.get(text, {}).get(each) or "" for each in languages},
            uses=tuple(uses.get(text, ())),
        )
        for text in (*uses, *(text for text in translated if text not in uses))
    ]
    file = workshop.file(context, actor, pack, LABELS) if LABELS in files else None
    return Labels(
        languages=languages,
        labels=tuple(sorted(found, key=lambda label: not label.misses(languages))),
        tag=file.tag if file else None,
        saved_in_draft=bool(file and file.is_draft),
    )


def changed(
    content: bytes,
    translations: Mapping[str, Mapping[str, str]],
    *,
    add: str | None = None,
    remove: str | None = None,
) -> bytes:
    """labels.csv with these translations (English text -> language -> text) and with a language more or less.

    Other rows and columns stay as they are, in their order. Raises InvalidInput.
    """
    columns, rows = read(content)
    columns = columns or [*FIXED, "zh"]
    if add is not None:
        if not LANGUAGE.fullmatch(add) or add in columns:
            wanted = Message("Expected the code of another language such as {example}, but it is {code}",
                             example="ug", code=add)  # fmt: skip
            raise InvalidInput({"add": [wanted]}, wanted.template, **wanted.params)
        columns.append(add)
    if remove in columns and remove not in FIXED:
        columns.remove(remove)
    by_text = {row["en"]: row for row in rows if row.get("en")}
    keys = {row.get("key") for row in rows}
    for text, by_language in translations.items():
        filled = {language: said.strip() for language, said in by_language.items() if language in columns}
        if text not in by_text:
            if not any(filled.values()):
                continue
            by_text[text] = {"key": _key(text, keys), "en": text}
            rows.append(by_text[text])
        by_text[text].update(filled)
    return _written(columns, rows)


def read(content: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and rows of labels.csv. Raises InvalidInput where it is no such table."""
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [{name: value or "" for name, value in row.items() if name is not None} for row in table]
        columns = [name for name in table.fieldnames or () if name]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(str(error)) from None
    if columns and "en" not in columns:
        raise _unreadable("it has no column en")
    return columns, rows


def used(files: Mapping[str, bytes]) -> dict[str, list[Use]]:
    """English text -> where it stands, over diagrams, forms, decisions, profiles and the manifest."""
    found: dict[str, list[Use]] = {}
    for path, content in files.items():
        for text, element in _texts(path, content):
            text = text.strip()
            if not text or text.startswith("=") or not re.search(r"[^\W\d_]", text):
                continue
            use = Use(path=path, element=element)
            if use not in found.setdefault(text, []):
                found[text].append(use)
    return found


def _texts(path: str, content: bytes) -> Iterator[tuple[str, str | None]]:
    reader = {"process": _diagram, "form": _form, "decision": _decisions, "profile": _profile}.get(kind_of(path))
    reader = {MANIFEST: _manifest}.get(path, reader)
    if reader is None:
        return
    try:
        yield from list(reader(content))
    except UNREADABLE:
        return  # found wanting where it is checked itself


def _diagram(content: bytes) -> Iterator[tuple[str, str | None]]:
    root = bpmn_xml.read(content)
    for element in root.iter(f"{{{bpmn_xml.BPMN}}}*"):
        owner = element.get("id")
        if element.tag == bpmn_xml.bpmn("documentation"):
            parent = element.getparent()
            yield element.text or "", parent.get("id") if parent is not None else None
        elif element.tag == bpmn_xml.bpmn("textAnnotation"):
            yield element.findtext(bpmn_xml.bpmn("text")) or "", owner
        elif element.tag not in _NAMELESS:
            yield element.get("name", ""), owner


# their names are read by the engine, not by people
_NAMELESS = {bpmn_xml.bpmn(tag) for tag in ("definitions", "message", "signal", "error", "escalation", "dataObject")}


def _form(content: bytes) -> Iterator[tuple[str, str | None]]:
    document = read_json(content)
    yield document.get("name") or document.get("title") or "", None
    yield from _components(document.get("components", ()))


def _components(components: Any) -> Iterator[tuple[str, str | None]]:
    for component in components:
        owner = component.get("id")
        for name in _FORM_TEXTS:
            yield str(component.get(name) or ""), owner
        for name in _APPEARANCE:
            yield str((component.get("appearance") or {}).get(name) or ""), owner
        yield str((component.get("validate") or {}).get("patternErrorMessage") or ""), owner
        for option in component.get("values") or ():
            yield str(option.get("label") or ""), owner
        yield from _components(component.get("components", ()))


def _decisions(content: bytes) -> Iterator[tuple[str, str | None]]:
    root = dmn_xml.read(content)
    for element in root.iter(f"{{{root.nsmap.get(root.prefix)}}}*"):
        name = dmn_xml.local_name(element)
        if name == "decision":
            yield element.get("name", ""), element.get("id")
        elif name in ("input", "output"):
            yield element.get("label", ""), element.get("id")
        elif name in ("question", "description", "annotationEntry"):
            yield dmn_xml.text_of(element), dmn_xml.identifier(element)


def _profile(content: bytes) -> Iterator[tuple[str, str | None]]:
    """The labels of clocks."""
    profile = read_yaml(content)
    for name, clock in (profile.get("clocks") or {}).items():
        if isinstance(clock, dict):
            yield str(clock.get("label") or ""), name


def _manifest(content: bytes) -> Iterator[tuple[str, str | None]]:
    manifest = read_toml(content)
    yield manifest.get("title", ""), None
    for group in manifest.get("groups", ()):
        yield group.get("name", ""), group.get("key")
    for case_type in manifest.get("case_types", ()):
        yield case_type.get("name", ""), case_type.get("key")
        for status in case_type.get("statuses", {}).values():
            yield status, case_type.get("key")


def _key(text: str, taken: set[str | None]) -> str:
    """A key from the text's words, as those of the other rows; with a number where it is taken."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:LONGEST_KEY] or "text"
    key, number = words, 2
    while key in taken:
        key, number = f"{words}_{number}", number + 1
    taken.add(key)
    return key


def _written(columns: list[str], rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    table = csv.DictWriter(out, columns, extrasaction="ignore", restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue().encode()


def _unreadable(error: str) -> InvalidInput:
    wanted = Message("Expected a table of labels in UTF-8, but {error}", error=error)
    return InvalidInput({LABELS: [wanted]}, wanted.template, **wanted.params)
