"""Staff at their browsers, in front of the demonstration office."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.staff import Staff, Visit


@pytest.fixture
def visit(new_page: object) -> Visit:
    """`visit("lin")` signs in on a page in English; options are those of `new_page`."""

    def arrive(username: str, **options: object) -> Staff:
        page: Page = new_page(**options)  # type: ignore[operator]
        return Staff(page, username)

    return arrive
