"""The demonstration: every state is there, seen by the people it is for, on dates around today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.demo import load_demo
from engine.model.casework import Case
from engine.model.runtime import Incident
from engine.queries import cases, inbox
from tests.processes.conftest import PACK
from tests.support.driver import Driver, open_driver


@pytest.fixture(
    scope="module", params=[datetime(2026, 3, 4, 2, 0, tzinfo=UTC), datetime(2026, 10, 3, 20, 0, tzinfo=UTC)]
)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The demonstration as loaded on a working day, and at night on a day off."""
    folder: Path = tmp_path_factory.mktemp("demo")
    driver = open_driver(f"sqlite:///{folder / 'lianxi.db'}", folder, now=request.param)
    load_demo(driver.service, PACK)
    yield driver
    driver.service.close()


def test_about_forty_matters_are_there_in_every_state(demo: Driver) -> None:
    found = demo.all(select(Case))

    assert 36 <= len(found) <= 60
    statuses = Counter(case.status for case in found)
    declared = set(demo.engine.ask(declared_statuses))
    assert set(statuses) == declared, statuses
    assert sum(case.closed_at is None for case in found) >= 12
    assert demo.all(select(Incident)) == []


def test_numbers_follow_dates_and_nothing_is_in_the_future(demo: Driver) -> None:
    found = demo.all(select(Case).order_by(Case.number))

    assert [case.opened_at for case in found] == sorted(case.opened_at for case in found)
    assert all(case.opened_at <= demo.clock.now() for case in found)
    assert all(case.closed_at >= case.opened_at for case in found if case.closed_at)


def test_everybody_who_works_finds_work_and_every_light_is_shown(demo: Driver) -> None:
    lights: set[str] = set()
    idle = []
    for username in ("lin", "zhao", "qian", "sun", "wu", "zhou", "zheng", "chen", "chu", "jiang", "shen", "han"):
        actor = demo.actor(username)
        inboxes = [demo.engine.ask(inbox.show, actor, view) for view in ("mine", "group")]
        if not any(inbox.total for inbox in inboxes):
            idle.append(username)
        lights |= {item.due.light for inbox in inboxes for item in inbox.items if item.due}

    assert len(idle) <= 2, idle
    assert {"green", "amber", "red"} <= lights and len(lights) >= 5, lights


def test_every_matter_can_be_read(demo: Driver) -> None:
    head = demo.actor("shen")
    for case_id in demo.all(select(Case.id)):
        page = demo.engine.ask(cases.detail, head, case_id)
        assert page.history and page.facts and page.parties, page.number
        assert page.holders or not page.open, f"{page.number} is open and nobody has it"


def declared_statuses(context: object) -> list[str]:
    stamp = context.definitions.stamp(context.session)  # type: ignore[attr-defined]
    context.definitions.seen(stamp)  # type: ignore[attr-defined]
    _, case_type = context.definitions.case_type(context.session, "matter")  # type: ignore[attr-defined]
    return list(case_type.statuses)
