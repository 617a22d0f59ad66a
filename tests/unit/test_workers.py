"""The built-in job types: dict in, dict out, at a time and place that are handed in."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.calendar import Calendar, LocalDay
from engine.errors import InvalidInput
from engine.workers import INLINE, WORKERS, Tools
from engine.workers.clocks import end_of_day

RULE = {"count": 60, "unit": "calendar_day", "label": "Handle"}


@pytest.fixture
def tools() -> Tools:
    """Monday 2 March 2026, nine in the morning in Shanghai."""
    return Tools(
        now=datetime(2026, 3, 2, 1, 0, tzinfo=UTC), zone=ZoneInfo("Asia/Shanghai"), calendar=Calendar(), key="job-7"
    )


def test_a_clock_is_opened_with_its_dates_and_the_reasons_for_them(tools: Tools) -> None:
    clock = INLINE["clock:open"]({"clock": "handle", "rule": RULE}, tools)

    assert {name: clock[name] for name in ("name", "start", "raw_last_day", "legal_due", "safe_due")} == {
        "name": "handle",
        "start": "2026-03-02",
        "raw_last_day": "2026-05-01",
        "legal_due": "2026-05-06",
        "safe_due": "2026-04-30",
    }
    assert clock["legal_due_at"] == "2026-05-06T23:59:59+08:00"
    assert clock["safe_due_at"] == "2026-04-30T23:59:59+08:00"
    assert clock["provisional"] is False
    assert clock["why"].startswith("60 calendar days are counted after 2026-03-02")
    assert clock["reasons"][0] == {
        "template": "{count} calendar days are counted after {start}, which is not counted itself.",
        "params": {"count": 60, "start": "2026-03-02"},
    }


def test_the_offices_own_days_count(tools: Tools) -> None:
    closed = Calendar([LocalDay(date=date(2026, 3, 9), working=False, name="Flood")])
    here = Tools(now=tools.now, zone=tools.zone, calendar=closed)

    clock = INLINE["clock:open"]({"clock": "reply", "rule": {"count": 5, "unit": "working_day"}}, here)

    assert clock["legal_due"] == "2026-03-10"
    assert "Flood" in clock["why"]


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (None, "2026-03-02"),
        ("2026-03-05", "2026-03-05"),
        (date(2026, 3, 5), "2026-03-05"),
        (datetime(2026, 3, 5, 23, 0), "2026-03-05"),
        (datetime(2026, 3, 5, 23, 0, tzinfo=UTC), "2026-03-06"),  # past midnight where the authority is
        ("2026-03-05T23:00:00", "2026-03-05"),
        ("2026-03-05T23:00:00Z", "2026-03-06"),
        ("2026-03-05T01:00:00@Asia/Shanghai", "2026-03-05"),
        ("2026-03-05T23:00:00@Europe/Berlin", "2026-03-06"),
    ],
)
def test_a_clock_starts_on_the_authoritys_day(tools: Tools, start: Any, day: str) -> None:
    assert INLINE["clock:open"]({"clock": "reply", "rule": RULE, "start": start}, tools)["start"] == day


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"rule": RULE}, "Expected the name of the clock to open"),
        ({"clock": "", "rule": RULE}, "Expected the name of the clock to open"),
        ({"clock": "reply"}, "Expected a rule with count and unit for clock reply, but it is None"),
        ({"clock": "reply", "rule": {"count": "ten"}}, "Expected a rule with count and unit for clock reply"),
        ({"clock": "reply", "rule": {"count": 5, "unit": "fortnight"}}, "but it is fortnight"),
        ({"clock": "reply", "rule": RULE, "start": "soon"}, "as the start of a clock, but it is soon"),
        ({"clock": "reply", "rule": RULE, "start": "2026-03-05T01:00:00@Mars/Base"}, "but it is 2026-03-05T01"),
        ({"clock": "reply", "rule": RULE, "start": "2026-03-05T01:00:00@Europe"}, "but it is 2026-03-05T01"),
        ({"clock": "reply", "rule": RULE, "start": 5}, "but it is 5"),
    ],
)
def test_a_clock_that_cannot_be_opened_says_why(tools: Tools, variables: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        INLINE["clock:open"](variables, tools)


def test_a_clock_is_stopped_by_its_name(tools: Tools) -> None:
    assert INLINE["clock:stop"]({"clock": "reply"}, tools) == {"stopped_at": "2026-03-02T09:00:00+08:00"}
    with pytest.raises(InvalidInput, match="Expected the name of the clock to stop"):
        INLINE["clock:stop"]({}, tools)


def test_a_day_ends_with_its_last_second_at_the_authority(tools: Tools) -> None:
    assert end_of_day(date(2026, 3, 2), tools).astimezone(UTC) == datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)


def test_a_line_is_written_to_the_log_with_the_jobs_key(tools: Tools, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="lianxi.worker"):
        assert WORKERS["log"]({"message": "hello"}, tools) == {}

    assert caplog.messages == ["job job-7 says: hello"]
