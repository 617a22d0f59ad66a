"""Hostile addresses and forms are answered with a page that says no, never with a failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.driver import PASSWORD, Driver

HUGE = str(2**70)


@pytest.mark.parametrize("path", [f"/cases/{HUGE}", f"/tasks/{HUGE}", "/cases/²", "/tasks/-1"])
def test_no_row_has_such_a_number(visit: Callable, path: str) -> None:
    assert visit("rita").get(path).status_code == 404


@pytest.mark.parametrize("number", [HUGE, "²", "9" * 5000, "-1"])
def test_the_inbox_takes_no_notice_of_impossible_numbers(visit: Callable, number: str) -> None:
    assert visit("rita").get(f"/inbox?task={number}&page={number}").status_code == 200


def test_a_registration_repeats_no_impossible_matter(visit: Callable) -> None:
    rita = visit("rita")

    assert rita.send("/register/permit", applicant="Li", subject="x", lx__repeat__of=HUGE).status_code == 200


@pytest.mark.parametrize("path", ["/cases?q=%00", "/inbox?q=a%00b"])
def test_a_nul_in_an_address_is_refused(visit: Callable, path: str) -> None:
    assert visit("rita").get(path).status_code == 400


def test_a_nul_in_a_form_is_refused(visit: Callable) -> None:
    assert visit("rita").send("/register/permit", applicant="Li\0", subject="x").status_code == 400


@pytest.mark.parametrize(
    "place", ["/%09/evil.example", "/%0a/evil.example", "//evil.example", "/%5Cevil.example", "https://evil.example"]
)
def test_signing_in_leads_to_no_other_site(visit: Callable, place: str) -> None:
    visitor = visit()
    visitor.get("/login")

    answer = visitor.client.post(
        f"/login?next={place}", data={"lx-csrf": visitor.token, "username": "rita", "password": PASSWORD}
    )

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


def test_what_failed_to_be_written_is_not_in_the_log(office: Driver) -> None:
    assert office.service.database.bind.hide_parameters
    assert office.service.database.readers.hide_parameters
