"""Read tasks and cases from their indexes.

So that a page of somebody's tasks, taken or done, and the search's newest cases are read in order from an index alone:
each has all the columns of its order, the last of which are new.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from engine.migrations import online

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN, COMPLETED = text("status = 'open'"), text("completed_by IS NOT NULL")


def upgrade() -> None:
    taken = "assignee, due_at, priority DESC, id"
    online.create_index("ix_human_task_taken", "human_task", taken, where="status = 'open'")
    online.drop_index("ix_human_task_assignee_open")
    done = "completed_by, closed_at, id"
    online.create_index("ix_human_task_done", "human_task", done, where="completed_by IS NOT NULL")
    online.drop_index("ix_human_task_completed_by_closed_at")
    online.create_index("ix_case_record_opened_at_id", "case_record", "opened_at, id")
    online.drop_index("ix_case_record_opened_at")


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
