"""Remember which versions are called.

A call may mean the newest version, also from another pack. Rows from before have nothing here: their calls stay
within the deployment of the calling process.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Json

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("process_definition", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version_tag", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("calls", Json, nullable=True))

    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("called_definitions", Json, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.drop_column("called_definitions")

    with op.batch_alter_table("process_definition", schema=None) as batch_op:
        batch_op.drop_column("calls")
        batch_op.drop_column("version_tag")
