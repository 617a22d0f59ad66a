"""An office that a real server serves, and clients that send requests at the same moment."""

from __future__ import annotations

import http.client
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, local
from typing import Any
from urllib.parse import urlsplit

from engine.access import SYSTEM
from engine.commands.identity import CreateToken
from tests.support.driver import Driver, open_driver
from tests.support.models import sequence, user_task
from tests.support.postgres import running_server
from tests.support.server import serving

PEOPLE = ("rita", "omar")
DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server said, the names of its headers in small letters; status 0 where it said nothing."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, kw_only=True)
class Office:
    """A served installation, its own door beside the server's, and a token for everybody."""

    url: str
    driver: Driver
    tokens: dict[str, str]
    _connections: local = field(default_factory=local)

    def send(self, by: str, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request over this thread's connection; one that was closed while it was idle is opened again.

        A server may close a kept connection at any time. What can be repeated is sent again then (RFC 9112, 9.3.1).
        """
        connection = getattr(self._connections, "kept", None)
        was_idle = connection is not None and connection.sock is not None
        if connection is None:
            connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
            self._connections.kept = connection
        sent = {"Authorization": f"Bearer {self.tokens[by]}", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            closed = isinstance(error, http.client.RemoteDisconnected | ConnectionError)
            if was_idle and closed and (method == "GET" or "Idempotency-Key" in headers):
                return self.send(by, method, path, body, **headers)
            return Reply(status=0, headers={}, body=None)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Reply(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=json.loads(content) if content and is_json else content.decode(errors="replace"),
        )

    def start(self, by: str = "rita", **headers: str) -> Reply:
        return self.send(by, "POST", "/v2/process-instances", {"processDefinitionId": "steps"}, **headers)

    def open_tasks(self) -> list[str]:
        found = self.send(
            "rita", "POST", "/v2/user-tasks/search", {"filter": {"state": "CREATED"}, "page": {"limit": 1000}}
        )
        return [task["userTaskKey"] for task in found.body["items"]]

    def complete(self, by: str, task: str) -> Reply:
        return self.send(by, "POST", f"/v2/user-tasks/{task}/completion", {"variables": {"seen": by}})


@contextmanager
def served_office(url: str, folder: Path) -> Iterator[Office]:
    """An office with two clerks and a process of one task, served on this database."""
    driver = open_driver(url, folder)
    try:
        driver.groups(clerks=("operate",))
        for name in PEOPLE:
            driver.person(name, "clerks")
        driver.deploy(sequence(user_task("look")))
        tokens = {name: driver.engine.execute(CreateToken(username=name), actor=SYSTEM) for name in PEOPLE}
        environment = {"LIANXI_DATABASE_URL": url, "LIANXI_SECRET_KEY": "a secret for tests only"}
        with serving(folder, demo=False, environment=environment) as served:
            yield Office(url=served.url, driver=driver, tokens=tokens)
    finally:
        driver.service.close()


@contextmanager
def temporary_office(database: str) -> Iterator[Office]:
    """An office of its own on either database, for the commands that print figures."""
    with tempfile.TemporaryDirectory(prefix="lianxi-concurrency-") as folder:
        is_sqlite = database == "sqlite"
        url = f"sqlite:///{folder}/lianxi.db" if is_sqlite else running_server().create_database()
        with served_office(url, Path(folder)) as office:
            yield office
        if not is_sqlite:
            running_server().drop_database(url)


def together(calls: list[Any], pool: ThreadPoolExecutor) -> list[Reply]:
    """Call all in the same moment; the pool must have a thread for each."""
    barrier = Barrier(len(calls))

    def call(one: Any) -> Reply:
        barrier.wait()
        return one()

    return list(pool.map(call, calls))


def counted(replies: list[Reply]) -> dict[int, int]:
    """How often each status came."""
    return dict(sorted(Counter(reply.status for reply in replies).items()))
