"""Where third-party test data is: beside the repository or where LIANXI_CONFORMANCE says, never inside."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def unpacked(name: str, folder: Path) -> Path:
    """The content of `name`.tar.xz, unpacked into the folder; the test is skipped where there is no such file."""
    place = Path(os.environ.get("LIANXI_CONFORMANCE") or ROOT.parent / "shared" / "conformance")
    archive = place / f"{name}.tar.xz"
    if not archive.is_file():
        pytest.skip(f"Expected {archive.name} in ../shared/conformance or LIANXI_CONFORMANCE, but there is none")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder
