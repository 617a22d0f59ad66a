"""What must hold of every file: format, lint, types, words, locks, texts and built pages."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

from engine import checks, forms
from engine.config import Settings
from engine.packs import read_pack
from engine.service import open_service
from tests.support.server import ROOT
from tools import lock, notices
from webui import catalogs
from webui.app import create_app

ASSETS = ROOT / "webui" / "assets"
TEMPLATES = ROOT / "webui" / "templates"
PACKS = [*sorted(path.parent for path in ROOT.glob("processes/*/manifest.toml")), ROOT / "bench" / "models"]
BUILT = ROOT / "webui" / "static" / "dist"
LOCKS = ("requirements.lock", "requirements-dev.lock", "webui/assets/package-lock.json")

# In pieces, so that this file doesn't find itself.
WORDS_OF_PETITIONS = ("peti" + "tion", "信" + "访")
PLACES = ("/" + "work/", "/" + "root/", "/" + "farm/", "/tmp/" + "brief", "/opt/" + "wheels", "/" + "home/")
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "registry." + "yarnpkg", "deb." + "debian")


@pytest.mark.parametrize("check", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_has_nothing_to_say(check: list[str]) -> None:
    run(sys.executable, "-m", "ruff", *check, "--quiet", ".")


@pytest.mark.timeout(600)
def test_types_hold() -> None:
    run(sys.executable, "-m", "mypy")


def test_the_engine_has_no_words_of_petitions() -> None:
    found = [path for path in tracked("engine") if any(word in text_of(path).lower() for word in WORDS_OF_PETITIONS)]

    assert not found, "These belong into processes/petition"


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    hidden = re.compile("|".join(re.escape(text) for text in (*PLACES, *REGISTRIES)))

    found = [f"{path}: {match[0]}" for path in tracked() for match in [hidden.search(text_of(path))] if match]

    assert not found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_and_hashes_but_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()

    assert re.search(r"sha256:|\"integrity\"", text)
    assert not re.search(r"\"resolved\"|--(extra-)?index-url|--find-links|git\+|^\S+ @ ", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS[:2])
def test_a_lock_is_up_to_date(name: str) -> None:
    assert lock.locked_digest(name) == lock.dependency_digest(), "pyproject.toml has changed: run `make lock`"


def test_the_third_party_notices_are_up_to_date() -> None:
    assert notices.NOTICES.read_text().startswith(notices.heading()), (
        "requirements.lock has changed: run `make notices`"
    )


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[jinja2.Environment]:
    settings = Settings.from_environ({"LIANXI_DATA": str(tmp_path_factory.mktemp("templates"))})
    service = open_service(settings)
    yield create_app(service.engine, settings).jinja_env
    service.close()


@pytest.mark.parametrize("name", sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")))
def test_a_template_parses(name: str, templates: jinja2.Environment) -> None:
    templates.get_template(name)


@pytest.mark.parametrize("path", sorted(ROOT.glob("processes/*/forms/*.form")), ids=lambda path: path.stem)
def test_a_form_is_found_good(path: Path) -> None:
    assert forms.check_form(path.read_bytes()) == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_a_pack_can_be_deployed(pack: Path) -> None:
    findings, _ = checks.check_pack(read_pack(pack), checks.nothing_known())

    assert [finding for finding in findings if finding.severity == "error"] == []


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    assert catalogs.missing(language) == [], "Run `make texts`, then write what it lists into the catalogue"


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_the_catalogue_is_compiled(language: str) -> None:
    folder = catalogs.TRANSLATIONS / language / "LC_MESSAGES"

    assert "#, fuzzy" not in (folder / "messages.po").read_text()
    assert catalogs.compiled(language) == (folder / "messages.mo").read_bytes(), "Run `make texts`"


def test_the_built_pages_are_those_of_the_manifest() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text())

    built = {
        str(path.relative_to(BUILT)): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in BUILT.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }

    assert built == manifest


def test_every_licence_of_the_built_pages_is_there_in_full() -> None:
    head, *licences = (BUILT / "THIRD_PARTY_NOTICES.txt").read_text().split(f"\n{'-' * 72}\n\n")
    named = [line.split(": ")[0] for line in head.splitlines()[2:] if line]

    assert [text.split("\n", 1)[0] for text in licences] == named
    assert [text for text in licences if "permi" not in text.lower()] == []


@pytest.mark.timeout(600)
def test_the_built_pages_are_built_from_their_sources() -> None:
    node = shutil.which("node")
    if node and not (ASSETS / "node_modules").is_dir() and os.environ.get("CI") == "true":
        run("npm", "ci", "--no-audit", "--no-fund", "--silent", folder=ASSETS)
    if not node or not (ASSETS / "node_modules").is_dir():
        pytest.skip("Needs node and `npm ci` in webui/assets, as `make assets` does")

    run(node, "build.mjs", "--check", folder=ASSETS)


def run(*command: str, folder: Path = ROOT) -> None:
    """Run a tool; its own words are the failure."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{' '.join(command[1:4])}\n{done.stdout[-8000:]}{done.stderr[-4000:]}"


def tracked(folder: str = ".") -> list[str]:
    """The files under version control below a folder."""
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return names or pytest.skip("Looks at the files under version control, and this folder has none")


def text_of(path: str) -> str:
    return (ROOT / path).read_text(errors="replace")
