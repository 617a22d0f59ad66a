"""What the API says when something is wrong: application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from engine.errors import (
    Forbidden,
    InvalidDeployment,
    InvalidInput,
    InvalidState,
    KeyReused,
    Message,
    NoSpace,
    NotFound,
    Rejection,
    Unavailable,
)

STATUS: dict[type[Rejection], tuple[int, str]] = {
    KeyReused: (422, "IDEMPOTENCY_KEY_REUSED"),
    NotFound: (404, "NOT_FOUND"),
    InvalidState: (409, "INVALID_STATE"),
    Forbidden: (403, "FORBIDDEN"),
    InvalidInput: (400, "INVALID_ARGUMENT"),
    InvalidDeployment: (400, "INVALID_ARGUMENT"),
    NoSpace: (507, "INSUFFICIENT_STORAGE"),
    Unavailable: (503, "UNAVAILABLE"),
}


class Unauthorized(Exception):
    """No token, or none that is good."""


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": request.path, **more}
    return Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/problem+json")


def refused(refusal: Rejection) -> Response:
    """A refusal of the engine, with the fields or the findings that are meant."""
    status, title = next((entry for kind, entry in STATUS.items() if isinstance(refusal, kind)), (400, "REJECTED"))
    if isinstance(refusal, InvalidDeployment):
        findings = [
            f"{finding.resource}:{finding.element_id or ''}: {finding.message}"
            for finding in refusal.findings
            if finding.severity == "error"
        ]
        return problem(status, title, "\n".join(findings))
    if isinstance(refusal, InvalidInput) and refusal.errors:
        fields = {name: [str(message) for message in messages] for name, messages in refusal.errors.items()}
        told = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
        return problem(status, title, f"{refusal.message}. {told}", errors=fields)
    told = _local(refusal.message)
    by_whom = {name: told.params[name] for name in ("who", "when") if status == 409 and name in told.params}
    response = problem(status, title, str(told), **by_whom)
    if isinstance(refusal, Unavailable):
        response.headers["Retry-After"] = "2" if status == 503 else "60"
    return response


def _local(message: Message) -> Message:
    """The sentence with its moments on the wall clock of the people served, with offset."""
    zone = current_app.extensions["lianxi"].zone
    told = {
        name: value.astimezone(zone).isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in message.params.items()
    }
    return Message(message.template, **told)


def unauthorized(error: Unauthorized) -> Response:
    response = problem(401, "UNAUTHORIZED", str(error))
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def failed(error: HTTPException) -> Any:
    """A body that does not have the wanted shape, or a method or address that does not exist."""
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, UnprocessableEntity):
        messages = getattr(error, "data", {}).get("messages", {})
        return problem(400, "INVALID_ARGUMENT", f"Expected another request body: {json.dumps(messages)}")
    return problem(error.code, error.name, error.description or "")
