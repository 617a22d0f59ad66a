"""Laws that hold for all numbers, days and ranges, tried on many."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as some

from engine.feel import YearsMonthsDuration, compile, evaluate, to_text, unary_test
from engine.feel.fine import fine

few = settings(max_examples=60, deadline=None)
numbers = some.decimals(min_value=-(10**12), max_value=10**12, places=6)
days = some.dates()
durations = some.timedeltas(min_value=timedelta(days=-3000), max_value=timedelta(days=3000))
moments = some.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))
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
@given(moments, some.integers(0, 999), durations)
def test_nanoseconds_come_along_wherever_a_moment_goes(moment, nano, duration):
    text = "d + p - p = d and string(d + p - p) = string(d) and d + p >= d = (p >= zero)"

    assert evaluate(text, {"d": fine(moment, nano), "p": duration, "zero": timedelta(0)}) is True


@few
@given(moments, moments, some.integers(0, 999), some.integers(0, 999))
def test_two_moments_are_in_one_order(one, other, nano, other_nano):
    context = {"a": fine(one, nano), "b": fine(other, other_nano)}

    assert evaluate("[a < b, a > b, a <= b and b <= a]", context).count(True) == 1
    assert evaluate("(a <= b) = not(a > b) and (a < b) = (b > a)", context) is True
    assert evaluate("max([a, b]) >= min([a, b]) and before(a, b) = (a < b)", context) is True


@few
@given(some.one_of(moments, some.times(timezones=some.none() | offsets)), some.integers(0, 999))
def test_a_text_with_nanoseconds_is_read_back(value, nano):
    assert to_text(evaluate(f'@"{to_text(fine(value, nano))}"')) == to_text(fine(value, nano))


@few
@given(days, some.integers(-1200, 1200))
def test_adding_months_never_leaves_the_month(day, months):
    context = {"d": day, "m": YearsMonthsDuration(months)}

    assert (
        evaluate(
            "(d + m).day <= d.day and years and months duration(d, d + m) in [m - one..m + one]",
            {**context, "one": YearsMonthsDuration(1)},
        )
        is True
    )
    assert evaluate("(d + m).month = modulo(d.month - 1 + k, 12) + 1", {**context, "k": months}) is True


@few
@given(durations, durations, some.integers(-50, 50))
def test_durations_are_reckoned_as_numbers(a, b, k):
    assert evaluate("a + b = b + a and a + b - b = a and -(-a) = a and k * a + k * b = k * (a + b)", locals()) is True
    assert evaluate("abs(a) >= a and (a < b) = (a - b < a - a)", locals()) is True


@few
@given(numbers, numbers, numbers)
def test_sums_and_products_may_be_regrouped(a, b, c):
    context = {"a": a, "b": b, "c": c}

    assert evaluate("a + b = b + a and (a + b) + c = a + (b + c) and a * b = b * a", context) is True
    assert evaluate("a - a = 0 and a * 1 = a and -(-a) = a and abs(a) = max(a, -a)", context) is True
    assert evaluate("(a < b) = (b > a) and (a <= b) = (a < b or a = b) and not(a < b and b < a)", context) is True


ends = some.integers(-6, 6)
bounds = some.tuples(ends, ends, some.sampled_from("[("), some.sampled_from("])")).filter(lambda r: r[0] < r[1])


def as_range(ends):
    return f"{ends[2]}{ends[0]}..{ends[1]}{ends[3]}"


@few
@given(bounds, bounds, some.decimals(min_value=-7, max_value=7, places=1))
def test_relations_of_ranges_agree_with_their_points(one, other, point):
    a, b = as_range(one), as_range(other)

    assert evaluate(f"includes({a}, p) = (p in {a}) and during(p, {a}) = includes({a}, p)", {"p": point}) is True
    assert (
        evaluate(
            f"not(includes({a}, {b})) or p not in b or p in {a}".replace("p not in b", f"not(p in {b})"), {"p": point}
        )
        is True
    )
    assert evaluate(f"overlaps({a}, {b}) or not(p in {a} and p in {b})", {"p": point}) is True


@few
@given(bounds, bounds)
def test_each_relation_of_ranges_has_its_opposite(one, other):
    a, b = as_range(one), as_range(other)

    for relation, opposite in (
        ("before", "after"),
        ("meets", "met by"),
        ("finishes", "finished by"),
        ("includes", "during"),
        ("starts", "started by"),
        ("coincides", "coincides"),
        ("overlaps", "overlaps"),
        ("overlaps before", "overlaps after"),
    ):
        assert evaluate(f"{relation}({a}, {b}) = {opposite}({b}, {a})") is True, relation
    assert evaluate(f"[before({a}, {b}), after({a}, {b}), overlaps({a}, {b})]").count(True) == 1
    assert evaluate(f"coincides({a}, {b}) = (includes({a}, {b}) and includes({b}, {a}))") is True


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
