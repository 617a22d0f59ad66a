"""How many SQL statements and commits a completion needs, whoever sends them, from the request to its answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import event

from bench.client import ANSWERS
from bench.office import USER, office
from webui.app import create_app

CASES = 10


@dataclass
class Count:
    """Statements and commits so far. What only reads ends without a commit and isn't one."""

    statements: int = 0
    commits: int = 0


def measure(database: str) -> dict[str, tuple[float, int]]:
    """The mean over the steps of the accepted path; the application runs in this process, where we can listen to it."""
    with office(database) as prepared:
        client = create_app(prepared.service.engine, prepared.service.settings).test_client()
        headers = {"Authorization": f"Bearer {prepared.token}"}

        def call(path: str, body: dict[str, Any]) -> Any:
            answer = client.post(path, json=body, headers=headers)
            assert 200 <= answer.status_code < 300, f"{path}: {answer.status_code} {answer.text[:500]}"
            return answer.get_json(silent=True)

        for _ in range(CASES):
            call("/v2/process-instances", {"processDefinitionId": "bench_flow"})
        total, completed = Count(), 0
        for element, answers in ANSWERS.items():
            filter_ = {"elementId": element, "state": "CREATED"}
            for task in call("/v2/user-tasks/search", {"filter": filter_, "page": {"limit": 100}})["items"]:
                path = f"/v2/user-tasks/{task['userTaskKey']}"
                call(f"{path}/assignment", {"assignee": USER})
                with counted(total):
                    call(f"{path}/completion", {"variables": answers})
                completed += 1
        return {
            "completion.sql_statements": (total.statements / completed, completed),
            "completion.commits": (total.commits / completed, completed),
        }


@contextmanager
def counted(total: Count) -> Iterator[None]:
    """Listen to every connection of SQLAlchemy in this process."""

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        # SQLite's BEGIN is sent as a statement by us, PostgreSQL's by its driver: neither asks for anything.
        total.statements += not text.startswith("BEGIN")

    def commit(_connection: Any) -> None:
        total.commits += 1

    listeners = {"before_cursor_execute": statement, "commit": commit}
    for name, listener in listeners.items():
        event.listen(sqlalchemy.Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            event.remove(sqlalchemy.Engine, name, listener)
