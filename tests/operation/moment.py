"""When these tests play: a Wednesday morning in Shanghai."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
