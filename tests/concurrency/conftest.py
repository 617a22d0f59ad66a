"""A served office on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.database import Database
from tests.concurrency.offices import Office, served_office
from tests.support.databases import any_database, postgres_server, postgres_url  # noqa: F401 - fixtures


@pytest.fixture
def office(any_database: Database, tmp_path: Path) -> Iterator[Office]:  # noqa: F811 - a fixture
    with served_office(any_database.url, tmp_path) as opened:
        yield opened
