"""Make .venv hold what a lock says, with nothing but Python's own library: `environment.py runtime|development`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# The development lock holds the runtime lock's versions and more, so installing it satisfies both.
LOCKS = {"runtime": "requirements.lock", "development": "requirements-dev.lock"}
SATISFIES = {"runtime": ("runtime",), "development": ("development", "runtime")}

# Not a wheel of our own: a path file and a starter do the same, need no build tool, and follow the folder as it is.
STARTER = """#!/bin/sh
# Starts lianxi with the Python beside this file.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/python" -P -c 'import sys; sys.argv[0] = "lianxi"; from engine.cli import main; sys.exit(main())' "$@"
"""


def main(purpose: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts it may have an older one
        sys.exit(
            f"Lianxi needs Python 3.11 or newer, but {sys.executable} is {sys.version.split()[0]}. Say `make PYTHON=…`."
        )

    if not PYTHON.exists():
        create()
    if stamp(purpose).exists() and stamp(purpose).read_text() == digest(purpose):
        return
    print(f"Installing what {LOCKS[purpose]} lists into {VENV.name} (once; some minutes on a slow line) …", flush=True)
    install(ROOT / LOCKS[purpose])
    link()
    for name in SATISFIES[purpose]:
        stamp(name).write_text(digest(name))


def create() -> None:
    """Create the virtual environment, with its own pip if Python ships one, else filled by the pip outside."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if find_spec("ensurepip") is None:
        if find_spec("pip") is None:
            sys.exit(
                "This Python has neither ensurepip nor pip, so nothing can be installed. "
                "On Debian and Ubuntu: apt-get install python3-venv python3-pip"
            )
        command.insert(3, "--without-pip")
    if subprocess.run(command, check=False).returncode:
        sys.exit("Python could not create .venv (see above). On Debian and Ubuntu: apt-get install python3-venv")


def install(lock: Path) -> None:
    """Install exactly the locked files; pip refuses anything whose hash is not in the lock."""
    inside = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    pip = [str(PYTHON), "-m", "pip"] if inside else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.run([*pip, "install", *options, "-r", str(lock)], check=False).returncode:
        sys.exit(f"pip could not install {lock.name} (see above). Check the network, then run the same command again.")


def link() -> None:
    """Put the project on the environment's path and `lianxi` in its bin."""
    (packages,) = (VENV / "lib").glob("python3*/site-packages")
    (packages / "lianxi.pth").write_text(f"{ROOT}\n")
    starter = VENV / "bin" / "lianxi"
    starter.write_text(STARTER)
    os.chmod(starter, 0o755)


def stamp(purpose: str) -> Path:
    return VENV / f".lianxi-{purpose}"


def digest(purpose: str) -> str:
    """The state to be in: this lock's bytes, at this place (a moved folder is linked again)."""
    return hashlib.sha256((ROOT / LOCKS[purpose]).read_bytes() + str(ROOT).encode()).hexdigest()


if __name__ == "__main__":
    if sys.argv[1:] not in [["runtime"], ["development"]]:
        sys.exit("usage: environment.py runtime|development")
    main(sys.argv[1])
