"""Lease jobs to outside workers: who holds a job until when, its priority, and when it was closed.

Jobs that are there are held by nobody and of equal priority. The index gives the next job of a type without sorting;
the older one stays for one version, because the old code may still run.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations import online
from engine.migrations.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.add_columns(
        "job",
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("locked_until", Instant, nullable=True),
        sa.Column("closed_at", Instant, nullable=True),
    )
    online.create_index("ix_job_offered", "job", "type, priority DESC, id", where="status = 'open'")


def downgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_job_offered", sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'")
        )
        for column in ("closed_at", "locked_until", "lease_token", "held_by", "worker", "priority"):
            batch_op.drop_column(column)
