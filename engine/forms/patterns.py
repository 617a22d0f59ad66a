"""Patterns of JavaScript run by RE2: linear time, ASCII classes, and `$` only at the very end."""

from __future__ import annotations

import functools
import re
from typing import Any

import re2

from engine.errors import Message

MAX_PATTERN = 500

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # RE2 would print every refused pattern to stderr
_OPTIONS.max_mem = 1 << 20

EMAIL = (
    r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
)  # HTML Living Standard, valid e-mail address
PHONE = r"^(\+|00)[1-9]\d{6,14}$"  # E.164


class PatternError(ValueError):
    """The pattern cannot be used; the sentence says why."""


@functools.lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Any:
    """A compiled RE2 pattern. Raises PatternError for what RE2 cannot do, such as look-ahead and back references."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(Message("Expected a pattern of at most {max} characters", max=MAX_PATTERN))
    try:
        return re2.compile(_for_re2(pattern), _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise PatternError(
            Message("Expected a pattern without look-around and back references, but {text}", text=text)
        ) from error


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text, as RegExp.test in JavaScript."""
    return compile_pattern(pattern).search(text) is not None


def _for_re2(pattern: str) -> str:
    r"""JavaScript writes \u4e00 and \u{4e00} where RE2 writes \x{4e00}."""
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(.))", _escape, pattern, flags=re.DOTALL)


def _escape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return rf"\x{{{code}}}" if code else found[0]
