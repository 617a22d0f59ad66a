"""What can go wrong with a FEEL text: it is not FEEL, or exceeds a limit; anything else is null."""

from typing import Any

from engine.errors import Message

AT = Message("{problem} (at character {place})")


class FeelError(Exception):
    """The common ancestor of everything this package raises at its callers. `message` can be said in any language."""

    def __init__(self, template: str, **params: Any) -> None:
        self.message = Message(template, **params)
        super().__init__(self.message)


class FeelSyntaxError(FeelError):
    """The text is not FEEL. `position` counts characters from 0."""

    def __init__(self, template: str, position: int = 0, **params: Any) -> None:
        problem = Message(template, **params)
        super().__init__(AT, problem=problem, place=position + 1)
        self.position = position


class FeelLimitExceeded(FeelError):
    """An evaluation asked for more steps, time, nesting or size than its environment allows."""


class Undefined(Exception):
    """An operation has no value for its operands; the evaluation turns it into null with this reason.

    Never leaves the package: every closure that may meet it catches it.
    """
