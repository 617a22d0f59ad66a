"""Read what is offered in order.

So that PostgreSQL finds the first page of a large group's tasks without sorting all of them, in each order of the
inbox.
"""

from __future__ import annotations

from alembic import op

from engine.migrations import online

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_human_task_offered_due": "(due_at IS NULL), due_at, priority DESC, id",
    "ix_human_task_offered_priority": "priority DESC, (due_at IS NULL), due_at, id",
    "ix_human_task_offered_created": "created_at DESC, id DESC",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, columns in INDEXES.items():
            online.create_index(name, "human_task", columns, where="status = 'open' AND assignee IS NULL")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in INDEXES:
            op.execute(f"DROP INDEX {name}")
