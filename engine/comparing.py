"""What differs between two states of a file, told as designers know it: elements, rules, fields, and lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn import UnreadableXml
from engine.dmn import DmnError
from engine.model_parts import READERS, Part
from engine.packs import kind_of

MOST_LINES = 20_000  # of a text that is compared line by line
AROUND = 3  # same lines before and after those that differ


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is said otherwise: what, before, after. None: it wasn't or isn't said."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """An element, rule or field that was "added", "removed", "changed" or only "moved"; rules have a number."""

    what: str
    id: str
    type: str
    name: str
    number: int | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a text: "same", "added" or "removed", or "gap" where same lines are left out; numbers from 1."""

    what: str
    text: str = ""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two states of one file. `changes` is None where the file has no parts that we know, or can't be read."""

    path: str
    kind: str
    what: str
    changes: tuple[Change, ...] | None
    lines: tuple[Line, ...]


def compare(path: str, before: bytes | None, after: bytes | None) -> Comparison:
    """`before` or `after` is None where the file isn't there."""
    kind = kind_of(path)
    what = "same" if before == after else "added" if before is None else "removed" if after is None else "changed"
    return Comparison(
        path=path,
        kind=kind,
        what=what,
        changes=_changes(kind, before, after),
        lines=tuple(_lines(_text(before), _text(after))),
    )


def _changes(kind: str, before: bytes | None, after: bytes | None) -> tuple[Change, ...] | None:
    if kind not in READERS:
        return None
    try:
        old, new = (READERS[kind](content) if content is not None else {} for content in (before, after))
    except (UnreadableXml, DmnError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    moved = _moved(old, new)
    found = [_change("removed", id, part, None) for id, part in old.items() if id not in new]
    for id, part in new.items():
        if id not in old:
            found.append(_change("added", id, None, part))
        elif (old[id].type, old[id].name, old[id].facts) != (part.type, part.name, part.facts):
            found.append(_change("changed", id, old[id], part))
        elif old[id].place != part.place or id in moved:
            found.append(_change("moved", id, part, part))
    order = {id: number for number, id in enumerate(dict.fromkeys([*new, *old]))}
    return tuple(sorted(found, key=lambda change: (change.what == "moved", order[change.id])))


def _moved(old: Mapping[str, Part], new: Mapping[str, Part]) -> set[str]:
    """What stands elsewhere among what both have; as few as explain the new order."""
    found = {id for id in new if id in old and old[id].inside != new[id].inside}
    for inside in {part.inside for part in new.values() if part.inside is not None}:
        before, after = (
            [id for id, part in parts.items() if part.inside == inside and id in old and id in new and id not in found]
            for parts in (old, new)
        )
        if before != after:
            matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
            stayed = {id for block in matcher.get_matching_blocks() for id in before[block.a : block.a + block.size]}
            found |= set(after) - stayed
    return found


def _change(what: str, id: str, before: Part | None, after: Part | None) -> Change:
    shown = after or before
    assert shown is not None
    old, new = (dict(part.facts) if part else {} for part in (before, after))
    if before and after:
        for name, was, now in (("type", before.type, after.type), ("name", before.name, after.name)):
            if was != now:
                old[name], new[name] = was, now
    facts = tuple(
        Fact(name=name, before=old.get(name), after=new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )
    return Change(what=what, id=id, type=shown.type, name=shown.name, number=shown.number, facts=facts)


def _text(content: bytes | None) -> list[str]:
    return (content or b"").decode(errors="replace").splitlines()[:MOST_LINES]


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    """The lines that differ, and some around them."""
    end = 0
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > 2000)
    for group in matcher.get_grouped_opcodes(AROUND):
        if group[0][1] > end:
            yield Line(what="gap")
        for tag, old, old_end, new, new_end in group:
            if tag == "equal":
                for index in range(old_end - old):
                    yield Line(what="same", text=before[old + index], before=old + index + 1, after=new + index + 1)
                continue
            for index in range(old, old_end):
                yield Line(what="removed", text=before[index], before=index + 1)
            for index in range(new, new_end):
                yield Line(what="added", text=after[index], after=index + 1)
        end = group[-1][2]
    if 0 < end < len(before):
        yield Line(what="gap")
