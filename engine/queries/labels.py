"""The packs' texts by language."""

from __future__ import annotations

from engine.queries.context import QueryContext


def stamp(context: QueryContext) -> int:
    """Changes whenever labels may have changed."""
    return context.stamp


def all_labels(context: QueryContext, language: str) -> dict[str, str]:
    """English text -> its text in the language, over all packs."""
    _ = context.stamp
    return {
        text: by_language[language]
        for pack in context.definitions.packs(context.session)
        for text, by_language in pack.labels.items()
        if language in by_language
    }
