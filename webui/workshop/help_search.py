"""Finding words in the help: pages as they are shown, taken apart at whatever has a `data-entry`, its heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

EXCERPT = 160  # characters
VOID = frozenset({"area", "br", "hr", "img", "input", "link", "meta", "wbr"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place. `anchor`: its id on the page of `topic`."""

    topic: str
    page: str
    anchor: str
    title: str
    excerpt: str


def found_in(html: str, sought: str, *, topic: str, page: str) -> Iterator[Found]:
    """The entries of a page with all the words sought, those with them in the heading first."""
    wanted = sought.casefold().split()
    reader = _Entries()
    reader.feed(html)
    entries = [
        (title, anchor, text)
        for title, anchor, text in reader.entries
        if all(word in f"{title} {text}".casefold() for word in wanted)
    ]
    for title, anchor, text in sorted(entries, key=lambda each: not all(word in each[0].casefold() for word in wanted)):
        yield Found(topic=topic, page=page, anchor=anchor, title=title, excerpt=_excerpt(text))


class _Entries(HTMLParser):
    """entries: heading, id and text of every element with data-entry. They don't lie within each other."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[tuple[str, str, str]] = []
        self._heading, self._anchor = "", ""
        self._depth = 0
        self._texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given = dict(attrs)
        if self._depth:
            self._depth += 1
        elif "data-entry" in given:
            self._heading, self._anchor, self._depth, self._texts = (
                given["data-entry"] or "",
                given.get("id") or "",
                1,
                [],
            )

    def handle_endtag(self, tag: str) -> None:
        if not self._depth or tag in VOID:
            return
        self._depth -= 1
        if not self._depth:
            self.entries.append((self._heading, self._anchor, " ".join(" ".join(self._texts).split())))

    def handle_data(self, data: str) -> None:
        if self._depth:
            self._texts.append(data)


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()} …"
