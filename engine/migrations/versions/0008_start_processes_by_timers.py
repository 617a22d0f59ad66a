"""Start processes by timers: when the newest version of each is to be started next.

There are no rows at first: timers of definitions that are there begin to run with their next version, because nobody
knows when they should have begun.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Id, Instant, Json

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_timer",
        sa.Column("id", Id, nullable=False),
        sa.Column("definition_id", Id, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("schedule", Json, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_start_timer_definition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_timer")),
        sa.UniqueConstraint("definition_id", "event_id", name=op.f("uq_start_timer_definition_id_event_id")),
    )
    with op.batch_alter_table("start_timer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_start_timer_due_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )


def downgrade() -> None:
    op.drop_table("start_timer")
