"""Bring the Chinese catalogue up to date with the sentences of code and templates, and compile it (`make texts`)."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "webui" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
COMPILED = CATALOGUE.with_suffix(".mo")

FOLDERS = ("engine", "webui")
METHODS = [("**.py", "tools.texts:sentences"), ("**/templates/**.html", "jinja2")]

# Call -> which argument is a sentence, counted from 0. Names ending in "gettext" are Flask-Babel's.
CALLS = {
    "_": 0,
    "gettext": 0,
    "lazy_gettext": 0,
    "ngettext": 0,
    "Message": 0,
    "Rejection": 0,
    "NotFound": 0,
    "InvalidState": 0,
    "Forbidden": 0,
    "InvalidInput": 1,
}
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "sentence": None}


def main() -> None:
    catalogue = stored() if CATALOGUE.exists() else Catalog(locale="zh")
    catalogue.update(current(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, omit_header=False, sort_output=True, no_location=True, width=120)
    COMPILED.write_bytes(compiled(stored()))
    for message in missing(stored()):
        print("no Chinese:", message)


def current() -> Catalog:
    """What the code and the templates say now, in English."""
    found = Catalog(locale="en")
    for folder in FOLDERS:
        for _file, line, text, comments, context in extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS):
            found.add(text, locations=[("", line)], auto_comments=comments, context=context)
    return found


def stored() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


def missing(catalogue: Catalog) -> list[str]:
    """The sentences without Chinese, or with one that nobody confirmed."""
    translated = {message.id for message in catalogue if message.string and all(texts(message)) and not message.fuzzy}
    return sorted(str(message.id) for message in current() if message.id and message.id not in translated)


def texts(message: Any) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def compiled(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def sentences(
    file: BinaryIO, _keywords: Any, _comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Babel's extraction from Python, by syntax tree: its own joins the two sentences of `A if x else B` into one."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name == "ngettext":
            yield node.lineno, name, tuple(text for argument in node.args[:2] for text in strings(argument)), []
        elif name in CALLS:
            said = [text for argument in node.args[: CALLS[name] + 1] for text in strings(argument)]
            yield from ((node.lineno, "sentence", text, []) for text in said)


def called(node: ast.Call) -> str:
    """The name called: of `f(…)`, of `module.f(…)`; a constructor that calls its parent's says a sentence too."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return "Message" if name == "__init__" else name


def strings(node: ast.expr) -> Iterator[str]:
    """The sentences in an argument: itself, either branch of a choice, or those of each field of an InvalidInput."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)
    elif isinstance(node, ast.Dict):
        for messages in node.values:
            for message in messages.elts if isinstance(messages, ast.List) else ():
                yield from strings(message)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
