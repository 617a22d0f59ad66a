"""Personal data made unreadable for people who need not know it: names, telephone numbers, identity numbers."""

from __future__ import annotations

import re


def mask_name(name: str) -> str:
    """The first letter of every word of a name stays: 王小明 → 王**, Rita Novak → R*** N****."""
    return re.sub(r"\S+", lambda word: word[0][0] + "*" * (len(word[0]) - 1), name.strip())


def mask_phone(number: str) -> str:
    """Of a mobile number three digits in front and four at the end stay, of a shorter one the last two: 138****1234."""
    return _mask(number, front=3, back=4) if _letters(number) >= 11 else _mask(number, front=0, back=2)


def mask_id(number: str) -> str:
    """The area (six digits) and the last two signs stay of an 18-digit identity number, of others only the last two.

    The birthday in the middle is what must not be read: 211324********0027 would still tell the sequence number, so
    only two signs stay at the end.
    """
    return _mask(number, front=6, back=2) if _letters(number) >= 15 else _mask(number, front=0, back=2)


def _letters(text: str) -> int:
    return sum(letter.isalnum() for letter in text)


def _mask(text: str, *, front: int, back: int) -> str:
    text = text.strip()
    total, seen, out = _letters(text), 0, []
    for letter in text:
        if letter.isalnum():
            seen += 1
            out.append(letter if seen <= front or (seen > total - back and total > front + back) else "*")
        else:
            out.append(letter)
    return "".join(out)
