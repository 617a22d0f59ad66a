"""Days are counted as the Civil Code (Arts. 201, 203) and the yearly holiday notices of the State Council say."""

from datetime import date, datetime, timedelta

import pytest

from engine.calendar import Calendar, LocalDay, deadline_json
from engine.errors import InvalidInput, Rejection

# The cases follow the yearly notices: gov.cn content_6911528 (2024), content_6986383 (2025), content_7047091 (2026).
DUE_DATES = [
    # start, count, unit, excluded, local holidays → raw last day, legal due, safe due
    ("2026-03-03", 15, "calendar_day", 0, [], "2026-03-18", "2026-03-18", "2026-03-18"),  # nothing special
    ("2025-12-17", 15, "calendar_day", 0, [], "2026-01-01", "2026-01-04", "2025-12-31"),  # to a make-up Sunday
    ("2025-08-03", 60, "calendar_day", 0, [], "2025-10-02", "2025-10-09", "2025-09-30"),  # eight days of holiday
    ("2026-03-02", 90, "calendar_day", 0, [], "2026-05-31", "2026-06-01", "2026-05-29"),  # 60 + 30, on a Sunday
    ("2026-08-20", 30, "calendar_day", 0, [], "2026-09-19", "2026-09-20", "2026-09-18"),  # Saturday → worked Sunday
    ("2026-06-01", 30, "calendar_day", 3, [], "2026-07-04", "2026-07-06", "2026-07-03"),  # three days of hearing
    ("2026-03-02", 30, "calendar_day", 0, ["2026-04-01"], "2026-04-01", "2026-04-02", "2026-03-31"),  # county's day
    ("2024-01-01", 60, "calendar_day", 0, [], "2024-03-01", "2024-03-01", "2024-03-01"),  # leap day inside
    ("2026-02-10", 5, "working_day", 0, [], "2026-02-24", "2026-02-24", "2026-02-24"),  # worked Saturday, then feast
    ("2026-04-30", 3, "working_day", 0, [], "2026-05-08", "2026-05-08", "2026-05-08"),
    ("2026-06-17", 5, "working_day", 0, [], "2026-06-25", "2026-06-25", "2026-06-25"),
    ("2026-03-27", 3, "working_day", 0, ["2026-04-01"], "2026-04-02", "2026-04-02", "2026-04-02"),
]


@pytest.mark.parametrize(("start", "count", "unit", "excluded", "local", "raw", "legal", "safe"), DUE_DATES)
def test_due_dates(start, count, unit, excluded, local, raw, legal, safe):
    due = deadline_json(start, count, unit, excluded, local)

    assert list(due) == ["raw_last_day", "legal_due", "safe_due", "provisional", "why"]
    assert (due["raw_last_day"], due["legal_due"], due["safe_due"]) == (raw, legal, safe)
    assert due["provisional"] is False


@pytest.mark.parametrize(
    ("year", "made_up", "off"),
    [
        (2024, "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12", "01-01 02-12 02-16 04-04 05-03 06-10 09-17 10-07"),
        (2025, "01-26 02-08 04-27 09-28 10-11", "01-01 01-28 02-04 04-04 05-05 06-02 10-08"),
        (2026, "01-04 02-14 02-28 05-09 09-20 10-10", "01-02 02-16 02-23 04-06 05-05 06-19 09-25 10-07"),
        (2018, "12-29", "12-31"),  # ruled by the notice for 2019
    ],
)
def test_weekends_that_are_worked_and_weekdays_that_are_off(year, made_up, off):
    calendar = Calendar()

    assert all(calendar.is_working_day(date.fromisoformat(f"{year}-{day}")) for day in made_up.split())
    assert not any(calendar.is_working_day(date.fromisoformat(f"{year}-{day}")) for day in off.split())


def test_an_extension_is_counted_from_the_acceptance_and_not_from_a_rolled_day():
    calendar = Calendar()
    accepted = date(2026, 3, 3)

    plain = calendar.due(start=accepted, count=60, unit="calendar_day")
    extended = calendar.due(start=accepted, count=60, unit="calendar_day", extension=30)

    assert plain.legal_due == date(2026, 5, 6)  # 2 May is a holiday until the 5th
    assert extended.raw_last_day == extended.legal_due == date(2026, 6, 1)  # not 5 June
    assert "The extension makes it 90 days from the same start." in extended.why


def test_the_reason_is_told_in_sentences():
    why = deadline_json("2025-12-17", 15, "calendar_day")["why"]

    assert why == (
        "15 calendar days are counted after 2025-12-17, which is not counted itself. "
        "The last day would be 2026-01-01, a day off (New Year's Day). "
        "It moves to 2026-01-04, a weekend day that is worked. "
        "The last working day before it is 2025-12-31."
    )


def test_working_days_name_what_was_skipped_and_what_was_worked():
    due = Calendar().due(start=date(2026, 2, 10), count=5, unit="working_day", excluded_days=0)

    assert "Chinese New Year" in due.why
    assert "Working weekend days are counted: 2026-02-14." in due.why
    assert due.reasons[0].template == "{count} working days are counted after {start}, which is not counted itself."


def test_excluded_days_of_a_working_day_period_are_working_days():
    due = deadline_json("2026-03-02", 5, "working_day", excluded_days=2)

    assert due["raw_last_day"] == "2026-03-11"
    assert "2 days that do not count are added." in due["why"]


def test_a_year_without_notice_is_provisional_until_the_office_enters_it():
    start = date(2098, 12, 1)

    due = Calendar().due(start=start, count=60, unit="calendar_day")
    entered = Calendar(published_years=[2099]).due(start=start, count=60, unit="calendar_day")

    assert due.provisional
    assert "The days off of 2099 are not published yet, so this is provisional." in due.why
    assert not entered.provisional


def test_only_the_years_a_date_rests_on_make_it_provisional():
    calendar = Calendar(published_years=[2098])

    assert not calendar.due(start=date(2098, 11, 3), count=58, unit="calendar_day").provisional
    assert calendar.due(start=date(2098, 12, 29), count=5, unit="working_day").provisional


def test_the_office_can_work_on_a_weekend_and_close_on_a_weekday():
    calendar = Calendar(
        [
            LocalDay(date=date(2026, 3, 7), working=True, name="flood relief"),
            LocalDay(date=date(2026, 3, 6), working=False, name="Founding Day"),
        ]
    )

    due = calendar.due(start=date(2026, 3, 1), count=5, unit="calendar_day")

    assert due.legal_due == date(2026, 3, 7)
    assert due.safe_due == date(2026, 3, 5)
    assert "a day off (Founding Day)" in due.why


def test_other_countries_have_no_yearly_notice():
    calendar = Calendar(country="DE")

    assert not calendar.is_provisional(2099)
    assert not calendar.is_working_day(date(2026, 10, 3))


def test_counting_working_days_forwards_backwards_and_between():
    calendar = Calendar()
    friday = date(2026, 9, 18)

    assert calendar.add_working_days(friday, 1) == date(2026, 9, 20)  # a worked Sunday
    assert calendar.add_working_days(friday, -1) == date(2026, 9, 17)
    assert calendar.add_working_days(friday, 0) == friday
    assert calendar.working_days_between(friday, date(2026, 9, 21)) == 2
    assert calendar.working_days_between(date(2026, 9, 21), friday) == -2


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-31", "2026-04-03"),
        ("2025-12-20", "2026-10-10"),
        ("2023-01-01", "2027-01-01"),
        ("2024-12-31", "2024-12-31"),
    ],
)
def test_working_days_between_are_those_one_meets_on_the_way(start, end):
    local = [
        LocalDay(date=date(2026, 4, 1), working=False),
        LocalDay(date=date(2026, 4, 2), working=True),  # as it is anyway
        LocalDay(date=date(2026, 10, 3), working=True),
    ]
    calendar, day, met = Calendar(local), date.fromisoformat(start), 0

    while day < date.fromisoformat(end):
        day += timedelta(days=1)
        met += calendar.is_working_day(day)

    assert calendar.working_days_between(date.fromisoformat(start), day) == met


@pytest.mark.parametrize(
    ("arguments", "field", "sentence"),
    [
        ({"count": 0}, "count", "Expected count to be a whole number from 1 to 36500, but it is 0"),
        ({"count": True}, "count", "Expected count to be a whole number from 1 to 36500, but it is True"),
        ({"excluded_days": -1}, "excluded_days", "Expected excluded_days to be a whole number from 0"),
        ({"unit": "minute"}, "unit", "Expected the unit to be calendar_day or working_day, but it is minute"),
        ({"start": "2026-02-30"}, "start", "Expected start to hold dates like 2026-03-02, but it holds 2026-02-30"),
        ({"start": "9999-12-31"}, "start", "Expected start to be between 1950 and 2199, but it is 9999-12-31"),
        ({"local_holidays": ["tomorrow"]}, "local_holidays", "but it holds tomorrow"),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments, field, sentence):
    asked = {"start": "2026-03-02", "count": 60, "unit": "calendar_day", **arguments}

    with pytest.raises(InvalidInput, match=sentence) as refusal:
        deadline_json(**asked)

    assert isinstance(refusal.value, Rejection)
    assert list(refusal.value.errors) == [field]


def test_a_unit_is_checked_also_without_the_command_line():
    with pytest.raises(InvalidInput, match="but it is week"):
        Calendar().due(start=date(2026, 3, 2), count=1, unit="week")


def test_moments_count_as_their_days():
    assert deadline_json(datetime(2026, 3, 3, 17, 45), 15, "calendar_day")["legal_due"] == "2026-03-18"
    assert deadline_json(date(2026, 3, 3), 15, "calendar_day")["legal_due"] == "2026-03-18"
