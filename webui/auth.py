"""Signing in and out, the language, preferences, and the page about this service."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext, refresh
from werkzeug.wrappers import Response

from engine.commands.identity import CloseSession, SetPreferences
from engine.errors import Message, Rejection, Unavailable
from engine.executor import Engine
from engine.signin import sign_in as open_session
from webui.i18n import LANGUAGES
from webui.security import local_path

blueprint = Blueprint("auth", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def sign_in() -> Response:
    place = local_path(request.args.get("next"))
    if request.method in ("GET", "HEAD"):
        if g.person is not None:
            return redirect(place or url_for("inbox.home"))
        return _form(None, "", place)
    username = request.form.get("username", "").strip()
    try:
        token = open_session(_engine(), username, request.form.get("password", ""))
    except Unavailable:
        raise
    except Rejection as refusal:
        return _form(refusal.message, username, place)
    language = session.get("language")
    session.clear()  # a new session for a new person: nothing of the visitor before, no CSRF token known to others
    session["token"] = token
    if language:
        session["language"] = language
    return redirect(place or url_for("inbox.home"), 303)


@blueprint.post("/logout")
def sign_out() -> Response:
    _engine().execute(CloseSession(token=session["token"]), actor=g.person.actor)
    session.clear()
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.post("/language")
def language() -> Response:
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if g.person is not None:
            _engine().execute(SetPreferences(locale=chosen), actor=g.person.actor)
    return redirect(local_path(request.form.get("lx-next")) or url_for("inbox.home"), 303)


@blueprint.post("/preferences")
def preferences() -> Response:
    shortcuts = request.form.get("shortcuts") == "on"
    _engine().execute(SetPreferences(shortcuts=shortcuts), actor=g.person.actor)
    refresh()
    flash(gettext("Keyboard shortcuts are on.") if shortcuts else gettext("Keyboard shortcuts are off."), "good")
    return redirect(local_path(request.form.get("lx-next")) or url_for("inbox.home"), 303)


@blueprint.get("/about")
def about() -> str:
    return render_template("auth/about.html")


def _form(refusal: Message | None, username: str, place: str | None) -> Response:
    page = render_template("auth/login.html", refusal=refusal, username=username, next=place)
    response = make_response(page, 403 if refusal else 200)
    response.headers["X-Lianxi-Page"] = "whole"  # the script shows it as a page of its own, not inside another
    return response


def _engine() -> Engine:
    return current_app.extensions["lianxi"]
