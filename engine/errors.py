"""What the engine refuses, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Message(str):
    """An English sentence that remembers its template and parameters, so that a page can say it in another language.

    `Message("Expected at most {max} characters", max=20)` is the string "Expected at most 20 characters".
    """

    template: str
    params: Mapping[str, Any]

    def __new__(cls, template: str, **params: Any) -> Message:
        message = super().__new__(cls, template.format(**params) if params else template)
        message.template = template
        message.params = params
        return message


class Rejection(Exception):
    """The command cannot be done as asked; nothing was changed.

    The sentence has one shape: what was wanted, of which thing, and what is true instead.
    """

    def __init__(self, template: str, **params: Any) -> None:
        self.message = Message(template, **params)
        super().__init__(self.message)


class NotFound(Rejection):
    """The thing asked for does not exist, or the asker may not know that it does."""


class InvalidState(Rejection):
    """The thing is not in a state that allows it; somebody else may have been quicker."""


class KeyReused(Rejection):
    """The key of an earlier request came with another one."""


class Unavailable(Rejection):
    """The database is away or too busy; nothing is known to be wrong with the request, and it may be sent again."""


class NoSpace(Unavailable):
    """The database's disk is full: everything can be read, and nothing written until somebody makes room."""

    def __init__(self) -> None:
        super().__init__("Expected room to write, but the disk of the database is full; tell an operator")


class Forbidden(Rejection):
    """The asker may not do this."""


class InvalidInput(Rejection):
    """Values that were given do not fit; `errors` says which and what was wanted, by field key."""

    def __init__(self, errors: Mapping[str, list[str]], template: str = "Expected valid values", **params: Any) -> None:
        super().__init__(template, **params)
        self.errors = dict(errors)


class InvalidDeployment(Rejection):
    """Resources that cannot be deployed; `findings` says why, element by element."""

    def __init__(self, findings: list[Any]) -> None:
        super().__init__(
            "Expected resources that can be deployed, but {count} problems were found", count=len(findings)
        )
        self.findings = findings
