"""Ours and feelin's answers, where node and feelin are there; what the comparison itself makes of answers, anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import feelin_diff
from tests.conformance.feelin_expressions import GENERATED, expressions
from tests.conformance.feelin_known import KNOWN


@pytest.fixture(scope="module")
def found() -> list[feelin_diff.Difference]:
    package = feelin_diff.find_feelin()
    if isinstance(package, str):
        pytest.skip(package)
    return feelin_diff.differences(expressions(), package)


def test_there_is_no_difference_but_known_ones(found: list[feelin_diff.Difference]) -> None:
    assert [(one.text, one.ours, one.theirs) for one in found if one.known is None] == []


def test_every_known_difference_is_one_still(found: list[feelin_diff.Difference]) -> None:
    assert KNOWN.keys() <= {one.text for one in found}


def test_the_expressions_are_many_the_same_every_time_and_have_values() -> None:
    texts = list(expressions())

    assert texts == list(expressions())
    assert len(texts) == len(set(texts)) > GENERATED + 150
    answers = [feelin_diff.ours(text) for text in texts]
    assert feelin_diff.UNREADABLE not in answers
    assert answers.count(None) < len(texts) / 5


def test_numbers_are_compared_as_javascript_knows_them() -> None:
    assert feelin_diff.comparable([0.1 + 0.2, {"a": -0.0}, True]) == [0.3, {"a": 0.0}, True]


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIANXI_FEELIN", str(tmp_path))
    monkeypatch.setattr(feelin_diff, "ROOT", tmp_path)

    assert str(feelin_diff.find_feelin()).startswith("Expected ")
