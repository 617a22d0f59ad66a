"""Clerks and the post at work on matters while something goes wrong around them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.crash.client import Client
from tests.crash.matters import Clerk, LetterWriter


@dataclass(kw_only=True)
class Staff:
    """Everybody, each in a thread."""

    clerks: list[Clerk]
    letters: LetterWriter
    working: list[Future[Clerk]]

    @property
    def completed(self) -> int:
        """Tasks reported as completed so far."""
        return sum(len(clerk.completed) for clerk in self.clerks)

    @property
    def replies(self) -> Counter[int]:
        """How often each status came; 0 where a connection broke."""
        return sum((client.replies for client in self._clients()), Counter[int]())

    @property
    def repeated(self) -> int:
        return sum(client.repeated for client in self._clients())

    def wait_until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait while they work. Raises what made one of them give up, AssertionError where it takes too long."""
        end = time.monotonic() + seconds
        while not condition():
            for each in self.working:
                if each.done():
                    each.result()
            assert time.monotonic() < end, f"It did not come to be; answered was {dict(self.replies)}"
            time.sleep(0.005)

    def finish(self) -> None:
        """Wait until all have done their part."""
        for each in self.working:
            each.result()

    def finishing(self, seconds: float) -> Iterator[None]:
        """Wait as `finish` does, and let somebody act meanwhile. Raises AssertionError where it takes too long."""
        end = time.monotonic() + seconds
        while not all(each.done() for each in self.working):
            yield
            assert time.monotonic() < end, f"They do not come to an end; answered was {dict(self.replies)}"
            time.sleep(0.2)
        self.finish()

    def _clients(self) -> list[Client]:
        return [*(clerk.client for clerk in self.clerks), self.letters.client]


@contextmanager
def at_work(urls: Sequence[str], tokens: Mapping[str, str], matters: int, *, timeout: float = 60) -> Iterator[Staff]:
    """Every clerk begins so many matters; at the end of the block the post stops and all connections are closed."""
    stop = threading.Event()

    def client(number: int, token: str) -> Client:
        first = number % len(urls)
        return Client([*urls[first:], *urls[:first]], token, timeout=timeout)

    clerks = [Clerk(name=name, client=client(number, token)) for number, (name, token) in enumerate(tokens.items())]
    letters = LetterWriter(client=client(0, next(iter(tokens.values()))))
    with ThreadPoolExecutor(len(clerks) + 1) as pool:
        writing: Future[Any] = pool.submit(letters.work, stop)
        staff = Staff(clerks=clerks, letters=letters, working=[pool.submit(clerk.work, matters) for clerk in clerks])
        try:
            yield staff
        except BaseException:
            for each in staff._clients():
                each.gone.set()
            raise
        finally:
            stop.set()
        writing.result()
    for each in staff._clients():
        each.close()  # granian waits now and then for connections that are only kept
