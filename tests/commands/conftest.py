"""Command tests run on both databases: the story is the same, the locks are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.driver import Driver, open_driver
from tests.support.postgres import postgres_server, postgres_url  # noqa: F401 - fixtures


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    url = (
        f"sqlite:///{tmp_path / 'lianxi.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )
    opened = open_driver(url, tmp_path)
    yield opened
    opened.service.close()
