"""What may be read: a file per noun, each query one function of a QueryContext that returns frozen rows."""

from __future__ import annotations

from engine.queries.context import QueryContext

__all__ = ["QueryContext"]
