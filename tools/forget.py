"""Remove a data folder's embedded database, unless a server is using it: `forget.py FOLDER` (`make demo-reset`)."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

DATABASE = "lianxi.db"


def main(folder: Path) -> None:
    lock = folder / f"{DATABASE}.lock"
    if lock.exists() and is_held(lock):
        sys.exit(f"Expected nobody to use {folder / DATABASE}, but a server is running on it. Stop it first.")
    # The secret and the lock's file stay: what a running server holds must not be replaced under it.
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{DATABASE}{suffix}").unlink(missing_ok=True)


def is_held(lock: Path) -> bool:
    with lock.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
