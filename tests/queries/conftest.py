"""Queries are asked on both databases; an office that is only read is made once for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.driver import Driver, open_driver
from tests.support.postgres import migrate, postgres_server  # noqa: F401 - a fixture


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    folder = tmp_path_factory.mktemp("office")
    if request.param == "sqlite":
        url, server = f"sqlite:///{folder / 'lianxi.db'}", None
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.clone("migrated", migrate)
    opened = open_driver(url, folder)
    yield opened
    opened.service.close()
    if server is not None:
        server.drop_database(url)
