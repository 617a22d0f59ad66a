"""What templates call: values in words."""

from __future__ import annotations

from flask import Flask

from engine.forms import Fact
from webui.rendering import fact_value


def test_a_moment_without_a_zone_is_one_of_the_office(app: Flask) -> None:
    """Zones have a history: Shanghai's oldest offset is six minutes more than eight hours."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        heard = Fact(
            key="heard_at", label="Heard at", text="2024-03-02T09:00", value="2024-03-02T09:00", kind="datetime"
        )

        assert fact_value(heard).endswith("09:00")
