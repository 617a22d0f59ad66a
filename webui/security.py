"""Who is asking and whether they may: sessions, one rule per route, security headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from engine.commands.identity import TouchSession
from engine.config import Settings
from engine.executor import Engine
from engine.queries import people

PUBLIC = "anybody"
SIGNED_IN = "anybody signed in"
TOKEN = "bearer token, which the API checks itself"
PROBE = "machines that watch; nobody's session is looked up, and /metrics asks for more itself"

READERS = frozenset({"case:read_all", "case:read_own"})
DRAWINGS = READERS | {"deploy", "operate"}

# The API's own addresses: which account a token is for, and what the engine lets that account do, decides there.
API = (
    "api.activate_jobs",
    "api.assign_user_task",
    "api.broadcast_signal",
    "api.cancel_process_instance",
    "api.complete_job",
    "api.complete_user_task",
    "api.create_deployment",
    "api.create_process_instance",
    "api.evaluate_conditionals",
    "api.fail_job",
    "api.get_element_instance",
    "api.get_process_instance",
    "api.get_user_task",
    "api.get_user_task_form",
    "api.migrate_process_instance",
    "api.modify_process_instance",
    "api.nowhere",
    "api.publish_message",
    "api.search_element_instances",
    "api.search_jobs",
    "api.search_process_instances",
    "api.search_user_task_variables",
    "api.search_user_tasks",
    "api.search_variables",
    "api.set_element_instance_variables",
    "api.throw_job_error",
    "api.unassign_user_task",
    "api.update_job",
)

# Where packs are worked on: everything there is for designers.
WORKSHOP = (
    "workshop.begin",
    "workshop.bring",
    "workshop.commit",
    "workshop.export",
    "workshop.listing",
    "workshop.show",
    "workshop_compare.show",
    "workshop_deploying.again",
    "workshop_deploying.deploy",
    "workshop_deploying.listing",
    "workshop_deploying.look",
    "workshop_deploying.rehearse",
    "workshop_deploying.show",
    "workshop_files.check",
    "workshop_files.content",
    "workshop_files.edit",
    "workshop_files.offered",
    "workshop_files.save",
    "workshop_help.contents",
    "workshop_help.show",
    "workshop_history.restore",
    "workshop_history.show",
    "workshop_labels.save",
    "workshop_labels.show",
    "workshop_previews.decision",
    "workshop_previews.feel",
    "workshop_previews.form",
    "workshop_tree.add",
    "workshop_tree.discard",
    "workshop_tree.remove",
    "workshop_tree.rename",
    "workshop_tree.settle",
    "workshop_tree.upload",
    "workshop_tree.write",
    "workshop_rehearsal.begin",
    "workshop_rehearsal.go_on",
    "workshop_rehearsal.keep",
    "workshop_scenarios.show",
    "workshop_scenarios.what_if",
)

# endpoint -> who may: PUBLIC, SIGNED_IN, TOKEN or permissions of which one is needed. What isn't here is refused.
# Whether somebody may touch this very task or matter is the engine's to say.
RULES: Mapping[str, str | frozenset[str]] = {
    "static": PUBLIC,
    "auth.sign_in": PUBLIC,
    "auth.language": PUBLIC,
    "auth.about": PUBLIC,
    "auth.sign_out": SIGNED_IN,
    "auth.preferences": SIGNED_IN,
    "inbox.home": SIGNED_IN,
    "inbox.show": SIGNED_IN,
    "inbox.task": SIGNED_IN,
    "inbox.claim": SIGNED_IN,
    "inbox.release": SIGNED_IN,
    "inbox.draft": SIGNED_IN,
    "inbox.complete": SIGNED_IN,
    "inbox.fields": SIGNED_IN,
    "inbox.assign": frozenset({"case:assign"}),
    "cases.search": READERS,
    "cases.show": READERS,
    "cases.reveal": frozenset({"personal_data:read"}),
    "cases.register": frozenset({"case:open"}),
    "cases.start": frozenset({"case:open"}),
    "cases.fields": frozenset({"case:open"}),
    "cases.similar": frozenset({"case:open"}),
    "operate.overview": frozenset({"operate"}),
    "operate.retry_incident": frozenset({"operate"}),
    "instance_migrations.listing": frozenset({"operate"}),
    "instance_migrations.plan": frozenset({"operate"}),
    "instance_migrations.show": frozenset({"operate"}),
    "instance_migrations.stop": frozenset({"operate"}),
    "instances.cancel": frozenset({"operate"}),
    "instances.listing": frozenset({"operate"}),
    "instances.modify": frozenset({"operate"}),
    "instances.retry": frozenset({"operate"}),
    "instances.show": frozenset({"operate"}),
    "design.listing": frozenset({"deploy"}),
    "design.show": frozenset({"deploy"}),
    "design.xml": DRAWINGS,
    **dict.fromkeys(WORKSHOP, frozenset({"deploy"})),
    "api-docs.openapi_json": PUBLIC,
    "health.live": PROBE,
    "health.ready": PROBE,
    "health.scrape": PROBE,
    **dict.fromkeys(API, TOKEN),
}

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
# A file of a designer may hold HTML, which browsers draw in XML too: it gets no scripts, no forms, and no origin.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_UNSEEN = re.compile("[\x00-\x20\x7f]")
TOUCH_AFTER = timedelta(minutes=2)  # a session in use is written down as such this often, not at every click


def init_security(app: Flask, settings: Settings) -> CSRFProtect:
    """Set up sessions, rules, CSRF protection and headers. Returns the CSRF protection; the API is exempt."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-lianxi" if settings.cookie_secure else "lianxi",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_FIELD_NAME="lx-csrf",  # no form's own field can have a hyphen
        WTF_CSRF_TIME_LIMIT=None,  # the session's own end is the limit
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(refuse_nul)
    app.before_request(authorise)  # before the CSRF check: a signed-out person is sent to sign in
    protect = CSRFProtect(app)
    app.after_request(add_headers)
    app.jinja_env.globals["may"] = may
    app.extensions["lianxi_secure"] = settings.cookie_secure
    return protect


def refuse_nul() -> None:
    """A NUL is in no text that a person typed, and PostgreSQL takes none."""
    if request.blueprint == "api":
        return  # it looks at its own bodies, and only at those of accounts
    if "%00" in request.full_path or any("\x00" in text for text in request.form.values()):
        abort(400)


def authorise() -> BaseResponse | None:
    """Find out who asks, and refuse what no rule allows them."""
    if request.endpoint is None:
        g.person = signed_in()
        return None
    rule = RULES.get(request.endpoint)
    if rule in (TOKEN, PROBE):
        return None
    g.person = signed_in() if request.endpoint != "static" else None
    if rule == PUBLIC:
        return None
    if g.person is None and rule is not None:
        return redirect(url_for("auth.sign_in", next=_place_to_return()), 303)
    if not allows(rule, g.person):
        abort(403)
    return None


def allows(rule: str | frozenset[str] | None, person: Any) -> bool:
    """Whether the rule lets this person (None: nobody signed in) through. No rule lets nobody through."""
    if rule is None:
        return False
    if isinstance(rule, str):
        return rule == PUBLIC or (rule == SIGNED_IN and person is not None)
    return person is not None and bool(rule & person.permissions)


def may(endpoint: str) -> bool:
    """For templates: whether a link to this page would be let through."""
    return allows(RULES.get(endpoint), g.get("person"))


def signed_in() -> people.Person | None:
    """The person whose browser this is, if its session is alive."""
    token = session.get("token")
    if not token:
        return None
    engine: Engine = current_app.extensions["lianxi"]
    found = engine.ask(people.by_session, token)
    if found is None:
        session.pop("token")
        return None
    g.stamp = found.stamp
    if engine.clock.now() - found.seen_at > TOUCH_AFTER:
        engine.execute(TouchSession(token=token), actor=found.person.actor)
    return found.person


def add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code >= 400:
        response.headers["HX-Push-Url"] = "false"  # the address of a refused form is no page to come back to
    if current_app.extensions["lianxi_secure"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint == "static":
        if request.args.get("v"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"  # pages hold personal data
    return response


def local_path(path: str | None) -> str | None:
    """The path if it leads to a page of ours: browsers read //host and /\\host as another site.

    They, and we, drop tabs and line ends first, so that /<tab>/host is another site too.
    """
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and not _UNSEEN.search(path):
        return path
    return None


def _place_to_return() -> str | None:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return local_path(request.form.get("lx-next"))
