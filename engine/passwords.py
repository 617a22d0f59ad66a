"""Passwords and tokens: argon2id for what people choose, SHA-256 for what we draw."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from engine.errors import InvalidInput

SHORTEST = 12
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """Raises InvalidInput for one that is too short."""
    if len(password) < SHORTEST:
        raise InvalidInput(
            {"password": ["Expected at least 12 characters"]},
            "Expected a password of at least {length} characters",
            length=SHORTEST,
        )
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long for an unknown account (None), so that nobody can tell them apart."""
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def new_token(prefix: str = "") -> str:
    """256 bits from the operating system, as text for cookies and headers."""
    return prefix + secrets.token_urlsafe(32)


def token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
