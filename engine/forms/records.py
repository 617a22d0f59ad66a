"""Nested answers by path: land.area is ("land", "area") in {"land": {"area": 5}}."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final


class _Missing:
    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()

Path = tuple[str, ...]


def get(record: Any, path: Path) -> Any:
    """The value at the path, MISSING where there is none."""
    for part in path:
        if not isinstance(record, Mapping) or part not in record:
            return MISSING
        record = record[part]
    return record


def put(record: dict[str, Any], path: Path, value: Any) -> None:
    """Write the value at the path; objects on the way are made, and replace what is no object."""
    for part in path[:-1]:
        inner = record.get(part)
        if not isinstance(inner, dict):
            inner = record[part] = {}
        record = inner
    record[path[-1]] = value


def drop(record: Any, path: Path) -> None:
    """Remove what is at the path, if anything."""
    inner = get(record, path[:-1])
    if isinstance(inner, dict):
        inner.pop(path[-1], None)


def merged(below: Any, above: Any) -> Any:
    """`above` over `below`: objects are merged, everything else is replaced."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    result = {name: copy.deepcopy(value) for name, value in below.items()}
    for name, value in above.items():
        result[name] = merged(below[name], value) if name in below else value
    return result
