"""The short version of `make crash`: twenty times kill -9, and what was acknowledged is there, once."""

from __future__ import annotations

import pytest

from tests.crash import kill

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.mark.timeout(240)  # on a machine that others use too
@pytest.mark.parametrize("database", BOTH)
def test_ten_kills_amid_completions_timers_and_jobs(database: str) -> None:
    figures = kill.run(database, completions=40, kills=10, patient=False)

    assert figures["kills"] == 10
    assert (figures["matters"], figures["completions"]) == (20, 40)
    assert kill.is_good(figures), figures
