"""Why a token cannot go on by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Stuck(Exception):
    """The element cannot be executed as drawn with these variables: becomes an incident, the token stays."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BpmnError(Exception):
    """A business error thrown by work done inline; an error boundary event may catch it by its code."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = dict(variables or {})
