"""Databases for the tests of whole processes."""

from tests.support.databases import (  # noqa: F401
    postgres_server,
    postgres_url,
)
