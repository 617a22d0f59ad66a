"""Whoever waited for a signal under the old tables hears it under the new ones."""

from __future__ import annotations

from sqlalchemy import text

from engine import migrations
from engine.database import Database
from tests.support.databases import any_empty_database, empty_postgres_url, postgres_server  # noqa: F401

OLD = [
    "INSERT INTO deployment (id, name, sha256, deployed_at, deployed_by) VALUES (1, 'p', 'a', '2026-03-02', 'rita')",
    "INSERT INTO resource (id, deployment_id, name, kind, sha256, content)"
    " VALUES (1, 1, 'p.bpmn', 'process', 'a', 'x')",
    "INSERT INTO process_definition (id, deployment_id, resource_id, key, version, name, sha256, start_messages)"
    " VALUES (1, 1, 1, 'p', 1, 'P', 'a', '[]')",
    "INSERT INTO process_instance (id, definition_id, status, version, state, started_at, started_by)"
    " VALUES (7, 1, 'running', 1, 'x', '2026-03-02', 'rita')",
]
SUBSCRIPTION = (
    "INSERT INTO message_subscription (instance_id, element_instance_id, element_id, message_name, correlation_key)"
    " VALUES (7, :id, :element, :name, :key)"
)


def test_signals_leave_the_messages_and_come_back(any_empty_database: Database) -> None:  # noqa: F811
    database = any_empty_database
    migrations.upgrade(database, "0006")
    with database.write() as session:
        for statement in OLD:
            session.execute(text(statement))
        for id, element, name, key in (
            ("3", "hear", "alarm", "\N{BELL}"),
            ("4", "wait", "reply", "A1"),
            ("5", "any", "reply", ""),
        ):
            session.execute(text(SUBSCRIPTION), {"id": id, "element": element, "name": name, "key": key})

    migrations.upgrade(database)

    with database.read() as session:
        signals = session.execute(
            text("SELECT instance_id, element_instance_id, element_id, signal_name FROM signal_subscription")
        ).all()
        messages = session.execute(text("SELECT message_name, correlation_key FROM message_subscription ORDER BY id"))
        assert signals == [(7, "3", "hear", "alarm")]
        assert messages.all() == [("reply", "A1"), ("reply", "")]

    migrations.downgrade(database, "0006")
    with database.read() as session:
        keys = session.execute(text("SELECT message_name, correlation_key FROM message_subscription ORDER BY id")).all()
        assert keys[-1] == ("alarm", "\N{BELL}")
