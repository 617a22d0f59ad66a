"""What all tests share: the browser's fixtures, and one worker for everything that drives it."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.support.browser"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser tests on one worker, so that one Chromium and one server are started, not one per core."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
