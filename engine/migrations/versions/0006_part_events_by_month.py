"""Part events by month.

History and audit events on PostgreSQL, so that old months can leave as a whole. The rows there are become one part as
they are, without being copied; engine/partitions.py makes the months to come. SQLite's tables stay plain.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_A_CASE = " WHERE case_id IS NOT NULL"
INDEXES = {
    "history_event": {
        "ix_history_event_case_id_id": "(case_id, id)" + OF_A_CASE,
        "ix_history_event_instance_id_id": "(instance_id, id)",
    },
    "audit_event": {"ix_audit_event_at": "(at)"},
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, indexes in INDEXES.items():
        newest = op.get_bind().execute(sa.text(f"SELECT max(at) FROM {table}")).scalar()
        op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
        op.execute(f"ALTER TABLE {table}_before DROP CONSTRAINT pk_{table}")
        for index in indexes:
            op.execute(f"ALTER INDEX {index} RENAME TO {index}_before")
        op.execute(f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id, at)")
        for index, columns in indexes.items():
            op.execute(f"CREATE INDEX {index} ON {table} {columns}")
        op.execute(f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id")
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        if newest is None:
            op.execute(f"DROP TABLE {table}_before")
        else:
            op.execute(f"ALTER TABLE {table}_before ADD PRIMARY KEY (id, at)")
            op.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {table}_before"
                f" FOR VALUES FROM (MINVALUE) TO ('{_month_after(max(newest, datetime.now(UTC)))} 00:00:00+00')"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, indexes in INDEXES.items():
        op.execute(f"CREATE TABLE {table}_whole (LIKE {table} INCLUDING DEFAULTS)")
        op.execute(f"INSERT INTO {table}_whole SELECT * FROM {table}")
        op.execute(f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}_whole.id")
        op.execute(f"DROP TABLE {table}")
        op.execute(f"ALTER TABLE {table}_whole RENAME TO {table}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id)")
        for index, columns in indexes.items():
            op.execute(f"CREATE INDEX {index} ON {table} {columns}")


def _month_after(moment: datetime) -> str:
    day = moment.astimezone(UTC)
    return f"{day.year + day.month // 12}-{day.month % 12 + 1:02}-01"
