"""Migrate instances in batches.

What was ordered for many instances, and what became of each, so that refusals can be read. The tables begin empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Id, Instant, Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instance_migration_batch",
        sa.Column("id", Id, nullable=False),
        sa.Column("source_id", Id, nullable=False),
        sa.Column("target_id", Id, nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("stopped_at", Instant, nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["process_definition.id"], name=op.f("fk_instance_migration_batch_source_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["process_definition.id"], name=op.f("fk_instance_migration_batch_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_migration_batch")),
    )
    op.create_table(
        "instance_migration_item",
        sa.Column("id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("instance_id", Id, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reasons", Json, nullable=True),
        sa.Column("done_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["instance_migration_batch.id"], name=op.f("fk_instance_migration_item_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_instance_migration_item_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_migration_item")),
        sa.UniqueConstraint("batch_id", "instance_id", name=op.f("uq_instance_migration_item_batch_id_instance_id")),
    )
    with op.batch_alter_table("instance_migration_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instance_migration_item_batch_id_status"), ["batch_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_instance_migration_item_instance_id"), ["instance_id"], unique=False)


def downgrade() -> None:
    op.drop_table("instance_migration_item")
    op.drop_table("instance_migration_batch")
