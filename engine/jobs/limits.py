"""A job's function in a thread of its own, for so long and no longer."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any


class Overdue(Exception):
    """The function has not come back in time. Its thread goes on: nobody can end a thread."""


async def within(seconds: float, function: Callable[[], Any]) -> Any:
    """Call the function in a thread. Raises what it raises, or Overdue.

    The thread is a daemon and not one of a pool: a job that hangs for ever must take no thread from the others, nor
    keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if answer.done():  # Nobody waits any more.
            return
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)

    def call() -> None:
        result, error = None, None
        try:
            result = function()
        except BaseException as caught:
            error = caught
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:  # The loop has ended meanwhile; the job will be done again.
            return

    threading.Thread(target=contextvars.copy_context().run, args=(call,), name="lianxi-job", daemon=True).start()
    try:
        finished, _ = await asyncio.wait([answer], timeout=seconds)
    except asyncio.CancelledError:
        answer.cancel()
        raise
    if not finished:
        answer.cancel()
        raise Overdue(f"It took longer than {seconds:g} s")
    return answer.result()
