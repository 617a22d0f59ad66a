"""Believe who sorts an offer.

So that PostgreSQL need not look the task up again for each row of task_candidate that the code of this version writes
with all its columns; the code before leaves them empty, and the trigger fills them in as before. On SQLite it does so
since 0015.
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ALWAYS = "CREATE OR REPLACE TRIGGER lianxi_offer BEFORE INSERT ON task_candidate FOR EACH ROW"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{ALWAYS} WHEN (NEW.free IS NULL) EXECUTE FUNCTION lianxi_offer()")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{ALWAYS} EXECUTE FUNCTION lianxi_offer()")
