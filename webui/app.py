"""The web application: its parts put together, and the pages for what went wrong."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from threading import Lock
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import IntegerConverter, Map

from engine.config import Settings
from engine.errors import Forbidden, InvalidInput, InvalidState, KeyReused, NoSpace, NotFound, Rejection, Unavailable
from engine.executor import Engine
from engine.queries import labels
from webui import auth, cases, design, inbox, instance_migrations, instances, operate
from webui.api import init_api
from webui.health import init_health
from webui.i18n import init_i18n
from webui.rendering import init_rendering
from webui.security import init_security, may
from webui.watching import init_watching
from webui.workshop import BLUEPRINTS

STATUS: dict[type[Rejection], int] = {
    KeyReused: 409,
    NotFound: 404,
    InvalidState: 409,
    Forbidden: 403,
    InvalidInput: 422,
    NoSpace: 507,
    Unavailable: 503,
}
UNREADABLE = (
    lazy_gettext("That request could not be read"),
    lazy_gettext("Go back, reload the page, and try again."),
)
# status -> heading, and what one can do now
ERRORS = {
    400: UNREADABLE,
    403: (
        lazy_gettext("You may not do this"),
        lazy_gettext("Your account lacks the right. Ask your supervisor if you need it."),
    ),
    404: (
        lazy_gettext("There is no such page"),
        lazy_gettext("It may have moved, or it is not for you to see."),
    ),
    405: UNREADABLE,
    409: (
        lazy_gettext("Somebody was quicker"),
        lazy_gettext("Things have changed since you opened the page. Nothing was done twice."),
    ),
    413: (
        lazy_gettext("That is too large"),
        lazy_gettext("Send smaller files, or fewer at a time."),
    ),
    422: (
        lazy_gettext("Something is missing or wrong"),
        lazy_gettext("Go back and correct it; nothing was changed."),
    ),
    503: (
        lazy_gettext("Not available for a moment"),
        lazy_gettext("Nothing was changed. Try again in a few seconds."),
    ),
    507: (
        lazy_gettext("There is no room left to write"),
        lazy_gettext("Nothing was changed. Everything can still be read; tell an operator, who must make room."),
    ),
    500: (
        lazy_gettext("We made a mistake"),
        lazy_gettext("Nothing was changed. Try again; if it happens again, tell an operator."),
    ),
}
RETRY_AFTER = {503: 2, 507: 60}  # seconds
LARGEST_ID = 2**63 - 1
LARGEST_REQUEST = 20 * 1024 * 1024


def create_app(engine: Engine, settings: Settings) -> Flask:
    """Build the application over an engine. Nothing is read from the environment and nothing starts to run."""
    app = Flask("webui")
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST, MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024, MAX_FORM_PARTS=2000)
    app.url_map.converters["int"] = Id
    app.extensions["lianxi"] = engine
    init_watching(app)
    init_i18n(app, time_zone=settings.time_zone.key, clock=engine.clock, labels=LabelCache(engine))
    init_rendering(app)
    protect = init_security(app, settings)
    for blueprint in (
        auth.blueprint,
        inbox.blueprint,
        cases.blueprint,
        operate.blueprint,
        instances.blueprint,
        instance_migrations.blueprint,
        design.blueprint,
        *BLUEPRINTS,
    ):
        app.register_blueprint(blueprint)
    init_api(app, protect)
    init_health(app, engine, settings)
    app.context_processor(lambda: {"person": g.get("person")})
    app.jinja_env.globals["navigation"] = navigation
    app.register_error_handler(Rejection, refused)
    app.register_error_handler(HTTPException, failed)
    app.after_request(say_when)
    return app


class Id(IntegerConverter):
    """A number in an address that a row can have; SQLite takes no larger one, so there is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


class LabelCache:
    """The packs' texts by language, read again after a deployment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._kept: dict[str, tuple[int, Mapping[str, str]]] = {}

    def __call__(self, language: str) -> Mapping[str, str]:
        kept = self._kept.get(language)
        try:
            stamp = g.stamp if "stamp" in g else self._engine.ask(labels.stamp)
        except Unavailable:
            return kept[1] if kept else {}  # the page that says so has words of packs too
        if kept is None or kept[0] != stamp:
            with self._lock:
                kept = (stamp, self._engine.ask(labels.all_labels, language))
                self._kept[language] = kept
        return kept[1]


def navigation() -> list[dict[str, Any]]:
    """The entries of the main menu that this person may follow."""
    entries = [
        ("inbox.show", gettext("Inbox"), "inbox"),
        ("cases.register", gettext("Register"), ""),
        ("cases.search", gettext("Matters"), ""),
        ("workshop.listing", gettext("Workshop"), "workshop"),
        ("design.listing", gettext("Design"), "design"),
        ("operate.overview", gettext("Operation"), "operate"),
    ]
    return [
        {"url": url_for(endpoint), "text": text, "current": _is_current(endpoint, blueprint)}
        for endpoint, text, blueprint in entries
        if may(endpoint)
    ]


def refused(refusal: Rejection) -> tuple[str, int]:
    """The engine said no: its sentence, and what one can do now."""
    code = next((code for kind, code in STATUS.items() if isinstance(refusal, kind)), 400)
    if isinstance(refusal, Unavailable):
        # That the database is busy or away is no reader's concern; the page's own words say what to do.
        return error_page(code), code
    return error_page(code, sentence=refusal.message), code


def say_when(response: Response) -> Response:
    """When to ask again, whichever page it is that says something is not available."""
    if response.status_code in RETRY_AFTER:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER[response.status_code]))
    return response


def failed(error: HTTPException) -> Any:
    """Flask said no, or we failed."""
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, CSRFError):
        return error_page(
            400, words=gettext("This page was too old to be used. Go back, reload it, and try again.")
        ), 400
    if isinstance(error, InternalServerError):
        reference = secrets.token_hex(4)
        current_app.logger.error("The failure above was shown to the reader as %s", reference)
        return error_page(500, reference=reference), 500
    return error_page(error.code), error.code


def error_page(code: int, *, words: str = "", sentence: Any = None, reference: str | None = None) -> str:
    heading, default = ERRORS.get(code, ERRORS[400 if code < 500 else 500])
    return render_template(
        "error.html",
        code=code,
        heading=str(heading),
        words=words or str(default),
        sentence=sentence,
        reference=reference,
    )


def _is_current(endpoint: str, blueprint: str) -> bool:
    part = (request.blueprint or "").split("_")[0]  # the workshop has several blueprints
    return request.endpoint == endpoint or (bool(blueprint) and part == blueprint)
