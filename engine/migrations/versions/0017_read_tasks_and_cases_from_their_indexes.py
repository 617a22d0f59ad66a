"""Read tasks and cases from their indexes.

So that a page of somebody's tasks, taken or done, and the search's newest cases are read in order from an index alone:
each has all the columns of its order, the last of which are new. On PostgreSQL each takes a second or two at a million
rows, in which nobody writes to the table.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import text

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN, COMPLETED = text("status = 'open'"), text("completed_by IS NOT NULL")


def upgrade() -> None:
    taken: list[Any] = ["assignee", "due_at", text("priority DESC"), "id"]
    op.create_index("ix_human_task_taken", "human_task", taken, sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index("ix_human_task_assignee_open", "human_task")
    done = ["completed_by", "closed_at", "id"]
    op.create_index("ix_human_task_done", "human_task", done, sqlite_where=COMPLETED, postgresql_where=COMPLETED)
    op.drop_index("ix_human_task_completed_by_closed_at", "human_task")
    op.create_index("ix_case_record_opened_at_id", "case_record", ["opened_at", "id"])
    op.drop_index("ix_case_record_opened_at", "case_record")


def downgrade() -> None:
    op.create_index("ix_case_record_opened_at", "case_record", ["opened_at"])
    op.drop_index("ix_case_record_opened_at_id", "case_record")
    op.create_index(
        "ix_human_task_completed_by_closed_at",
        "human_task",
        ["completed_by", "closed_at"],
        sqlite_where=COMPLETED,
        postgresql_where=COMPLETED,
    )
    op.drop_index("ix_human_task_done", "human_task")
    op.create_index(
        "ix_human_task_assignee_open", "human_task", ["assignee", "due_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.drop_index("ix_human_task_taken", "human_task")
