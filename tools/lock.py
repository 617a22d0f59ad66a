"""Write the two locks from pyproject.toml: versions and hashes, no addresses (`make lock`)."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make lock`; do not edit. Dependencies of pyproject.toml: sha256 "

# The development lock is held to the runtime lock's versions, so that one environment serves both.
LOCKS = {
    "requirements.lock": [],
    "requirements-dev.lock": ["--extra", "dev", "--constraints", "requirements.lock"],
}


def main(upgrade: bool) -> None:
    for name, options in LOCKS.items():
        compile_lock(name, [*options, *(["--upgrade"] if upgrade else [])])


def compile_lock(name: str, options: list[str]) -> None:
    """Resolve for every Python from 3.11 on and every platform; versions in the file stay unless they must move."""
    resolve = ["uv", "pip", "compile", "--universal", "--generate-hashes", "--quiet", "--no-annotate", "--no-header"]
    quiet_about_addresses = ["--no-emit-index-url", "--no-emit-find-links"]
    output = ["--output-file", name, "pyproject.toml"]
    subprocess.run(
        [*resolve, *quiet_about_addresses, *options, *output], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    lock = ROOT / name
    lock.write_text(f"{HEADER}{dependency_digest()}\n{lock.read_text()}")


def dependency_digest() -> str:
    """What the locks were made from: a digest of pyproject's dependency tables, so that a check needs no network."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tables = {key: project[key] for key in ("requires-python", "dependencies", "optional-dependencies")}
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def locked_digest(name: str) -> str:
    """The digest written in a lock's first line."""
    first_line = (ROOT / name).read_text().split("\n", 1)[0]
    return first_line.removeprefix(HEADER)


if __name__ == "__main__":
    main(upgrade="--upgrade" in sys.argv[1:])
