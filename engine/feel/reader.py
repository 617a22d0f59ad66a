"""Tokens and the place among them: what every production of the parser stands on."""

from collections.abc import Callable
from typing import TypeVar

from engine.errors import Message
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token

T = TypeVar("T")


class TokenReader:
    """Reads one text. Productions start at the current token and stop behind what they took."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def peek(self) -> Token:
        """The token after the current one."""
        return self.peek_at(self.position + 1)

    def peek_at(self, position: int) -> Token:
        """The token at a position, or the end."""
        return self.tokens[min(position, len(self.tokens) - 1)]

    def advance(self, count: int = 1) -> Token:
        """Go on; answers the token that was current."""
        token = self.tokens[self.position]
        self.position = min(self.position + count, len(self.tokens) - 1)
        return token

    def accept(self, text: str) -> bool:
        """Take the token if it has this text."""
        if self.token.text != text or self.token.kind == "string":
            return False
        self.advance()
        return True

    def expect(self, text: str) -> None:
        """Take the token, which must have this text."""
        if not self.accept(text):
            raise self.surprise(f"`{text}`")

    def expect_end(self) -> None:
        """The text must end here."""
        if self.token.kind != "end":
            raise self.surprise(Message("the end"))

    def surprise(self, wanted: str) -> FeelSyntaxError:
        """The error to raise where something else stands."""
        token = self.token
        if token.kind == "end":
            return FeelSyntaxError("Expected {wanted}, but the text ends", token.start, wanted=wanted)
        found = f"`{token.text[:40]}`"
        return FeelSyntaxError("Expected {wanted}, but found {found}", token.start, wanted=wanted, found=found)

    def separated(self, production: Callable[[], T]) -> tuple[T, ...]:
        """One or more, with commas between."""
        found = [production()]
        while self.accept(","):
            found.append(production())
        return tuple(found)

    def text_until(self, *stops: str) -> str:
        """The words and symbols up to one of the stops as one name, written as in the text, blanks squeezed."""
        words: list[str] = []
        end = -1
        while self.token.text not in stops and self.token.kind not in ("end", "string"):
            token = self.advance()
            words.append(token.text if not words or token.start == end else f" {token.text}")
            end = token.end
        return "".join(words)
