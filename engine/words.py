"""The indexes of words that the search goes by: whether they hold what the rows say, and how they are made anew.

They are derived, by the database itself: trigrams kept by triggers on SQLite, pairs of letters on PostgreSQL, both made
by the schema's revisions. Where one is broken the search finds too little and nobody is told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url

from engine.database import BUSY_SECONDS, Database
from engine.errors import Message

# SQLite's index -> its table, the columns that are indexed, and the text made of them, as revision 0016 has it.
TRIGRAMS = {
    "case_words": (
        "case_record",
        "number, title, summary",
        "{row}number || ' ' || {row}title || ' ' || {row}summary || '  '",
    ),
    "party_words": ("party", "name", "{row}name || '  '"),
}
# PostgreSQL's, as revision 0013 has it.
PAIRS = {
    "ix_case_record_pairs": ("case_record", "lianxi_pairs(number || ' ' || title || ' ' || summary)"),
    "ix_party_pairs": ("party", "lianxi_pairs(name)"),
}
FUNCTION = """
CREATE OR REPLACE FUNCTION lianxi_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT letter || following), '{}') FROM (
    SELECT letter, lead(letter) OVER (ORDER BY place) AS following
    FROM string_to_table(lower(words), NULL) WITH ORDINALITY AS letters (letter, place)
  ) AS pairs WHERE following IS NOT NULL
$$
"""
SAMPLE = 1000  # rows of a table that are looked for on PostgreSQL, whose indexes can't be read out
NAMED = 5  # ids in a sentence


def check(database: Database) -> list[tuple[str, Message]]:
    """Each index that is wrong, and what is wrong with it.

    On SQLite every word of every row is compared, which takes some 20 s for 100,000 cases, twice as long as making the
    index anew. On PostgreSQL up to SAMPLE rows, evenly over the table, are looked for by the index.
    """
    faults = _faults_on_sqlite if database.dialect == "sqlite" else _faults_on_postgresql
    return list(faults(database))


def mend(database: Database) -> list[Message]:
    """Make anew what is wrong, and answer what that was. On SQLite nobody writes meanwhile, on PostgreSQL everybody."""
    found = check(database)
    for name in dict.fromkeys(name for name, _ in found):
        (_make_trigrams if database.dialect == "sqlite" else _make_pairs)(database, name)
    return [sentence for _, sentence in found]


def _faults_on_sqlite(database: Database) -> Iterator[tuple[str, Message]]:
    with closing(_open(database)) as file, closing(sqlite3.connect("")) as own:
        if not file.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0]:
            return  # then the search looks through the rows
        file.execute("BEGIN")  # all of one moment
        there = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
        for name, (table, _, value) in TRIGRAMS.items():
            missing = [each for each in (name, f"{name}_terms", *_triggers(name)) if each not in there]
            if missing:
                yield name, _incomplete(name, ", ".join(missing))
                continue
            wanted = file.execute(f"SELECT id, {value.format(row='')} FROM {table}")
            own.execute(f"CREATE VIRTUAL TABLE {name} USING fts5 (words, content='', tokenize='trigram')")
            own.executemany(f"INSERT INTO {name} (rowid, words) VALUES (?, ?)", wanted)
            try:
                wrong = sorted(_differing(_places(file, name), _places(own, name)))
            except sqlite3.DatabaseError as error:
                yield name, Message("Expected to read the index {index}, but: {error}", index=name, error=str(error))
                continue
            if wrong:
                yield name, _stale(name, table, wrong)


def _places(connection: sqlite3.Connection, name: str) -> Iterator[tuple[str, int, int]]:
    """Every trigram of the index, with the row and the place where it stands: in the order of the index itself."""
    connection.execute(f"CREATE VIRTUAL TABLE temp.{name}_places USING fts5vocab (main, {name}, 'instance')")
    return connection.execute(f"SELECT term, doc, offset FROM temp.{name}_places")


def _differing(there: Iterator[tuple[str, int, int]], wanted: Iterator[tuple[str, int, int]]) -> set[int]:
    """The rows of places that only one of them has."""
    rows = set()
    one, other = next(there, None), next(wanted, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(there, None), next(wanted, None)
        elif other is None or (one is not None and one < other):
            rows.add(one[1])  # type: ignore[index]
            one = next(there, None)
        else:
            rows.add(other[1])
            other = next(wanted, None)
    return rows


def _make_trigrams(database: Database, name: str) -> None:
    table, columns, value = TRIGRAMS[name]
    old, new = value.format(row="OLD."), value.format(row="NEW.")
    add = f"INSERT INTO {name} (rowid, words) VALUES (NEW.id, {new});"
    remove = f"INSERT INTO {name} ({name}, rowid, words) VALUES ('delete', OLD.id, {old});"
    with closing(_open(database)) as file:
        file.execute("BEGIN IMMEDIATE")
        for statement in (
            *(f"DROP TRIGGER IF EXISTS {trigger}" for trigger in _triggers(name)),
            f"DROP TABLE IF EXISTS {name}_terms",
            f"DROP TABLE IF EXISTS {name}",
            f"CREATE VIRTUAL TABLE {name} USING fts5 (words, content='', tokenize='trigram')",
            f"CREATE VIRTUAL TABLE {name}_terms USING fts5vocab ({name}, 'row')",
            f"INSERT INTO {name} (rowid, words) SELECT id, {value.format(row='')} FROM {table}",
            f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {add} END",
            f"CREATE TRIGGER {name}_removed AFTER DELETE ON {table} BEGIN {remove} END",
            f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {columns} ON {table} WHEN {old} <> {new}"
            f" BEGIN {remove} {add} END",
        ):
            file.execute(statement)
        file.execute("COMMIT")


def _triggers(name: str) -> tuple[str, ...]:
    return f"{name}_added", f"{name}_removed", f"{name}_changed"


def _open(database: Database) -> sqlite3.Connection:
    return sqlite3.connect(str(make_url(database.url).database), timeout=BUSY_SECONDS, isolation_level=None)


def _faults_on_postgresql(database: Database) -> Iterator[tuple[str, Message]]:
    with database.read() as session:
        connection = session.connection()
        for name, (table, value) in PAIRS.items():
            valid = connection.scalar(
                text("SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = to_regclass(:name)"),
                {"name": name},
            )
            if not valid:
                yield name, _incomplete(name, name)
            elif wrong := _not_found(connection, table, value):
                yield name, _stale(name, table, wrong)


def _not_found(connection: Connection, table: str, value: str) -> list[int]:
    """Rows of the sample that looking for all their pairs in the index does not find."""
    for way in ("seqscan", "indexscan", "indexonlyscan"):  # what is left is the index of pairs
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    step = (connection.scalar(text(f"SELECT max(id) FROM {table}")) or 0) // SAMPLE + 1
    sample = connection.execute(
        text(f"SELECT id, {value} AS pairs FROM {table} WHERE id % :step = 0 AND cardinality({value}) > 0 ORDER BY id"),
        {"step": step},
    ).all()
    found = text(
        f"SELECT EXISTS (SELECT FROM (SELECT id FROM {table} WHERE {value} @> :pairs OFFSET 0) AS r WHERE id = :id)"
    )
    return [row.id for row in sample if not connection.scalar(found, {"pairs": row.pairs, "id": row.id})]


def _make_pairs(database: Database, name: str) -> None:
    table, value = PAIRS[name]
    with create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(FUNCTION))
        connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        connection.execute(text(f"CREATE INDEX CONCURRENTLY {name} ON {table} USING gin ({value})"))


def _incomplete(name: str, missing: str) -> Message:
    return Message("Expected the index {index} of the search, but of it {missing} is missing or broken",
                   index=name, missing=missing)  # fmt: skip


def _stale(name: str, table: str, rows: list[int]) -> Message:
    return Message(
        "Expected the index {index} to hold the words of every row of {table}, but of {count} it does not: {rows}",
        index=name,
        table=table,
        count=len(rows),
        rows=", ".join(map(str, rows[:NAMED])) + (" …" if len(rows) > NAMED else ""),
    )
