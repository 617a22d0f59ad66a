"""Keep signals in a table of their own: they stood among the messages under a correlation key that meant "signal".

Whoever waits for a signal is moved, with the same ids of elements; no message is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Id

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SIGNAL_KEY = "\N{BELL}"


def upgrade() -> None:
    op.create_table(
        "signal_subscription",
        sa.Column("id", Id, nullable=False),
        sa.Column("instance_id", Id, nullable=False),
        sa.Column("element_instance_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("signal_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_signal_subscription_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_subscription")),
    )
    with op.batch_alter_table("signal_subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signal_subscription_instance_id_element_instance_id"),
            ["instance_id", "element_instance_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_signal_subscription_signal_name"), ["signal_name"], unique=False)
    key = sa.text(
        "INSERT INTO signal_subscription (instance_id, element_instance_id, element_id, signal_name)"
        " SELECT instance_id, element_instance_id, element_id, message_name FROM message_subscription"
        " WHERE correlation_key = :key ORDER BY id"
    )
    op.execute(key.bindparams(key=SIGNAL_KEY))
    op.execute(sa.text("DELETE FROM message_subscription WHERE correlation_key = :key").bindparams(key=SIGNAL_KEY))


def downgrade() -> None:
    back = sa.text(
        "INSERT INTO message_subscription (instance_id, element_instance_id, element_id, message_name, correlation_key)"
        " SELECT instance_id, element_instance_id, element_id, signal_name, :key FROM signal_subscription ORDER BY id"
    )
    op.execute(back.bindparams(key=SIGNAL_KEY))
    op.drop_table("signal_subscription")
