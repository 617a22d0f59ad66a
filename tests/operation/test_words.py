"""The search's own indexes are compared with the rows, and made anew as the schema made them."""

from __future__ import annotations

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from engine import words
from engine.model.casework import Case
from tests.support.driver import Driver

SCHEMA = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name LIKE '%_words%' AND sql LIKE 'CREATE%' ORDER BY name",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%_pairs' ORDER BY 1",
}
BREAKING = {
    "sqlite": {
        "a row was written past the triggers": ("DROP TRIGGER case_words_changed", "rewrite"),
        "a row is not in the index": (
            "INSERT INTO party_words (party_words, rowid, words) SELECT 'delete', id, name || '  ' FROM party LIMIT 1",
        ),
        "the index knows a row that is gone": ("INSERT INTO case_words (rowid, words) VALUES (4711, 'nobody  ')",),
        "the index is gone": ("DROP TABLE party_words_terms", "DROP TABLE party_words"),
        "the index can't be read": ("UPDATE case_words_data SET block = x'00' WHERE id > 10",),
    },
    "postgresql": {
        "the index was not finished": (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_party_pairs'::regclass",
        ),
        "the index is gone": ("DROP INDEX ix_case_record_pairs",),
        "a row is not in the index": (
            "UPDATE pg_index SET indisready = false WHERE indexrelid = 'ix_case_record_pairs'::regclass",
            "rewrite",
            "UPDATE pg_index SET indisready = true WHERE indexrelid = 'ix_case_record_pairs'::regclass",
        ),
    },
}


def rewrite(session: Session) -> None:
    session.execute(update(Case).values(title="牛栏被占"))


def schema(office: Driver) -> list[tuple[str, str]]:
    with office.service.database.read() as session:
        return [tuple(row) for row in session.execute(text(SCHEMA[office.service.database.dialect]))]


def test_what_is_broken_is_found_and_made_anew(office: Driver) -> None:
    database = office.service.database
    made = schema(office)
    assert words.check(database) == words.mend(database) == []

    for trouble, statements in BREAKING[database.dialect].items():
        for statement in statements:
            with database.write() as session:
                if statement == "rewrite":
                    rewrite(session)
                else:
                    session.execute(text(statement))

        sentences = [sentence for _, sentence in words.check(database)]
        assert len(sentences) == 1, trouble
        assert words.mend(database) == sentences
        assert words.check(database) == [], trouble
        assert schema(office) == made, trouble
