"""List instances of a state by their numbers.

Operators page through the running ones from the newest on; without it every instance that ended is read on the way.
Rows stay as they are.
"""

from __future__ import annotations

from alembic import op

from engine.migrations import online

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_process_instance_status_id", "process_instance", "status, id")


def downgrade() -> None:
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_process_instance_status_id"))
