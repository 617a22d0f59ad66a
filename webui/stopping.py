"""A process of the server that was told to stop ends when nobody is being answered, whoever keeps a connection open."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

QUIET = 5.0  # seconds: time for a request that is on its way, and for an answer to get through


class Answering:
    """A WSGI application that knows whether it is answering anybody."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._requests = 0
        self._last = time.monotonic()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._count(1)
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._count(-1)
            raise
        return ClosingIterator(answer, lambda: self._count(-1))

    def end_when_quiet(self, stop: Callable[[], None]) -> None:
        """In a thread: when nothing was asked for QUIET seconds, stop what runs beside, and end the process.

        The web server ends by itself when its last connection is closed, mostly at once. But it waits for connections
        on which nothing was ever said, until it is killed.
        """
        threading.Thread(target=self._watch, args=(stop,), name="lianxi-stopping", daemon=True).start()

    def _watch(self, stop: Callable[[], None]) -> None:
        begun = time.monotonic()
        while self._requests or time.monotonic() - max(begun, self._last) < QUIET:
            time.sleep(0.1)
        stop()
        os._exit(0)

    def _count(self, change: int) -> None:
        with self._lock:
            self._requests += change
            self._last = time.monotonic()
