"""What a JSON body may hold at all, whatever its address wants: looked at before anything else reads it."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from engine.errors import InvalidInput

DEEPEST = 60  # lists and objects within each other
LARGEST_NUMBER = 2**63  # what every store of ours can keep
# A NUL is no text for PostgreSQL, half a surrogate pair is none for anybody.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def check(data: bytes) -> None:
    """Raises InvalidInput unless the data is JSON whose texts and numbers can be kept, and not too deep."""
    try:
        body = json.loads(data, parse_constant=_no_number)
    except RecursionError:
        _refuse(f"Expected at most {DEEPEST} lists and objects within each other")
    except ValueError as error:  # includes numbers of thousands of digits
        _refuse(f"Expected JSON, but {error}")
    level = [body]
    for _ in range(DEEPEST):
        level = [part for value in level for part in _parts(value)]
        if not level:
            return
    _refuse(f"Expected at most {DEEPEST} lists and objects within each other")


def _parts(value: Any) -> list[Any]:
    """What is inside; the value itself is looked at."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, str) and UNSTORABLE.search(value):
        _refuse("Expected texts without NUL and with whole characters")
    if isinstance(value, float) and not math.isfinite(value):
        _refuse("Expected numbers that are finite")
    if isinstance(value, int) and not -LARGEST_NUMBER <= value < LARGEST_NUMBER:
        _refuse("Expected whole numbers of at most 64 bits")
    return []


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _refuse(sentence: str) -> NoReturn:
    raise InvalidInput({"body": [sentence]}, "Expected another request body")
