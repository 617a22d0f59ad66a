"""Dates at the ends of the calendar are far away, and no failure."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.support.driver import Driver
from tests.support.models import sequence, user_task


@pytest.mark.parametrize(
    ("text", "year"),
    [("9999-12-31T23:59:59-14:00", 9998), ("9999-12-31T23:00:00Z", 9998), ("0001-01-01T00:00:00+14:00", 2)],
)
def test_a_due_date_at_the_end_of_the_calendar(driver: Driver, text: str, year: int) -> None:
    driver.groups(desk=())
    schedule = f'<zeebe:taskSchedule dueDate="=&quot;{text}&quot;"/>'
    driver.deploy(sequence(user_task("look", groups="desk", extra=schedule)))

    due = driver.start("steps").task("look").row.due_at

    assert due is not None and due.year == year and due.astimezone(ZoneInfo("Pacific/Kiritimati"))
