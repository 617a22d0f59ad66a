"""Matters are found again: by number, words, name and telephone, and by what a new one repeats."""

from __future__ import annotations

import pytest

from engine.queries import cases, finding, repeats
from tests.support.driver import Driver
from tests.support.models import sequence, user_task

MANIFEST = """
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
fields = { title = "=subject", summary = "=story", status = '=if answer = null then "open" else "answered"' }
parties = [{ role = '="complainant"', name = "=name", phone = "=phone" }]
similar = { text = ["subject", "story"] }
statuses = { open = "Being worked on" }
"""
MATTERS = (
    ("No water", "The north village has had none since May", "王小明", "138 0000 1234"),
    ("Noise", "Drilling at night, 50% louder than allowed", "李四", "139-1111-2222"),
    ("Loud music", "The bar downstairs", "王小明", "137 9999 8888"),
    ("Dogs", "They bark", "Ada Novak", "138 0000 1234"),
)


@pytest.fixture(scope="module")
def office(driver: Driver) -> Driver:
    driver.groups(desk=("case:open", "case:read_all", "personal_data:read"), clerks=("case:read_own",), others=())
    driver.person("rita", "desk")
    driver.person("omar", "clerks")
    driver.person("else", "others")
    driver.deploy(sequence(user_task("reply", "Reply"), process_id="complaint"), manifest__toml=MANIFEST)
    for subject, story, name, phone in MATTERS:
        driver.later(minutes=5)
        driver.open_case("complaint", "rita", subject=subject, story=story, name=name, phone=phone)
    driver.case_instance(2).task("reply").done_by("omar", answer="It is allowed")
    driver.case_instance(1).task("reply").claimed_by("omar")
    return driver


def found(office: Driver, words: str = "", who: str = "rita", **asked: object) -> list[str]:
    return [row.title for row in office.engine.ask(cases.search, office.actor(who), words, **asked).items]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["Dogs", "Loud music", "Noise", "No water"]),
        ("C-2026-002", ["Noise"]),
        ("c-2026-002", ["Noise"]),
        ("noise", ["Noise"]),
        ("MUSIC", ["Loud music"]),
        ("north village", ["No water"]),
        ("王小明", ["Loud music", "No water"]),
        ("小明", ["Loud music", "No water"]),
        ("novak", ["Dogs"]),
        ("138 0000 1234", ["Dogs", "No water"]),
        ("13911112222", ["Noise"]),
        ("50%", ["Noise"]),
        ("5_%", []),
        ("nothing of the kind", []),
    ],
)
def test_matters_are_found_newest_first(office: Driver, words: str, expected: list[str]) -> None:
    assert found(office, words) == expected


@pytest.mark.parametrize(
    "words", ["C-2026-002", "c-2026", "noise", "王小明", "13911112222", "50%", "nothing of the kind"]
)
def test_what_is_rare_is_found_by_the_index_as_by_looking(
    office: Driver, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_looking = found(office, words)

    monkeypatch.setattr(finding, "SAMPLE", 1)
    monkeypatch.setattr(finding, "FREQUENT", 2)

    assert found(office, words) == by_looking


def test_of_what_is_frequent_some_are_found_and_told_to_be_some(
    office: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "SAMPLE", 1)
    monkeypatch.setattr(finding, "FREQUENT", 0)
    monkeypatch.setattr(finding, "ENOUGH", 1)

    page = office.engine.ask(cases.search, office.actor("rita"), "王小明")

    assert ([row.title for row in page.items], page.total > page.most) == (["Loud music"], True)


def test_open_and_closed_matters_are_told_apart(office: Driver) -> None:
    assert found(office, state="closed") == ["Noise"]
    assert found(office, state="open") == ["Dogs", "Loud music", "No water"]
    assert found(office, "王小明", state="closed") == []


def test_matters_come_in_pages(office: Driver) -> None:
    page = office.engine.ask(cases.search, office.actor("rita"), page=2, size=3)
    beyond = office.engine.ask(cases.search, office.actor("rita"), page=7, size=3)

    assert ([row.title for row in page.items], page.total, page.pages) == (["No water"], 4, 2)
    assert beyond == page


def test_who_may_read_none_finds_none(office: Driver) -> None:
    assert found(office, "water", who="else") == []
    assert found(office, "water", who="omar") == ["No water"]


def test_a_line_says_where_the_matter_is_and_with_whom(office: Driver) -> None:
    rows = {row.title: row for row in office.engine.ask(cases.search, office.actor("omar")).items}

    held, waiting, closed = rows["No water"], rows["Dogs"], rows["Noise"]
    assert (held.step, held.holder, held.status, held.party) == ("Reply", "omar", "Being worked on", "王**")
    assert (waiting.holder, waiting.open) == ("Clerks", True)
    assert (closed.step, closed.holder, closed.status, closed.open) == (None, None, "answered", False)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"phone": "138-0000-1234"}, [("Dogs", "Same phone number"), ("No water", "Same phone number")]),
        ({"name": "王小明"}, [("Loud music", "Same name"), ("No water", "Same name")]),
        (
            {"name": "王小明", "phone": "138 0000 1234"},
            [("No water", "Same person and phone"), ("Dogs", "Same phone number"), ("Loud music", "Same name")],
        ),
        ({"subject": "Again drilling at night"}, [("Noise", "Similar words")]),
        ({"name": "李", "phone": "1"}, []),
        ({"subject": "a"}, []),
        ({}, []),
    ],
)
def test_likely_repeats_are_named_with_their_reason(
    office: Driver, typed: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    similar = office.engine.ask(repeats.likely, office.actor("rita"), "complaint", typed)

    assert [(case.title, str(case.reason)) for case in similar] == expected
    assert all(0 < case.score <= 1 for case in similar)
