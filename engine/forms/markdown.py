"""The small Markdown of text components, as HTML that cannot carry scripts: everything is escaped first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from markupsafe import Markup

from engine.forms.expressions import TEMPLATE

_PRIVATE = re.compile("[\ue000-\ue003]")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s()<>]+)\)")
_STRONG = re.compile(r"\*\*([^*\n]+)\*\*|(?<!\w)__([^_\n]+)__(?!\w)")
_EMPHASIS = re.compile(r"\*([^*\s][^*\n]*)\*|(?<!\w)_([^_\s][^_\n]*)_(?!\w)")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+)")
_BULLET = re.compile(r"[ \t]{0,3}[-*+][ \t]+(.+)")
_NUMBERED = re.compile(r"[ \t]{0,3}\d{1,9}[.)][ \t]+(.+)")


def render(text: str, evaluate: Callable[[str], str] | None = None) -> Markup:
    """Headings, paragraphs, lists, bold, italic and links to http and https.

    `evaluate` gives the text for each {{expression}}.

    What an expression gives is shown as it is: asterisks and brackets in somebody's answer are not markup. Headings
    begin at level 2, as the page has its own first.
    """
    values: list[str] = []

    def keep(found: re.Match[str]) -> str:
        values.append(escape(evaluate(found[1].strip()) if evaluate else found[0]))
        return f"\ue000{len(values) - 1}\ue001"

    source = TEMPLATE.sub(keep, _PRIVATE.sub("", text).replace("\r\n", "\n"))
    html = "".join(_blocks(source.split("\n")))
    return Markup(re.sub("\ue000(\\d+)\ue001", lambda found: values[int(found[1])], html))


def _blocks(lines: list[str]) -> Iterator[str]:
    paragraph: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        heading = _HEADING.fullmatch(line.rstrip())
        listed = next((tag for tag, item in (("ul", _BULLET), ("ol", _NUMBERED)) if item.fullmatch(line)), None)
        if paragraph and (heading or listed or not line.strip()):
            yield f"<p>{'<br>'.join(paragraph)}</p>"
            paragraph = []
        if heading:
            level = min(max(2, len(heading[1])), 4)
            yield f"<h{level}>{_inline(heading[2])}</h{level}>"
        elif listed:
            pattern = _BULLET if listed == "ul" else _NUMBERED
            items = []
            while position < len(lines) and (item := pattern.fullmatch(lines[position])):
                items.append(f"<li>{_inline(item[1])}</li>")
                position += 1
            yield f"<{listed}>{''.join(items)}</{listed}>"
            continue
        elif line.strip():
            paragraph.append(_inline(line.strip()))
        position += 1
    if paragraph:
        yield f"<p>{'<br>'.join(paragraph)}</p>"


def _inline(text: str) -> str:
    links: list[str] = []

    def keep(found: re.Match[str]) -> str:
        # Kept apart, so that an underscore in an address does not become emphasis.
        links.append(f'<a href="{found[2]}" rel="noopener noreferrer">')
        return f"\ue002{len(links) - 1}\ue003{found[1]}</a>"

    html = _LINK.sub(keep, escape(text))
    html = _STRONG.sub(lambda found: f"<strong>{found[1] or found[2]}</strong>", html)
    html = _EMPHASIS.sub(lambda found: f"<em>{found[1] or found[2]}</em>", html)
    return re.sub("\ue002(\\d+)\ue003", lambda found: links[int(found[1])], html)
