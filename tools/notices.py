"""Write THIRD_PARTY_NOTICES.txt: what Lianxi installs beside itself to run (`make notices`)."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT / "THIRD_PARTY_NOTICES.txt"
LOCK = ROOT / "requirements.lock"

HEADING = """\
Third-party notices
===================

Written by `make notices`; do not edit.
requirements.lock sha256 {digest}

Lianxi itself is under the Apache License 2.0 (LICENSE). What follows is the work of others.

The built pages contain parts of npm packages: webui/static/dist/THIRD_PARTY_NOTICES.txt, written by their build,
names them and has their licence texts in full.

These Python packages are installed beside Lianxi, not part of it; each brings its licence texts along, in the files
named.

"""
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice)[^/]*", re.IGNORECASE)


def main() -> None:
    NOTICES.write_text(heading() + "".join(rows()))


def heading() -> str:
    """The first lines, with a digest of the lock: a check that the file is up to date needs nothing installed."""
    return HEADING.format(digest=hashlib.sha256(LOCK.read_bytes()).hexdigest())


def rows() -> list[str]:
    """One line per package of the runtime lock: name, version, licence, names of the licence texts."""
    locked = re.findall(r"^([\w.-]+)==([\w.+-]+)", LOCK.read_text(), re.MULTILINE)
    return [f"{name} {version}: {licence(name)}\n" for name, version in locked]


def licence(name: str) -> str:
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


if __name__ == "__main__":
    main()
