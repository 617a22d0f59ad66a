"""Write THIRD_PARTY_NOTICES.txt: what Lianxi installs to run, and what its built pages contain (`make notices`)."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT / "THIRD_PARTY_NOTICES.txt"
PYTHON_LOCK = ROOT / "requirements.lock"
ASSETS = ROOT / "webui" / "assets"
ASSETS_LOCK = ASSETS / "package-lock.json"

HEADING = """\
Third-party notices
===================

Written by `make notices` from the locks; do not edit.
requirements.lock sha256 {python}
webui/assets/package-lock.json sha256 {assets}

Lianxi itself is under the Apache License 2.0 (LICENSE). What follows is the work of others.
"""
INSTALLED = """
Installed beside Lianxi, not part of it
---------------------------------------

Python packages that `make run` installs; each brings its licence texts along, in the files named.

"""
CONTAINED = """
Contained in the built pages (webui/static)
-------------------------------------------

Parts of these npm packages are in the style sheets, scripts and icons. Their licence texts follow the list.

"""
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice)[^/]*", re.IGNORECASE)


def main() -> None:
    NOTICES.write_text(
        heading() + INSTALLED + "".join(python_rows()) + CONTAINED + "".join(asset_rows()) + asset_texts()
    )


def heading() -> str:
    """The first lines, with a digest of each lock: a check that the file is up to date needs nothing installed."""
    return HEADING.format(python=digest(PYTHON_LOCK), assets=digest(ASSETS_LOCK))


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def python_rows() -> list[str]:
    """One line per package of the runtime lock: name, version, licence, names of the licence texts."""
    locked = re.findall(r"^([\w.-]+)==([\w.+-]+)", PYTHON_LOCK.read_text(), re.MULTILINE)
    return [f"{name} {version}: {python_licence(name)}\n" for name, version in locked]


def python_licence(name: str) -> str:
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return "only on other systems"
    texts = sorted({path.name for path in package.files or () if is_licence(package, path.parts)})
    return stated_licence(package) + (f" ({', '.join(texts)})" if texts else "")


def is_licence(package: Distribution, parts: tuple[str, ...]) -> bool:
    return parts[0].endswith((".dist-info", ".egg-info")) and LICENCE_FILE.fullmatch(parts[-1]) is not None


def stated_licence(package: Distribution) -> str:
    """The licence in the package's own words: its expression, else its classifiers, else its free text."""
    about = package.metadata
    classifiers = [
        text.split(" :: ")[-1] for text in about.get_all("Classifier") or () if text.startswith("License ::")
    ]
    free_text = (about["License"] or "").strip()
    short = free_text if free_text and "\n" not in free_text else ""
    return about["License-Expression"] or short or ", ".join(classifiers) or "see its licence text"


def assets() -> list[tuple[str, str, str]]:
    """Name, version and licence of every npm package that can be in the built pages; tools of the build are not."""
    packages = json.loads(ASSETS_LOCK.read_text())["packages"]
    return [
        (path.removeprefix("node_modules/"), package["version"], package.get("license", "see its licence text"))
        for path, package in sorted(packages.items())
        if path and not package.get("dev")
    ]


def asset_rows() -> list[str]:
    return [f"{name} {version}: {licence}\n" for name, version, licence in assets()]


def asset_texts() -> str:
    """The licence texts in full, for they must go where the code goes; equal texts are given once."""
    owners: dict[str, list[str]] = {}
    for name, _version, _licence in assets():
        for file in sorted((ASSETS / "node_modules" / name).iterdir()):
            if LICENCE_FILE.fullmatch(file.name):
                text = "\n".join(line.rstrip() for line in file.read_text().strip().splitlines())
                owners.setdefault(text, []).append(name)
    return "".join(f"\n\n{', '.join(names)}\n{'~' * 80}\n{text}\n" for text, names in owners.items())


if __name__ == "__main__":
    if not (ASSETS / "node_modules").is_dir():
        sys.exit(
            "The licence texts of the npm packages are read from webui/assets/node_modules: run `make assets` first."
        )
    main()
