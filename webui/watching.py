"""What a request leaves behind: an id that goes with it, a line in the log, a count, a span."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, request

from engine import logs, metrics, tracing

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9_.-]{8,64}", re.ASCII)
UNWATCHED = frozenset({"static", "health.live", "health.ready", "health.scrape"})  # asked every few seconds

logger = logs.get_logger("lianxi.request")


def init_watching(app: Flask) -> None:
    """Watch every request; called before anything else that looks at requests."""
    app.before_request(begin)
    app.after_request(tell)
    app.teardown_request(end)


def begin() -> None:
    """Take the id that the proxy gave, or give one. Everything logged until the answer carries it."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if WELL_FORMED.fullmatch(given) else uuid4().hex
    g.request_began = time.perf_counter()
    g.watching = ExitStack()
    g.watching.enter_context(logs.bound(request_id=g.request_id))
    if request.endpoint not in UNWATCHED:
        name = f"{request.method} {route()}"
        g.watching.enter_context(tracing.span(name, request_id=g.request_id, route=route()))


def tell(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    if request.endpoint in UNWATCHED:
        return response
    seconds = time.perf_counter() - g.request_began
    metrics.count_request(request.endpoint or "none", request.method, response.status_code, seconds)
    # The route and numbers in it, not the address: what somebody typed there may be a name.
    numbers = {key: value for key, value in (request.view_args or {}).items() if isinstance(value, int)}
    person = g.get("person")
    logger.info(
        "request",
        method=request.method,
        route=route(),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        actor=person.username if person else None,
        **numbers,
    )
    tracing.finish("failed" if response.status_code >= 500 else "done", status=response.status_code)
    return response


def end(error: Any = None) -> None:
    watching = g.pop("watching", None)
    if watching is not None:
        watching.close()


def route() -> str:
    return request.url_rule.rule if request.url_rule else "(no such page)"
