"""What all tests share: the browser's fixtures, and one worker for everything that drives it."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["tests.support.browser"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return BrowserTogether(config, log)


class BrowserTogether(LoadFileScheduling):
    """A file's tests go to one worker, and so do all that drive a browser: one Chromium and one server are enough."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)
