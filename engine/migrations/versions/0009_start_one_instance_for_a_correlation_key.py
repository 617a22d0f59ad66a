"""Start one instance for a correlation key: which open instances a message started, and who took a kept message.

Nobody knows which messages started the instances there are, so those hold up no second one. Messages that are kept were
taken by nobody.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Id, Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_start",
        sa.Column("id", Id, nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("message_name", sa.String(), nullable=False),
        sa.Column("instance_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_message_start_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_start")),
        sa.UniqueConstraint(
            "process_key", "correlation_key", name=op.f("uq_message_start_process_key_correlation_key")
        ),
    )
    with op.batch_alter_table("message_start", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_start_instance_id"), ["instance_id"], unique=False)
    with op.batch_alter_table("buffered_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_by", Json, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("buffered_message", schema=None) as batch_op:
        batch_op.drop_column("taken_by")

    op.drop_table("message_start")
