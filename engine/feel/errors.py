"""What can go wrong with a FEEL text: it is not FEEL, or exceeds a limit; anything else is null."""


class FeelError(Exception):
    """The common ancestor of everything this package raises at its callers."""


class FeelSyntaxError(FeelError):
    """The text is not FEEL. `position` counts characters from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position


class FeelLimitExceeded(FeelError):
    """An evaluation asked for more steps, time, nesting or size than its environment allows."""


class Undefined(Exception):
    """An operation has no value for its operands; the evaluation turns it into null with this reason.

    Never leaves the package: every closure that may meet it catches it.
    """
