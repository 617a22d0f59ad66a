"""The job type `webhook:send`: JSON posted to an address of a host that the operator allows."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from engine.errors import InvalidInput, InvalidState, Message
from engine.workers.tools import Tools

SECONDS = 30  # that the host may keep silent
LONGEST_ANSWER = 256 * 1024  # bytes
CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


def send(variables: Mapping[str, Any], tools: Tools) -> dict[str, Any]:
    """Inputs: url, body (any value). Results: status, and body: what was answered, read where it is JSON.

    Every attempt of one job carries the same Idempotency-Key, by which the host can know it again. Nothing is
    forwarded: an answer other than 2xx is a failure. Raises InvalidInput where the host is none of
    LIANXI_WEBHOOK_HOSTS, InvalidState where it refuses, and OSError where it can't be reached.
    """
    url = urlsplit(str(variables.get("url") or ""))
    if url.scheme not in CONNECTIONS or url.netloc.lower() not in tools.outside.webhook_hosts:
        wanted = Message("Expected an address at a host of LIANXI_WEBHOOK_HOSTS, but it is at {host}",
                         host=url.netloc.rpartition("@")[2] or "none")  # fmt: skip
        raise InvalidInput({"url": [wanted]}, wanted.template, **wanted.params)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    content = json.dumps(variables.get("body"), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": tools.key, "User-Agent": "lianxi"}
    connection = CONNECTIONS[url.scheme](url.netloc, timeout=SECONDS)
    try:
        connection.request("POST", path, content, headers)
        answer = connection.getresponse()
        body = answer.read(LONGEST_ANSWER + 1)
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise InvalidState(
            "Expected {host} to take it, but it answered {status}", host=url.netloc, status=answer.status
        )
    if len(body) > LONGEST_ANSWER:
        raise InvalidState("Expected an answer of at most {most} KB, but {host} sent more",
                           most=LONGEST_ANSWER // 1024, host=url.netloc)  # fmt: skip
    return {"status": answer.status, "body": _read(body)}


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
