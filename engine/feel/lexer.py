"""Cuts a FEEL text into tokens. Any character is a token, so that names with symbols can be put together later."""

import re
from typing import NamedTuple

from engine.feel.errors import FeelSyntaxError


class Token(NamedTuple):
    """A piece of the text from `start` to `end`; `kind` is name, number, string, symbol or end."""

    kind: str
    text: str
    start: int
    end: int


# DMN 10.3.1.2, rules 27 to 29, without the full-width punctuation: `金额，` is a slip of the keyboard, not a name.
_START = (
    r"A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3004-\u3007\u3021-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF10-\uFF19\uFF21-\uFF3A\uFF3F\uFF41-\uFF5A\uFF66-\uFFDC"
    r"\U00010000-\U000EFFFF"
)
_PART = _START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_SPACE = r"\s\u0085\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u2060\u3000\uFEFF"
_TOKEN = re.compile(
    rf"""
      (?P<space>[{_SPACE}]+|//[^\n]*|/\*.*?\*/)
    | (?P<name>[{_START}][{_PART}]*)
    | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<symbol>\.\.|\*\*|->|<=|>=|!=|/\*|.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def tokenize(text: str) -> list[Token]:
    """All tokens without blanks and comments, then one of kind `end`."""
    tokens = []
    position, length = 0, len(text)
    while position < length:
        found = _TOKEN.match(text, position)
        assert found is not None  # the last alternative takes any character
        position = found.end()
        kind = found.lastgroup or "symbol"
        if kind != "space":
            if kind == "symbol" and found[0] == '"':
                raise FeelSyntaxError("Expected a closing quotation mark, but the text ends", found.start())
            if kind == "symbol" and found[0] == "/*":
                raise FeelSyntaxError("Expected the end of the remark, but the text ends", found.start())
            tokens.append(Token(kind, found[0], found.start(), found.end()))
    tokens.append(Token("end", "", length, length))
    return tokens


def string_value(literal: str) -> str:
    """The characters a quoted literal stands for. Unknown escapes stay: "\\d" is a pattern's digit."""
    body = literal[1:-1]
    if "\\" not in body:
        return body
    # Surrogate pairs written as two \\u escapes become the one character they mean.
    text = _ESCAPE.sub(_unescape, body).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")  # no database keeps a NUL in a text


def _unescape(found: re.Match[str]) -> str:
    short, long, other = found.groups()
    if other is not None:
        return _ESCAPES.get(other, found[0])
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF else found[0]
