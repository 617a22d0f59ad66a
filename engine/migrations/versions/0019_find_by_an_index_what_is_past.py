"""Find by an index what is past or under way.

So that neither the messages whose time is over, which every publication forgets, nor the timers that are being fired
are looked for among all that wait. On PostgreSQL each index takes a second or two at a million rows, in which nobody
writes to the table.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ENQUEUED = text("status = 'enqueued'")


def upgrade() -> None:
    op.create_index("ix_buffered_message_expires_at", "buffered_message", ["expires_at"])
    op.create_index("ix_timer_enqueued", "timer", ["id"], sqlite_where=ENQUEUED, postgresql_where=ENQUEUED)


def downgrade() -> None:
    op.drop_index("ix_timer_enqueued", "timer")
    op.drop_index("ix_buffered_message_expires_at", "buffered_message")
