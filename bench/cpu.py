"""CPU time of processes, from Linux's scheduler: nanoseconds, whoever else uses the machine."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def tree(root: int) -> list[int]:
    """The process and all it started that still run."""
    parents = {int(entry.name): parent(entry) for entry in PROC.iterdir() if entry.name.isdigit()}
    found = [root]
    for process in found:
        found += [child for child, its_parent in parents.items() if its_parent == process]
    return found


def postgresql(port: int) -> list[int]:
    """The PostgreSQL server that was started with this port on its command line, with its helpers and sessions."""
    for entry in PROC.iterdir():
        if entry.name.isdigit() and f"port={port}".encode() in read(entry / "cmdline").split(b"\0"):
            return tree(int(entry.name))
    return []


def milliseconds(processes: list[int]) -> float:
    """CPU time that the live threads of these processes have used so far."""
    used = 0
    for process in processes:
        for thread in (PROC / str(process) / "task").glob("*/schedstat"):
            fields = read(thread).split()
            used += int(fields[0]) if fields else 0
    return used / 1e6


def parent(entry: Path) -> int | None:
    # The name, in brackets, may hold anything; what follows its last bracket is state and parent.
    _, _, rest = read(entry / "stat").rpartition(b")")
    return int(rest.split()[1]) if rest else None


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # It ended while we looked.
        return b""
