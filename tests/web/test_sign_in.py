"""Signing in and out, and what every answer carries."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.driver import PASSWORD, Driver


def test_a_wrong_password_is_refused_without_telling_which_was_wrong(visit: Callable) -> None:
    visitor = visit()

    known = visitor.send("/login", username="rita", password="wrong").status_code, visitor.text
    unknown = visitor.send("/login", username="ritb", password="wrong").status_code, visitor.text

    assert known == unknown == (403, known[1])
    assert "Expected a known name and its password" in known[1]


def test_after_sign_in_one_lands_where_one_wanted_to_go(visit: Callable) -> None:
    visitor = visit()

    visitor.send("/login?next=/cases", username="rita", password=PASSWORD)

    assert visitor.page.request.path == "/cases"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "cases"])
def test_sign_in_leads_to_no_other_site(visit: Callable, elsewhere: str) -> None:
    visitor = visit()

    visitor.send(f"/login?next={elsewhere}", username="rita", password=PASSWORD)

    assert visitor.page.request.host == "localhost"
    assert visitor.page.request.path == "/inbox"


def test_sign_out_ends_the_session_on_the_server(visit: Callable) -> None:
    visitor = visit("rita")
    stolen = visitor.client.get_cookie("lianxi").value

    visitor.send("/logout")
    visitor.client.set_cookie("lianxi", stolen)

    assert visitor.get("/inbox").request.path == "/login"


def test_a_session_ends_an_hour_after_its_last_use(office: Driver, visit: Callable) -> None:
    visitor = visit("rita")

    office.clock.advance(timedelta(minutes=50))
    assert visitor.get("/inbox").request.path == "/inbox"
    office.clock.advance(timedelta(minutes=50))
    assert visitor.get("/inbox").request.path == "/inbox"
    office.clock.advance(timedelta(minutes=61))
    assert visitor.get("/inbox").request.path == "/login"


def test_a_form_without_its_token_is_refused_in_words(visit: Callable) -> None:
    visitor = visit("rita")

    answer = visitor.client.post("/preferences", data={"shortcuts": "off"}, headers=visitor.headers)

    assert answer.status_code == 400
    assert "too old to be used" in answer.text


def test_every_page_carries_the_strict_policy_and_is_not_kept(visit: Callable) -> None:
    answer = visit("rita").get("/inbox")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_pages_hold_nothing_the_policy_forbids(visit: Callable) -> None:
    for path in ("/inbox", "/cases", "/register", "/about"):
        page = visit("rita").get(path).text
        assert " style=" not in page and "onclick=" not in page and "hx-on" not in page and "<style" not in page


def test_built_files_are_kept_for_ever_under_an_address_with_their_hash(visit: Callable) -> None:
    visitor = visit()
    address = visitor.get("/about").text.split('rel="stylesheet" href="')[1].split('"')[0]

    assert "immutable" in visitor.get(address).headers["Cache-Control"]
    assert "?v=" in address


def test_built_files_are_sent_packed_to_who_can_unpack_them(visit: Callable) -> None:
    visitor = visit()
    address = visitor.get("/about").text.split('rel="stylesheet" href="')[1].split('"')[0]

    plain, packed = visitor.get(address), visitor.get(address, **{"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert visitor.get(address, **{"Accept-Encoding": "gzip"}).data == packed.data
    assert "Content-Encoding" not in visitor.get("/about", **{"Accept-Encoding": "gzip"}).headers


def test_the_language_is_the_browsers_until_one_is_chosen(visit: Callable) -> None:
    visitor = visit("rita", language="zh-CN,zh;q=0.9,en;q=0.5")
    assert '<html lang="zh-CN">' in visitor.get("/inbox").text
    assert "我的待办" in visitor.text

    visitor.send("/language", language="en", lx__next="/inbox?view=done")

    assert visitor.page.request.url.endswith("/inbox?view=done")
    assert '<html lang="en">' in visitor.page.text
    assert '<html lang="en">' in visit("rita", language="zh-CN").get("/inbox").text


def test_shortcuts_can_be_switched_off(visit: Callable) -> None:
    visitor = visit("rita")
    assert 'data-shortcuts="on"' in visitor.get("/inbox").text

    visitor.send("/preferences", shortcuts="off", lx__next="/inbox")

    assert 'data-shortcuts="off"' in visitor.page.text
