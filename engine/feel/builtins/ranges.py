"""Built-in functions that relate points and ranges in time or on a scale (DMN 10.3.4.9)."""

from collections.abc import Callable
from typing import Any

from engine.feel.builtins.table import drawer
from engine.feel.operators import contains, greater, less
from engine.feel.values import Range


def _equal(left: Any, right: Any) -> bool:
    return not less(left, right) and not greater(left, right)


def before_points(one: Any, other: Any) -> bool:
    return less(one, other)


def before_point_range(point: Any, bounds: Range) -> bool:
    return less(point, bounds.start) or (_equal(point, bounds.start) and not bounds.start_included)


def before_range_point(bounds: Range, point: Any) -> bool:
    return less(bounds.end, point) or (_equal(bounds.end, point) and not bounds.end_included)


def before_ranges(one: Range, other: Range) -> bool:
    return less(one.end, other.start) or (
        _equal(one.end, other.start) and not (one.end_included and other.start_included)
    )


def meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _equal(one.end, other.start)


def overlaps(one: Range, other: Range) -> bool:
    return not before_ranges(one, other) and not before_ranges(other, one)


def overlaps_before(one: Range, other: Range) -> bool:
    starts_earlier = less(one.start, other.start) or (
        _equal(one.start, other.start) and one.start_included and not other.start_included
    )
    ends_earlier = less(one.end, other.end) or (
        _equal(one.end, other.end) and (not one.end_included or other.end_included)
    )
    return starts_earlier and ends_earlier and not before_ranges(one, other)


def overlaps_after(one: Range, other: Range) -> bool:
    starts_later = less(other.start, one.start) or (
        _equal(other.start, one.start) and other.start_included and not one.start_included
    )
    ends_later = less(other.end, one.end) or (
        _equal(other.end, one.end) and (one.end_included or not other.end_included)
    )
    return starts_later and ends_later and not before_ranges(other, one)


def finishes_point(point: Any, bounds: Range) -> bool:
    return bounds.end_included and _equal(point, bounds.end)


def finishes(one: Range, other: Range) -> bool:
    starts_within = greater(one.start, other.start) or (
        _equal(one.start, other.start) and (not one.start_included or other.start_included)
    )
    return one.end_included == other.end_included and _equal(one.end, other.end) and starts_within


def starts_point(point: Any, bounds: Range) -> bool:
    return bounds.start_included and _equal(point, bounds.start)


def starts(one: Range, other: Range) -> bool:
    ends_within = less(one.end, other.end) or (
        _equal(one.end, other.end) and (not one.end_included or other.end_included)
    )
    return one.start_included == other.start_included and _equal(one.start, other.start) and ends_within


def includes_range(outer: Range, inner: Range) -> bool:
    return (
        less(outer.start, inner.start)
        or (_equal(outer.start, inner.start) and (outer.start_included or not inner.start_included))
    ) and (
        greater(outer.end, inner.end)
        or (_equal(outer.end, inner.end) and (outer.end_included or not inner.end_included))
    )


def coincides(one: Range, other: Range) -> bool:
    return (
        one.start_included == other.start_included
        and one.end_included == other.end_included
        and _equal(one.start, other.start)
        and _equal(one.end, other.end)
    )


def _swapped(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: function(other, one)


_POINTS = "point1: point, point2: point"
_POINT_RANGE = "point: point, range: range"
_RANGE_POINT = "range: range, point: point"
_RANGES = "range1: range, range2: range"
RANGES = drawer(
    "ranges",
    {
        "before": [
            (_RANGES, before_ranges, "Whether the first ends before the second starts"),
            (_POINT_RANGE, before_point_range, "Whether the point lies before the range"),
            (_RANGE_POINT, before_range_point, "Whether the range ends before the point"),
            (_POINTS, before_points, "Whether the first comes before the second"),
        ],
        "after": [
            (_RANGES, _swapped(before_ranges), "Whether the first starts after the second ends"),
            (_POINT_RANGE, _swapped(before_range_point), "Whether the point lies after the range"),
            (_RANGE_POINT, _swapped(before_point_range), "Whether the range starts after the point"),
            (_POINTS, _swapped(before_points), "Whether the first comes after the second"),
        ],
        "meets": [(_RANGES, meets, "Whether the second starts where the first ends")],
        "met by": [(_RANGES, _swapped(meets), "Whether the first starts where the second ends")],
        "overlaps": [(_RANGES, overlaps, "Whether they share a point")],
        "overlaps before": [(_RANGES, overlaps_before, "Whether the first starts earlier and ends within the second")],
        "overlaps after": [(_RANGES, overlaps_after, "Whether the first starts within the second and ends later")],
        "finishes": [
            (_POINT_RANGE, finishes_point, "Whether the point is the end of the range"),
            (_RANGES, finishes, "Whether the first is the last part of the second"),
        ],
        "finished by": [
            (_RANGE_POINT, _swapped(finishes_point), "Whether the range ends with the point"),
            (_RANGES, _swapped(finishes), "Whether the second is the last part of the first"),
        ],
        "includes": [
            (_RANGE_POINT, contains, "Whether the point lies in the range"),
            (_RANGES, includes_range, "Whether the second lies in the first"),
        ],
        "during": [
            (_POINT_RANGE, _swapped(contains), "Whether the point lies in the range"),
            (_RANGES, _swapped(includes_range), "Whether the first lies in the second"),
        ],
        "starts": [
            (_POINT_RANGE, starts_point, "Whether the point is the start of the range"),
            (_RANGES, starts, "Whether the first is the first part of the second"),
        ],
        "started by": [
            (_RANGE_POINT, _swapped(starts_point), "Whether the range starts with the point"),
            (_RANGES, _swapped(starts), "Whether the second is the first part of the first"),
        ],
        "coincides": [
            (_RANGES, coincides, "Whether they are the same range"),
            (_POINTS, _equal, "Whether they are the same point"),
        ],
    },
)
