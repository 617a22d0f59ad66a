"""Regular expressions of XPath, which FEEL uses, put into the words of re2 (XPath functions 3.1, section 5.6)."""

import re
from functools import lru_cache
from typing import Any

import re2

from engine.feel.errors import Undefined

MAX_PATTERN = 2000  # characters
PATTERN_MEMORY = 1 << 20  # bytes re2 may use for one pattern
FLAGS = frozenset("smixq")

_NAME_START = r"_:\p{L}"
_NAME_PART = r"\-._:\p{L}\p{Nd}\p{M}"
# What may follow a backslash. \b and \B are not XPath's, but common and harmless.
_ESCAPES = frozenset(r"nrt\|.?*+(){}-[]^$sSdDwWbB/")
_NAMES = {"i": _NAME_START, "c": _NAME_PART, "I": _NAME_START, "C": _NAME_PART}
# The Unicode blocks that a pattern for names, addresses and numbers may want.
BLOCKS = {
    "BasicLatin": r"\x{0}-\x{7F}",
    "Latin-1Supplement": r"\x{80}-\x{FF}",
    "LatinExtended-A": r"\x{100}-\x{17F}",
    "LatinExtended-B": r"\x{180}-\x{24F}",
    "Greek": r"\x{370}-\x{3FF}",
    "Cyrillic": r"\x{400}-\x{4FF}",
    "Hebrew": r"\x{590}-\x{5FF}",
    "Arabic": r"\x{600}-\x{6FF}",
    "Thai": r"\x{E00}-\x{E7F}",
    "GeneralPunctuation": r"\x{2000}-\x{206F}",
    "CJKSymbolsandPunctuation": r"\x{3000}-\x{303F}",
    "Hiragana": r"\x{3040}-\x{309F}",
    "Katakana": r"\x{30A0}-\x{30FF}",
    "CJKUnifiedIdeographsExtensionA": r"\x{3400}-\x{4DBF}",
    "CJKUnifiedIdeographs": r"\x{4E00}-\x{9FFF}",
    "HangulSyllables": r"\x{AC00}-\x{D7A3}",
    "HalfwidthandFullwidthForms": r"\x{FF00}-\x{FFEF}",
}
_BLOCK = re.compile(r"([pP])\{Is([A-Za-z0-9-]+)\}")
_SUBTRACTION = re.compile(r"\[([^\[\]\\^][^\[\]\\]*)-\[([^\[\]\\^][^\[\]\\]*)\]\]")


@lru_cache(maxsize=128)
def compiled(pattern: str, flags: str) -> Any:
    """The pattern for re2; raises Undefined for unknown flags, and for what is no pattern or beyond re2.

    Back-references are: they would need time that grows with a power of the text.
    """
    if len(pattern) > MAX_PATTERN:
        raise Undefined(f"Expected a pattern of at most {MAX_PATTERN} characters, but it has {len(pattern)}")
    if set(flags) - FLAGS:
        raise Undefined(f"Expected the flags s, m, i, x or q, but got {flags!r}")
    letters = "".join(letter for letter in "sim" if letter in flags)
    translated = re2.escape(pattern) if "q" in flags else translate(pattern, flags)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    try:
        return re2.compile(f"(?{letters}){translated}" if letters else translated, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise Undefined(f"Expected a regular expression, but got {pattern[:60]!r}: {reason}") from None


def translate(pattern: str, flags: str) -> str:
    """The same pattern in re2's syntax."""
    if "x" in flags:
        pattern = _without_blanks(pattern)
    pattern = _SUBTRACTION.sub(_subtract, pattern)
    parts: list[str] = []
    position, within_class = 0, False
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "\\":
            part, position = _escape(pattern, position, within_class)
            parts.append(part)
            continue
        if character == "[":
            within_class = True
        elif character == "]":
            within_class = False
        elif character == "." and not within_class and "s" not in flags:
            character = r"[^\n\r]"
        parts.append(character)
    return "".join(parts)


def _escape(pattern: str, position: int, within_class: bool) -> tuple[str, int]:
    """What stands for the escape whose backslash is before the position, and where it ends."""
    block = _BLOCK.match(pattern, position)
    if block:
        return _class(_block(block[2]), block[1] == "P", within_class), block.end()
    letter = pattern[position : position + 1]
    if letter in _NAMES:
        return _class(_NAMES[letter], letter in "IC", within_class), position + 1
    if letter in _ESCAPES or letter in ("p", "P"):
        return f"\\{letter}", position + 1
    if letter.isdigit():
        raise Undefined(f"Expected a pattern without back-references, which take unlimited time, but got \\{letter}")
    raise Undefined(f"Expected an escape of XPath's patterns, but got \\{letter}")


def _class(members: str, negated: bool, within_class: bool) -> str:
    if not within_class:
        return f"[{'^' if negated else ''}{members}]"
    if negated:
        raise Undefined("Expected no negated block or name class within a character class")
    return members


def _block(name: str) -> str:
    if name not in BLOCKS:
        raise Undefined(f"Expected a Unicode block such as IsBasicLatin, but got Is{name}")
    return BLOCKS[name]


def _subtract(found: re.Match[str]) -> str:
    """`[A-Z-[OI]]`: a class of characters without some of them."""
    left = sorted(_characters(found[1]) - _characters(found[2]))
    if not left:
        raise Undefined(f"Expected a character to remain of {found[0]!r}")
    return "[" + "".join("\\-" if code == ord("-") else chr(code) for code in left) + "]"


def _characters(members: str) -> set[int]:
    codes: set[int] = set()
    for single in re.finditer(r"(.)-(.)|(.)", members, re.DOTALL):
        first, last = single[1] or single[3], single[2] or single[3]
        if ord(last) - ord(first) > 500:
            raise Undefined("Expected a smaller class of characters to subtract from")
        codes.update(range(ord(first), ord(last) + 1))
    return codes


def _without_blanks(pattern: str) -> str:
    """Flag x: blanks outside of character classes don't count."""
    kept, within_class, escaped = [], False, False
    for character in pattern:
        if character in " \t\r\n" and not within_class:
            continue
        kept.append(character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in "[]":
            within_class = character == "["
    return "".join(kept)
