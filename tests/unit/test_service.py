"""An installation is put together from settings."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from engine.access import SYSTEM
from engine.clock import FixedClock
from engine.commands.identity import CreateUser
from engine.config import Settings
from engine.database import Database
from engine.errors import InvalidState
from engine.model.identity import User
from engine.queries import people
from engine.service import open_service
from tests.support.databases import sqlite_database  # noqa: F401 - a fixture
from tests.support.driver import MONDAY, PASSWORD


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'lianxi.db'}",
        data_folder=tmp_path,
        secret_key="a secret for tests only",
        time_zone=ZoneInfo("Europe/Berlin"),
        sqlite_synchronous="NORMAL",
    )


def test_opening_brings_the_database_up_to_date_and_hands_the_settings_on(settings: Settings) -> None:
    service = open_service(settings, clock=FixedClock(MONDAY))

    service.engine.execute(CreateUser(username="rita", password=PASSWORD), actor=SYSTEM)

    assert service.engine.zone == ZoneInfo("Europe/Berlin")
    assert service.job_context.engine is service.engine
    with service.database.write() as session:
        assert session.scalars(select(User.created_at)).one() == MONDAY
        assert session.scalar(text("PRAGMA synchronous")) == 1
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    service.close()


def test_what_is_kept_is_there_after_opening_again(settings: Settings) -> None:
    first = open_service(settings)
    first.engine.execute(CreateUser(username="rita", password=PASSWORD), actor=SYSTEM)
    first.close()

    second = open_service(settings, migrate=False)

    assert second.engine.ask(people.get, "rita").username == "rita"
    second.close()


def test_without_migrating_no_tables_are_made(settings: Settings) -> None:
    service = open_service(settings, migrate=False)

    with pytest.raises(OperationalError, match="no such table"):
        service.engine.ask(people.get, "rita")
    service.close()


def test_a_query_changes_nothing(settings: Settings, sqlite_database: Database) -> None:  # noqa: F811
    service = open_service(settings, migrate=False)

    def meddle(context: object) -> None:
        context.session.execute(text("DELETE FROM user_account"))  # type: ignore[attr-defined]

    with pytest.raises(OperationalError, match="readonly"):
        service.engine.ask(meddle)
    service.close()


def test_what_exists_already_is_refused_and_leaves_nothing_half_done(
    settings: Settings,
    sqlite_database: Database,  # noqa: F811
) -> None:
    service = open_service(settings, migrate=False)

    def make_twice(command: object, context: object) -> None:
        for _ in range(2):
            row = User(username="rita", password_hash="", created_at=MONDAY)
            context.session.add(row)  # type: ignore[attr-defined]
        context.session.flush()  # type: ignore[attr-defined]

    from engine.commands import HANDLERS

    class MakeTwice: ...

    HANDLERS[MakeTwice] = make_twice
    try:
        with pytest.raises(InvalidState, match="Expected something new, but it exists already"):
            service.engine.execute(MakeTwice(), actor=SYSTEM)
    finally:
        del HANDLERS[MakeTwice]

    assert service.engine.ask(people.get, "rita") is None
    service.close()
