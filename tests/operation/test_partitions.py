"""Events lie in parts by month on PostgreSQL: old rows stay, every row finds a place, and empty months go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from engine import migrations, partitions
from engine.database import Database, open_database
from engine.model.history import HistoryEvent
from tests.support.driver import open_driver
from tests.support.models import sequence, user_task

pytestmark = pytest.mark.postgresql

NOVEMBER = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def database(empty_postgres_url: str) -> Iterator[Database]:
    opened = open_database(empty_postgres_url)
    yield opened
    opened.dispose()


def happened(database: Database, *moments: datetime) -> None:
    with database.write() as session:
        rows = [{"at": moment, "actor": "rita", "type": "task claimed", "instance_id": 7} for moment in moments]
        session.execute(insert(HistoryEvent), rows)


def places(database: Database) -> list[str]:
    """In which part each event is, oldest first."""
    with database.read() as session:
        return list(session.scalars(text("SELECT tableoid::regclass::text FROM history_event ORDER BY at")))


def make(database: Database, now: datetime, first: date | None = None) -> list[str]:
    with database.write() as session:
        return partitions.make_parts(session.connection(), now, first=first)


def test_events_of_before_stay_where_they_are_and_numbers_go_on(database: Database) -> None:
    migrations.upgrade(database, "0005")
    old = [datetime(2024, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)]
    happened(database, *old)

    migrations.upgrade(database)
    happened(database, datetime(2026, 11, 2, tzinfo=UTC), datetime(2039, 1, 1, tzinfo=UTC))

    assert places(database)[:2] == ["history_event_before"] * 2
    assert places(database)[-1] == "history_event_default"
    with database.read() as session:
        assert list(session.scalars(select(HistoryEvent.id).order_by(HistoryEvent.at))) == [1, 2, 3, 4]

    migrations.downgrade(database, "0005")
    with database.read() as session:
        assert list(session.scalars(text("SELECT id FROM history_event ORDER BY at"))) == [1, 2, 3, 4]
    happened(database, NOVEMBER)
    migrations.upgrade(database)
    assert len(places(database)) == 5


def test_months_are_made_ahead_and_take_what_went_to_the_default(database: Database) -> None:
    migrations.upgrade(database)
    far = datetime(2040, 5, 31, 23, 59, 59, tzinfo=UTC), datetime(2040, 6, 1, tzinfo=UTC)
    happened(database, *far)
    assert places(database) == ["history_event_default"] * 2

    made = make(database, datetime(2040, 5, 10, tzinfo=UTC))

    assert [name for name in made if name.startswith("history")] == [
        f"history_event_2040_{month:02}" for month in (5, 6, 7, 8)
    ]
    assert places(database) == ["history_event_2040_05", "history_event_2040_06"]
    assert make(database, datetime(2040, 5, 10, tzinfo=UTC)) == []
    assert len(make(database, datetime(2040, 6, 1, tzinfo=UTC))) == 2


def test_the_month_is_that_of_utc_whatever_the_zone_of_the_server(database: Database) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER DATABASE {database.bind.url.database} SET timezone = 'America/New_York'"))
    migrations.upgrade(database)
    make(database, datetime(2040, 5, 10, tzinfo=UTC))

    happened(database, datetime(2040, 5, 31, 23, 59, tzinfo=UTC), datetime(2040, 6, 1, 0, 1, tzinfo=UTC))

    assert places(database) == ["history_event_2040_05", "history_event_2040_06"]


def test_only_past_months_without_rows_are_dropped(database: Database) -> None:
    migrations.upgrade(database)
    make(database, datetime(2040, 5, 10, tzinfo=UTC), first=date(2040, 2, 1))
    happened(database, datetime(2040, 3, 5, tzinfo=UTC))

    with database.write() as session:
        dropped = partitions.drop_empty_parts(session.connection(), datetime(2040, 5, 10, tzinfo=UTC))

    names = [name for name in dropped if "2040" in name and name.startswith("history")]
    assert names == ["history_event_2040_02", "history_event_2040_04"]
    assert places(database) == ["history_event_2040_03"]


def test_the_story_of_an_instance_is_found_across_months(database: Database, tmp_path: Path) -> None:
    office = open_driver(database.url, tmp_path, now=datetime(2040, 5, 30, tzinfo=UTC))
    make(database, office.clock.now())
    office.groups(clerks=())
    office.person("omar", "clerks")
    office.deploy(sequence(user_task("look"), user_task("reply")))
    steps = office.start("steps")
    steps.task("look").done_by("omar")
    office.later(days=5)
    steps.task("reply").done_by("omar")

    assert {"history_event_2040_05", "history_event_2040_06"} == set(places(database))
    assert steps.history.count("task completed") == 2
    office.service.close()
