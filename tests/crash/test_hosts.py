"""The short version of `python -m tests.crash.hosts`."""

from __future__ import annotations

import pytest

from tests.crash import hosts


@pytest.mark.postgresql
@pytest.mark.timeout(240)  # on a machine that others use too
def test_one_host_is_cut_off_one_dies_and_the_database_restarts() -> None:
    figures = hosts.run(3, patient=False)

    assert hosts.is_good(figures), figures
    assert "database" in figures["cut_off_said"]["cut off"]
    assert "database" not in figures["cut_off_said"]["other"]
