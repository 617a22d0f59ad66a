"""Part events by month.

History and audit events on PostgreSQL, so that old months can leave as a whole. The rows there are become one part as
they are, without being copied; engine/partitions.py makes the months to come. SQLite's tables stay plain.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from engine.migrations import online

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
    for table in INDEXES:
        if op.get_bind().scalar(
            sa.text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:it)"), {"it": table}
        ):
            continue  # an attempt that was cut off came this far
        end = _prepare(table)
        _swap(table, end)


def _prepare(table: str) -> str:
    """Do beforehand, while people write, what reads all the rows; answer the end of what is before."""
    online.create_index(f"{table}_before_pkey", table, "id, at", unique=True)
    newest = op.get_bind().execute(sa.text(f"SELECT max(at) FROM {table}")).scalar()
    # Two days more: whoever writes until the swap may do so in the next month already.
    now = datetime.now(UTC) + timedelta(days=2)
    end = f"'{_month_after(max(newest or now, now))} 00:00:00+00'"
    with online.step_by_step():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_before")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_before CHECK (at < {end}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_before")
    return end


def _swap(table: str, end: str) -> None:
    """Within one transaction, a moment: what is checked and indexed already need not be read again."""
    before, indexes = f"{table}_before", INDEXES[table]
    op.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    is_empty = not op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table})"))
    op.execute(f"ALTER TABLE {table} RENAME TO {before}")
    op.execute(f"ALTER TABLE {before} DROP CONSTRAINT pk_{table}")
    for index in indexes:
        op.execute(f"ALTER INDEX {index} RENAME TO {index}_before")
    op.execute(f"CREATE TABLE {table} (LIKE {before} INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id, at)")
    for index, columns in indexes.items():
        op.execute(f"CREATE INDEX {index} ON {table} {columns}")
    op.execute(f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id")
    op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    if is_empty:
        op.execute(f"DROP TABLE {before}")
        return
    op.execute(f"ALTER TABLE {before} ADD CONSTRAINT {before}_pkey PRIMARY KEY USING INDEX {before}_pkey")
    op.execute(f"ALTER TABLE {table} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ({end})")
    op.execute(f"ALTER TABLE {before} DROP CONSTRAINT ck_{before}")


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
