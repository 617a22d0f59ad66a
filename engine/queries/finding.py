"""Finding cases by words, quickly: what is frequent is met with among the newest cases, what is rare has an index.

A word of Chinese is often two letters, without spaces around it and shorter than the trigrams that others index. So
PostgreSQL indexes all pairs of letters. SQLite indexes trigrams, and the text ends in blanks there: every pair begins
one. The function, the tables of trigrams and what keeps them are made by the schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, or_, select, text, union

from engine.model.casework import Case, Party
from engine.queries.context import QueryContext

MOST_COUNTED = 1000  # counting hundreds of thousands for every page would take longer than the page
MOST_FOUND = 200  # by words: who finds more looks for better words
SAMPLE = 2000  # so many of the newest cases are looked through in any case
FREQUENT = SAMPLE // 100  # who tells of the words so often among the sample is looked for among the newest
MOST_ENDINGS = 400  # third letters that follow a pair
# As in the indexes, to the letter.
CASE_PAIRS: ColumnElement[Any] = literal_column(
    "lianxi_pairs(case_record.number || ' ' || case_record.title || ' ' || case_record.summary)"
)
PARTY_PAIRS: ColumnElement[Any] = literal_column("lianxi_pairs(party.name)")


def telling(words: str) -> ColumnElement[bool]:
    """Cases that hold the text in number, title, summary or a name, or as a phone number."""
    party = exists().where(Party.case_id == Case.id, or_(*_of_party(words)))
    return or_(*_of_case(words), party)


def found(context: QueryContext, words: str, where: Sequence[ColumnElement[bool]]) -> list[int]:
    """The ids of cases that tell of the words and meet the conditions, newest first, at most MOST_FOUND + 1."""
    hits: list[int] = []
    size, last = SAMPLE, None
    while True:
        seen, more, last = _walked(context, words, where, size, last)
        hits += more
        if seen < size or len(hits) > MOST_FOUND:
            return hits[: MOST_FOUND + 1]
        if size == SAMPLE and len(hits) < FREQUENT and (known := rare(context, words)) is not None:
            order = (Case.opened_at.desc(), Case.id.desc())
            rows = select(Case.id).where(Case.id.in_(known), *where).order_by(*order).limit(MOST_FOUND + 1)
            return list(context.session.scalars(rows))
        size *= 2


def is_frequent(context: QueryContext, words: str) -> bool:
    """Whether many of the newest cases tell of the words."""
    return len(_walked(context, words, (), SAMPLE, None)[1]) >= FREQUENT


def rare(context: QueryContext, words: str) -> list[int] | None:
    """The ids of all cases that tell of the words; None where there are very many, or no index to find them by."""
    ways = _ways(context, words)
    if ways is None:
        return None
    known = context.session.scalars(select(union(*ways).subquery()).limit(MOST_COUNTED + 1)).all()
    return list(known) if len(known) <= MOST_COUNTED else None


def counted(context: QueryContext, statement: Select[Any]) -> int:
    """How many rows the statement has, at most MOST_COUNTED + 1, which stands for more than that."""
    return context.session.scalar(select(func.count()).select_from(statement.limit(MOST_COUNTED + 1).subquery())) or 0


def _walked(
    context: QueryContext, words: str, where: Sequence[ColumnElement[bool]], size: int, last: tuple[Any, int] | None
) -> tuple[int, list[int], tuple[Any, int] | None]:
    """Look through the next so many cases: how many there were, those that match, the last one looked at."""
    after = []
    if last is not None:
        opened, key = last
        after = [Case.opened_at <= opened, or_(Case.opened_at < opened, Case.id < key)]
    window = select(Case.id, Case.opened_at).where(*after).order_by(Case.opened_at.desc(), Case.id.desc()).limit(size)
    rows = context.session.execute(window).all()
    if not rows:
        return 0, [], last
    within = select(window.subquery().c.id)
    matching = (
        select(Case.id)
        .where(Case.id.in_(within), telling(words), *where)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(MOST_FOUND + 1)
    )
    return len(rows), list(context.session.scalars(matching)), (rows[-1].opened_at, rows[-1].id)


def _ways(context: QueryContext, words: str) -> list[Select[Any]] | None:
    """Statements that find the ids by way of the indexes."""
    if len(words) < 2:
        return None
    by_case, by_name = select(Case.id).where(or_(*_of_case(words))), select(Party.case_id).where(_of_name(words))
    if context.session.get_bind().dialect.name == "postgresql":
        wanted = func.lianxi_pairs(words)
        ways = [by_case.where(CASE_PAIRS.op("@>")(wanted)), by_name.where(PARTY_PAIRS.op("@>")(wanted))]
    else:
        matches = _trigrams(context, words)
        if matches is None:
            return None
        ways = [
            by_case.where(Case.id.in_(_rows_of("case_words", matches[0]))),
            by_name.where(Party.id.in_(_rows_of("party_words", matches[1]))),
        ]
    if digits := _digits(words):
        ways.append(select(Party.case_id).where(Party.phone_digits == digits))
    return ways


def _trigrams(context: QueryContext, words: str) -> tuple[str, str] | None:
    """What to ask either table of trigrams; None where a pair has too many endings, or an old SQLite no such tables."""
    if not context.session.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'case_words'")):
        return None
    if len(words) > 2:
        return _quoted(words), _quoted(words)
    asked = []
    for table in ("case_words", "party_words"):
        terms = context.session.scalars(
            text(f"SELECT term FROM {table}_terms WHERE term >= :low AND term < :high LIMIT :most"),
            {"low": words.lower(), "high": words.lower() + "\U0010ffff", "most": MOST_ENDINGS + 1},
        ).all()
        if len(terms) > MOST_ENDINGS:
            return None
        asked.append(" OR ".join(map(_quoted, terms)) or '"\x01\x01\x01"')
    return asked[0], asked[1]


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


def _rows_of(table: str, match: str) -> Any:
    return text(f"SELECT rowid FROM {table} WHERE {table} MATCH :match_{table}").bindparams(**{f"match_{table}": match})


def _of_case(words: str) -> list[ColumnElement[bool]]:
    return [column.icontains(words, autoescape=True) for column in (Case.number, Case.title, Case.summary)]


def _of_name(words: str) -> ColumnElement[bool]:
    return Party.name.icontains(words, autoescape=True)


def _of_party(words: str) -> list[ColumnElement[bool]]:
    found = [_of_name(words)]
    if digits := _digits(words):
        found.append(Party.phone_digits == digits)
    return found


def _digits(words: str) -> str:
    return "".join(filter(str.isdigit, words))
