"""${message}.

${"Say why here, and what happens to the rows there are." if down_revision else "The first tables."}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.migrations.types import Bytes, Id, Instant, Json
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
