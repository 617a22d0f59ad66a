"""Sign a person in: the slow look at the password happens outside of any transaction."""

from __future__ import annotations

from engine.access import SYSTEM
from engine.commands.identity import NoteFailedSignIn, OpenSession, refusal
from engine.executor import Engine
from engine.passwords import verify_password
from engine.queries import people


def sign_in(engine: Engine, username: str, password: str) -> str:
    """Return the session's token for the cookie.

    Raises Forbidden in the same words whether name or password was wrong or the account waits: were a right password
    answered in other words while it waits, one could go on guessing.
    """
    fits = verify_password(engine.ask(people.password_hash, username), password)
    if not fits or engine.ask(people.is_locked, username):
        engine.execute(NoteFailedSignIn(username=username), actor=SYSTEM)
        raise refusal()
    return engine.execute(OpenSession(username=username), actor=SYSTEM)
