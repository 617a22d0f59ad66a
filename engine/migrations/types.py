"""The column types of the revisions. They may not change: old revisions must go on making what they made."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# SQLite only counts up by itself in a column that is exactly INTEGER PRIMARY KEY.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime(timezone=True)
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Bytes = sa.LargeBinary()
