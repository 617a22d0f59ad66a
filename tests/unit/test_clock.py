"""A moment is aware and in UTC; a date depends on where one lives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from engine.clock import FixedClock, SystemClock

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_date_in_shanghai_is_ahead_of_utc_in_the_evening():
    clock = FixedClock(datetime(2026, 3, 2, 17, 30, tzinfo=UTC))

    assert clock.today(SHANGHAI) == date(2026, 3, 3)
    assert clock.today(UTC) == date(2026, 3, 2)


def test_a_fixed_clock_stands_still_until_it_is_moved():
    clock = FixedClock(datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 1, tzinfo=UTC)

    assert clock.advance(timedelta(days=60)) == datetime(2026, 5, 1, 1, tzinfo=UTC)

    assert clock.now().tzinfo is UTC


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        FixedClock(datetime(2026, 3, 2))


def test_the_system_clock_is_aware_and_runs():
    clock = SystemClock()
    before = clock.now()

    assert before.tzinfo is UTC
    assert timedelta(0) <= clock.now() - before < timedelta(minutes=1)
    assert abs((clock.today(SHANGHAI) - clock.now().date()).days) <= 1
