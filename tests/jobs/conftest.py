"""Databases for the tests of the queue."""

from tests.support.databases import (  # noqa: F401
    any_database,
    any_empty_database,
    empty_postgres_url,
    postgres_server,
    postgres_url,
    sqlite_database,
)
