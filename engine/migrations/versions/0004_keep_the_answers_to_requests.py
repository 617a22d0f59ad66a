"""Keep the answers to requests that their senders named by a key, so that a repeated one is told the same.

A new table; nothing happens to the rows there are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Instant, Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answered_request",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", Json, nullable=True),
        sa.Column("answered_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("username", "key", name=op.f("pk_answered_request")),
    )
    with op.batch_alter_table("answered_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_request_answered_at"), ["answered_at"], unique=False)


def downgrade() -> None:
    op.drop_table("answered_request")
