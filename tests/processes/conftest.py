"""The office of processes/petition with its people, on a Monday morning with nothing registered yet."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.matters import Matter
from tests.support.driver import Driver, open_driver
from tests.support.server import ROOT

PACK = ROOT / "processes" / "petition"


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's database, made once: the pack deployed, and the people of the demonstration."""
    folder = tmp_path_factory.mktemp("office")
    driver = open_driver(f"sqlite:///{folder / 'lianxi.db'}", folder)
    driver.deploy(PACK)
    for person in tomllib.loads((PACK / "demo" / "people.toml").read_text())["people"]:
        driver.person(person["username"], *person["groups"])
    driver.service.close()
    return folder / "lianxi.db"


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[Driver]:
    """A copy of the office for one test."""
    with sqlite3.connect(furnished) as source, sqlite3.connect(tmp_path / "lianxi.db") as copy:
        source.backup(copy)
    driver = open_driver(f"sqlite:///{tmp_path / 'lianxi.db'}", tmp_path)
    yield driver
    driver.service.close()


@pytest.fixture
def housing(office: Driver) -> Matter:
    """The housing matter, referred to the housing department by the desk."""
    matter = Matter.registered(office, HOUSING)
    matter.task("confirm_route").done_by("lin", route="refer", unit="housing")
    return matter


HOUSING = {
    "name": "张志远",
    "phone": "138 4210 1188",
    "address": "大城子镇平房村",
    "summary": "已交房款，三年未交房",
    "claims": "要求开发商按合同交房并办理产权证",
    "category": "UC",
    "place": "滨河小区",
    "people_present": 2,
    "circumstances": [],
    "language": "zh",
}
