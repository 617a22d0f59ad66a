"""Find by an index what is past or under way.

So that neither the messages whose time is over, which every publication forgets, nor the timers that are being fired
are looked for among all that wait.
"""

from __future__ import annotations

from alembic import op

from engine.migrations import online

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_buffered_message_expires_at", "buffered_message", "expires_at")
    online.create_index("ix_timer_enqueued", "timer", "id", where="status = 'enqueued'")


def downgrade() -> None:
    op.drop_index("ix_timer_enqueued", "timer")
    op.drop_index("ix_buffered_message_expires_at", "buffered_message")
