"""Keep what designers work on.

Packs, revisions and drafts of the workshop, and why something was deployed. Deployments there are have no reason.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Bytes, Id, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_content",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_model_content")),
    )
    op.create_table(
        "model_pack",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_pack")),
        sa.UniqueConstraint("name", name=op.f("uq_model_pack_name")),
    )
    op.create_table(
        "model_draft",
        sa.Column("pack_id", Id, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("base", sa.String(), nullable=True),
        sa.Column("saved_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["pack_id"], ["model_pack.id"], name=op.f("fk_model_draft_pack_id")),
        sa.ForeignKeyConstraint(["sha256"], ["model_content.sha256"], name=op.f("fk_model_draft_sha256")),
        sa.PrimaryKeyConstraint("pack_id", "username", "path", name=op.f("pk_model_draft")),
    )
    with op.batch_alter_table("model_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_draft_username"), ["username"], unique=False)

    op.create_table(
        "model_revision",
        sa.Column("id", Id, nullable=False),
        sa.Column("pack_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("deployment_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_model_revision_deployment_id")),
        sa.ForeignKeyConstraint(["pack_id"], ["model_pack.id"], name=op.f("fk_model_revision_pack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_revision")),
        sa.UniqueConstraint("pack_id", "number", name=op.f("uq_model_revision_pack_id_number")),
    )
    op.create_table(
        "model_file",
        sa.Column("revision_id", Id, nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["model_revision.id"], name=op.f("fk_model_file_revision_id")),
        sa.ForeignKeyConstraint(["sha256"], ["model_content.sha256"], name=op.f("fk_model_file_sha256")),
        sa.PrimaryKeyConstraint("revision_id", "path", name=op.f("pk_model_file")),
    )
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.drop_column("reason")

    op.drop_table("model_file")
    op.drop_table("model_revision")
    op.drop_table("model_draft")
    op.drop_table("model_pack")
    op.drop_table("model_content")
