"""How much of a page's time is the database's: `python -m bench.shares URL [MILLISECONDS]`, after bench.generate.

The application runs in this process, where we can listen to it; with MILLISECONDS the statements that take longer are
printed too.
"""

from __future__ import annotations

import re
import sys
import time
import urllib.parse
from statistics import median
from typing import Any

import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.generate import PASSWORD, new_folder
from bench.large import INBOX, INBOX_USER, SEARCH, SEARCH_USER, case_pages
from engine.config import Settings
from engine.service import open_service
from webui.app import create_app

WARM, REQUESTS = 4, 10


def main(url: str, slow: float | None = None) -> None:
    service = open_service(Settings.from_environ({"LIANXI_DATA": str(new_folder()), "LIANXI_DATABASE_URL": url}))
    app, log = create_app(service.engine, service.settings), list[tuple[float, str]]()
    listen(log)
    print(f"{'page':<40} {'all':>6} {'SQL':>6}  ms, statements, bytes")
    for username, pages in ((INBOX_USER, INBOX), (SEARCH_USER, SEARCH), (SEARCH_USER, case_pages(url))):
        client = sign_in(app, username)
        for page in pages:
            walls, shares = list[float](), list[float]()
            for _ in range(WARM + REQUESTS):
                log.clear()
                begin = time.perf_counter()
                answer = client.get(page)
                walls.append((time.perf_counter() - begin) * 1000)
                shares.append(sum(taken for taken, _ in log))
                assert answer.status_code == 200, f"{page}: {answer.status_code}"
            name, size = urllib.parse.unquote(page), len(answer.data)
            print(
                f"{name:<40} {median(walls[WARM:]):6.1f} {median(shares[WARM:]):6.1f}  {len(log)}, {size}", flush=True
            )
            for taken, statement in log:
                if slow is not None and taken >= slow:
                    print(f"    {taken:6.1f} ms  {' '.join(statement.split())}")
    service.close()


def listen(log: list[tuple[float, str]]) -> None:
    """Add every statement to the log, with the milliseconds until its answer began."""

    def before(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.begun = time.perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        log.append(((time.perf_counter() - context.begun) * 1000, statement))

    event.listen(sqlalchemy.Engine, "before_cursor_execute", before)
    event.listen(sqlalchemy.Engine, "after_cursor_execute", after)


def sign_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert token, "The page to sign in has no CSRF token"
    answers = {"username": username, "password": PASSWORD}
    client.post("/login", data=answers, headers={"X-CSRFToken": token[1]})
    return client


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else None)
