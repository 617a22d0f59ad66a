"""Sort what is offered beside whom it is offered to.

So that the first page of a group's tasks, in each order of the inbox, is the beginning of an index, however many tasks
the group or anybody else has. What the orders go by is kept beside the candidates by triggers: no writer can forget
it, and the old code writes it too while it still runs. The indexes of 0014, which went over everybody's tasks, leave.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.migrations import online
from engine.migrations.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMNS: dict[str, Any] = {"free": sa.Boolean(), "due_by": Instant, "priority": sa.Integer(), "created_at": Instant}
SQLITE_NEVER, POSTGRESQL_NEVER = "'9998-12-31 00:00:00.000000'", "timestamptz '9998-12-31 00:00:00+00'"
FILL = """
UPDATE task_candidate SET free = t.assignee IS NULL, due_by = coalesce(t.due_at, {never}),
  priority = t.priority, created_at = t.created_at
FROM human_task t WHERE t.id = task_candidate.task_id AND t.id BETWEEN {first} AND {last}
"""
SQLITE = (
    """
    CREATE TRIGGER lianxi_offer AFTER INSERT ON task_candidate WHEN NEW.free IS NULL BEGIN
      UPDATE task_candidate SET (free, due_by, priority, created_at) = (
        SELECT assignee IS NULL, coalesce(due_at, '9998-12-31 00:00:00.000000'), priority, created_at
        FROM human_task WHERE id = NEW.task_id)
      WHERE task_id = NEW.task_id AND kind = NEW.kind AND name = NEW.name;
    END
    """,
    """
    CREATE TRIGGER lianxi_offer_again AFTER UPDATE OF assignee, due_at, priority ON human_task
    WHEN NEW.status = 'open' AND (
      (OLD.assignee IS NULL) <> (NEW.assignee IS NULL) OR OLD.due_at IS NOT NEW.due_at OR OLD.priority <> NEW.priority
    ) BEGIN
      UPDATE task_candidate SET free = NEW.assignee IS NULL, priority = NEW.priority,
        due_by = coalesce(NEW.due_at, '9998-12-31 00:00:00.000000')
      WHERE task_id = NEW.id;
    END
    """,
)
POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION lianxi_offer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      SELECT assignee IS NULL, coalesce(due_at, timestamptz '9998-12-31 00:00:00+00'), priority, created_at
      INTO NEW.free, NEW.due_by, NEW.priority, NEW.created_at
      FROM human_task WHERE id = NEW.task_id;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER lianxi_offer BEFORE INSERT ON task_candidate FOR EACH ROW
    EXECUTE FUNCTION lianxi_offer()
    """,
    """
    CREATE OR REPLACE FUNCTION lianxi_offer_again() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE task_candidate SET free = NEW.assignee IS NULL, priority = NEW.priority,
        due_by = coalesce(NEW.due_at, timestamptz '9998-12-31 00:00:00+00')
      WHERE task_id = NEW.id;
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER lianxi_offer_again AFTER UPDATE OF assignee, due_at, priority ON human_task FOR EACH ROW
    WHEN (NEW.status = 'open' AND (
      (OLD.assignee IS NULL) <> (NEW.assignee IS NULL) OR OLD.due_at IS DISTINCT FROM NEW.due_at
      OR OLD.priority <> NEW.priority))
    EXECUTE FUNCTION lianxi_offer_again()
    """,
)
INDEXES = {
    "ix_task_candidate_due": "kind, name, due_by, priority DESC, task_id",
    "ix_task_candidate_priority": "kind, name, priority DESC, due_by, task_id",
    "ix_task_candidate_created": "kind, name, created_at DESC, task_id DESC",
}
OF_0014 = {
    "ix_human_task_offered_due": "(due_at IS NULL), due_at, priority DESC, id",
    "ix_human_task_offered_priority": "priority DESC, (due_at IS NULL), due_at, id",
    "ix_human_task_offered_created": "created_at DESC, id DESC",
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    never = POSTGRESQL_NEVER if postgresql else SQLITE_NEVER
    online.add_columns("task_candidate", *(sa.Column(name, kind, nullable=True) for name, kind in COLUMNS.items()))
    with online.step_by_step():
        for statement in POSTGRESQL if postgresql else SQLITE:
            op.execute(statement)
        for first, last in online.id_ranges("task_candidate", "task_id"):
            op.execute(FILL.format(never=never, first=first, last=last))
    for name, columns in INDEXES.items():
        online.create_index(name, "task_candidate", columns, where="free")
    online.create_index("ix_human_task_name_open", "human_task", "name", where="status = 'open'")
    if postgresql:
        for name in OF_0014:
            online.drop_index(name)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for name, columns in OF_0014.items():
            op.execute(f"CREATE INDEX {name} ON human_task ({columns}) WHERE status = 'open' AND assignee IS NULL")
    op.drop_index("ix_human_task_name_open", "human_task")
    for name in INDEXES:
        op.drop_index(name, "task_candidate")
    for name, table in (("lianxi_offer_again", "human_task"), ("lianxi_offer", "task_candidate")):
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    for name in COLUMNS:
        op.drop_column("task_candidate", name)
