"""A client as it should be written: each order has a key and is sent again, elsewhere perhaps, until it is answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.concurrency.offices import Reply

PATIENCE = 90.0  # seconds for one order
UNANSWERED = (0, 503, 507)  # nothing at all, or that it isn't possible now
PAUSE = 0.05


class Client:
    """Speaks JSON to any of several addresses. `replies` counts statuses, 0 for a connection that broke."""

    def __init__(self, urls: Sequence[str], token: str, *, timeout: float = 60) -> None:
        self._addresses = [urlsplit(url).netloc for url in urls]
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.replies: Counter[int] = Counter()
        self.gone = threading.Event()  # set: stop asking
        self.repeated = 0

    def order(self, path: str, body: Any = None) -> Reply:
        """Post it with a key of its own until there is an answer. AssertionError where that takes too long."""
        return self._until_answered("POST", path, body, {"Idempotency-Key": uuid.uuid4().hex})

    def ask(self, path: str, body: Any = None) -> Any:
        """What a search or the like answers, also after it had to be asked again."""
        reply = self._until_answered("GET" if body is None else "POST", path, body, {})
        assert reply.status == 200, f"{path}: {reply.status} {reply.body!r}"
        return reply.body

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send it once; status 0 where no answer came."""
        content = None if body is None else json.dumps(body)
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._addresses[0], timeout=self._timeout)
            self._connection.request(method, path, content, {**self._headers, **headers})
            answer = self._connection.getresponse()
            told = answer.read()
        except (http.client.HTTPException, OSError):
            self.close()
            self.replies[0] += 1
            return Reply(status=0, headers={}, body=None)
        self.replies[answer.status] += 1
        names = {name.lower(): value for name, value in answer.headers.items()}
        is_json = "json" in names.get("content-type", "")
        return Reply(
            status=answer.status,
            headers=names,
            body=json.loads(told) if told and is_json else told.decode(errors="replace"),
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _until_answered(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        end = time.monotonic() + PATIENCE
        while True:
            reply = self.send(method, path, body, **headers)
            if reply.status not in UNANSWERED:
                return reply
            assert not self.gone.is_set(), "Told to stop"
            assert time.monotonic() < end, f"{method} {path} was not answered within {PATIENCE:g} s: {reply}"
            self.repeated += 1
            self.close()
            self._addresses.append(self._addresses.pop(0))
            time.sleep(PAUSE)
