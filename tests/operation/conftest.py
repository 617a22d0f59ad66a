"""An office in the middle of its work, on both databases, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.demo import load_demo
from engine.moving import move
from tests.operation.moment import NOW
from tests.support.driver import Driver, open_driver
from tests.support.postgres import empty_postgres_url, migrate, postgres_server, postgres_url  # noqa: F401
from tests.support.server import ROOT

PACK = ROOT / "processes" / "petition"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration office as an SQLite file."""
    folder = tmp_path_factory.mktemp("furnished")
    driver = open_driver(f"sqlite:///{folder / 'lianxi.db'}", folder, now=NOW)
    load_demo(driver.service, PACK)
    driver.service.close()
    return folder / "lianxi.db"


@pytest.fixture
def sqlite_office(furnished: Path, tmp_path: Path) -> Iterator[Driver]:
    yield from opened(f"sqlite:///{shutil.copy(furnished, tmp_path / 'lianxi.db')}", tmp_path)


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, furnished: Path, tmp_path: Path) -> Iterator[Driver]:
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{shutil.copy(furnished, tmp_path / 'lianxi.db')}", tmp_path)
        return
    server = request.getfixturevalue("postgres_server")
    url = server.clone("office", filled_from(furnished))
    yield from opened(url, tmp_path)
    server.drop_database(url)


def filled_from(furnished: Path) -> Callable[[str], None]:
    def fill(url: str) -> None:
        migrate(url)
        driver = open_driver(f"sqlite:///{furnished}", furnished.parent, now=NOW)
        move(driver.service.database, url)
        driver.service.close()

    return fill


def opened(url: str, folder: Path) -> Iterator[Driver]:
    driver = open_driver(url, folder, now=NOW)
    yield driver
    driver.service.close()
