"""Index pairs of letters.

So that PostgreSQL finds a word within titles, summaries and names of a million cases at once: a word of Chinese is
often two letters, which trigrams don't serve. The indexes are computed from the rows there are. SQLite looks through
the rows.
"""

from __future__ import annotations

from alembic import op

from engine.migrations import online

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PAIRS = """
CREATE OR REPLACE FUNCTION lianxi_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT letter || following), '{}') FROM (
    SELECT letter, lead(letter) OVER (ORDER BY place) AS following
    FROM string_to_table(lower(words), NULL) WITH ORDINALITY AS letters (letter, place)
  ) AS pairs WHERE following IS NOT NULL
$$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(PAIRS)
        of_case = "lianxi_pairs(number || ' ' || title || ' ' || summary)"
        online.create_index("ix_case_record_pairs", "case_record", of_case, using="gin")
        online.create_index("ix_party_pairs", "party", "lianxi_pairs(name)", using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_party_pairs")
        op.execute("DROP INDEX ix_case_record_pairs")
        op.execute("DROP FUNCTION lianxi_pairs(text)")
