"""Index words on SQLite.

So that a word within titles, summaries and names is found at once there too. Trigrams of letters, of texts that end in
two blanks, so that each pair of letters begins one; the tables hold no texts, and triggers keep them. An SQLite that
was built without FTS5 looks through the rows as before.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WORDS = {
    "case_words": (
        "case_record",
        "number, title, summary",
        "{row}number || ' ' || {row}title || ' ' || {row}summary || '  '",
    ),
    "party_words": ("party", "name", "{row}name || '  '"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite" or not _has_fts5():
        return
    for words, (table, columns, value) in WORDS.items():
        old, new = value.format(row="OLD."), value.format(row="NEW.")
        add = f"INSERT INTO {words} (rowid, words) VALUES (NEW.id, {new});"
        remove = f"INSERT INTO {words} ({words}, rowid, words) VALUES ('delete', OLD.id, {old});"
        op.execute(f"CREATE VIRTUAL TABLE {words} USING fts5 (words, content='', tokenize='trigram')")
        op.execute(f"CREATE VIRTUAL TABLE {words}_terms USING fts5vocab ({words}, 'row')")
        op.execute(f"INSERT INTO {words} (rowid, words) SELECT id, {value.format(row='')} FROM {table}")
        op.execute(f"CREATE TRIGGER {words}_added AFTER INSERT ON {table} BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {words}_removed AFTER DELETE ON {table} BEGIN {remove} END")
        op.execute(
            f"CREATE TRIGGER {words}_changed AFTER UPDATE OF {columns} ON {table} WHEN {old} <> {new}"
            f" BEGIN {remove} {add} END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for words in WORDS:
        for name in (f"{words}_added", f"{words}_removed", f"{words}_changed"):
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
        op.execute(f"DROP TABLE IF EXISTS {words}_terms")
        op.execute(f"DROP TABLE IF EXISTS {words}")


def _has_fts5() -> bool:
    return bool(op.get_bind().scalar(text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")))
