"""TOML and YAML that anybody may have written: read only where it takes little time and gives little."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

LARGEST_YAML = 256 * 1024  # bytes; its reader takes a second for them
MOST_VALUES = 50_000  # an alias of YAML stands for all values of its anchor, and ten lines of them for billions
DEEPEST = 60  # tables and lists within each other
LARGEST_NUMBER = 2**63  # what every store of ours can keep

# tomllib's time and memory grow with the square of a key's parts: 20,000 of them take it 14 seconds. Each place is
# looked at once: a part begins where none goes on, and is not given back.
_LONG_KEY = re.compile(r"""(?<![\w\\"'-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){30}""")


def read_toml(content: bytes) -> dict[str, Any]:
    """Raises ValueError, which says what is wrong."""
    text = content.decode()
    if _LONG_KEY.search(text):
        raise ValueError("a key has too many parts")
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is too deep") from None
    _measure(found)
    return found


def read_yaml(content: bytes) -> Any:
    """Raises ValueError, which says what is wrong."""
    if len(content) > LARGEST_YAML:
        raise ValueError(f"it has more than {LARGEST_YAML // 1024} KB")
    try:
        found = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is too deep") from None
    _measure(found)
    return found


def _measure(value: Any) -> None:
    level, count = [value], 0
    for _ in range(DEEPEST):
        parts: list[Any] = []
        for each in level:
            for part in _parts(each):
                parts.append(part)
                count += 1
                if count > MOST_VALUES:
                    raise ValueError(f"it has more than {MOST_VALUES} values")
        if not parts:
            return
        level = parts
    raise ValueError("it is too deep")


def _parts(value: Any) -> Iterator[Any]:
    """What is inside; a number is looked at."""
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple | set):
        yield from value
    elif isinstance(value, int) and not -LARGEST_NUMBER <= value < LARGEST_NUMBER:
        raise ValueError("a number has more than 64 bits")
