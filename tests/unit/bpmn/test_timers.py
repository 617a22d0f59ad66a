"""When timers are due: where the clocks change, where time has passed, and where somebody set the clock back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from engine import feel
from engine.bpmn import Stuck, timers
from engine.bpmn.elements.catches import TimerCatch
from engine.bpmn.expressions import Text

BERLIN = ZoneInfo("Europe/Berlin")  # forward on 29 March 2026 at 2:00, back on 25 October 2026 at 3:00
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(*when: int, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=zone, fold=fold)  # type: ignore[arg-type, misc]


def env(now: datetime) -> feel.Environment:
    return feel.Environment(now=now)


def due(style: str, value: str, now: datetime) -> datetime:
    return timers.due_at(timers.schedule(style, value, env(now)))


@pytest.mark.parametrize(
    ("duration", "now", "then"),
    [
        ("P1D", at(2026, 3, 28, 9), at(2026, 3, 29, 9)),  # 23 hours later
        ("PT24H", at(2026, 3, 28, 9), at(2026, 3, 29, 10)),
        ("P1D", at(2026, 10, 24, 9), at(2026, 10, 25, 9)),  # 25 hours later
        ("PT24H", at(2026, 10, 24, 9), at(2026, 10, 25, 8)),
        ("P1D", at(2026, 3, 28, 2, 30), at(2026, 3, 29, 3, 30)),  # half past two does not exist
        ("PT1H", at(2026, 3, 29, 1, 30), at(2026, 3, 29, 3, 30)),
        ("PT1H", at(2026, 10, 25, 2, 30), at(2026, 10, 25, 2, 30, fold=1)),  # half past two comes twice
        ("P1M", at(2026, 1, 31, 9), at(2026, 2, 28, 9)),
        ("P1DT1H", at(2026, 3, 28, 9), at(2026, 3, 29, 10)),
        ("-P1D", at(2026, 3, 28, 9), at(2026, 3, 27, 9)),  # over already: fires at once
    ],
)
def test_days_follow_the_wall_clock_and_hours_the_stopwatch(duration: str, now: datetime, then: datetime) -> None:
    assert due("duration", duration, now).astimezone(UTC) == then.astimezone(UTC)


def turns(cycle: str, now: datetime, count: int) -> list[datetime]:
    schedule = timers.schedule("cycle", cycle, env(now))
    found = [timers.due_at(schedule)]
    while len(found) < count:
        schedule = timers.following(schedule, env(timers.due_at(schedule).astimezone(now.tzinfo)))
        found.append(timers.due_at(schedule))
    return found


def test_an_hourly_cycle_counts_both_hours_where_the_clock_is_put_back() -> None:
    found = turns("R/PT1H", at(2026, 10, 25, 0, 30), 4)

    assert [moment.astimezone(BERLIN).strftime("%H:%M") for moment in found] == ["01:30", "02:30", "02:30", "03:30"]
    assert [later - earlier for earlier, later in pairwise(found)] == [timedelta(hours=1)] * 3


def test_a_short_cycle_may_begin_in_the_hour_that_comes_twice() -> None:
    """A quarter to three is followed by a quarter past two, which is half an hour later and not before it."""
    (first, second) = turns("R/PT30M", at(2026, 10, 25, 2, 45), 2)

    assert (first.astimezone(UTC), second.astimezone(UTC)) == (
        datetime(2026, 10, 25, 1, 15, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 45, tzinfo=UTC),
    )


def test_a_daily_cycle_keeps_its_hour_over_the_change() -> None:
    found = turns("R/P1D", at(2026, 3, 27, 2, 30), 3)

    assert [moment.astimezone(BERLIN).strftime("%d %H:%M") for moment in found] == ["28 02:30", "29 03:30", "30 02:30"]


def test_a_cycle_does_not_go_back_with_the_clock() -> None:
    schedule = timers.schedule("cycle", "R/PT1H", env(at(2026, 3, 2, 9)))

    after = timers.following(schedule, env(at(2026, 3, 1, 0)))

    assert timers.due_at(after) == at(2026, 3, 2, 11)
    assert timers.due_at(timers.upcoming(schedule, env(at(2026, 3, 1, 0))) or {}) == at(2026, 3, 2, 11)


def drawn(text: str, style: str = "cycle") -> TimerCatch:
    return TimerCatch(style, Text(text))


@pytest.mark.parametrize("hours", [1, 2, 3, 7, 24, 1000, 24 * 365 * 30])
def test_the_next_start_is_the_first_turn_to_come_however_many_were_missed(hours: int) -> None:
    begun = at(2026, 3, 2, 9, zone=SHANGHAI)
    timer = drawn("R/PT1H")
    first = timer.first_start(env(begun))
    assert first is not None

    now = begun + timedelta(hours=hours, minutes=30)
    upcoming = timer.next_start(first, env(now))

    assert upcoming is not None
    assert timers.due_at(upcoming) == begun + timedelta(hours=max(hours, 1) + 1)
    assert upcoming["left"] == -1


def test_turns_that_were_missed_are_used_up() -> None:
    begun = at(2026, 3, 2, 9, zone=SHANGHAI)
    timer = drawn("R4/P1D")
    first = timer.first_start(env(begun))
    assert first is not None

    third = timer.next_start(first, env(begun + timedelta(days=2, hours=1)))

    assert third is not None and (third["left"], timers.due_at(third)) == (1, begun + timedelta(days=3))
    assert timer.next_start(first, env(begun + timedelta(days=9))) is None


def test_a_cycle_that_is_over_when_it_is_deployed_never_starts() -> None:
    now = at(2026, 3, 2, 9, zone=SHANGHAI)

    assert drawn("R3/2020-01-01T07:00:00+08:00/P1D").first_start(env(now)) is None
    endless = drawn("R/2020-01-01T07:00:00+08:00/P1D").first_start(env(now))
    assert endless is not None and timers.due_at(endless) == at(2026, 3, 3, 7, zone=SHANGHAI)


def test_a_date_that_has_passed_is_due_at_once() -> None:
    first = drawn("2020-01-01", style="date").first_start(env(at(2026, 3, 2, 9)))

    assert first is not None and timers.due_at(first) == at(2020, 1, 1)


@pytest.mark.parametrize("cycle", ["R/PT0S", "R/-PT1H", "R0/PT1H", "PT1H", "R/P"])
def test_a_cycle_that_goes_nowhere_is_stuck(cycle: str) -> None:
    with pytest.raises(Stuck):
        timers.schedule("cycle", cycle, env(at(2026, 3, 2, 9)))
