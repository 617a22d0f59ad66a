"""A small office behind the real application, and visitors who press its buttons."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.driver import PASSWORD, Driver, open_driver
from tests.support.models import form, sequence, text_field, user_task
from webui.app import create_app

CHOICE = {
    "type": "radio",
    "id": "Field_outcome",
    "key": "outcome",
    "label": "Outcome",
    "validate": {"required": True},
    "values": [{"label": "Grant", "value": "grant"}, {"label": "Refuse", "value": "refuse"}],
}
PERSONAL = {"properties": {"sensitivity": "personal"}}
OUTCOMES = '<zeebe:properties><zeebe:property name="outcomes" value="outcome"/></zeebe:properties>'
MANIFEST = """
[[case_types]]
key = "permit"
name = "Permit"
process = "steps"
form = "permit"
number = "P-{year}-{sequence:04d}"
fields = { title = "=subject" }
parties = [{ role = "=\\"applicant\\"", name = "=applicant", phone = "=phone" }]
similar = { name = "applicant", phone = "phone", text = ["subject"] }
"""
LABELS = "key,en,zh\nstep.examine,Examine,审查\nfield.applicant,Applicant,申请人\nstep.sign,Sign,签发\n"
DESK = ("case:open", "case:read_own")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's database, made once: rita and omar at the desk, hana signs, dora designs, otto operates."""
    folder = tmp_path_factory.mktemp("office")
    driver = open_driver(f"sqlite:///{folder / 'lianxi.db'}", folder)
    driver.groups(desk=DESK, heads=("case:read_all", "personal_data:read"), makers=("deploy",), watch=("operate",))
    for name, *groups in (
        ("rita", "desk"),
        ("omar", "desk"),
        ("hana", "heads"),
        ("dora", "makers"),
        ("otto", "watch"),
        ("nobody",),
    ):
        driver.person(name, *groups)
    opinion = json.loads(form("opinion", text_field("reason")))
    opinion["components"][0]["conditional"] = {"hide": "=outcome = wish or outcome = null"}
    opinion["components"].insert(0, CHOICE)
    opinion["components"].insert(1, {"type": "textfield", "id": "Field_wish", "key": "wish", "label": "Wish"})
    driver.deploy(
        sequence(
            user_task("examine", "Examine", form="opinion", groups="desk", extra=OUTCOMES),
            user_task("sign", "Sign", groups="heads"),
        ),
        manifest__toml=MANIFEST,
        labels__csv=LABELS,
        opinion__form=json.dumps(opinion),
        permit__form=form(
            "permit",
            {**text_field("applicant", required=True), **PERSONAL},
            {**text_field("phone"), **PERSONAL},
            text_field("subject", required=True),
        ),
    )
    driver.service.close()
    return folder / "lianxi.db"


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[Driver]:
    """A copy of the office for one test."""
    with sqlite3.connect(furnished) as source, sqlite3.connect(tmp_path / "lianxi.db") as copy:
        source.backup(copy)
    driver = open_driver(f"sqlite:///{tmp_path / 'lianxi.db'}", tmp_path)
    yield driver
    driver.service.close()


@pytest.fixture
def app(office: Driver) -> Flask:
    application = create_app(office.engine, office.service.settings)
    application.testing = True
    return application


class Visitor:
    """A browser without scripts: follows links and sends forms with the hidden fields they carry."""

    def __init__(self, client: FlaskClient, language: str) -> None:
        self.client = client
        self.headers = {"Accept-Language": language}
        self.page: TestResponse | None = None

    def get(self, path: str, **headers: str) -> TestResponse:
        self.page = self.client.get(path, headers={**self.headers, **headers}, follow_redirects=True)
        return self.page

    def send(self, path: str, /, **fields: Any) -> TestResponse:
        """Post with the CSRF token of the page seen last, following the redirect."""
        names = {name.replace("__", "-"): value for name, value in fields.items()}
        self.page = self.client.post(
            path, data={"lx-csrf": self.token, **names}, headers=self.headers, follow_redirects=True
        )
        return self.page

    @property
    def token(self) -> str:
        assert self.page is not None, "expected a page to have been read before a form is sent"
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.page.text)
        assert found, self.page.text
        return found[1]

    @property
    def text(self) -> str:
        """The page's words, without its marks."""
        assert self.page is not None
        body = re.sub(r"(?s)<(script|style|template).*?</\1>", "", self.page.text)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture
def visit(app: Flask) -> Callable[..., Visitor]:
    """`visit("rita")` signs in, `visit()` doesn't."""

    def arrive(username: str | None = None, language: str = "en") -> Visitor:
        visitor = Visitor(app.test_client(), language)
        visitor.get("/login")
        if username:
            visitor.send("/login", username=username, password=PASSWORD)
            assert visitor.page is not None and visitor.page.status_code == 200, visitor.text
        return visitor

    return arrive
