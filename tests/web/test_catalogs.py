"""Everything that people read can be read in Chinese, and says the same with the same blanks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from jinja2 import Environment, FileSystemLoader

from webui import catalogs

BLANK = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def _list(texts: Any) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


def by_text(catalog: Catalog) -> dict[str, Any]:
    return {repr(_list(message.id)): repr(_list(message.string)) for message in catalog if message.id}


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_nothing_is_untranslated(language: str) -> None:
    assert catalogs.missing(language) == []


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_readable_one(language: str) -> None:
    with (catalogs._folder(language) / "messages.mo").open("rb") as file:
        stored = by_text(read_mo(file))

    assert stored == by_text(catalogs._read(language))


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_translations_fill_in_the_same_blanks(language: str) -> None:
    for message in catalogs._read(language):
        originals = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        wanted = set().union(*(set(BLANK.findall(text)) for text in originals))
        for text in strings if message.id else ():
            assert set(BLANK.findall(text)) == wanted, message.id


def test_sentences_of_refusals_are_collected() -> None:
    texts = {message.id for message in catalogs.collect()}

    assert "Expected to claim task {task}, but it is assigned to {who}" in texts
    assert "Registered as {number}" in texts and "Expected an answer" in texts


def test_every_template_parses() -> None:
    folder = Path(catalogs.WEBUI, "templates")
    environment = Environment(loader=FileSystemLoader(folder), extensions=["jinja2.ext.i18n"])

    for path in folder.rglob("*.html"):
        environment.parse(path.read_text(encoding="utf-8"))
