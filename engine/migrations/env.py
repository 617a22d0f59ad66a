"""Alembic's entry: runs the revisions in the connection it is handed.

To add a revision:

1. Change the mapped class in engine/model.
2. `python -m engine.migrations.new "Keep the phone of a party"` writes versions/NNNN_keep_the_phone_of_a_party.py from
   the difference between the last revision and the classes.
3. Read it and clean it by hand. Its first line says what and why. It may not import our classes: they will have changed
   when it runs again in two years. Existing rows need a value for a new column (`server_default`, or an update between
   adding and NOT NULL). An index of a table that is there already is made by engine/migrations/online.py, so that
   nobody waits for it; such a revision is done again from its beginning when it is cut off.
4. Only add in one release, and remove in the next: the old code still runs while the new one starts.
5. `pytest tests/migrations` upgrades from empty and from every revision, and looks for drift, on both databases. If
   rows had to change, add a test with old rows.
6. On SQLite, altering a column makes the table again. Where it has triggers, drop them before and make them afterwards.

Stored workflow state is upgraded by engine/bpmn when it is loaded, never here.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from alembic import context
from alembic.operations.ops import DropTableOp, MigrationScript, ModifyTableOps
from sqlalchemy import JSON, BigInteger, Connection, LargeBinary, event, text

from engine import model
from engine.jobs.schema import TABLES
from engine.model.base import UtcDateTime
from engine.partitions import is_part

# Over expressions that Alembic can't compare, and made by hand.
ONLY_POSTGRESQL = (
    "ix_case_record_pairs",
    "ix_party_pairs",
)
# SQLite's tables of trigrams, with the tables they are kept in.
WORDS = ("case_words", "party_words")
TYPES = {BigInteger: "Id", UtcDateTime: "Instant", JSON: "Json", LargeBinary: "Bytes"}


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """The queue's tables have their own history: engine/jobs/schema.py. Parts of tables come and go."""
    if kind == "index" and name in ONLY_POSTGRESQL:
        return False
    return not (kind == "table" and (name in TABLES or is_part(name) or str(name).startswith(WORDS)))


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Our column types by the names that engine/migrations/types.py keeps for revisions."""
    return TYPES.get(type(item), False) if kind == "type" else False


def leave_out_the_obvious(_: Any, revision: Any, scripts: list[MigrationScript]) -> None:
    """The indexes of a table that is dropped go with it."""
    for script in scripts:
        downgrades = script.downgrade_ops
        assert downgrades is not None
        dropped = {change.table_name for change in downgrades.ops if isinstance(change, DropTableOp)}
        downgrades.ops = [
            change
            for change in downgrades.ops
            if not (isinstance(change, ModifyTableOps) and change.table_name in dropped)
        ]


def keep_triggers(connection: Connection, _: Any, statement: str, *others: Any) -> None:
    """Stop before SQLite loses triggers with the table that Alembic replaces by its altered copy.

    A revision has to drop them before it alters the table, and to make them again afterwards.
    """
    dropped = re.match(r'\s*DROP TABLE "?(\w+)"?', statement)
    if dropped is None:
        return
    kept = text("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    copy = text("SELECT count(*) FROM sqlite_master WHERE name = '_alembic_tmp_' || :name")
    lost = ", ".join(row.name for row in connection.execute(kept, {"name": dropped[1]}))
    if lost and connection.execute(copy, {"name": dropped[1]}).scalar_one():
        raise RuntimeError(f"Expected to make {dropped[1]} again with its triggers, but {lost} would be lost")


connection = context.config.attributes["connection"]
if connection.dialect.name == "sqlite":
    event.listen(connection, "before_cursor_execute", keep_triggers)
context.configure(
    connection=connection,
    target_metadata=model.metadata,
    include_name=include_name,
    # SQLite can't alter a column; Alembic makes the table again and copies the rows.
    render_as_batch=not context.config.attributes.get("only_new_tables", False),
    render_item=render_item,
    process_revision_directives=leave_out_the_obvious,
    compare_server_default=True,
    transaction_per_migration=context.config.attributes["online"],
)
with context.begin_transaction():
    context.run_migrations()
