"""A clock's light goes from green to red as its due dates come near, and diagrams can count and mask."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from engine.calendar import Calendar, feel_functions, light, light_changes
from engine.feel import Environment, evaluate, to_json

HANDLING_WARNINGS = [
    {"at_fraction": 0.5, "level": "blue"},
    {"working_days_before_safe": 10, "level": "blue"},
    {"working_days_before_safe": 5, "level": "amber"},
    {"working_days_before_safe": 1, "level": "orange"},
]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-03-02", "green"),
        ("2026-04-15", "green"),  # 44 of 88 days: half is not past half
        ("2026-04-16", "blue"),
        ("2026-05-21", "blue"),
        ("2026-05-22", "amber"),  # five working days before Friday 29 May
        ("2026-05-27", "amber"),
        ("2026-05-28", "orange"),
        ("2026-05-29", "orange"),  # safe due
        ("2026-05-30", "yellow"),
        ("2026-06-01", "yellow"),  # legally still in time
        ("2026-06-02", "red"),
    ],
)
def test_the_light_of_an_extended_handling_clock(today, expected):
    calendar = Calendar()
    start = date(2026, 3, 2)
    due = calendar.due(start=start, count=60, unit="calendar_day", extension=30)

    assert light(due, start, date.fromisoformat(today), calendar, HANDLING_WARNINGS) == expected


def test_the_usual_warnings_begin_three_working_days_ahead():
    calendar = Calendar()
    start = date(2026, 3, 3)
    due = calendar.due(start=start, count=15, unit="calendar_day")

    assert light_changes(due, start, calendar) == [
        (date(2026, 3, 11), "blue"),
        (date(2026, 3, 13), "amber"),
        (date(2026, 3, 17), "orange"),
        (date(2026, 3, 19), "yellow"),
        (date(2026, 3, 19), "red"),
    ]
    assert light(due, start, date(2026, 3, 19), calendar) == "red"


def test_a_short_clock_starts_with_its_warning():
    calendar = Calendar()
    start = date(2026, 3, 2)
    due = calendar.due(start=start, count=1, unit="working_day")

    assert light(due, start, start, calendar) == "orange"


def test_a_clock_that_ends_in_the_holidays_it_began_in_is_yellow_until_the_first_working_day():
    calendar = Calendar()
    start = date(2026, 10, 1)
    due = calendar.due(start=start, count=3, unit="calendar_day")

    assert due.safe_due < start
    assert light(due, start, start, calendar) == "yellow"
    assert light(due, start, date(2026, 10, 8), calendar) == "yellow"
    assert light(due, start, date(2026, 10, 9), calendar) == "red"


def test_functions_for_diagrams_count_working_days():
    functions = feel_functions(Calendar())

    assert functions["add working days"](date(2026, 9, 18), Decimal(1)) == date(2026, 9, 20)
    assert functions["add working days"](datetime(2026, 9, 18, 17, 30), Decimal(1)) == date(2026, 9, 20)
    assert functions["is working day"](date(2026, 10, 10)) is True
    assert functions["working days between"](date(2026, 9, 18), date(2026, 9, 21)) == Decimal(2)


def test_functions_for_diagrams_are_called_from_expressions():
    env = Environment(functions=feel_functions(Calendar()))
    text = """{
        due: add working days(received, 5),
        open: is working day(due),
        left: working days between(received, due),
        who: mask name("包小明") + " " + mask phone("13812341234") + " " + mask id("21132419500101002X")
    }"""

    assert to_json(evaluate(text, {"received": date(2026, 2, 10)}, env)) == {
        "due": "2026-02-24",
        "open": True,
        "left": 5,
        "who": "包** 138****1234 211324**********2X",
    }


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add working days", ("2026-09-18", Decimal(1))),
        ("add working days", (date(2026, 9, 18), Decimal("1.5"))),
        ("add working days", (date(2026, 9, 18), Decimal("1e9"))),
        ("add working days", (date(9999, 12, 31), Decimal(1))),
        ("is working day", (None,)),
        ("working days between", (date(2026, 9, 18), None)),
        ("mask name", (None,)),
        ("mask phone", (Decimal(138),)),
        ("mask id", ([],)),
    ],
)
def test_functions_for_diagrams_answer_null_to_what_does_not_fit(name, arguments):
    assert feel_functions(Calendar())[name](*arguments) is None


@pytest.mark.parametrize(
    ("function", "open_text", "masked"),
    [
        ("mask name", "王伟", "王*"),
        ("mask name", "包小明", "包**"),
        ("mask name", "Rita Novak", "R*** N****"),
        ("mask name", "", ""),
        ("mask phone", "13812341234", "138****1234"),
        ("mask phone", "138 1234 1234", "138 **** 1234"),
        ("mask phone", "0421-123456", "****-****56"),
        ("mask phone", "12", "**"),
        ("mask id", "21132419500101002X", "211324**********2X"),
        ("mask id", "G12345678", "*******78"),
    ],
)
def test_masking(function, open_text, masked):
    assert feel_functions(Calendar())[function](open_text) == masked
