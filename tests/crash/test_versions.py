"""The short version of `python -m tests.crash.versions`, which also changes over on SQLite."""

from __future__ import annotations

import pytest

from tests.crash import versions


@pytest.mark.postgresql
@pytest.mark.timeout(240)  # on a machine that others use too
def test_the_version_before_and_this_one_work_side_by_side_while_the_tables_change() -> None:
    try:
        figures = versions.run("postgresql", 3, clerks=2, patient=False)
    except versions.NoHistory as reason:
        pytest.skip(str(reason))

    assert versions.is_good(figures), figures
    assert min(figures["completions_by"].values()) > 0, figures
