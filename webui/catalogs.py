"""The translation catalogues: `python -m webui.catalogs` collects what is to be translated and compiles what is.

Texts come from templates and views (gettext calls), from the engine's sentences to people (the templates of Message
and of refusals) and from what the registries say to designers.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from engine.queries import help

WEBUI = Path(__file__).parent
ENGINE = WEBUI.parent / "engine"
TRANSLATIONS = WEBUI / "translations"
LANGUAGES = ("zh",)

METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}

# Modules of the engine whose sentences people at work may read.
SPEAKERS = (
    "*.py",
    "bpmn/counterparts.py",
    "bpmn/instructions.py",
    "bpmn/execution.py",
    "bpmn/judging.py",
    "bpmn/limits.py",
    "bpmn/migration.py",
    "bpmn/migration_plan.py",
    "bpmn/modification.py",
    "bpmn/placing.py",
    "bpmn/timers.py",
    "commands/*.py",
    "queries/*.py",
    "model/*.py",
    "forms/*.py",
    "dmn/*.py",
    "feel/*.py",
    "workers/*.py",
    "bpmn/lint/*.py",
    "rehearsal/*.py",
)
SILENT = {"cli.py", "config.py", "demo.py", "database.py"}
# Callable -> which argument is the sentence.
SENTENCES = {
    "Message": 0,
    "Rejection": 0,
    "NotFound": 0,
    "InvalidState": 0,
    "Forbidden": 0,
    "KeyReused": 0,
    "InvalidInput": 1,
    "FeelError": 0,
    "FeelSyntaxError": 0,
    "FeelLimitExceeded": 0,
    "_wrong_zip": 0,
    "unfit": 1,
    "ensure": 2,  # what the permission is for
    "error": 2,  # of a diagram that is checked
    "warn": 2,
    "say": 2,
}
TABLES = {"queries/history.py": {"WORDS"}, "forms/messages.py": {"*"}}  # sentences kept in tables and constants


def collect() -> Catalog:
    """Everything that is to be translated, each text once, in a stable order."""
    catalog = Catalog(project="Lianxi", fuzzy=False, creation_date=datetime(2026, 1, 1, tzinfo=UTC))
    found: list[tuple[str, str | tuple[str, str]]] = []
    for name, _, message, _, _ in extract_from_dir(WEBUI, METHODS, OPTIONS, KEYWORDS, directory_filter=_is_source):
        found.append((f"webui/{name}", message if isinstance(message, str) else (message[0], message[1])))
    found += [(f"engine/{name}", message) for name, message in _sentences()]
    for path in sorted((WEBUI / "workshop").glob("*.py")):  # its views refuse too
        spoken = _spoken(ast.parse(path.read_text(encoding="utf-8")))
        found += [(f"webui/workshop/{path.name}", text) for text in spoken]
    found += [("engine/queries/help.py", text) for text in help.texts()]
    for name, message in sorted(found, key=lambda entry: (entry[0], str(entry[1]))):
        catalog.add(message, locations=[(name, None)])  # type: ignore[list-item] # without lines: they move too often
    return catalog


def missing(language: str) -> list[str]:
    """The texts without a translation."""
    translated = _read(language)
    return [
        str(message.id)
        for message in collect()
        if message.id
        and not _is_translated(translated.get(message.id if isinstance(message.id, str) else message.id[0]))
    ]


def compiled(language: str) -> bytes:
    """What the .mo file must hold."""
    buffer = BytesIO()
    write_mo(buffer, _read(language))
    return buffer.getvalue()


def update(language: str) -> None:
    """Bring the language's catalogue up to the texts there are now, and compile it. Texts that went are forgotten."""
    catalog = _read(language)
    catalog.update(collect(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = "# Texts of Lianxi's pages. `python -m webui.catalogs` keeps this file up to date."
    folder = _folder(language)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalog, width=118, omit_header=False, include_lineno=False, ignore_obsolete=True)
    (folder / "messages.mo").write_bytes(compiled(language))


def main() -> int:
    for language in LANGUAGES:
        update(language)
        for text in missing(language):
            print(f"{language}: {text}", file=sys.stderr)
    return 0


def _folder(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES"


def _read(language: str) -> Catalog:
    file = _folder(language) / "messages.po"
    if not file.exists():
        return Catalog(locale=language, project="Lianxi", fuzzy=False)
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def _is_source(folder: str | Path) -> bool:
    return Path(folder).name not in ("assets", "static", "translations", "__pycache__", "api")


def _is_translated(message: Any) -> bool:
    text = message.string if message is not None else ""
    return all(text) if isinstance(text, list | tuple) else bool(text)


def _sentences() -> Iterator[tuple[str, str]]:
    for pattern in SPEAKERS:
        for path in sorted(ENGINE.glob(pattern)):
            name = path.relative_to(ENGINE).as_posix()
            if name not in SILENT:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                yield from ((name, text) for text in _spoken(tree))
                yield from ((name, text) for text in _tabled(tree, TABLES.get(name, set())))


def _spoken(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = SENTENCES.get(called)
        if place is not None and len(node.args) > place:
            yield from _texts(node.args[place])
        if called == "InvalidInput" and node.args:
            yield from (text for text in _texts(node.args[0], values_only=True))


def _tabled(tree: ast.Module, names: set[str]) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and (
            names == {"*"} or {getattr(target, "id", "") for target in node.targets} & names
        ):
            yield from _texts(node.value, values_only=True)


def _texts(node: ast.AST, *, values_only: bool = False) -> Iterator[str]:
    """The string constants in an expression: both sides of an if, the values of a dict."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Dict) and values_only:
        for value in node.values:
            yield from _texts(value, values_only=True)
    elif isinstance(node, ast.List) and values_only:
        for value in node.elts:
            yield from _texts(value, values_only=True)


if __name__ == "__main__":
    sys.exit(main())
