"""Sign a person in: the slow look at the password happens outside of any transaction."""

from __future__ import annotations

from engine.access import SYSTEM
from engine.commands.identity import NoteFailedSignIn, OpenSession
from engine.errors import Forbidden
from engine.executor import Engine
from engine.passwords import verify_password
from engine.queries import people


def sign_in(engine: Engine, username: str, password: str) -> str:
    """Return the session's token for the cookie. Raises Forbidden; it does not tell which of the two was wrong."""
    if not verify_password(engine.ask(people.password_hash, username), password):
        engine.execute(NoteFailedSignIn(username=username), actor=SYSTEM)
        raise Forbidden("Expected a known name and its password")
    return engine.execute(OpenSession(username=username), actor=SYSTEM)
