"""What the API's addresses stand on: the blueprint, who asks, and carrying out a command once per Idempotency-Key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Response, current_app, g, request
from flask_smorest import Blueprint
from werkzeug.exceptions import HTTPException

from engine.access import Actor
from engine.commands.idempotency import Answer, Request
from engine.errors import InvalidInput, Rejection
from engine.executor import Engine
from engine.queries import people
from webui.api import bodies, problems

blueprint = Blueprint("api", __name__, url_prefix="/v2", description="Processes, tasks, jobs, variables, messages")
blueprint.register_error_handler(Rejection, problems.refused)
blueprint.register_error_handler(problems.Unauthorized, problems.unauthorized)
blueprint.register_error_handler(HTTPException, problems.failed)

KEY, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_A_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@blueprint.before_request
def authenticate() -> None:
    """Every address wants a bearer token; what it allows is what its account may do."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    person = engine().ask(people.by_token, token.strip()) if scheme.lower() == "bearer" and token else None
    if person is None:
        raise problems.Unauthorized("Expected a bearer token that is good; `lianxi token create` makes one")
    g.person, g.actor = person, person.actor
    if request.is_json and (data := request.get_data()):
        bodies.check(data)


@blueprint.after_request
def tell_of_replay(response: Response) -> Response:
    if g.get("replayed"):
        response.headers[REPLAYED] = "true"
    return response


def engine() -> Engine:
    return current_app.extensions["lianxi"]


def actor() -> Actor:
    return g.actor


def execute(
    command: Any, answer: Callable[[Any], Mapping[str, Any] | None] = lambda _: None, *, status: int = 204
) -> Mapping[str, Any] | None:
    """Carry out a command and answer with what its result tells.

    With the header Idempotency-Key it is carried out once: the same request again gets the first answer for 48 hours,
    another one with this key is refused with 422.
    """
    key = request.headers.get(KEY)
    if key is None:
        return answer(engine().execute(command, actor=actor()))
    if not _A_KEY.fullmatch(key):
        raise InvalidInput(
            {KEY: ["Expected 1 to 200 visible signs of ASCII"]}, "Expected a key of 1 to 200 visible signs of ASCII"
        )
    told = engine().execute_once(
        command,
        actor=actor(),
        request=Request(key=f"api:{key}", fingerprint=_fingerprint()),
        answer=lambda result: Answer(status=status, body=answer(result)),
    )
    g.replayed = told.replayed
    return told.body


def page(items: Iterable[dict[str, Any]], total: int) -> dict[str, Any]:
    info = {"totalItems": total, "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}
    return {"items": list(items), "page": info}


def _fingerprint() -> str:
    """The SHA-256 of everything that is asked, however its JSON is spaced and its multipart is bounded."""
    files = [(part.name, part.filename, hashlib.sha256(part.read()).hexdigest()) for part in _files()]
    content = request.get_json(silent=True) if request.is_json else [sorted(request.form.items(multi=True)), files]
    asked = [request.method, request.full_path, content]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _files() -> Iterable[Any]:
    for _, part in sorted(request.files.items(multi=True), key=lambda entry: (entry[0], entry[1].filename or "")):
        part.seek(0)
        yield part
