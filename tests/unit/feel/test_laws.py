"""Laws that hold for all numbers, days and ranges, tried on many."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as some

from engine.feel import YearsMonthsDuration, compile, evaluate, to_text, unary_test

few = settings(max_examples=60, deadline=None)
numbers = some.decimals(min_value=-(10**12), max_value=10**12, places=6)
days = some.dates()
durations = some.timedeltas(min_value=timedelta(days=-3000), max_value=timedelta(days=3000))
offsets = some.integers(-17 * 60, 17 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@few
@given(numbers, numbers)
def test_what_is_added_can_be_taken_away(a, b):
    assert evaluate("a + b - b = a and a - b = -(b - a)", {"a": a, "b": b}) is True


@few
@given(numbers, numbers.filter(bool))
def test_the_rest_has_the_sign_of_the_divisor(a, b):
    context = {"a": a, "b": b}

    assert evaluate("floor(a / b) * b + modulo(a, b)", context) == a
    assert evaluate("abs(modulo(a, b)) < abs(b) and (modulo(a, b) * b >= 0)", context) is True


@few
@given(numbers, some.integers(-3, 6))
def test_rounding_stays_between_floor_and_ceiling(n, scale):
    text = (
        "for r in [decimal(n, s), round half up(n, s), round down(n, s)] return floor(n, s) <= r and r <= ceiling(n, s)"
    )

    assert all(evaluate(text, {"n": n, "s": scale}))


@few
@given(days, durations)
def test_a_day_and_back_again(day, duration):
    whole = timedelta(days=duration.days)

    assert evaluate("d + p - p = d and (d + p) - d = p", {"d": day, "p": whole}) is True


@few
@given(days, days)
def test_months_between_two_days_never_overshoot(a, b):
    start, end = sorted((a, b))

    assert evaluate("a + years and months duration(a, b) <= b", {"a": start, "b": end}) is True
    assert evaluate('a + years and months duration(a, b) + @"P1M" > b', {"a": start.replace(day=1), "b": end}) is True


@few
@given(some.one_of(days, durations, some.datetimes(timezones=offsets), some.datetimes(), some.times()))
def test_a_temporal_text_is_read_back(value):
    value = value.replace(microsecond=0) if isinstance(value, datetime | time) else value

    assert evaluate(f'@"{to_text(value)}"') == value


@few
@given(some.integers(-(10**9), 10**9))
def test_months_are_read_back(months):
    assert evaluate(f'@"{to_text(YearsMonthsDuration(months))}"') == YearsMonthsDuration(months)


@few
@given(numbers, numbers, numbers)
def test_a_point_is_before_within_or_after_a_range(low, high, point):
    low, high = sorted((low, high))
    context = {"l": low, "h": high, "p": point}

    assert evaluate("[before(p, [l..h]), p in [l..h], after(p, [l..h])]", context).count(True) == 1
    assert unary_test("not([l..h])", point, context) is not unary_test("[l..h]", point, context)


@few
@given(some.text(max_size=40))
def test_a_quoted_string_means_itself(text):
    text = "".join(character for character in text if not 0xD800 <= ord(character) <= 0xDFFF)
    literal = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert evaluate(literal) == text
    assert evaluate(f"string length({literal})") == Decimal(len(text))


@few
@given(some.lists(numbers, max_size=8))
def test_sorting_and_reversing_lose_nothing(values):
    context = {"xs": values}

    assert evaluate("count(sort(xs)) = count(xs) and reverse(reverse(xs)) = xs", context) is True
    assert evaluate("every i in 1..count(xs) - 1 satisfies sort(xs)[i] <= sort(xs)[i + 1]", {"xs": [1, *values, 2]})


@few
@given(some.text(alphabet='ab1 +-*/(){}[].,:?"@<>=!and', max_size=25))
def test_any_text_is_an_expression_or_a_syntax_error(text):
    from engine.feel import FeelError

    try:
        compile(text).evaluate({"a": 1, "b": {"a": date(2025, 1, 1)}})
    except FeelError as error:
        assert str(error).startswith("Expected")
